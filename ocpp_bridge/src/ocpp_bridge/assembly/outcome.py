"""What becomes of a session: a CDR or a quarantine item in the outbox, or more waiting. All as statements."""

import json
import logging
import sqlite3
from collections.abc import Sequence
from typing import Any

from ..cdr import Cdr, Message, Pending, Quarantine, Rules, assemble
from ..clock import Clock
from ..settings import Settings
from .loading import dump_rules, load_session, read_rules, rules_for

log = logging.getLogger(__name__)

Statement = tuple[str, Sequence]

# A CDR never overwrites another of the same id: late news become an item of their own.
PUT = """
INSERT OR IGNORE INTO outbox (id, kind, station, session, start, payload, rules, cutoff, created)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
DONE = "UPDATE session SET state = ?, due = NULL, external_id = ? WHERE station = ? AND key = ?"
WAIT = "UPDATE session SET state = 'settling', due = ? WHERE station = ? AND key = ?"
LATE = "UPDATE session SET late = late + ? WHERE station = ? AND key = ?"


def dump_item(result: Cdr | Quarantine) -> str:
    """The bytes that are sent, stored and compared: sorted, compact, ASCII (any transport can carry them)."""
    return json.dumps(result.item(), sort_keys=True, separators=(",", ":"))


def assemble_or_quarantine(
    messages: list[Message], rules: Rules, final: bool, before: float | None
) -> Cdr | Pending | Quarantine:
    """`assemble`, except that a fault in it costs one session a person's look, and not all others their CDR."""
    try:
        return assemble(messages, rules, final, before)
    except Exception as error:
        first = messages[0]
        log.exception("assembly_of_session_failed", extra={"station": first.station, "session": first.session})
        raw = [{"id": m.id, "arrived": m.arrived, "action": m.action, "raw": m.raw} for m in messages]
        reason = f"the bridge failed on this session ({error!r}): please report it; enter the session by hand"
        return Quarantine(f"{first.station}:failed:{first.session}", first.station, reason, raw)


class Outcomes:
    def __init__(self, db: sqlite3.Connection, settings: Settings, clock: Clock) -> None:
        self._db, self._settings, self._clock = db, settings, clock

    def conclude(
        self, statements: list[Statement], counts: list[str], session: sqlite3.Row, cutoff: int, final: bool
    ) -> None:
        """`final`: make it without what is missing."""
        station, key = session["station"], session["key"]
        rules, before = rules_for(self._settings, station), self._next_start(session)
        result = assemble_or_quarantine(load_session(self._db, station, key, cutoff), rules, final, before)
        if isinstance(result, Pending):
            # An open session is due by mistake only; it then waits for its end like any other.
            due = self._clock.now() + self._settings.settle_seconds if result.settle else None
            statements.append((WAIT, (due, station, key)))
            return
        statements.append(self._put(result, _kind(result), key, dump_rules(rules, before), cutoff))
        state = "done" if isinstance(result, Cdr) else "quarantined"
        statements.append((DONE, (state, result.id, station, key)))
        counts.append("cdrs" if isinstance(result, Cdr) else "quarantined")

    def late(
        self, statements: list[Statement], counts: list[str], session: sqlite3.Row, cutoff: int, count: int
    ) -> None:
        """Messages after the fact never alter it: what would have changed energy or times goes to a
        person."""
        station, key = session["station"], session["key"]
        statements.append((LATE, (count, station, key)))
        stored = self._db.execute("SELECT * FROM outbox WHERE id = ?", (session["external_id"],)).fetchone()
        if stored is None:
            return
        rules, before = read_rules(stored["rules"])
        earlier = assemble_or_quarantine(load_session(self._db, station, key, stored["cutoff"]), rules, True, before)
        messages = load_session(self._db, station, key, cutoff)
        now = assemble_or_quarantine(messages, rules, True, before)
        if isinstance(earlier, Cdr) and isinstance(now, Cdr) and earlier.weighs() == now.weighs():
            return
        if isinstance(earlier, Quarantine) and _texts(earlier) == _texts(now):
            return
        item = _late_item(session["external_id"], station, earlier, now, messages, stored["cutoff"])
        statements.append(self._put(item, "late", key, stored["rules"], cutoff))
        counts.append("quarantined")

    def _next_start(self, session: sqlite3.Row) -> float | None:
        """When the next session began on this EVSE, for a session that never stopped."""
        if session["has_end"] or session["started"] is None or session["evse"] is None:
            return None
        return self._db.execute(
            "SELECT min(started) FROM session WHERE station = ? AND evse = ? AND has_start AND started > ?",
            (session["station"], session["evse"], session["started"]),
        ).fetchone()[0]

    def _put(self, result: Cdr | Quarantine, kind: str, key: str, rules: str, cutoff: int) -> Statement:
        payload = dump_item(result)
        start = result.item()["start"] if isinstance(result, Cdr) else None
        created = int(self._clock.now() * 1000)
        return PUT, (result.id, kind, result.station, key, start, payload, rules, cutoff, created)


def _kind(result: Cdr | Quarantine) -> str:
    return "cdr" if isinstance(result, Cdr) else "quarantine"


def _texts(result: Any) -> Any:
    """The content of a quarantine item without its retries: message ids and arrival times differ in those."""
    if not isinstance(result, Quarantine):
        return None
    return {entry["raw"].partition(",")[2].partition(",")[2] for entry in result.raw}


def _late_item(id_: str, station: str, earlier: Any, now: Any, messages: list, cutoff: int) -> Quarantine:
    """Named by what it would change to, so that the same news twice are one item."""
    late = [message for message in messages if message.id > cutoff]
    if isinstance(now, Cdr) and isinstance(earlier, Cdr):
        start, stop, meter_start, meter_stop, energy = now.weighs()
        reason = (
            f"messages arrived after CDR {id_} was made and would change it from {earlier.energy} Wh "
            f"(register {earlier.meter_start} to {earlier.meter_stop}) to {energy} Wh "
            f"({meter_start} to {meter_stop}): compare both; if the late one is right, make a credit "
            "and a replacement"
        )
        name = f"{start}-{stop}-{meter_start}-{meter_stop}"
    else:
        reason = f"messages arrived after {id_} was concluded: {getattr(now, 'reason', 'it would now be a CDR')}"
        name = f"{len(_texts(now) or ())}-{'cdr' if isinstance(now, Cdr) else 'open'}"
    raw = {
        "external_id": id_,
        "would_be": now.item() if isinstance(now, Cdr) else None,
        "messages": [
            {"id": m.id, "arrived": m.arrived, "ocpp": m.ocpp, "action": m.action, "raw": m.raw} for m in late
        ],
    }
    return Quarantine(f"{id_}:late:{name}", station, reason, raw)
