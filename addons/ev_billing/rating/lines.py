"""From charges to document lines: sum exactly, round once."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from .money import from_micro, round_line


@dataclass(frozen=True, slots=True)
class Line:
    """Charges with the same key, added up."""

    key: Hashable
    count: int
    quantity: Decimal
    exact: Decimal
    amount: Decimal


class Totals:
    """Adds charges up to one line per key, in one pass, remembering nothing but the sums."""

    def __init__(self):
        self._sums: dict[Hashable, list[int]] = {}

    def add(self, key: Hashable, quantity_micro: int, amount_micro: int) -> None:
        """Add one charge: quantity and unrounded amount in millionths."""
        total = self._sums.get(key)
        if total is None:
            self._sums[key] = [1, quantity_micro, amount_micro]
        else:
            total[0] += 1
            total[1] += quantity_micro
            total[2] += amount_micro

    def sums(self) -> Iterable[tuple[Hashable, int, int, int]]:
        """(key, count, quantity in millionths, amount in millionths) so far."""
        return ((key, *total) for key, total in self._sums.items())

    def lines(self, currency_decimals: int) -> list[Line]:
        """Every line, rounded half-up *once* from the exact sum of its charges: never a sum of rounded numbers.

        Lines come in the order in which their keys first appeared.
        """
        return [
            Line(key, count, from_micro(quantity), from_micro(amount), round_line(amount, currency_decimals))
            for key, (count, quantity, amount) in self._sums.items()
        ]


def add_up(charges: Iterable[tuple[Hashable, int, int]], currency_decimals: int) -> list[Line]:
    """Add (key, quantity in millionths, amount in millionths) up to lines: `Totals` in one call."""
    totals = Totals()
    for charge in charges:
        totals.add(*charge)
    return totals.lines(currency_decimals)
