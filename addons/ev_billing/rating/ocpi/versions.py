"""Which OCPI version a document was written in, told from its shape: no document names its version."""

from collections.abc import Mapping

from .errors import DocumentError
from .model import VERSIONS, Version
from .reading import shown

_TARIFF_2_2_1 = ("country_code", "party_id", "type", "min_price", "max_price", "start_date_time", "end_date_time")
_PRICES = ("total_cost", "total_energy_cost", "total_time_cost", "total_parking_cost", "total_fixed_cost")


def checked_version(version: str | None) -> Version | None:
    """The version given by a person.

    :raises DocumentError: it is none of those the engine reads.
    """
    if version is None or version in VERSIONS:
        return version
    raise DocumentError([f"OCPI version {shown(version)} is not known: use one of {', '.join(VERSIONS)}."])


def tariff_version(fields: Mapping) -> Version:
    """The version of a tariff.

    2.3.0 alone has `tax_included` and limits before and after taxes; 2.1.1 has neither an owner, a type, limits nor validity.
    """
    limits = [fields.get(name) for name in ("min_price", "max_price")]
    if "tax_included" in fields or any(
        isinstance(limit, Mapping) and ("before_taxes" in limit or "after_taxes" in limit) for limit in limits
    ):
        return "2.3.0"
    return "2.2.1" if any(name in fields for name in _TARIFF_2_2_1) else "2.1.1"


def cdr_version(fields: Mapping) -> Version:
    """The version of a CDR.

    2.1.1 has `stop_date_time`, a whole `location` and plain numbers for prices; 2.3.0 has prices before taxes and tariffs that
    say whether tax is included.
    """
    prices = [fields[name] for name in _PRICES if fields.get(name) is not None]
    if any(isinstance(price, Mapping) and "before_taxes" in price for price in prices):
        return "2.3.0"
    if "stop_date_time" in fields or ("location" in fields and "cdr_location" not in fields):
        return "2.1.1"
    if prices and not any(isinstance(price, Mapping) for price in prices):
        return "2.1.1"
    tariffs = fields.get("tariffs")
    if not prices and isinstance(tariffs, list | tuple):
        found = [tariff_version(tariff) for tariff in tariffs if isinstance(tariff, Mapping)]
        return "2.3.0" if "2.3.0" in found else "2.2.1"
    return "2.2.1"
