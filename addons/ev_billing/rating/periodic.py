"""Pricing periods: so much per charger and month, pro rata by day.

Rules
    1. A day counts when the charger is in service (commissioned that day or before, not yet decommissioned), the contract
       covers its site and a version is in force: all by the site's local date.
    2. amount = price x counted days / days of the calendar month, half-up at six decimals. A full month is the full price,
       whether it has 28, 29, 30 or 31 days.
    3. A change of version, host or service inside the month cuts it into pieces; each piece is a charge of its own, so that
       each can be redone by hand. Their days add up to the month's days.
"""

from collections.abc import Iterable, Sequence

from .errors import TermError
from .model import PERIODIC_BASES, Charge, Site, Station, TermVersion
from .money import MICRO, divide_half_up
from .period import Span, intersect, month_of
from .sessions import check_versions


def prorate(price_micro: int, span: Span) -> tuple[int, int]:
    """(quantity, amount) in millionths of so many days of one calendar month.

    :raises TermError: the span reaches over the end of its month.
    """
    whole = month_of(span.start)
    if span.end > whole.end:
        raise TermError(
            f"The days from {span.start} to {span.end} lie in more than one month: split them at {whole.end}."
        )
    return divide_half_up(MICRO * span.days, whole.days), divide_half_up(price_micro * span.days, whole.days)


def rate_stations(
    versions: Sequence[TermVersion], stations: Iterable[Station], sites: Iterable[Site], period: Span
) -> list[Charge]:
    """Charges of every periodic term for every station in one calendar month.

    :param period: a calendar month, or part of one.
    """
    check_versions(versions)
    periodic = [version for version in versions if version.basis in PERIODIC_BASES]
    covered = {site.key: site.covered for site in sites}
    charges = []
    for station in stations:
        days = intersect(intersect((period,), station.active), covered.get(station.site, ()))
        for version in periodic:
            if not version.filter.accepts(station.site, station.key, station.power_type):
                continue
            for span in intersect(days, (version.valid,)):
                quantity, amount = prorate(version.price_micro, span)
                charges.append(Charge(station.key, version.term, version.key, quantity, amount, span))
    return charges
