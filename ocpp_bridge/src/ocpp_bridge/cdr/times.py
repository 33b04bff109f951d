"""Station clocks: read whatever they write, and bill by a documented rule.

The rule. A time stamp is believed when it is no more than `clock_tolerance` ahead of its message's arrival
and no more than `max_offline` behind it: a message that waited in the station's queue is legitimately old,
one from the future or from 1970 is not. Stamps that are not believed are shifted as a group (those too
early, those too late, each group by one offset) so that the promptest of them falls on its arrival:
durations survive, and the moment is right for any session of which at least one message was sent live. A
stamp that cannot be read is replaced by its arrival. A stamp without a zone is read as UTC. Each case is
flagged; the raw message keeps the station's own words.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .model import Rules

# What lies outside is no time but a default: 0001-01-01 is what .NET stations send before they know better.
EARLIEST, LATEST = -2_208_988_800, 253_402_300_800  # 1900, 10000


def parse_time(stamp: Any) -> tuple[float | None, bool]:
    """(UTC epoch seconds or None, whether the zone had to be assumed). RFC 3339, and what comes near it."""
    if not isinstance(stamp, str):
        return None, False
    try:
        moment = datetime.fromisoformat(stamp.strip().upper().replace("Z", "+00:00"))
        naive = moment.tzinfo is None
        epoch = (moment.replace(tzinfo=UTC) if naive else moment).timestamp()
    except (ValueError, OverflowError):
        return None, False
    return (epoch, naive) if EARLIEST <= epoch < LATEST else (None, False)


@dataclass(frozen=True)
class Timeline:
    """Turns a station's stamps into billed times. Built from all stamps of a session."""

    rules: Rules
    early_shift: float
    late_shift: float
    whole_clock_late: bool

    @classmethod
    def of(cls, observations: Iterable[tuple[float | None, float]], rules: Rules) -> "Timeline":
        """`observations`: (station time, arrival) of every readable stamp, in any order."""
        early: list[float] = []
        late: list[float] = []
        first_late_arrival, last_sound_arrival = math.inf, -math.inf
        for stamp, arrival in observations:
            if stamp is None:
                continue
            delta = stamp - arrival
            if delta > rules.clock_tolerance:
                late.append(delta)
                first_late_arrival = min(first_late_arrival, arrival)
            elif delta < -rules.max_offline:
                early.append(delta)
            else:
                last_sound_arrival = max(last_sound_arrival, arrival)
        # A fast clock makes a queued message look sound (2 h fast, sent 3 h late). Unless a sound stamp
        # arrived after a late one, which means the clock was set right in between, all of them ran on the
        # fast clock.
        whole = bool(late) and last_sound_arrival <= first_late_arrival
        return cls(rules, max(early, default=0.0), max(late, default=0.0), whole)

    @property
    def implausible(self) -> bool:
        return bool(self.early_shift or self.late_shift)

    def billed(self, stamp: float | None, arrival: float) -> float:
        """The time that counts, UTC epoch seconds."""
        if stamp is None:
            return arrival
        delta = stamp - arrival
        if delta < -self.rules.max_offline:
            return stamp - self.early_shift
        if delta > self.rules.clock_tolerance or self.whole_clock_late:
            return stamp - self.late_shift
        return stamp
