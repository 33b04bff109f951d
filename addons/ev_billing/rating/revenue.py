"""What a session earned: the sum of its sale terms.

The order is fixed: sale terms first, then everything that reads the revenue. A sale term may therefore not read it itself, nor
depend on what else happened in the period (tiers), which makes circles impossible.
"""

from collections.abc import Iterable, Sequence

from .curve import PROVISIONAL
from .errors import TermError
from .facts import Site
from .sessions import Rater
from .terms import SESSION_BASES, TermVersion
from .tracks import ReadIndex, no_index


def check_sale_terms(versions: Iterable[TermVersion]) -> None:
    """Refuse sale terms whose amount is not settled by the session alone.

    :raises TermError: names the term and why.
    """
    for version in versions:
        if version.basis not in SESSION_BASES or version.basis == "revenue":
            raise TermError(
                f"Term {version.term}: a {version.basis} fee is no price of a session; do not mark it as a sale."
            )
        if version.is_tiered:
            raise TermError(
                f"Term {version.term}: with tiers, what one session earns depends on the others; do not mark it as a sale, or "
                "give it another price."
            )


class Seller:
    """The sale terms of one contract: what each session earns under them."""

    def __init__(self, versions: Sequence[TermVersion], sites: Iterable[Site], read_index: ReadIndex = no_index):
        check_sale_terms(versions)
        self._signs = {version.key: 1 if version.direction == "charge" else -1 for version in versions}
        self._rater = Rater(versions, sites, read_index)
        self.provisional: set = set()

    def earn(self, rows: Iterable[tuple]) -> dict:
        """{session key: millionths of the currency}: None where a price is missing, 0 where no sale term applies.

        `provisional` takes the sessions that stand on provisional prices.
        """
        rows = list(rows)
        earned: dict = {row[0]: 0 for row in rows}
        for key, _term, version, _quantity, amount, marks, _counted in self._rater.rate_rows(rows):
            if marks & PROVISIONAL:
                self.provisional.add(key)
            known = earned[key]
            earned[key] = None if amount is None or known is None else known + self._signs[version] * amount
        return earned
