"""`assemble`: the messages of one session -> Cdr, Pending or Quarantine.

A function of its arguments alone: the order and the repetition of messages do not matter, arrival times only
where the station's clock is not believed. The external id is
`<identity>:<evse>:<start by the station's clock>:<suffix>`, with the transactionId as suffix in 2.x and in
1.6 a fingerprint of what makes a StartTransaction unique (connector, idTag, timestamp, meterStart); a timestamp
that cannot be read counts as the text it is.
"""

import hashlib
import json
from collections.abc import Sequence

from ..clock import compact
from . import flags
from .curve import readings_of, session_curve
from .durations import by_flow, by_state
from .energy import Curve
from .events import Event, read_events
from .model import Cdr, Message, Pending, Quarantine, Rules
from .session import Session
from .times import Timeline


def assemble(
    messages: Sequence[Message], rules: Rules, final: bool = False, before: float | None = None
) -> Cdr | Pending | Quarantine:
    """`final`: wait no longer for what is missing. `before`: when the next session began on this EVSE (epoch
    seconds): readings without a transaction id are not taken beyond it."""
    session = _sort_out(messages)
    if any(message.kind == "malformed" for message in session.messages):
        return _quarantine(session, "the station sent a message that names no transaction; see the raw text")
    if not session.own or (not session.ends and not final):
        return Pending("the session is open")
    if session.ocpp == "1.6" and not session.starts:
        if not final:
            return Pending("StopTransaction without StartTransaction", settle=True)
        return _quarantine(
            session,
            "StopTransaction for a transaction this bridge never issued to the station, and no open session "
            "fits: find the session by badge and time, or enter it by hand",
        )
    if not final and flags.SEQ_GAP in session.flags:
        return Pending("sequence numbers are missing", settle=True)
    return _conclude(session, rules, before)


def _sort_out(messages: Sequence[Message]) -> Session:
    ordered = tuple(sorted(messages, key=lambda message: message.id))
    events = read_events(ordered)
    own = tuple(event for event in events if not event.loose)
    starts = tuple(event for event in own if event.kind == "start")
    ends = tuple(event for event in own if event.kind == "end")
    found = _sequence_flags(own, starts, ordered[0].ocpp)
    if len(starts) > 1:
        found.add(flags.REPEATED_START)
    if len(ends) > 1:
        found.add(flags.REPEATED_STOP)
    if not ends:
        found.add(flags.UNCLOSED)
    if starts and ends and ordered[0].ocpp == "1.6" and any(end.session != starts[0].session for end in ends):
        found.add(flags.STOP_MATCHED)
    if any(event.offline for event in own):
        found.add(flags.OFFLINE)
    loose = tuple(event for event in events if event.loose)
    return Session(ordered, own, loose, starts, ends, frozenset(found))


def _sequence_flags(own: tuple[Event, ...], starts: tuple[Event, ...], ocpp: str) -> set[str]:
    """2.x only: seqNo counts the events of a transaction (OCPP 2.0.1 1.60.1), from 0 or from anything."""
    if ocpp == "1.6":
        return set()
    numbers = [event.seq for event in own if event.seq is not None]
    found = set() if starts else {flags.NO_START, flags.SEQ_GAP}
    if len(numbers) != len(set(numbers)):
        found.add(flags.SEQ_REPEATED)
    elif numbers and max(numbers) - min(numbers) + 1 != len(numbers):
        found.add(flags.SEQ_GAP)
    return found


def _conclude(session: Session, rules: Rules, before: float | None) -> Cdr | Quarantine:
    stamps = [(event.stamp, event.arrived) for event in session.own]
    stamps += [(sample.stamp, event.arrived) for event in session.own for sample in event.samples]
    timeline = Timeline.of(stamps, rules)
    start, stop, found = _span(session, timeline)
    found |= session.flags | _clock_flags(session, timeline)
    curve, span = session_curve(session, timeline, (start, stop), rules, before)
    found |= curve.flags
    if any(sample.unit_unknown for event in session.own for sample in event.samples):
        found.add(flags.UNIT_UNKNOWN)
    problem = _problem(session, curve, found)
    if problem:
        return _quarantine(session, problem)
    return _cdr(session, timeline, span, curve, found)


def _span(session: Session, timeline: Timeline) -> tuple[int, int, set[str]]:
    """Start and stop as billed, whole seconds."""

    def at(event: Event) -> int:
        return int(timeline.billed(event.stamp, event.arrived))

    found: set[str] = set()
    own_times = [at(event) for event in session.own]
    start = min(map(at, session.starts)) if session.starts else min(own_times)
    if session.ends:
        stop = max(map(at, session.ends))
        if any(at(event) > stop for event in session.own):
            found.add(flags.LATE_UPDATE)
    else:
        stop = max([start, *own_times, *(time for time, _wh in readings_of(session.own, timeline))])
    if stop < start:
        found.add(flags.STOP_BEFORE_START)
        first = min(session.starts or session.own, key=at)
        believed = first.stamp is not None and timeline.billed(first.stamp, first.arrived) == first.stamp
        start, stop = (start, start) if believed else (stop, stop)
    return start, stop, found


