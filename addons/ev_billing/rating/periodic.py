"""Pricing periods: so much per charger, badge, SIM card, site, user or month, pro rata by day.

Rules
    1. A day counts when the subject is there (commissioned that day or before, not yet decommissioned; a badge that is valid),
       the contract covers its site and a version is in force: all by the site's local date.
    2. Per month: price x quantity x counted days / days of the calendar month, half-up at six decimals. A full month is the full
       price, whether it has 28, 29, 30 or 31 days. Longer billing periods are added up month by month.
    3. Per period: the same with the days of the billing period. One-off: once, in full, on the first day of its version.
    4. A change of version, host or service inside the month cuts it into pieces; each piece is a charge of its own, so that
       each can be redone by hand. Their days add up to the month's days.
    5. An index is read at the first instant of the piece; without a value there the charge comes without an amount.
    6. Tiers count the pieces of a period by first day, then subject (`tiers`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from .curve import PROVISIONAL
from .errors import TermError
from .facts import Site, Subject
from .money import MICRO, divide_half_up
from .period import Span, intersect, midnight, month_of
from .prices import Indexed, Tiered
from .sessions import Charge
from .terms import MONTHLY_BASES, PERIODIC_BASES, TermVersion, check_versions
from .tiers import price_units
from .tracks import ReadIndex, lay_track, no_index

UTC_SITE = Site(None, "UTC")


def prorate(price_micro: int, span: Span, whole: Span | None = None) -> tuple[int, int]:
    """(quantity, amount) in millionths of so many days of one calendar month, or of another whole.

    :raises TermError: the span reaches over the end of the whole.
    """
    whole = whole or month_of(span.start)
    if span.start < whole.start or span.end > whole.end:
        raise TermError(
            f"The days from {span.start} to {span.end} lie in more than one month: split them at {whole.end}."
        )
    return divide_half_up(MICRO * span.days, whole.days), divide_half_up(price_micro * span.days, whole.days)


def months_in(period: Span) -> list[Span]:
    """The pieces of calendar months that make up a period."""
    pieces, start = [], period.start
    while start < period.end:
        end = min(month_of(start).end, period.end)
        pieces.append(Span(start, end))
        start = end
    return pieces


def rate_subjects(
    versions: Sequence[TermVersion],
    subjects: Iterable[Subject],
    sites: Iterable[Site],
    period: Span,
    read_index: ReadIndex = no_index,
    counted: Mapping | None = None,
) -> list[Charge]:
    """Charges of every periodic term for every subject in one billing period.

    :param period: a billing period, or part of one
    :param counted: {(term, None): quantity in millionths} already counted in the period, for tiers
    """
    check_versions(versions)
    places = {site.key: site for site in sites}
    pieces = []
    for version in versions:
        if version.basis not in PERIODIC_BASES:
            continue
        for subject in subjects:
            if subject.basis == version.basis and _accepts(version, subject):
                pieces += [(version, subject, *piece) for piece in _pieces(version, subject, places, period)]
    pieces.sort(key=lambda piece: (piece[2].start, str(piece[1].key), str(piece[0].term)))
    return _price_pieces(pieces, places, read_index, dict(counted or {}))


def _accepts(version, subject):
    return version.filter.accepts(
        subject.site, subject.station, subject.power_type, profile=subject.profile, token=subject.token
    )


def _pieces(version, subject, places, period):
    """(days, the whole they are a part of) of one subject under one version."""
    days = intersect((period,), subject.active)
    if subject.site is not None:
        days = intersect(days, places[subject.site].covered if subject.site in places else ())
    days = intersect(days, (version.valid,))
    if version.basis == "one_off":
        first = version.valid.start
        return [(Span(first, first + timedelta(days=1)), None)] if first and any(first in span for span in days) else []
    if version.basis in MONTHLY_BASES:
        spans = intersect(days, months_in(period))
        if version.only_used:
            spans = [span for span in spans if month_of(span.start).start in subject.used]
        return [(span, month_of(span.start)) for span in spans]
    return [(span, period) for span in days]


def _price_pieces(pieces, places, read_index, counted):
    charges, totals = [], dict(counted)
    for version, _subject, span, whole in pieces:
        if version.is_tiered:
            key = version.term, None
            totals[key] = totals.get(key, 0) + quantity_of(version, span, whole)
    for version, subject, span, whole in pieces:
        quantity = quantity_of(version, span, whole)
        key = version.term, None
        before = counted.get(key, 0)
        if isinstance(version.price, Tiered):
            at = totals[key] if version.price.volume else before
            counted[key] = before + quantity
            amount, marks = price_units(version.price, at, quantity), 0
        else:
            at = None
            amount, marks = price_piece(version, span, whole, places.get(subject.site, UTC_SITE), read_index)
        charges.append(Charge(subject.key, version.term, version.key, quantity, amount, marks, at, span))
    return charges


def quantity_of(version: TermVersion, span: Span, whole: Span | None) -> int:
    """Quantity of a piece in millionths: the version's, pro rata by day."""
    if whole is None:
        return version.quantity_micro
    return divide_half_up(version.quantity_micro * span.days, whole.days)


def price_piece(version, span, whole, site, read_index):
    """(amount or None, marks) of a piece at a fixed or indexed price, rounded once.

    :param whole: what the days are a part of; None for a fee that is due once
    """
    marks, scale = 0, 1
    if isinstance(version.price, Indexed):
        first = midnight(span.start, site.timezone)
        track = lay_track(version.price, site, first, first + 1, read_index)
        (value, final), scale = track.at(first), track.scale
        if value is None:
            return None, 0
        marks = 0 if final else PROVISIONAL
    else:
        value = version.price.micro
    days, of = (1, 1) if whole is None else (span.days, whole.days)
    return divide_half_up(value * version.quantity_micro * days, MICRO * scale * of), marks
