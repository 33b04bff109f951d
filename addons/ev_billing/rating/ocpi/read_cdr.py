"""From the JSON of a charge detail record to `Cdr`: OCPI 2.1.1, 2.2.1 and 2.3.0."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from .cdr import Cdr, Period
from .errors import DocumentError
from .model import Version
from .read_tariff import currency_of, tariff_of
from .reading import Reader, shown
from .versions import cdr_version, checked_version

# CDR dimensions that pricing reads: what becomes of each, and whether it may be negative (OCPI 2.2.1 10.4.3).
_VOLUMES = {"ENERGY": "energy", "TIME": "time", "PARKING_TIME": "parking_time", "RESERVATION_TIME": "reservation_time"}
_MEASURES = {
    "MIN_POWER": ("min_power",),
    "MAX_POWER": ("max_power",),
    "POWER": ("min_power", "max_power"),
    "MIN_CURRENT": ("min_current",),
    "MAX_CURRENT": ("max_current",),
    "CURRENT": ("min_current", "max_current"),
}
_IGNORED = ("FLAT", "ENERGY_EXPORT", "ENERGY_IMPORT", "STATE_OF_CHARGE")
_MAY_BE_NEGATIVE = ("ENERGY", *_MEASURES)

FIRST_YEAR, LAST_YEAR = 1970, 2200

PRICE_TOTALS = (
    "total_cost",
    "total_fixed_cost",
    "total_energy_cost",
    "total_time_cost",
    "total_parking_cost",
    "total_reservation_cost",
)
QUANTITY_TOTALS = ("total_energy", "total_time", "total_parking_time")


def read_cdr(document: Mapping, version: Version | None = None) -> Cdr:
    """Read one CDR object.

    :param document: what `json` made of it, with exact numbers (`int`, `Decimal` or text; never binary floats).
    :param version: the OCPI version; told from the shape of the document where it is not given.
    :raises DocumentError: with one sentence per problem, each naming the JSON path.
    """
    checked_version(version)
    if not isinstance(document, Mapping):
        raise DocumentError([f"The CDR is {shown(document)}: give a JSON object."])
    problems: list[str] = []
    cdr = _cdr_of(Reader(document, "", problems), version or cdr_version(document))
    if problems:
        raise DocumentError(problems)
    return cdr


def _cdr_of(reader: Reader, version: Version) -> Cdr | None:
    end_name = "stop_date_time" if version == "2.1.1" and "end_date_time" not in reader.fields else "end_date_time"
    start, end = reader.moment("start_date_time", required=True), reader.moment(end_name, required=True)
    if start and end and start > end:
        reader.problem("start_date_time", f"{start.isoformat()} is after {end_name} {end.isoformat()}: swap them")
    for name, moment in (("start_date_time", start), (end_name, end)):
        if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            reader.problem(name, f"is in the year {moment.year}: give one from {FIRST_YEAR} to {LAST_YEAR}")
    location = reader.part("cdr_location") or reader.part("location")
    currency = currency_of(reader)
    tariffs = tuple(tariff_of(part) for part in reader.parts("tariffs"))
    periods = _periods(reader, start, end)
    credit = reader.boolean("credit")
    reference = reader.text("credit_reference_id", longest=39)
    if credit and reference is None and "credit_reference_id" not in reader.fields:
        reader.problem("credit_reference_id", "is missing: a credit CDR names the CDR it credits")
    totals = _totals(reader)
    identity = reader.text("id", longest=39)
    country = location and location.text("country", longest=3)
    timezone = location and location.text("time_zone")
    if reader.problems:
        return None
    return Cdr(start, end, currency, periods, version, identity, country, timezone, tariffs, credit, reference, totals)


def _periods(reader: Reader, start: datetime | None, end: datetime | None) -> tuple[Period, ...]:
    """The charging periods in order of time; each lasts until the next one starts, the last until the session ends."""
    parts = reader.parts("charging_periods", required=True)
    found = [(part.moment("start_date_time", required=True), part) for part in parts]
    known = [(since, part) for since, part in found if since is not None]
    if not known or start is None or end is None or len(known) < len(found):
        return ()
    known.sort(key=lambda item: item[0])
    for since, part in known:
        if not start <= since <= end:
            part.problem(
                "start_date_time",
                f"{since.isoformat()} is outside the session from {start.isoformat()} to {end.isoformat()}: correct it",
            )
    for (since, _), (following, part) in pairwise(known):
        if since == following:
            part.problem("start_date_time", f"{since.isoformat()} is that of another period: join the two periods")
    ends = [since for since, _ in known[1:]] + [end]
    return tuple(_period(part, since, until) for (since, part), until in zip(known, ends, strict=True))


def _period(reader: Reader, start: datetime, end: datetime) -> Period:
    values: dict[str, Fraction] = {}
    seen: set[str] = set()
    for part in reader.parts("dimensions", required=True):
        kind = part.one_of("type", (*_VOLUMES, *_MEASURES, *_IGNORED), required=True)
        volume = part.number("volume", required=True, negative=kind in _MAY_BE_NEGATIVE)
        if kind is None or volume is None:
            continue
        if kind in seen:
            part.problem("type", f"is a second {kind}: keep one per period")
        seen.add(kind)
        if kind in _VOLUMES:
            values[_VOLUMES[kind]] = Fraction(volume)
        for name in _MEASURES.get(kind, ()):
            # the lowest and the highest say more than the average does
            if kind not in ("POWER", "CURRENT") or name not in values:
                values[name] = Fraction(volume)
    return Period(start, end, tariff_id=reader.text("tariff_id", longest=36), **values)


def _totals(reader: Reader) -> dict[str, object]:
    """The document's own results: amounts as (net, gross or None), quantities as they stand."""
    totals: dict[str, object] = {}
    for name in PRICE_TOTALS:
        value = reader.get(name)
        if isinstance(value, Mapping):
            totals[name] = _price(reader.part(name))
        elif value is not None:
            net = reader.number(name, negative=True)
            totals[name] = (net, None)
    for name in QUANTITY_TOTALS:
        quantity = reader.number(name, negative=True)
        if quantity is not None:
            totals[name] = quantity
    return totals


def _price(reader: Reader) -> tuple:
    if "before_taxes" not in reader.fields:
        return reader.number("excl_vat", required=True, negative=True), reader.number("incl_vat", negative=True)
    net = reader.number("before_taxes", required=True, negative=True)
    taxes = [part.number("amount", required=True, negative=True) for part in reader.parts("taxes")]
    if net is None or None in taxes:
        return net, None
    return net, net + sum(taxes) if reader.get("taxes") is not None else None