def _clock_flags(session: Session, timeline: Timeline) -> set[str]:
    found: set[str] = set()
    if timeline.implausible:
        found.add(flags.CLOCK_IMPLAUSIBLE)
    # MeterValues have no stamp of their own; an unreadable one inside them falls back to arrival like the
    # others.
    bearers = [event for event in session.own if event.kind != "meter"]
    samples = [sample for event in session.own for sample in event.samples]
    if any(event.stamp is None for event in bearers) or any(sample.stamp is None for sample in samples):
        found.add(flags.TIME_UNREADABLE)
    if any(event.naive for event in session.own) or any(sample.naive for sample in samples):
        found.add(flags.TIME_NAIVE)
    return found


def _problem(session: Session, curve: Curve, found: set[str]) -> str | None:
    """Why the energy of this session cannot be believed, or None."""
    missing = found & {flags.METER_START_MISSING, flags.METER_STOP_MISSING}
    charged = session.ocpp == "1.6" or any(event.state == "Charging" for event in session.own)
    if session.ends and charged and missing and len({wh for _time, wh in curve.readings}) < 2:
        return "the energy is unknown: the session has ended, but no two register readings of it ever came"
    if curve.excess is None:
        return None
    doubtful_clock = found & {flags.CLOCK_IMPLAUSIBLE, flags.TIME_UNREADABLE, flags.STOP_BEFORE_START}
    if doubtful_clock and curve.meter_start:
        found.add(flags.ENERGY_IMPLAUSIBLE)  # the duration is what is wrong, as likely as not
        return None
    return f"{curve.excess}: check the meter's begin value, the station's clock, or its max_power_kw setting"


def _cdr(session: Session, timeline: Timeline, span: tuple[int, int], curve: Curve, found: set[str]) -> Cdr:
    start, stop = span

    def order(event: Event) -> tuple:
        return timeline.billed(event.stamp, event.arrived), event.seq or 0, event.identity

    events = sorted(session.own, key=order)
    last_end = max(session.ends, key=order) if session.ends else None
    # The badge that started pays; one that only stopped does not (OCPP 2.0.1 E07: another of the same group
    # may).
    openers = [
        *sorted(session.starts, key=order),
        *(event for event in events if event.kind != "end"),
        *events,
    ]
    states = [(order(event)[0], event.seq or 0, event.state) for event in events if event.state]
    durations = by_state(states, span) if states else by_flow(curve.readings, span)
    signed = {_canonical(sample.signed) for event in events for sample in event.samples if sample.signed}
    return Cdr(
        id=_external_id(session),
        station=session.station,
        evse=_first(event.evse for event in openers) or 0,
        connector=_first(event.connector for event in openers),
        token=_first(event.token for event in openers),
        start=start,
        stop=stop,
        meter_start=curve.meter_start,
        meter_stop=curve.meter_stop,
        energy=curve.energy,
        readings=curve.readings,
        charging_seconds=durations[0] if durations else None,
        idle_seconds=durations[1] if durations else None,
        stop_reason=last_end.reason if last_end else None,
        auth=_first(event.auth for event in openers),
        signed=tuple(json.loads(text) for text in sorted(signed)),
        flags=tuple(sorted(found)),
        raw=_journal_reference(session),
    )


def _first(values):
    return next((value for value in values if value is not None), None)


def _canonical(value) -> str:
    return json.dumps(value, sort_keys=True)


def _journal_reference(session: Session) -> str:
    """The rows to look up, with `ocpp-bridge export --what messages`."""
    own = [message.id for message in session.messages if not message.session.startswith("loose:")]
    return f"journal:{min(own)}-{max(own)}"


def _external_id(session: Session) -> str:
    """From the business key alone: the same whatever arrived first, and after the loss of a journal."""
    opener = min(session.starts or session.own, key=lambda event: (event.stamp or 0, event.identity))
    evse = _first(event.evse for event in (opener, *session.own)) or 0
    start = "unknown" if opener.stamp is None else compact(opener.stamp)
    if session.ocpp != "1.6":
        transaction = opener.session.removeprefix("x:")
        if len(transaction) > 100 or not transaction.isprintable():  # 36 by the book; Odoo's column has an end
            transaction = hashlib.blake2b(transaction.encode("utf-8", "replace"), digest_size=16).hexdigest()
        return f"{session.station}:{evse}:{start}:{transaction}"
    token = opener.token.uid if opener.token else ""
    stamp = opener.stamp if opener.unread is None else opener.unread
    key = _canonical([evse, token, stamp, opener.register, "" if session.starts else opener.session])
    return f"{session.station}:{evse}:{start}:{hashlib.blake2b(key.encode(), digest_size=5).hexdigest()}"


def _quarantine(session: Session, reason: str) -> Quarantine:
    raw = [
        {"id": m.id, "arrived": m.arrived, "ocpp": m.ocpp, "action": m.action, "raw": m.raw} for m in session.messages
    ]
    return Quarantine(_external_id(session), session.station, reason, raw)
