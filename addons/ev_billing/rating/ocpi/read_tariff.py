"""From the JSON of a tariff to `Tariff`: OCPI 2.1.1, 2.2.1 and 2.3.0.

Strict where it touches the price, lenient where it does not: an id, an owner or a timestamp may be missing, a
restriction that is not known may not be there, for nobody could tell when it holds.
"""

from collections.abc import Mapping
from dataclasses import fields

from .errors import DocumentError
from .model import (
    DAYS,
    DIMENSIONS,
    RESERVATIONS,
    TARIFF_TYPES,
    TAX_INCLUDED,
    Element,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    Version,
)
from .reading import Reader, shown
from .versions import checked_version, tariff_version

_RESTRICTION_NAMES = {field.name for field in fields(Restrictions)}
# Every period is held against every element: more of them is no tariff but an attempt to keep us busy.
MOST_ELEMENTS = 1_000
_RANGES = ("kwh", "current", "power", "duration")


def read_tariff(document: Mapping, version: Version | None = None) -> Tariff:
    """Read one tariff object.

    :param document: what `json` made of it, with exact numbers (`int`, `Decimal` or text; never binary floats).
    :param version: the OCPI version; told from the shape of the document where it is not given.
    :raises DocumentError: with one sentence per problem, each naming the JSON path.
    """
    checked_version(version)
    if not isinstance(document, Mapping):
        raise DocumentError([f"The tariff is {shown(document)}: give a JSON object."])
    problems: list[str] = []
    tariff = tariff_of(Reader(document, "", problems), version)
    if problems:
        raise DocumentError(problems)
    return tariff


def tariff_of(reader: Reader, version: Version | None = None) -> Tariff:
    """The tariff at a reader's path; problems go to the reader's list."""
    version = version or tariff_version(reader.fields)
    tariff = Tariff(
        id=reader.text("id", longest=36),
        currency=currency_of(reader),
        elements=tuple(_element(part) for part in reader.parts("elements", required=True, most=MOST_ELEMENTS)),
        country_code=reader.text("country_code", longest=3),
        party_id=reader.text("party_id", longest=3),
        type=reader.one_of("type", TARIFF_TYPES),
        min_price=_limit(reader, "min_price", version),
        max_price=_limit(reader, "max_price", version),
        start_date_time=reader.moment("start_date_time"),
        end_date_time=reader.moment("end_date_time"),
        tax_included=(reader.one_of("tax_included", TAX_INCLUDED, required=version == "2.3.0") or "NO"),
        last_updated=reader.moment("last_updated"),
    )
    _check_validity(reader, tariff)
    _check_limits(reader, tariff)
    return tariff


def currency_of(reader: Reader) -> str | None:
    """The currency of a document, in capitals."""
    code = reader.text("currency", required=True)
    if code is not None and not (len(code) == 3 and code.isascii() and code.isalpha()):
        reader.problem("currency", f"is {shown(code)}: give the three letters of ISO 4217 such as EUR")
        return None
    return code and code.upper()


def _element(reader: Reader) -> Element:
    components = tuple(_component(part) for part in reader.parts("price_components", required=True))
    if "tariff_restrictions" in reader.fields:
        reader.problem("tariff_restrictions", "is not a field of OCPI: rename it to restrictions")
    part = reader.part("restrictions")
    restrictions = _restrictions(part) if part else Restrictions()
    seen: set[str] = set()
    for position, component in enumerate(components):
        name = f"price_components[{position}].type"
        if component.type in seen:
            reader.problem(name, f"is a second {component.type}: keep one component per type in an element")
        if restrictions.reservation and component.type not in ("FLAT", "TIME", None):
            reader.problem(name, f"is {component.type}: a reservation has only FLAT and TIME prices")
        seen.add(component.type)
    return Element(components, restrictions)


def _component(reader: Reader) -> PriceComponent:
    vat = reader.number("vat")
    if vat is not None and vat > 100:
        reader.problem("vat", f"is {shown(vat)}: give a percentage from 0 to 100")
    step_size = reader.whole("step_size", required=True)
    return PriceComponent(
        type=reader.one_of("type", DIMENSIONS, required=True),
        price=reader.number("price", required=True, negative=True),
        vat=vat,
        step_size=1 if step_size is None else step_size,
    )


def _restrictions(reader: Reader) -> Restrictions:
    for name in reader.fields:
        if name not in _RESTRICTION_NAMES and reader.fields[name] is not None:
            reader.problem(shown(name).strip("'"), "is not a restriction of OCPI: remove it or correct its name")
    restrictions = Restrictions(
        start_time=reader.clock("start_time"),
        end_time=reader.clock("end_time"),
        start_date=reader.day("start_date"),
        end_date=reader.day("end_date"),
        **{f"{end}_{name}": reader.number(f"{end}_{name}") for name in _RANGES[:-1] for end in ("min", "max")},
        min_duration=reader.whole("min_duration"),
        max_duration=reader.whole("max_duration"),
        day_of_week=reader.texts("day_of_week", DAYS),
        reservation=reader.one_of("reservation", RESERVATIONS),
    )
    _check_ranges(reader, restrictions)
    return restrictions


def _check_ranges(reader: Reader, restrictions: Restrictions) -> None:
    """A range that nothing can be in is a mistake of whoever wrote it."""
    first, last = restrictions.start_date, restrictions.end_date
    if first and last and first >= last:
        reader.problem("start_date", f"{first} is not before end_date {last}, which is exclusive: swap or correct them")
    for name in _RANGES:
        low, high = getattr(restrictions, f"min_{name}"), getattr(restrictions, f"max_{name}")
        if low is not None and high is not None and low >= high:
            reader.problem(
                f"min_{name}", f"{shown(low)} is not below max_{name} {shown(high)}: swap them or leave one out"
            )


def _limit(reader: Reader, name: str, version: Version) -> PriceLimit | None:
    part = reader.part(name)
    if part is None:
        return None
    net, gross = ("before_taxes", "after_taxes") if version == "2.3.0" else ("excl_vat", "incl_vat")
    limit = PriceLimit(part.number(net, required=True), part.number(gross))
    if None not in (limit.net, limit.gross) and limit.gross < limit.net:
        part.problem(gross, f"{shown(limit.gross)} is below {net} {shown(limit.net)}: correct one of them")
    return limit


def _check_validity(reader: Reader, tariff: Tariff) -> None:
    start, end = tariff.start_date_time, tariff.end_date_time
    if start and end and start >= end:
        reader.problem(
            "start_date_time", f"{start.isoformat()} is not before end_date_time {end.isoformat()}: swap them"
        )


def _check_limits(reader: Reader, tariff: Tariff) -> None:
    if not (tariff.min_price and tariff.max_price):
        return
    for word, low, high in (
        ("before tax", tariff.min_price.net, tariff.max_price.net),
        ("after tax", tariff.min_price.gross, tariff.max_price.gross),
    ):
        if low is not None and high is not None and low > high:
            reader.problem("min_price", f"{shown(low)} {word} is above max_price {shown(high)}: correct one of them")
