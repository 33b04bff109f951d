"""Values of a price index from a CSV file: start, [end], price, [final or provisional].

The delimiter is ``;``, ``,`` or a tab, the decimal sign a comma or a point; a header is optional. Moments are ISO, with an offset
or as local time. In the hour that an autumn day has twice, the order of the lines says which is meant; a time in the hour that
a spring day skips is refused. Without an end, a value lasts one step of the resolution, which is the one given or the distance
between lines. Nothing is guessed: every line that cannot be read is named.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from .clock import CALENDAR, SECONDS, WORDS, edge_after, edge_before, is_interval
from .csv_moment import is_moment, list_epochs, read_moment, read_period
from .csv_text import FINAL, MAX_BYTES, PROVISIONAL, guess_columns, read_header, read_rows
from .errors import PriceIndexError
from .gaps import find_gaps
from .value import IndexValue, read_price, settle


@dataclass(frozen=True, slots=True)
class Expected:
    """What the index of these values is like.

    `currency` and `unit` (``mwh``, ``kwh``) are compared with those the file names, if it does. `resolution` None: it is the
    distance between lines. `final`: the state of values that do not say.
    """

    timezone: str = "Europe/Brussels"
    resolution: str | None = None
    currency: str | None = None
    unit: str | None = None
    final: bool = True


@dataclass(frozen=True, slots=True)
class CsvValues:
    """Values sorted and without overlaps, and the gaps between the first and the last."""

    values: tuple[IndexValue, ...]
    gaps: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Row:
    """One line on its way to a value: `starts` and `ends` hold two moments in the hour that happens twice."""

    line: int
    starts: list[int]
    ends: list[int] | None
    price: Decimal
    final: bool
    start: int = 0


def read_csv(content: bytes, expected: Expected | None = None, max_bytes: int = MAX_BYTES) -> CsvValues:
    """Read a CSV file.

    :raises PriceIndexError: with every problem found, each with its line number.
    """
    expected = expected or Expected()
    lines = read_rows(content, max_bytes)
    problems = []
    columns, width, lines = _find_columns(lines, expected, problems)
    if not problems:
        decimals = set()
        rows = [_read_row(number, cells, columns, width, expected, decimals, problems) for number, cells in lines]
        if len(decimals) > 1:
            problems.append("Some prices have a decimal comma and others a decimal point: write all of them one way.")
    if not problems and not rows:
        problems.append("The file has no values.")
    if not problems:
        _resolve_starts(rows, problems)
    if not problems:
        values = _find_ends(rows, expected, problems)
    if not problems:
        values, problems = settle(values, expected.timezone)
    if problems:
        raise PriceIndexError(problems)
    spans = [(value.start, value.end) for value in values]
    return CsvValues(tuple(values), tuple(find_gaps(spans, spans[0][0], spans[-1][1])))


def _find_columns(lines, expected, problems):
    """Columns by name or by place, how many a line may have, and the lines that hold values."""
    first = lines[0][1]
    header = read_header(first)
    if header is None:
        columns = guess_columns(len(first), len(first) > 2 and (is_moment(first[1]) or "-" in first[1][1:]))
        width, currency, unit, rest = len(columns), None, None, lines
    else:
        columns, currency, unit = header
        width, rest = len(first), lines[1:]
    missing = [name for name in ("start", "price") if name not in columns]
    if missing:
        problems.append(f"Line {lines[0][0]}: no column {' and '.join(missing)} in {', '.join(first)[:200]!r}.")
    _check_unit(f"Line {lines[0][0]}", currency, unit, expected, problems)
    return columns, width, rest


def _check_unit(where, currency, unit, expected, problems):
    if currency and expected.currency and currency.upper() != expected.currency:
        problems.append(f"{where}: the prices are in {currency}, the index is in {expected.currency}.")
    if unit and expected.unit and unit.lower() != expected.unit:
        problems.append(f"{where}: the prices are per {unit}, the index is per {expected.unit}.")


def _read_row(number, cells, columns, width, expected, decimals, problems):
    """One line as a `Row`, or None with what is wrong added to the problems."""
    cell = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
    where, before = f"Line {number}", len(problems)
    if any(cells[width:]):
        problems.append(
            f"{where}: {len(cells)} columns where {width} are expected; are commas delimiters and decimals?"
        )
    _check_unit(where, cell.get("currency"), (cell.get("unit") or "").split("/")[-1], expected, problems)
    try:
        starts, ends = _read_moments(cell, expected.timezone)
        price = _read_price(cell["price"], decimals)
        final = _read_state(cell.get("state", ""), expected.final)
    except PriceIndexError as error:
        problems.append(f"{where}: {error}.")
    return None if len(problems) > before else Row(number, starts, ends, price, final)


def _read_moments(cell, zone):
    if not cell["start"]:
        raise PriceIndexError("no start")
    if period := read_period(cell["start"], zone):
        if cell.get("end"):
            raise PriceIndexError(
                f"{cell['start']!r} is a whole period: leave its end empty, or write its first moment"
            )
        return [period[0]], [period[1]]
    starts = list_epochs(read_moment(cell["start"]), zone)
    ends = list_epochs(read_moment(cell["end"]), zone) if cell.get("end") else None
    return starts, ends


def _read_price(text, decimals):
    if not text:
        raise PriceIndexError("no price")
    if "," in text and "." in text or re.search(r"\d[\s'\u00a0\u202f]\d", text):
        raise PriceIndexError(f"price {text[:40]!r} has a thousands separator: remove it")
    decimals |= {sign for sign in ",." if sign in text}
    return read_price(text.replace(",", "."))


def _read_state(text, default):
    if not text:
        return default
    if text.lower() in FINAL:
        return True
    if text.lower() in PROVISIONAL:
        return False
    raise PriceIndexError(f"{text[:40]!r} is neither final nor provisional")


def _resolve_starts(rows, problems):
    """Say which of two moments is meant: the first that comes after the line before. Newest first is read from the end."""
    ordered = rows[::-1] if rows[0].starts[0] > rows[-1].starts[-1] else rows
    before = sorted_so_far = None
    for row in ordered:
        later = [start for start in row.starts if before is None or start > before]
        if len(row.starts) > 1 and sorted_so_far is False:
            problems.append(
                f"Line {row.line}: this hour happens twice that day, and the lines are not in order of time: sort them."
            )
            return
        row.start = (later or row.starts[-1:])[0]
        sorted_so_far = sorted_so_far is not False and (before is None or row.start >= before)
        before = row.start


def _find_ends(rows, expected, problems):
    """Values with the end that is given, or one step after their start."""
    open_rows = [row for row in rows if row.ends is None]
    resolution = expected.resolution
    if open_rows:
        step = _find_step(rows, expected.timezone)
        if resolution is None and step is None:
            problems.append("How long a value lasts cannot be told from the lines: add a column with the end.")
        elif resolution and step and resolution != step and len(rows) > 2:
            problems.append(
                f"The lines are {WORDS[step]} apart, the index has steps of {WORDS[resolution]}: add a column with the end."
            )
        resolution = resolution or step
    if problems:
        return []
    values = []
    for row in rows:
        end = _find_end(row, resolution, expected.timezone, problems)
        if end is not None:
            values.append(IndexValue(row.start, end, row.price, row.final))
    return values


def _find_end(row, resolution, zone, problems):
    if row.ends is None:
        end = edge_after(row.start, resolution, zone)
        if not is_interval(row.start, end, resolution, zone):
            problems.append(f"Line {row.line}: no step of {WORDS[resolution]} starts then.")
            return None
        return end
    end = next((end for end in row.ends if end > row.start), None)
    if end is None:
        problems.append(f"Line {row.line}: it ends before it starts.")
    return end


def _find_step(rows, zone):
    """The resolution whose steps the starts of the lines are; None when there is none, or a single line."""
    starts = sorted({row.start for row in rows})
    if len(starts) < 2:
        return None
    shortest = min(later - earlier for earlier, later in zip(starts, starts[1:], strict=False))
    for name, seconds in SECONDS.items():
        if shortest == seconds:
            return name
    for name in reversed(CALENDAR):
        # the coarsest step that every line begins on
        if shortest >= 23 * 3600 and all(edge_before(start, name, zone) == start for start in starts):
            return name
    return None
