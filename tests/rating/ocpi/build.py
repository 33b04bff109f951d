"""Short ways to write tariffs and CDRs in tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from rating.ocpi import price_cdr, read_cdr, read_tariff

ZONE = "Europe/Amsterdam"


def component(kind, price, vat=None, step=1):
    """One price component as JSON."""
    fields = {"type": kind, "price": Decimal(price), "step_size": step}
    return fields if vat is None else {**fields, "vat": Decimal(vat)}


def element(*components, **restrictions):
    """One tariff element as JSON."""
    fields = {"price_components": list(components)}
    return {**fields, "restrictions": restrictions} if restrictions else fields


def tariff_json(*elements, **fields):
    """A 2.2.1 tariff as JSON."""
    return {
        "country_code": "DE",
        "party_id": "ALL",
        "id": "12",
        "currency": "EUR",
        "elements": list(elements),
        "last_updated": "2018-12-17T11:16:55Z",
        **fields,
    }


def tariff(*elements, **fields):
    """A tariff, read from 2.2.1 JSON."""
    return read_tariff(tariff_json(*elements, **fields))


def minutes(number):
    """Minutes as the exact hours of a CDR's volume, with twelve decimals where they do not end."""
    return (Decimal(number) / 60).quantize(Decimal("1e-12"))


def cdr_json(start, *periods, **fields):
    """A 2.2.1 CDR as JSON from (minutes it lasts, {dimension: volume}), one period after the other.

    A volume None of TIME, PARKING_TIME or RESERVATION_TIME is the time the period lasts.
    """
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    rows = []
    first = moment
    for lasts, dimensions in periods:
        volumes = {kind: minutes(lasts) if volume is None else volume for kind, volume in dimensions.items()}
        rows.append(
            {
                "start_date_time": moment.isoformat(),
                "dimensions": [{"type": kind, "volume": Decimal(str(volume))} for kind, volume in volumes.items()],
            }
        )
        moment += timedelta(minutes=lasts)
    return {
        "id": "cdr-1",
        "currency": "EUR",
        "start_date_time": first.isoformat(),
        "end_date_time": moment.isoformat(),
        "cdr_location": {"country": "NLD"},
        "charging_periods": rows,
        "total_cost": {"excl_vat": 0},
        **fields,
    }


def report_of(tariff, start, *periods, zone="UTC", **fields):
    """The report of a session written as for `cdr_json`."""
    return price_cdr(tariff, read_cdr(cdr_json(start, *periods, **fields)), zone)


def money(amount, digits=6):
    """(net, gross) of an amount as text with so many decimals, trailing zeros cut: what a test compares."""
    texts = []
    for value in (amount.net, amount.gross):
        whole = round(value * 10**digits)
        number = Decimal(int(whole)).scaleb(-digits)
        texts.append(f"{number.normalize():f}" if number else "0")
    return tuple(texts)
