"""Minimum guarantees and caps: what a term makes in a billing period at least and at most.

Rules
    1. They hold for one wording (version) of a term and a whole billing period, in the direction of the term, before rounding.
    2. A version in force on part of the period has that part of its limits (limit x its days / days of the period), for what it
       made on those days: a new wording never reaches back over what the old one made.
    3. What is missing to the minimum, or too much for the cap, is a charge of its own. Where late sessions or credits change
       what a period came to, the next statement brings the difference to what was already adjusted.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from .money import divide_half_up
from .period import Span, intersect
from .terms import TermVersion


@dataclass(frozen=True, slots=True)
class Limits:
    """What a version may make in one period, in millionths. None: no such limit."""

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


def limits_of(version: TermVersion, period: Span, covered: Iterable[Span] = (Span(),)) -> Limits | None:
    """The limits of one version in a period, or None where it has none or is not in force.

    :param covered: days of the contract
    """
    days = sum(span.days for span in intersect(intersect((period,), covered), (version.valid,)))
    limits = (version.minimum_micro, version.cap_micro)
    if not days or limits == (None, None):
        return None
    minimum, cap = (None if limit is None else divide_half_up(limit * days, period.days) for limit in limits)
    return Limits(version.key, minimum, cap)
