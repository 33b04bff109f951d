"""Quarantine items the driver makes itself: about a session that `cdr` could judge, but that needs a person."""

import hashlib
from typing import Any

from ..cdr import Cdr, Message, Quarantine
from ..clock import iso

LAST = 20  # messages of a stale session shown, beside the first


def rows(messages: list[Message]) -> list[dict]:
    return [{"id": m.id, "arrived": m.arrived, "ocpp": m.ocpp, "action": m.action, "raw": m.raw} for m in messages]


def fingerprint(*parts: Any) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=6).hexdigest()


def collision_item(result: Cdr | Quarantine, other: str, key: str, messages: list[Message]) -> Quarantine:
    """Two sessions that nothing tells apart but the order they came in: the second must not vanish in the first."""
    reason = (
        f"session {key} would get the external id {result.id}, which session {other} of this station has already "
        "(same connector, badge, time stamp and meterStart): compare both; if they are two, enter this one by hand"
    )
    raw = {"external_id": result.id, "would_be": result.item(), "messages": rows(messages)}
    return Quarantine(f"{result.id}:again:{fingerprint(key)}", result.station, reason, raw)


def stale_item(session: Any, so_far: Any, messages: list[Message], last: float) -> Quarantine:
    """An open session nobody has heard of for long: what is known of it, and what will become of it."""
    cdr = so_far if isinstance(so_far, Cdr) else None
    known = f"EVSE {session['evse']}, {'started' if session['has_start'] else 'no start seen; first message'} "
    known += iso(cdr.start if cdr else session["started"] or session["opened"] / 1000)
    if cdr:
        known += f", badge {cdr.token.uid if cdr.token else 'unknown'}"
        if cdr.readings:
            time, wh = cdr.readings[-1]
            known += f", last reading {wh} Wh at {iso(time)} ({cdr.energy} Wh so far)"
    reason = (
        f"session {session['key']} has no end, and its last message came {iso(last)}: {known}. If its end still "
        f"arrives, or the next session begins on this EVSE, it is sent as a CDR (id {so_far.id}); until then do not "
        "enter it by hand without a note: ask the site or the station's own log"
    )
    raw = {"external_id": so_far.id, "would_be": so_far.item(), "messages": rows(messages[:1] + messages[1:][-LAST:])}
    return Quarantine(f"{so_far.id}:stale:{fingerprint(session['key'])}", session["station"], reason, raw)


def texts(result: Any) -> Any:
    """The content of a quarantine item without its retries: message ids and arrival times differ in those."""
    if not isinstance(result, Quarantine):
        return None
    return {entry["raw"].partition(",")[2].partition(",")[2] for entry in result.raw}


def _shown(value: Any) -> str:
    """A value of a CDR in a sentence."""
    return str(value["uid"] if isinstance(value, dict) else "none" if value is None else value)


def late_item(id_: str, station: str, earlier: Any, now: Any, messages: list, cutoff: int) -> Quarantine:
    """Named by what it would change to, so that the same news twice are one item."""
    late = [message for message in messages if message.id > cutoff]
    if isinstance(now, Cdr) and isinstance(earlier, Cdr):
        before, after = earlier.weighs(), now.weighs()
        changes = [f"{name} {_shown(before[name])} to {_shown(after[name])}" for name in after]
        changes = [text for name, text in zip(after, changes, strict=True) if before[name] != after[name]]
        reason = (
            f"messages arrived after CDR {id_} was made and would change it: {', '.join(changes)}; "
            "compare both; if the late one is right, make a credit and a replacement"
        )
        name = fingerprint(after)
    else:
        reason = f"messages arrived after {id_} was concluded: {getattr(now, 'reason', 'it would now be a CDR')}"
        name = f"{len(texts(now) or ())}-{'cdr' if isinstance(now, Cdr) else 'open'}"
    raw = {"external_id": id_, "would_be": now.item() if isinstance(now, Cdr) else None, "messages": rows(late)}
    return Quarantine(f"{id_}:late:{name}", station, reason, raw)
