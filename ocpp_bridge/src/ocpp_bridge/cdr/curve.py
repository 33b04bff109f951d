"""Which of a session's samples make its register curve."""

from collections.abc import Sequence

from .energy import Curve, measure
from .events import Event
from .model import Rules
from .power import limit_wh
from .reset import Reading
from .session import Session
from .times import Timeline


def readings_of(events: Sequence[Event], timeline: Timeline, clock_aligned: bool = False) -> list[Reading]:
    """Register samples as (billed second, Wh): the clock-aligned ones, or all others."""
    return [
        (int(timeline.billed(sample.stamp, event.arrived)), sample.wh)
        for event in events
        for sample in event.samples
        if sample.wh is not None and (sample.context == "Sample.Clock") == clock_aligned
    ]


def session_curve(
    session: Session, timeline: Timeline, span: tuple[int, int], rules: Rules, before: float | None
) -> tuple[Curve, tuple[int, int]]:
    """The curve and the span it covers: an unclosed session ends with its last known reading."""
    begins = [event.register for event in session.starts if event.register is not None]
    begins = begins or _edge(session.own, "Transaction.Begin")
    ends = [event.register for event in session.ends if event.register is not None]
    # An Ended with values in another context still ends the curve; what came later does not re-open it.
    ends = ends or _edge(session.own, "Transaction.End") or [wh for _, wh in readings_of(session.ends, timeline)]
    primary = readings_of(session.own, timeline)
    secondary = readings_of(session.own, timeline, clock_aligned=True)
    if not begins and not primary:
        primary, secondary = secondary, []  # a station that sends clock-aligned samples only
    for aligned in (False, True):
        loose = readings_of(session.loose, timeline, aligned)
        secondary += [reading for reading in loose if before is None or reading[0] < before]
    begin = min(begins) if begins else None
    if not session.ends and begin is not None:
        primary = _extended(primary, secondary, begin, span[0], rules)
        span = span[0], max([span[1], *(time for time, _wh in primary)])
    return measure(begin, max(ends) if ends else None, primary, secondary, span, rules), span


def _extended(primary: list[Reading], secondary: list[Reading], begin: int, start: int, rules: Rules) -> list[Reading]:
    """Without a stop, readings that fit no gap may still go on from the last one: rising, and at a possible
    pace."""
    points = sorted(primary)
    last = points[-1] if points else (start, begin)
    for time, wh in sorted(secondary):
        if time > last[0] and last[1] <= wh <= last[1] + limit_wh(time - last[0], rules):
            last = time, wh
            points.append(last)
    return points


def _edge(events: Sequence[Event], context: str) -> list[int]:
    """The registers a station marks as begin or end (ReadingContext, OCPP 1.6 7.41, OCPP 2.0.1 3.74)."""
    samples = [sample for event in events for sample in event.samples]
    return [sample.wh for sample in samples if sample.wh is not None and sample.context == context]
