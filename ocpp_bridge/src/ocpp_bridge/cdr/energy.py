"""The register curve of a session: where it begins and ends, what lies between, and what is not believed."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from . import flags
from .model import Rules
from .power import limit_wh
from .reset import Reading, rebase


@dataclass(frozen=True)
class Curve:
    """`excess`: a sentence when the energy is more than the station can have delivered."""

    meter_start: int | None
    meter_stop: int | None
    energy: int
    readings: tuple[Reading, ...]
    flags: frozenset[str]
    excess: str | None = None


def measure(
    begin: int | None,
    end: int | None,
    primary: Iterable[Reading],
    secondary: Iterable[Reading],
    span: tuple[int, int],
    rules: Rules,
) -> Curve:
    """`begin` and `end` are the registers the station names as such; `primary` are readings of this
    transaction, `secondary` readings that may be of another kind of register (clock-aligned, or without
    transaction id: seen to be lifetime values beside per-session ones) and count only where they fit the
    curve."""
    start, stop = span
    points = sorted((min(max(time, start), stop), wh) for time, wh in primary)
    found: set[str] = set()
    meter_start = _meter_start(begin, points, start, rules, found)
    meter_stop = _meter_stop(end, meter_start, points, found)
    if meter_start is None or meter_stop is None:
        return Curve(None, None, 0, (), frozenset(found | {flags.NO_METER_VALUES}))
    # Begin and end are the ends of the curve; where they are missing the first and last samples took their
    # place.
    edges = [(start, meter_start)] if flags.METER_START_MISSING not in found else []
    edges += [(stop, meter_stop)] if flags.METER_STOP_MISSING not in found else []
    points, edges, meter_stop = _rebased(points, edges, meter_stop, rules, found)
    if meter_stop < meter_start:
        found.add(flags.REGISTER_FELL)
    energy = max(0, meter_stop - meter_start)
    curve = _rising(points, edges, meter_start, meter_start + energy, found)
    curve = _rising(curve + _fitting(secondary, curve, span), [], meter_start, meter_start + energy, found)
    excess = None
    if energy > limit_wh(stop - start, rules):
        excess = (
            f"{energy} Wh in {stop - start} s is more than {rules.max_power_kw:g} kW can deliver "
            f"(register {meter_start} to {meter_stop} Wh)"
        )
    readings = () if start == stop and energy else tuple(curve)
    return Curve(meter_start, meter_stop, energy, readings, frozenset(found), excess)


def _meter_start(begin: int | None, points: list[Reading], start: int, rules: Rules, found: set[str]) -> int | None:
    """A begin of 0 on a lifetime meter would bill the odometer: 910 kWh for 0.083 were seen."""
    if begin is None:
        found.add(flags.METER_START_MISSING)
        return points[0][1] if points else None
    if begin == 0:
        time, wh = next((point for point in points if point[1] > 0), (start, 0))
        if wh > limit_wh(time - start, rules):
            found.add(flags.METER_START_REPLACED)
            return wh
    return begin


def _meter_stop(end: int | None, meter_start: int | None, points: list[Reading], found: set[str]) -> int | None:
    last = points[-1][1] if points else None
    if end is None:
        found.add(flags.METER_STOP_MISSING)
        return last if last is not None else meter_start
    if end == 0 and meter_start and last is not None and last > meter_start:
        found.add(flags.METER_STOP_REPLACED)
        return last
    return end


def _rebased(
    points: list[Reading], edges: list[Reading], meter_stop: int, rules: Rules, found: set[str]
) -> tuple[list[Reading], list[Reading], int]:
    """Points, edges and meter stop, without the resets of the register (see `reset.py`)."""
    fixed = {time for time, _wh in edges}
    # The begin stands first and the end last, also where a session has no length.
    curve = [*edges[:-1], *(point for point in points if point[0] not in fixed), *edges[-1:]]
    if len(edges) == 1 and flags.METER_START_MISSING not in found:
        curve = [*edges, *curve[:-1]]
    result = rebase(curve, rules) if len(curve) > 2 else None
    if result is None:
        return points, edges, meter_stop
    rebased, clamped = result
    found |= {flags.METER_RESET, flags.REGISTER_FELL} if clamped else {flags.METER_RESET}
    edges = [reading for reading in (rebased[0], rebased[-1]) if reading[0] in fixed]
    return [reading for reading in rebased if reading[0] not in fixed], edges, rebased[-1][1]


def _rising(points: list[Reading], edges: list[Reading], low: int, high: int, found: set[str]) -> list[Reading]:
    """One reading a second, never falling, inside [low, high]; the edges stand as they are."""
    fixed = {time for time, _wh in edges}
    kept: dict[int, int] = {}
    top = low
    for time, wh in sorted([*(point for point in points if point[0] not in fixed), *edges]):
        if wh < top or wh > high:
            found.add(flags.REGISTER_FELL)
        top = max(top, min(wh, high))
        kept[time] = top
    return sorted(kept.items())


def _fitting(secondary: Iterable[Reading], curve: list[Reading], span: tuple[int, int]) -> list[Reading]:
    """Those strictly inside the session that lie between their neighbours on the curve."""
    fitting: list[Reading] = []
    times = [time for time, _wh in curve]
    for time, wh in sorted(secondary):
        place = bisect_right(times, time)
        if not span[0] < time < span[1] or place == 0 or place == len(curve) or time in times:
            continue
        low = max(curve[place - 1][1], fitting[-1][1] if fitting else 0)
        if low <= wh <= curve[place][1]:
            fitting.append((time, wh))
    return fitting
