"""OCPI tariffs: read them, write them, and price sessions under them, exactly (OCPI 2.1.1, 2.2.1, 2.3.0).

    >>> from decimal import Decimal
    >>> from rating.ocpi import price_session, read_tariff
    >>> tariff = read_tariff({"id": "1", "currency": "EUR", "elements": [
    ...     {"price_components": [{"type": "ENERGY", "price": Decimal("0.25"), "vat": 10, "step_size": 1}]}]})
    >>> report = price_session(tariff, 1767225600, 1767229200, ((1767225600, 0), (1767229200, 20000)), 3600, "Europe/Paris")
    >>> str(report.total_cost.net), str(report.total_cost.gross)
    ('5', '11/2')

Where the rules stand: `restrictions` (when an element applies), `steps` (`step_size`), `amounts` (tax, limits, rounding),
`pricing` (a session), `periods` and `borders` (our own sessions cut into charging periods), `selection` (which tariff). Nothing
is rounded before `wire`. Every error is an `OcpiError`, or a `SessionError` for a time zone that does not exist.
"""

from .amounts import WIRE, Amount, Rounding
from .cdr import Cdr, Period
from .errors import CurveError, DocumentError, OcpiError, TariffChoiceError, TimezoneError
from .model import (
    DAYS,
    DIMENSIONS,
    RESERVATIONS,
    TARIFF_TYPES,
    TAX_INCLUDED,
    VERSIONS,
    Element,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
)
from .periods import periods_of, price_session
from .pricing import price_cdr
from .read_cdr import read_cdr
from .read_tariff import read_tariff
from .report import Piece, PricedPeriod, Report
from .selection import select_tariff, valid_at
from .text import parse, render, unwrapped
from .timezones import COUNTRY_CLOCKS, timezone_of
from .versions import cdr_version, tariff_version
from .wire import differences, price_object, report_object
from .write_tariff import write_tariff

__all__ = [
    "COUNTRY_CLOCKS",
    "DAYS",
    "DIMENSIONS",
    "RESERVATIONS",
    "TARIFF_TYPES",
    "TAX_INCLUDED",
    "VERSIONS",
    "WIRE",
    "Amount",
    "Cdr",
    "CurveError",
    "DocumentError",
    "Element",
    "OcpiError",
    "Period",
    "Piece",
    "PriceComponent",
    "PriceLimit",
    "PricedPeriod",
    "Report",
    "Restrictions",
    "Rounding",
    "Tariff",
    "TariffChoiceError",
    "TimezoneError",
    "cdr_version",
    "differences",
    "parse",
    "periods_of",
    "price_cdr",
    "price_object",
    "price_session",
    "read_cdr",
    "read_tariff",
    "render",
    "report_object",
    "select_tariff",
    "tariff_version",
    "timezone_of",
    "unwrapped",
    "valid_at",
    "write_tariff",
]
