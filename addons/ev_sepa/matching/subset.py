"""Which open items sum to an amount: all sums at once, as long as they are few, and whether there is one way or more."""

from dataclasses import dataclass
from decimal import Decimal

# Beyond as many different sums nearly every amount can be made somehow: then none of the ways says anything.
MOST_SUMS = 4096


@dataclass(frozen=True, slots=True)
class Sums:
    """`ways`: {sum: (number of ways, at most 2; positions of one of them as bits)}; `complete` if all items are in it."""

    ways: dict[Decimal, tuple[int, int]]
    complete: bool

    def find(self, amount):
        """(positions of the only way, None), or (None, why there is no certain one)."""
        count, bits = self.ways.get(amount, (0, 0))
        if count == 1 and self.complete:
            return positions(bits), None
        if count:
            return None, "ambiguous" if self.complete else "too many"
        return None, "none" if self.complete else "too many"


def positions(bits):
    """(0, 2) of 0b101."""
    return tuple(index for index in range(bits.bit_length()) if bits >> index & 1)


def all_sums(amounts):
    """Every sum that some of the `amounts` make.

    The sums of the first items are all there even where they are too many for all of them.
    """
    ways = {Decimal(0): (1, 0)}
    for index, amount in enumerate(amounts):
        more = dict(ways)
        for total, (count, bits) in ways.items():
            known = more.get(total + amount)
            more[total + amount] = (min(2, count + known[0]), known[1]) if known else (count, bits | 1 << index)
        if len(more) > MOST_SUMS:
            return Sums(ways, False)
        ways = more
    # nothing settles nothing
    ways.pop(Decimal(0))
    return Sums(ways, True)
