"""ENTSO-E day-ahead prices: the Publication_MarketDocument of document type A44 (IEC 62325-451-3), any version 7.

What is read is what the publisher said, nothing else:

- Curve type A01 has every point; one that is missing is a gap, reported and never filled. Curve type A03 leaves out a point
  that repeats the one before: the last one given is carried on to the *declared* end of its period.
- Several series may cover the same time. Identical ones count once; different ones are an error that names the interval.
- A series of another auction carries `classificationSequence_AttributeInstanceComponent.position` 2 or higher and is left out:
  position 1, or none, is the coupled auction.
- Two resolutions that cover the same time are an error unless the caller says which one it wants. Then that one wins where it is
  published; coarser prices fill the time before it was (hours until September 2025, quarter-hours since), and finer ones are
  left out.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from .clock import FIRST_YEAR, LAST_YEAR, RESOLUTIONS, WORDS, say, say_span, to_epoch
from .entsoe_series import Stretch, expand
from .errors import NoPricesError, PriceIndexError
from .gaps import find_common, find_gaps, join_spans
from .value import MAX_VALUES, IndexValue, read_price, settle
from .xml_tree import MAX_BYTES, parse_xml

PRICES = re.compile(r"\{urn:iec62325\.351:tc57wg16:451-3:publicationdocument:7:\d+\}Publication_MarketDocument")
ACKNOWLEDGEMENT = re.compile(
    r"\{urn:iec62325\.351:tc57wg16:451-1:acknowledgementdocument:\d+:\d+\}Acknowledgement_MarketDocument"
)
RESOLUTION_CODES = {
    "PT15M": "quarter_hour",
    "PT30M": "half_hour",
    "PT60M": "hour",
    "PT1H": "hour",
    "P1D": "day",
    "P1M": "month",
    "P1Y": "year",
}
POSITION = "classificationSequence_AttributeInstanceComponent.position"


@dataclass(frozen=True, slots=True)
class PriceDocument:
    """What a document holds: values sorted and without overlaps, all final; gaps in them; what was left out, in sentences.

    `reference` is the identification the publisher gave the document (mRID).
    """

    reference: str
    values: tuple[IndexValue, ...]
    gaps: tuple[tuple[int, int], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader expects: a document about anything else is refused."""

    bidding_zone: str | None = None
    currency: str = "EUR"
    unit: str = "MWH"
    resolution: str | None = None
    timezone: str = "Europe/Brussels"


def read_prices(content: bytes, wanted: Wanted | None = None, max_bytes: int = MAX_BYTES) -> PriceDocument:
    """Read an A44 document.

    :param wanted: bidding zone (EIC), currency, unit and resolution that the values must have; `timezone` says when days
        and months begin, and is the clock of the sentences.
    :raises NoPricesError: the publisher says that there are none.
    :raises PriceIndexError: with every problem found.
    """
    wanted = wanted or Wanted()
    root = parse_xml(content, max_bytes)
    if ACKNOWLEDGEMENT.fullmatch(root.tag):
        raise NoPricesError(_read_refusal(root))
    if not PRICES.fullmatch(root.tag):
        raise PriceIndexError(
            f"The document is {root.tag[:120]!r}, not a Publication_MarketDocument of IEC 62325-451-3 version 7."
        )
    kind = _text(root, "type")
    if kind != "A44":
        raise PriceIndexError(f"The document is of type {kind or 'none'}, not A44 (day-ahead prices).")
    notes, problems = [], []
    stretches = _read_series(root, wanted, notes, problems)
    if problems:
        raise PriceIndexError(problems)
    if not stretches:
        raise PriceIndexError(["The document has no prices to use.", *notes])
    return _make_document((_text(root, "mRID") or "")[:60], stretches, wanted, notes)


def _make_document(reference, stretches, wanted, notes):
    """Choose among resolutions, expand the points, settle what is given twice."""
    chosen, taken = _choose_resolution(stretches, wanted, notes)
    values, room = [], MAX_VALUES
    for stretch in chosen:
        expanded = expand(stretch, wanted.timezone, room)
        room -= len(expanded)
        if stretch.resolution != wanted.resolution and taken:
            # where the wanted resolution is published, a coarser one is not needed
            expanded = [value for value in expanded if not _is_taken(taken, value)]
        values += expanded
    settled, problems = settle(values, wanted.timezone)
    if problems:
        raise PriceIndexError(problems)
    if not settled:
        raise PriceIndexError("The document has no prices: every series in it is empty.")
    spans = [(value.start, value.end) for value in settled]
    first, last = min(stretch.start for stretch in chosen), max(stretch.end for stretch in chosen)
    return PriceDocument(reference, tuple(settled), tuple(find_gaps(spans, first, last)), tuple(notes))


def _is_taken(spans, value):
    """Whether the value overlaps one of these spans, which are sorted and do not touch."""
    at = bisect_left(spans, (value.end,)) - 1
    return at >= 0 and spans[at][1] > value.start


