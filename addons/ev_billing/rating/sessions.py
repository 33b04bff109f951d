"""Pricing sessions: which version was in force, and what it makes.

Rules
    1. The version in force is the one at the session's *start*, by the site's local date. A session that runs over midnight,
       a month-end or a change of price keeps the price it started with.
    2. The contract must cover the site at that same moment.
    3. A credit CDR repeats the facts of its original, so rules 1 and 2 find the original's version; its quantity is negative.
    4. Basis `kwh`: amount = Wh x price / 1000, half-up at six decimals. No energy makes a charge of zero: the session was
       rated, and the annex shows it.
    5. Basis `session`: one price per session; a session without energy does not count, unless the version says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .errors import SessionError, TermError
from .model import SESSION_BASES, Charge, Session, Site, TermVersion
from .money import MICRO
from .period import intersect

WH_TO_QUANTITY = MICRO // 1000

# what a plan entry does; small integers compare fast in the loop
_KWH, _SESSION, _SESSION_NOT_ZERO = range(3)


def _get_what(version: TermVersion) -> int:
    """What the loop does with a session under that version."""
    if version.basis == "kwh":
        return _KWH
    return _SESSION if version.count_zero_energy else _SESSION_NOT_ZERO


def check_versions(versions: Iterable[TermVersion]) -> None:
    """Refuse two versions of one term in force on one day.

    :raises TermError: names the term and the two versions.
    """
    seen: dict = {}
    for version in versions:
        for other in seen.setdefault(version.term, []):
            if version.valid & other.valid:
                raise TermError(
                    f"Term {version.term}: versions {other.key} ({other.valid.start} to {other.valid.end}) and {version.key} "
                    f"({version.valid.start} to {version.valid.end}) overlap; end one before the other begins."
                )
        seen[version.term].append(version)


class Rater:
    """Prices sessions under the session terms of one contract.

    :param versions: every version of every term; those with a periodic basis are left to `periodic`.
    :param sites: the sites the contract covers, with their clocks.

    Built once per statement. What depends only on where and how a session was charged (the versions whose filter accepts it,
    and from when to when) is worked out once per combination and remembered, so a session costs a dictionary look-up and one
    multiplication per term.
    """

    def __init__(self, versions: Sequence[TermVersion], sites: Iterable[Site]):
        check_versions(versions)
        self._versions = tuple(version for version in versions if version.basis in SESSION_BASES)
        self._sites: Mapping = {site.key: site for site in sites}
        self._plans: dict[tuple, tuple] = {}

    def _plan(self, facts: tuple) -> tuple:
        """The versions for one (site, station, power type, kind, profile): (from, to, what, price, term, version)."""
        site_key, station, power_type, kind, profile = facts
        site = self._sites.get(site_key)
        if site is None:
            raise SessionError(f"Site {site_key!r} is not among the contract's sites: give its clock and coverage.")
        entries = []
        for version in self._versions:
            if not version.filter.accepts(site_key, station, power_type, kind, profile):
                continue
            what = _get_what(version)
            for span in intersect((version.valid,), site.covered):
                start, stop = span.epochs(site.timezone)
                entries.append((start, stop, what, version.price_micro, version.term, version.key))
        return tuple(entries)

    def rate_rows(self, rows: Iterable[tuple]) -> Iterator[tuple]:
        """The fast path: session tuples in (`Session` field order), charge tuples out.

        :returns: (session key, term key, version key, quantity in millionths, amount in millionths), in the order of `rows`.
        """
        plans = self._plans
        for key, site, station, start, _stop, wh, sign, power_type, kind, profile in rows:
            facts = (site, station, power_type, kind, profile)
            plan = plans.get(facts)
            if plan is None:
                plan = plans[facts] = self._plan(facts)
            for valid_from, valid_to, what, price, term, version in plan:
                if not valid_from <= start < valid_to:
                    continue
                if what == _KWH:
                    signed = wh * sign
                    exact = signed * price
                    # half away from zero at six decimals: thousandths of a micro become micros
                    amount = (exact + 500) // 1000 if exact >= 0 else -((500 - exact) // 1000)
                    yield key, term, version, signed * WH_TO_QUANTITY, amount
                elif wh or what == _SESSION:
                    yield key, term, version, sign * MICRO, sign * price

    def rate(self, sessions: Iterable[Session]) -> list[Charge]:
        """Price sessions given as `Session`; the same loop, with names on what comes out."""
        return [Charge(*row) for row in self.rate_rows(session.row() for session in sessions)]
