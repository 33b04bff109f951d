"""From `Tariff` to the JSON objects of OCPI 2.2.1 and 2.3.0. Reading back what was written gives an equal tariff."""

from dataclasses import fields
from datetime import datetime

from .errors import OcpiError
from .model import Element, PriceComponent, PriceLimit, Restrictions, Tariff, Version


def write_tariff(tariff: Tariff, version: Version) -> dict:
    """The tariff as a JSON object; numbers are `Decimal` or `int`.

    A tariff without owner or timestamp gets no such field: fill them in before it is sent to a partner.

    :raises OcpiError: version 2.1.1, or prices that 2.2.1 cannot say (with tax included).
    """
    if version not in ("2.2.1", "2.3.0"):
        raise OcpiError(f"Tariffs are written as OCPI 2.2.1 or 2.3.0, not {version}: choose one of them.")
    if version == "2.2.1" and tariff.tax_included == "YES":
        raise OcpiError(f"{tariff.name} has tax in its prices, which OCPI 2.2.1 cannot say: write it as 2.3.0.")
    document = {
        "country_code": tariff.country_code,
        "party_id": tariff.party_id,
        "id": tariff.id,
        "currency": tariff.currency,
        "type": tariff.type,
        "min_price": _limit(tariff.min_price, version),
        "max_price": _limit(tariff.max_price, version),
        "elements": [_element(element, tariff, version) for element in tariff.elements],
        "tax_included": tariff.tax_included if version == "2.3.0" else None,
        "start_date_time": moment_text(tariff.start_date_time),
        "end_date_time": moment_text(tariff.end_date_time),
        "last_updated": moment_text(tariff.last_updated),
    }
    return _given(document)


def moment_text(moment: datetime | None) -> str | None:
    """A date and time in UTC as OCPI writes it (OCPI 2.2.1 17.2)."""
    return moment and moment.isoformat().replace("+00:00", "Z")


def _given(document: dict) -> dict:
    return {name: value for name, value in document.items() if value is not None and value != []}


def _limit(limit: PriceLimit | None, version: Version) -> dict | None:
    if limit is None:
        return None
    net, gross = ("before_taxes", "after_taxes") if version == "2.3.0" else ("excl_vat", "incl_vat")
    return _given({net: limit.net, gross: limit.gross})


def _element(element: Element, tariff: Tariff, version: Version) -> dict:
    # where no tax applies, 2.2.1 says so by leaving the percentage out
    taxed = version == "2.3.0" or tariff.tax_included == "NO"
    return _given(
        {
            "price_components": [_component(component, taxed) for component in element.price_components],
            "restrictions": _restrictions(element.restrictions) or None,
        }
    )


def _component(component: PriceComponent, taxed: bool) -> dict:
    return _given(
        {
            "type": component.type,
            "price": component.price,
            "vat": component.vat if taxed else None,
            "step_size": component.step_size,
        }
    )


def _restrictions(restrictions: Restrictions) -> dict:
    written = {}
    for field in fields(restrictions):
        value = getattr(restrictions, field.name)
        if field.name in ("start_time", "end_time"):
            value = value and value.isoformat("minutes")
        elif field.name in ("start_date", "end_date"):
            value = value and value.isoformat()
        elif field.name == "day_of_week":
            value = list(value)
        written[field.name] = value
    return _given(written)
