"""From meter readings to slices: how much energy flowed between two changes of price.

Rules (design: How energy meets price)
    1. The register is interpolated linearly between the two readings around a border, kept to a millionth of a Wh (downwards).
    2. Slices are whole Wh and add up to the session's energy: each gets its whole Wh, and what is left over goes one by one to
       the slices with the largest remainders, the earlier one first where two are equal.
    3. Without readings the power was constant from start to stop; the charge is marked as estimated.
    4. A register that falls is held at its highest value so far; readings outside the session are left out; a curve that does
       not come to the session's energy is stretched to it. Each of these marks the charge too.
"""

from collections.abc import Sequence
from itertools import pairwise
from operator import sub

from .money import MICRO
from .period import EPOCH_MAX

# marks of a charge, as bits
ESTIMATED, FELL, PROVISIONAL = 1, 2, 4
MARK_NAMES = {ESTIMATED: "estimated", FELL: "register_fell", PROVISIONAL: "provisional"}


def mark_names(marks: int) -> list[str]:
    """The marks as words."""
    return [name for bit, name in MARK_NAMES.items() if marks & bit]


def slices_of(readings: Sequence, start: int, stop: int, wh: int, borders: list[int]) -> tuple[list[int], int]:
    """Whole Wh of a session between the borders, and its marks.

    :param borders: instants inside the session, rising: there is one slice more than there are borders
    """
    if readings and readings[0][0] == start and readings[-1][0] == stop and readings[-1][1] - readings[0][1] == wh:
        slices = _cut(readings, wh, borders, MICRO)
        if slices is not None:
            return slices, 0
    points, factor, marks = straighten(readings, start, stop, wh)
    return _cut(points, wh, borders, factor), marks


def straighten(readings: Sequence, start: int, stop: int, wh: int) -> tuple[list, int, int]:
    """A session's readings as a curve that starts at `start`, ends at `stop`, never falls and comes to `wh`.

    :returns: ([(instant, register)], millionths of a Wh per unit of a register, marks)
    """
    inside = sorted({tuple(reading) for reading in readings or () if start <= reading[0] <= stop})
    points, marks, highest = [], 0, None
    for moment, register in inside:
        if highest is not None and register < highest:
            marks |= FELL
        highest = register if highest is None else max(highest, register)
        if points and points[-1][0] == moment:
            points.pop()
        points.append((moment, highest))
    span = points[-1][1] - points[0][1] if points else 0
    if not span:
        return [(start, 0), (stop, wh)], MICRO, marks | (ESTIMATED if wh else 0)
    if span == wh and points[0][0] == start and points[-1][0] == stop:
        return points, MICRO, marks
    first = points[0][1]
    points = [(moment, (register - first) * wh * MICRO // span) for moment, register in points]
    if points[0][0] > start:
        points.insert(0, (start, 0))
    if points[-1][0] < stop:
        points.append((stop, wh * MICRO))
    return points, 1, marks | (ESTIMATED if span != wh else 0)


def _cut(points: Sequence, wh: int, borders: list[int], factor: int) -> list[int] | None:
    """Whole Wh between the borders; None where the curve is not straight.

    One walk over readings and borders together: this is where the time of a spot price goes.
    """
    if len(points) == len(borders) + 2 and factor == MICRO and [point[0] for point in points[1:-1]] == borders:
        # readings taken on the borders themselves, as clock-aligned chargers do: nothing to interpolate
        registers = [point[1] for point in points]
        slices = list(map(sub, registers[1:], registers))
        return slices if min(slices) >= 0 else None
    edges, number = [*borders, EPOCH_MAX], 0
    border = edges[0]
    before, low = points[0]
    first, at = low, [0]
    for moment, register in points:
        if register < low or moment < before:
            return None
        while border < moment:
            length = moment - before
            at.append(((low - first) * length + (register - low) * (border - before)) * factor // length)
            number += 1
            border = edges[number]
        before, low = moment, register
    at.append(wh * MICRO)
    energies = list(map(sub, at[1:], at))
    slices = [energy // MICRO for energy in energies]
    left = wh - sum(slices)
    if left:
        rests = [energy % MICRO for energy in energies]
        for place in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:left]:
            slices[place] += 1
    return slices


def seconds_between(start: int, stop: int, borders: Sequence[int], since: int, until: int) -> list[int]:
    """Seconds of [since, until) in each slice of a session."""
    edges = [start, *borders, stop]
    return [max(0, min(until, end) - max(since, begin)) for begin, end in pairwise(edges)]
