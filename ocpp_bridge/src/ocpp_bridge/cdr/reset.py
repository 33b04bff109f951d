"""A register that was reset while a session ran (a reboot, a meter that was exchanged).

The rule. A fall is a reset when the register falls below `RESET_FRACTION` of where it stood, then rises again,
and the next higher reading stays below where it stood: one odd sample is followed by the old curve, a reset
register by a new one. Each rise must be possible in its time. A fall right after the begin with an end above
it is no reset either: that is a lifetime register beside per-session ones. What is no reset is clamped.

The curve is then rebased: what was counted before each reset is added to what comes after it, so that the
register never falls and ends at meter_start + energy, energy being the sum of the rises.
"""

from collections.abc import Sequence

from .model import Rules
from .power import limit_wh

RESET_FRACTION = 0.1

Reading = tuple[int, int]  # UTC epoch seconds, register Wh


def rebase(curve: Sequence[Reading], rules: Rules) -> tuple[list[Reading], bool] | None:
    """`curve` in order of time, from begin to end, as it was measured. (The rebased curve, whether something was
    clamped beside), or None when no fall in it looks like a reset."""
    resets = _resets(curve)
    if not resets or (resets[0] == 1 and curve[-1][1] >= curve[0][1]):
        return None
    (since, top), offset, clamped = curve[0], 0, False
    rebased = [curve[0]]
    for place, (time, wh) in enumerate(curve[1:], 1):
        if place in resets:
            since, top, offset = time, wh, offset + top - wh
        elif wh >= top:
            if wh - top > limit_wh(time - since, rules):
                return None
            since, top = time, wh
        else:
            clamped = True
        rebased.append((time, offset + top))
    return rebased, clamped


def _resets(curve: Sequence[Reading]) -> list[int]:
    """The places of the readings that are the first after a reset."""
    found: list[int] = []
    top, higher = curve[0][1], _next_higher(curve)
    for place, (_time, wh) in enumerate(curve):
        follows = higher[place]
        if wh < top * RESET_FRACTION and follows is not None and follows < top:
            found.append(place)
            top = wh
        top = max(top, wh)
    return found


def _next_higher(curve: Sequence[Reading]) -> list[int | None]:
    """For each reading the next register above it; one pass, for a session may hold a sample a second."""
    found: list[int | None] = [None] * len(curve)
    waiting: list[int] = []
    for place, (_time, wh) in enumerate(curve):
        while waiting and curve[waiting[-1]][1] < wh:
            found[waiting.pop()] = wh
        waiting.append(place)
    return found