def _choose_resolution(stretches, wanted, notes):
    """The stretches to use, and the time that the wanted resolution covers."""
    covers = {}
    for stretch in stretches:
        covers.setdefault(stretch.resolution, []).append((stretch.start, stretch.end))
    covers = {name: join_spans(spans) for name, spans in covers.items()}
    if wanted.resolution is None:
        names = [name for name in RESOLUTIONS if name in covers]
        problems = [
            f"{say_span(*common, wanted.timezone)} is given in steps of {WORDS[fine]} and of {WORDS[coarse]}: "
            "say which one is wanted."
            for number, fine in enumerate(names)
            for coarse in names[number + 1 :]
            for common in find_common(covers[fine], covers[coarse])
        ]
        if problems:
            raise PriceIndexError(problems)
        return stretches, []
    rank = RESOLUTIONS.index(wanted.resolution)
    usable = [stretch for stretch in stretches if RESOLUTIONS.index(stretch.resolution) >= rank]
    left = sorted({stretch.resolution for stretch in stretches if stretch not in usable}, key=RESOLUTIONS.index)
    if left:
        notes.append(f"Prices in steps of {', '.join(WORDS[name] for name in left)} were left out.")
    if not usable:
        raise PriceIndexError(f"The document has no prices in steps of {WORDS[wanted.resolution]}. {notes[-1]}")
    return usable, covers.get(wanted.resolution, [])


# ---------------------------------------------------------------------- series


def _read_series(root, wanted, notes, problems):
    """All periods of the series to use; what is left out goes to the notes, what is wrong to the problems."""
    stretches, other_zones, other_auctions = [], set(), 0
    for number, series in enumerate(_children(root, "TimeSeries"), start=1):
        zones = {_text(series, "in_Domain.mRID"), _text(series, "out_Domain.mRID")} - {None}
        if wanted.bidding_zone and zones != {wanted.bidding_zone}:
            other_zones |= zones or {"none"}
            continue
        if _text(series, POSITION) not in (None, "1"):
            other_auctions += 1
            continue
        where = f"Series {number}"
        if problem := _find_wrong_unit(series, wanted):
            problems.append(f"{where}: {problem}")
            continue
        curve = _text(series, "curveType") or "A01"
        if curve not in ("A01", "A03"):
            problems.append(f"{where}: curve type {curve} is not known here; A01 and A03 are.")
            continue
        for count, period in enumerate(_children(series, "Period"), start=1):
            if stretch := _read_period(period, curve, f"{where}, period {count}", wanted, problems):
                stretches.append(stretch)
    if other_zones:
        notes.append(
            f"Series of other bidding zones than {wanted.bidding_zone} were left out: {', '.join(sorted(other_zones))}."
        )
    if other_auctions:
        notes.append(f"{other_auctions} series of another auction (sequence 2 or higher) were left out.")
    return stretches


def _find_wrong_unit(series, wanted):
    currency, unit = _text(series, "currency_Unit.name"), _text(series, "price_Measure_Unit.name")
    if (currency, unit) != (wanted.currency, wanted.unit):
        return f"the prices are in {currency or 'no currency'}/{unit or 'no unit'}, not in {wanted.currency}/{wanted.unit}."
    return None


def _read_period(period, curve, where, wanted, problems):
    """One period as a `Stretch`, or None with what is wrong added to the problems."""
    before = len(problems)
    interval = _child(period, "timeInterval")
    start, end = (_read_moment(interval, name, where, problems) for name in ("start", "end"))
    code = _text(period, "resolution")
    resolution = RESOLUTION_CODES.get(code)
    if resolution is None:
        problems.append(f"{where}: resolution {code or 'none'} is not known; {', '.join(RESOLUTION_CODES)} are.")
    if len(problems) > before:
        return None
    if end <= start:
        problems.append(
            f"{where}: it ends ({say(end, wanted.timezone)}) before it starts ({say(start, wanted.timezone)})."
        )
        return None
    points = _read_points(period, where, problems)
    return None if len(problems) > before else Stretch(start, end, resolution, curve, points, where)


def _read_moment(interval, name, where, problems):
    text = _text(interval, name) if interval is not None else None
    try:
        moment = datetime.fromisoformat(text or "")
        usable = moment.tzinfo and FIRST_YEAR <= moment.astimezone(UTC).year <= LAST_YEAR
    except (ValueError, OverflowError):
        usable = False
    if usable:
        return to_epoch(moment)
    problems.append(f"{where}: its {name} {(text or 'none')[:40]!r} is not a moment like 2026-03-28T23:00Z.")
    return None


def _read_points(period, where, problems) -> dict[int, Decimal]:
    """{position: price}; a position given twice with one price counts once."""
    points = {}
    for point in _children(period, "Point"):
        text, price = _text(point, "position") or "", _text(point, "price.amount")
        if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
            problems.append(f"{where}: position {text[:40]!r} is not a number from 1.")
            continue
        try:
            price = read_price(price or "")
        except PriceIndexError as error:
            problems.append(f"{where}, point {text}: {error}.")
            continue
        if points.setdefault(int(text), price) != price:
            problems.append(f"{where}: point {text} is given twice, with different prices.")
    return points


def _read_refusal(root):
    reasons = [(_text(reason, "code"), _text(reason, "text")) for reason in _children(root, "Reason")]
    words = "; ".join(f"{text or 'no reason given'} ({code or 'no code'})" for code, text in reasons)
    return f"The publisher has no prices for this: {words or 'no reason given'}"[:500]


# ------------------------------------------------------------------------- XML


def _children(element, name):
    """Children of that local name, in the namespace of the element itself."""
    namespace = element.tag.partition("}")[0]
    return element.findall(f"{namespace}}}{name}")


def _child(element, name):
    return next(iter(_children(element, name)), None)


def _text(element, name):
    """The text of a child without blanks around it, None where there is none."""
    child = _child(element, name)
    return (child.text or "").strip() or None if child is not None else None
