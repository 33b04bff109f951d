"""Minimum guarantees and caps: what a term makes in a billing period at least and at most.

Rules
    1. They hold for a term and a whole billing period, in the direction of the term, before rounding.
    2. A version in force on part of the period brings that part of its limit: limit x its days / days of the period.
    3. What is missing to the minimum, or too much for the cap, is a charge of its own. Where late sessions or credits change
       what a period came to, the next statement brings the difference to what was already adjusted.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from .money import MICRO, divide_half_up
from .period import Span, intersect
from .terms import TermVersion


@dataclass(frozen=True, slots=True)
class Limits:
    """What a term may make in one period, in millionths, and the version whose wording says so. None: no such limit."""

    version: Hashable
    minimum: int | None
    cap: int | None

    def adjustment(self, amount: int) -> int:
        """What has to be added to `amount` to keep the limits."""
        if self.minimum is not None and amount < self.minimum:
            return self.minimum - amount
        if self.cap is not None and amount > self.cap:
            return self.cap - amount
        return 0


def limits_of(versions: Sequence[TermVersion], period: Span, covered: Iterable[Span] = (Span(),)) -> Limits | None:
    """The limits of one term in a period, or None where it has none.

    :param versions: the versions of one term
    :param covered: days of the contract
    """
    minimum = cap = key = None
    covered = list(covered)
    for version in sorted(versions, key=lambda version: str(version.valid.start or "")):
        days = sum(span.days for span in intersect(intersect((period,), covered), (version.valid,)))
        if not days:
            continue
        if version.minimum_micro is not None:
            minimum = (minimum or 0) + divide_half_up(version.minimum_micro * days, period.days)
            key = version.key
        if version.cap_micro is not None:
            cap = (cap or 0) + divide_half_up(version.cap_micro * days, period.days)
            key = version.key
        elif cap is not None:
            cap = None  # from here on nothing holds it down
    return None if key is None else Limits(key, minimum, cap)


def share_of(limit_micro: int, span: Span, period: Span) -> tuple[int, int]:
    """(quantity, amount) in millionths of the part of a limit that `span` brings."""
    return divide_half_up(MICRO * span.days, period.days), divide_half_up(limit_micro * span.days, period.days)
