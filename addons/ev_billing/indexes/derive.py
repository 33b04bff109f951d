"""Means of a price index over calendar periods: what an ex-post month contract is settled with.

A mean is weighted by time, not by count: an hour weighs as much as its four quarter-hours. Months and quarters are those of
the index's own clock, so a March of 743 hours is a whole March. Exact: integers of millionths, divided once, rounded half
away from zero to six decimals.
"""

from collections.abc import Iterable
from decimal import Decimal

from .clock import edge_after, edge_before
from .value import DECIMALS, IndexValue

METHODS = {"monthly_mean": "month", "quarterly_mean": "quarter"}


def derive_means(values: Iterable[IndexValue], resolution: str, zone: str) -> list[IndexValue]:
    """The mean of every calendar period that at least one value touches.

    A period that is wholly covered by final values is final. One with a hole or with a provisional value in it is a
    provisional mean over what is there. A period without any value has none.

    :param values: sorted by start, without overlaps; the whole of the first and the last period, or those come out provisional.
    :param resolution: ``month`` or ``quarter``.
    """
    sums, start, end = {}, 0, 0
    for value in values:
        micro, at = int(value.price.scaleb(DECIMALS)), value.start
        while at < value.end:
            if not start <= at < end:
                start, end = edge_before(at, resolution, zone), edge_after(at, resolution, zone)
            # a value that is longer than the period gives each period its share
            seconds = min(value.end, end) - at
            period = sums.setdefault((start, end), [0, 0, True])
            period[0] += micro * seconds
            period[1] += seconds
            period[2] = period[2] and value.final
            at += seconds
    return [
        IndexValue(start, end, _divide(weighted, seconds), all_final and seconds == end - start)
        for (start, end), (weighted, seconds, all_final) in sorted(sums.items())
    ]


def _divide(weighted: int, seconds: int) -> Decimal:
    """Micro-seconds by seconds, rounded half away from zero."""
    sign = -1 if weighted < 0 else 1
    micro = sign * ((2 * abs(weighted) + seconds) // (2 * seconds))
    return Decimal(micro).scaleb(-DECIMALS)
