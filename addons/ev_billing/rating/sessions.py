"""Pricing sessions: which version was in force, and what it makes.

Rules
    1. The version in force is the one at the session's *start*, by the site's local date. A session that runs over midnight,
       a month-end or a change of wording keeps the version it started with; the price of each slice is the slice's own.
    2. The contract must cover the site at that same moment.
    3. A credit CDR repeats the facts of its original, so rules 1 and 2 find the original's version; its quantity is negative.
    4. Basis `kwh`: the energy of each slice x its price, added up exactly, half-up at six decimals once. No energy makes a
       charge of zero: the session was rated, and the annex shows it.
    5. Basis `session`: one price per session; a session without energy does not count, unless the version says so.
    6. Basis `revenue`: percent of what the session's sale terms make. A session whose revenue nobody knows waits.
    7. Charging time comes first, idle time last; minutes are exact seconds / 60.
    8. What an index value is missing for is not priced: its charge comes without an amount.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from .errors import SessionError
from .facts import Session, Site
from .money import from_micro
from .period import Span, intersect
from .pricers import WH_TO_QUANTITY, get_measure, make_pricer
from .prices import Fixed
from .terms import SESSION_BASES, Filter, TermVersion, check_versions
from .tiers import price_units
from .tracks import ReadIndex, no_index

# place of the site in a session's row
SITE = 1
# what a plan entry does; small integers compare fast in the loop
_KWH, _PRICER, _TIERS = range(3)


@dataclass(frozen=True, slots=True)
class Charge:
    """One session under one term, or one subject in one period under one term.

    `amount_micro` is in the direction of the term: a positive amount of a credit term is owed to the partner; None where a
    price is missing. `marks` are bits (`curve`); `counted_micro` is where it stands in its period's tiers (`tiers`).
    """

    key: object
    term: object
    version: object
    quantity_micro: int
    amount_micro: int | None
    marks: int = 0
    counted_micro: int | None = None
    span: Span | None = None

    @property
    def quantity(self) -> Decimal:
        """Quantity in the unit of the basis, six decimals."""
        return from_micro(self.quantity_micro)

    @property
    def amount(self) -> Decimal | None:
        """Unrounded amount in the currency, six decimals; None where a price is missing."""
        return None if self.amount_micro is None else from_micro(self.amount_micro)


def _get_asked(chosen: Filter) -> list[int]:
    """Places in a row that a filter looks at, beside the site."""
    looks = {
        2: chosen.stations,
        7: chosen.power_type,
        8: chosen.kind,
        9: chosen.profiles,
        10: chosen.tokens,
        11: chosen.emsps,
    }
    return [place for place, wanted in looks.items() if wanted]


def in_order(session: Session):
    """Sort key in which tiers count: by start, a credit right behind its original."""
    return session.start, str(session.key if session.original is None else session.original), session.sign < 0


class Rater:
    """Prices sessions under the session terms of one contract.

    :param versions: every version of every term; those with a periodic basis are left to `periodic`.
    :param sites: the sites the contract covers, with their clocks.
    :param read_index: gives the values of an index between two instants (`tracks.ReadIndex`)
    :param counted: {(term, period): quantity in millionths} that earlier statements counted in that period
    :param mirrors: {(original session, term): counted} of originals that earlier statements charged under tiers

    Built once per statement. What depends only on where and how a session was charged (the versions whose filter accepts it,
    and from when to when) is worked out once per combination and remembered, so a session costs a dictionary look-up and one
    multiplication per term.
    """

    def __init__(
        self,
        versions: Sequence[TermVersion],
        sites: Iterable[Site],
        read_index: ReadIndex = no_index,
        counted: Mapping | None = None,
        mirrors: Mapping | None = None,
    ):
        check_versions(versions)
        self._versions = tuple(version for version in versions if version.basis in SESSION_BASES)
        self._sites: Mapping = {site.key: site for site in sites}
        self._read_index = read_index
        self._plans: dict[tuple, tuple] = {}
        self._pricers: dict[tuple, object] = {}
        self._counted = dict(counted or {})
        self.mirrors = dict(mirrors or {})
        # {session key: terms} that earlier statements charged: they are counted there, and not again
        self.charged: Mapping = {}
        # what no version asks for is left out of the key, so that a million badges do not make a million plans
        asked = {place for version in self._versions for place in _get_asked(version.filter)}
        self._facts = itemgetter(SITE, *sorted(asked)) if asked else itemgetter(SITE)
        self.is_tiered = any(version.is_tiered for version in self._versions)
        self.has_volumes = any(version.is_tiered and version.price.volume for version in self._versions)

    # ------------------------------------------------------------------ plans

    def _plan(self, row: tuple) -> tuple:
        """The versions for sessions like this one: (from, to, what, price or measure, version, pricer)."""
        _key, site_key, station, _start, _stop, _wh, _sign, power_type, kind, profile, token, emsp, *_rest = row
        site = self._sites.get(site_key)
        if site is None:
            raise SessionError(f"Site {site_key!r} is not among the contract's sites: give its clock and coverage.")
        entries = []
        for version in self._versions:
            if not version.filter.accepts(site_key, station, power_type, kind, profile, token, emsp):
                continue
            what, price, pricer = self._get_what(version, site)
            for span in intersect((version.valid,), site.covered):
                start, stop = span.epochs(site.timezone)
                entries.append((start, stop, what, price, version, pricer))
        return tuple(entries)

    def _get_what(self, version: TermVersion, site: Site) -> tuple:
        """What the loop does with a session under that version there."""
        if version.is_tiered:
            return _TIERS, None, get_measure(version)
        if version.basis == "kwh" and isinstance(version.price, Fixed):
            return _KWH, version.price.micro, None
        key = version.key, site.timezone, site.holidays
        pricer = self._pricers.get(key)
        if pricer is None:
            pricer = self._pricers[key] = make_pricer(version, site, self._read_index)
        return _PRICER, None, pricer

    # ------------------------------------------------------------------- rows

    def rate_rows(self, rows: Iterable[tuple]) -> Iterator[tuple]:
        """The fast path: session tuples in (`Session` field order), charge tuples out.

        Where a version has tiers, rows must come in order (`in_order`), and `count_rows` must have seen them all first where
        tiers are by volume.

        :returns: (session key, term key, version key, quantity in millionths, amount in millionths or None, marks, counted in
            millionths or None), in the order of `rows`.
        """
        plans, get_facts = self._plans, self._facts
        for row in rows:
            facts = get_facts(row)
            plan = plans.get(facts)
            if plan is None:
                plan = plans[facts] = self._plan(row)
            key, start = row[0], row[3]
            for valid_from, valid_to, what, price, version, pricer in plan:
                if not valid_from <= start < valid_to:
                    continue
                if what == _KWH:
                    signed = row[5] * row[6]
                    exact = signed * price
                    # half away from zero at six decimals: thousandths of a micro become micros
                    amount = (exact + 500) // 1000 if exact >= 0 else -((500 - exact) // 1000)
                    yield key, version.term, version.key, signed * WH_TO_QUANTITY, amount, 0, None
                    continue
                if what == _TIERS and version.term in self.charged.get(key, ()):
                    continue
                made = pricer(row)
                if made is None:
                    if version.basis == "revenue":  # nobody knows it: the charge waits
                        yield key, version.term, version.key, 0, None, 0, None
                elif what == _TIERS:
                    yield self._rate_tiers(row, version, made)
                else:
                    yield key, version.term, version.key, made[0], made[1], made[2], None

    def _rate_tiers(self, row, version, quantity):
        """One charge under tiers; moves the counter of its period on."""
        at = version.term, row[17]
        counted = self._counted.get(at, 0)
        if not version.price.volume:
            self._counted[at] = counted + quantity
        mirrored = self.mirrors.get((row[16], version.term))
        if mirrored is not None:
            # back from behind the units its original took
            counted = mirrored if version.price.volume else mirrored - quantity
        amount = price_units(version.price, counted, quantity)
        return row[0], version.term, version.key, quantity, amount, 0, counted

    def count_rows(self, rows: Iterable[tuple]) -> None:
        """Add what these sessions count to the totals that volume tiers are priced by."""
        for row in rows:
            for version, quantity in self._quantities(row):
                if version.price.volume:
                    at = version.term, row[17]
                    self._counted[at] = self._counted.get(at, 0) + quantity

    def _quantities(self, row):
        """(version, quantity) of the tiered versions in force for one session."""
        facts, start = self._facts(row), row[3]
        plan = self._plans.get(facts)
        if plan is None:
            plan = self._plans[facts] = self._plan(row)
        for valid_from, valid_to, what, _price, version, measure in plan:
            if what == _TIERS and valid_from <= start < valid_to and version.term not in self.charged.get(row[0], ()):
                quantity = measure(row)
                if quantity is not None:
                    yield version, quantity

    def rate(self, sessions: Iterable[Session]) -> list[Charge]:
        """Price sessions given as `Session`, in any order; the charges come in the order the sessions started."""
        rows = [session.row() for session in sorted(sessions, key=in_order)]
        if self.has_volumes:
            self.count_rows(rows)
        return [Charge(*row) for row in self.rate_rows(rows)]
