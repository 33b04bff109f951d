"""The pricing engine: contracts' terms and charging sessions in, exact charges out.

Plain Python on frozen dataclasses: no framework, no input or output, no binary floats. Prices, amounts and quantities are
integers of millionths inside (`money`) and `Decimal` where a person reads them. The same input gives the same output on any
machine and in any order of sessions.

    >>> from rating import Fixed, Rater, Session, Site, TermVersion, to_micro
    >>> energy = TermVersion("v1", "energy", "credit", "kwh", Fixed(to_micro("0.185")))
    >>> rater = Rater([energy], [Site("depot", "Europe/Paris")])
    >>> [charge] = rater.rate([Session("cdr-1", "depot", "cp-1", 1767225600, 1767229200, 12345)])
    >>> str(charge.quantity), str(charge.amount)
    ('12.345000', '2.283825')

Where to find what
    facts, terms, prices    what goes in: sessions and subjects; versions of terms; the five kinds of price
    sessions, periodic      the two ways to price, with their rules
    curve, tracks, bands    energy by slice; prices over time; time of use
    tiers, limits, revenue  what depends on the whole period, or on other contracts
    lines                   rounding, once
    explain                 the same again, step by step, by other code
    ocpi                    OCPI tariffs and CDRs

Every error is a `RatingError`.
"""

from .bands import Band
from .curve import ESTIMATED, FELL, PROVISIONAL, mark_names, slices_of
from .errors import PriceError, RatingError, SessionError, TermError
from .explain import Explanation, Step, explain_limit, explain_period, explain_session
from .facts import Session, Site, Subject, epoch
from .limits import Limits, limits_of
from .lines import Line, Totals, add_up
from .money import MICRO, divide_half_up, from_micro, round_line, to_micro
from .period import Span, effective, intersect, local_day, midnight, month, month_of, period_of, quarter_of, year_of
from .periodic import months_in, price_piece, prorate, rate_subjects
from .prices import Banded, Fixed, Indexed, Price, Tariffed, Tier, Tiered
from .revenue import Seller, check_sale_terms
from .series import IndexSeries
from .sessions import Charge, Rater, in_order
from .terms import (
    BASES,
    MONTHLY_BASES,
    PERIODIC_BASES,
    SESSION_BASES,
    UNITS,
    Filter,
    TermVersion,
    check_versions,
)
from .tracks import Track, lay_track

__all__ = [
    "BASES",
    "ESTIMATED",
    "FELL",
    "MICRO",
    "MONTHLY_BASES",
    "PERIODIC_BASES",
    "PROVISIONAL",
    "SESSION_BASES",
    "UNITS",
    "Band",
    "Banded",
    "Charge",
    "Explanation",
    "Filter",
    "Fixed",
    "IndexSeries",
    "Indexed",
    "Limits",
    "Line",
    "Price",
    "PriceError",
    "Rater",
    "RatingError",
    "Seller",
    "Session",
    "SessionError",
    "Site",
    "Span",
    "Step",
    "Subject",
    "Tariffed",
    "TermError",
    "TermVersion",
    "Tier",
    "Tiered",
    "Totals",
    "Track",
    "add_up",
    "check_sale_terms",
    "check_versions",
    "divide_half_up",
    "effective",
    "epoch",
    "explain_limit",
    "explain_period",
    "explain_session",
    "from_micro",
    "in_order",
    "intersect",
    "lay_track",
    "limits_of",
    "local_day",
    "mark_names",
    "midnight",
    "month",
    "month_of",
    "months_in",
    "period_of",
    "price_piece",
    "prorate",
    "quarter_of",
    "rate_subjects",
    "round_line",
    "slices_of",
    "to_micro",
    "year_of",
]
