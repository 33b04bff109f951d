"""A 1.6 StopTransaction whose transaction id was never issued: whose is it?"""

from collections.abc import Sequence

from .events import Event, read_events
from .model import Message


def match_stop(stop: Sequence[Message], candidates: dict[str, Sequence[Message]]) -> str | None:
    """The one open session this stop can belong to, or None when there is none or more than one.

    `candidates`: session key -> messages of an open session of the same station. A session is possible when
    the stop is not before its start (by the station's own clock), its register is not below meterStart, and
    the token, if the stop shows one, is the one that started it. A different token is still possible when
    only one session is open (a parent badge may stop, OCPP 1.6 4.10), the same token wins over a different
    one.
    """
    ends = [event for event in read_events(stop) if event.kind == "end"]
    if not ends:
        return None
    end = ends[0]
    possible: dict[str, Event] = {}
    for key, messages in candidates.items():
        starts = [event for event in read_events(messages) if event.kind == "start"]
        if starts and _possible(starts[0], end):
            possible[key] = starts[0]
    if len(possible) > 1 and end.token:
        possible = {key: start for key, start in possible.items() if start.token == end.token}
    return next(iter(possible)) if len(possible) == 1 else None


def _possible(start: Event, end: Event) -> bool:
    if start.stamp is not None and end.stamp is not None and end.stamp < start.stamp:
        return False
    return start.register is None or end.register is None or end.register >= start.register
