"""The values of a price index as the engine reads them: plain tuples, looked up by moment."""

from bisect import bisect_right
from collections.abc import Hashable
from dataclasses import dataclass

from .errors import RatingError


@dataclass(frozen=True, slots=True)
class IndexSeries:
    """Consecutive values of one price index; there may be gaps between them.

    `starts` and `ends` are UTC epoch seconds, each end excluded; `micros` are prices in millionths of the index's unit (a
    price of -3.25 EUR/MWh is -3,250,000); `finals` says which of them will not change any more. Values are sorted and do not
    overlap: anything else raises `RatingError`.
    """

    key: Hashable
    name: str
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    micros: tuple[int, ...] = ()
    finals: tuple[bool, ...] = ()

    def __post_init__(self):
        if not len(self.starts) == len(self.ends) == len(self.micros) == len(self.finals):
            raise RatingError(
                f"Index {self.name}: as many starts, ends, prices and states are needed as there are values."
            )
        # one pass in C each: a year of quarter-hours is checked in a few milliseconds
        if any(map(int.__ge__, self.starts, self.ends)):
            raise RatingError(f"Index {self.name}: a value must end after it starts.")
        if any(map(int.__gt__, self.ends, self.starts[1:])):
            raise RatingError(f"Index {self.name}: values must be sorted by start and must not overlap.")

    def __len__(self):
        return len(self.starts)

    def find(self, epoch: int) -> tuple[int, bool] | None:
        """The value in force at a moment: (price in millionths, is it final), or None in a gap."""
        at = bisect_right(self.starts, epoch) - 1
        if at < 0 or epoch >= self.ends[at]:
            return None
        return self.micros[at], self.finals[at]
