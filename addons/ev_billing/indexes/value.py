"""One value of a price index, and what several of them must keep to."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from .clock import say_span
from .errors import PriceIndexError

DECIMALS = 6
# What numeric(16, 6) holds.
LARGEST = 10**10
# Eleven years of quarter-hours: more is a mistake, or an attack on the memory of the machine.
MAX_VALUES = 400_000
_DECIMAL = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?")


class IndexValue(NamedTuple):
    """A price in force from `start` to `end` (UTC epoch seconds, end excluded); `final`: it will not change any more."""

    start: int
    end: int
    price: Decimal
    final: bool = True


def read_price(text: str) -> Decimal:
    """Read plain decimal text, such as ``-12.50``, as an exact price.

    :raises PriceIndexError: not a plain decimal number, more than six decimals, or too large.
    """
    if not _DECIMAL.fullmatch(text):
        raise PriceIndexError(f"price {text[:40]!r} is not a number like 87.40")
    price = Decimal(text)
    if price != price.quantize(Decimal(1).scaleb(-DECIMALS)):
        raise PriceIndexError(f"price {text[:40]} has more than {DECIMALS} decimals: round it")
    if abs(price) >= LARGEST:
        raise PriceIndexError(f"price {text[:40]} is too large")
    return price


def say_price(price: Decimal) -> str:
    """A price with at least two decimals and no zeros after them: ``87.40``, ``0.185432``."""
    whole, _, decimals = f"{price:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def settle(values: Iterable[IndexValue], zone: str = "UTC") -> tuple[list[IndexValue], list[str]]:
    """Sort values, make one of identical ones, and find those that contradict each other.

    :return: (values sorted by start, a sentence on each two that overlap); the values are usable only without sentences.
    """
    settled, problems = [], []
    for value in sorted(values):
        last = settled[-1] if settled else None
        if last is None or value.start >= last.end:
            settled.append(value)
        elif (value.start, value.end) != (last.start, last.end):
            problems.append(
                f"{say_span(value.start, value.end, zone)} overlaps {say_span(last.start, last.end, zone)}."
            )
        elif value != last:
            both = [say_price(last.price), say_price(value.price)]
            if last.final != value.final:
                both = [
                    f"{text} ({'final' if one.final else 'provisional'})"
                    for text, one in zip(both, (last, value), strict=True)
                ]
            problems.append(f"{say_span(value.start, value.end, zone)} is given twice: {both[0]} and {both[1]}.")
    return settled, problems
