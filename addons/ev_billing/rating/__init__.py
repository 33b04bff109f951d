"""The pricing engine: contracts' terms and charging sessions in, exact charges out.

Plain Python on frozen dataclasses: no framework, no input or output, no binary floats. Prices, amounts and quantities are
integers of millionths inside (`money`) and `Decimal` where a person reads them. The same input gives the same output on any
machine and in any order of sessions.

    >>> from rating import Rater, Session, Site, TermVersion, to_micro
    >>> energy = TermVersion("v1", "energy", "credit", "kwh", to_micro("0.185"))
    >>> rater = Rater([energy], [Site("depot", "Europe/Paris")])
    >>> [charge] = rater.rate([Session("cdr-1", "depot", "cp-1", 1767225600, 1767229200, 12345)])
    >>> str(charge.quantity), str(charge.amount)
    ('12.345000', '2.283825')

The rules stand where they are applied: `sessions` (price per kWh, per session), `periodic` (per charger and month),
`lines` (rounding), `explain` (the same, redone step by step). Every error is a `RatingError`.
"""

from .errors import PriceError, RatingError, SessionError, TermError
from .explain import Explanation, Step, explain_period, explain_session
from .lines import Line, Totals, add_up
from .model import (
    PERIODIC_BASES,
    SESSION_BASES,
    UNITS,
    Charge,
    Filter,
    Session,
    Site,
    Station,
    TermVersion,
    epoch,
)
from .money import MICRO, from_micro, round_line, to_micro
from .period import Span, effective, intersect, local_day, midnight, month, month_of
from .periodic import prorate, rate_stations
from .sessions import Rater, check_versions

__all__ = [
    "MICRO",
    "PERIODIC_BASES",
    "SESSION_BASES",
    "UNITS",
    "Charge",
    "Explanation",
    "Filter",
    "Line",
    "PriceError",
    "Rater",
    "RatingError",
    "Session",
    "SessionError",
    "Site",
    "Span",
    "Station",
    "Step",
    "TermError",
    "TermVersion",
    "Totals",
    "add_up",
    "check_versions",
    "effective",
    "epoch",
    "explain_period",
    "explain_session",
    "from_micro",
    "intersect",
    "local_day",
    "midnight",
    "month",
    "month_of",
    "prorate",
    "rate_stations",
    "round_line",
    "to_micro",
]
