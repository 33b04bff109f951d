"""What becomes of a session: a CDR or a quarantine item in the outbox, or more waiting. All as statements."""

import json
import logging
import sqlite3

from ..cdr import Cdr, Message, Pending, Quarantine, Rules, assemble
from ..clock import Clock
from ..settings import Settings
from .items import collision_item, late_item, stale_item, texts
from .loading import NominalPower, dump_rules, load_session, read_rules, rules_for
from .plan import Step

log = logging.getLogger(__name__)

# A CDR never overwrites another of the same id: late news become an item of their own, and an id that belongs to
# another session is never given out (`Outcomes._put`). What is ignored here is the same news of the same session.
PUT = """
INSERT OR IGNORE INTO outbox (id, kind, station, session, start, payload, rules, cutoff, created)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
DONE = "UPDATE session SET state = ?, due = NULL, external_id = ? WHERE station = ? AND key = ?"
WAIT = "UPDATE session SET state = 'settling', due = ? WHERE station = ? AND key = ?"
NOTED = "UPDATE session SET external_id = ? WHERE station = ? AND key = ?"
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
    def __init__(self, db: sqlite3.Connection, settings: Settings, clock: Clock, power: NominalPower) -> None:
        self._db, self._settings, self._clock, self._power = db, settings, clock, power

    def conclude(self, step: Step, session: sqlite3.Row, cutoff: int, final: bool) -> None:
        """`final`: make it without what is missing."""
        station, key = session["station"], session["key"]
        rules, before = rules_for(self._settings, station, self._power), self._next_start(session)
        result = assemble_or_quarantine(load_session(self._db, station, key, cutoff), rules, final, before)
        if isinstance(result, Pending):
            # An open session is due by mistake only; it then waits for its end like any other.
            due = self._clock.now() + self._settings.settle_seconds if result.settle else None
            step.statements.append((WAIT, (due, station, key)))
            return
        kind = "cdr" if isinstance(result, Cdr) else "quarantine"
        written = self._put(step, result, kind, key, dump_rules(rules, before), cutoff)
        state = "done" if isinstance(written, Cdr) else "quarantined"
        step.statements.append((DONE, (state, written.id, station, key)))
        step.counts.append("cdrs" if isinstance(written, Cdr) else "quarantined")

    def late(self, step: Step, session: sqlite3.Row, cutoff: int, count: int) -> None:
        """Messages after the fact never alter it: what would have changed energy, times or who charged
        where goes to a person."""
        station, key = session["station"], session["key"]
        step.statements.append((LATE, (count, station, key)))
        stored = self._db.execute("SELECT * FROM outbox WHERE id = ?", (session["external_id"],)).fetchone()
        if stored is None:
            return
        rules, before = read_rules(stored["rules"])
        earlier = assemble_or_quarantine(load_session(self._db, station, key, stored["cutoff"]), rules, True, before)
        messages = load_session(self._db, station, key, cutoff)
        now = assemble_or_quarantine(messages, rules, True, before)
        if isinstance(earlier, Cdr) and isinstance(now, Cdr) and earlier.weighs() == now.weighs():
            return
        if isinstance(earlier, Quarantine) and texts(earlier) == texts(now):
            return
        item = late_item(session["external_id"], station, earlier, now, messages, stored["cutoff"])
        self._put(step, item, "late", key, stored["rules"], cutoff)
        step.counts.append("quarantined")

    def stale(self, step: Step, session: sqlite3.Row, cutoff: int, last: int) -> None:
        """No end for a long time: a person hears of it once. The session stays open and remembers the item."""
        station, key = session["station"], session["key"]
        rules, before = rules_for(self._settings, station, self._power), self._next_start(session)
        messages = load_session(self._db, station, key, cutoff)
        so_far = assemble_or_quarantine(messages, rules, True, before)
        item = stale_item(session, so_far, messages, last / 1000)
        self._put(step, item, "stale", key, dump_rules(rules, before), cutoff)
        step.statements.append((NOTED, (item.id, station, key)))
        step.counts.append("quarantined")

    def _next_start(self, session: sqlite3.Row) -> float | None:
        """When the next session began on this EVSE, for a session that never stopped."""
        if session["has_end"] or session["started"] is None or session["evse"] is None:
            return None
        return self._db.execute(
            "SELECT min(started) FROM session WHERE station = ? AND evse = ? AND has_start AND started > ?",
            (session["station"], session["evse"], session["started"]),
        ).fetchone()[0]

    def _put(
        self, step: Step, result: Cdr | Quarantine, kind: str, key: str, rules: str, cutoff: int
    ) -> Cdr | Quarantine:
        """Returns what was put: an id that is another session's makes it a quarantine item of its own."""
        owner = self._owner(step, result.id)
        if owner not in (None, (result.station, key)):
            messages = load_session(self._db, result.station, key, cutoff)
            result, kind = collision_item(result, owner[1], key, messages), "collision"
        step.claimed[result.id] = result.station, key
        start = result.item()["start"] if isinstance(result, Cdr) else None
        created = int(self._clock.now() * 1000)
        values = (result.id, kind, result.station, key, start, dump_item(result), rules, cutoff, created)
        step.statements.append((PUT, values))
        return result

    def _owner(self, step: Step, id_: str) -> tuple[str, str] | None:
        """(station, session) an outbox id belongs to already."""
        row = self._db.execute("SELECT station, session FROM outbox WHERE id = ?", (id_,)).fetchone()
        return step.claimed.get(id_) or (tuple(row) if row else None)
