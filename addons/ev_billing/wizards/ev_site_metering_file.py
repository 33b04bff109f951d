"""Reading a table of metered energy: CSV or XLSX in, lines and problems out. Plain Python, no Odoo."""

import io
import re
import zipfile
from collections import namedtuple
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import openpyxl

from ..indexes import PriceIndexError
from ..indexes.csv_text import read_rows

MAX_BYTES = 10 * 1024 * 1024
MAX_LINES = 50_000
ALIASES = {
    "site": ("site", "metering point", "meter", "pdl", "prm", "malo", "point de livraison", "zählpunkt", "standort", "location"),
    "from": ("from", "start", "date from", "du", "de", "début", "von", "ab", "beginn"),
    "to": ("to", "until", "end", "date to", "au", "fin", "bis", "ende"),
    "kwh": ("kwh", "energy", "energy kwh", "énergie", "energie", "consumption", "consommation", "verbrauch"),
    "reference": ("reference", "invoice", "référence", "facture", "rechnung", "referenz"),
}  # fmt: skip
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d.%m.%y", "%d/%m/%y")
Line = namedtuple("Line", "number site date_from date_to kwh reference")


class MeteringFileError(Exception):
    """The file as a whole cannot be read; the text says what to do."""


def read_metering(content):
    """The lines of a table, and what is wrong with the others.

    :param bytes content: CSV (any usual encoding and delimiter) or XLSX, with a header
    :return: ([Line], [sentence]); a line is in one of the two
    :raises MeteringFileError: no table, or a column is missing
    """
    rows = _read_xlsx(content) if content[:4] == b"PK\x03\x04" else _read_csv(content)
    columns = _find_columns(rows[0][1])
    lines, problems = [], []
    for number, cells in rows[1:]:
        try:
            lines.append(_read_line(number, cells, columns))
        except ValueError as error:
            problems.append(f"Line {number}: {error}")
    if not lines and not problems:
        raise MeteringFileError("The file has a header and nothing below it.")
    return lines, problems


def _read_csv(content):
    try:
        return read_rows(content, MAX_BYTES)
    except PriceIndexError as error:
        raise MeteringFileError(str(error)) from error


def _read_xlsx(content):
    if len(content) > MAX_BYTES:
        raise MeteringFileError(f"The file has more than {MAX_BYTES // 1024 // 1024} MB: split it.")
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = []
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            if any(cell not in (None, "") for cell in cells):
                rows.append((number, [cell.strip() if isinstance(cell, str) else cell for cell in cells]))
            if number > MAX_LINES:
                raise MeteringFileError(f"The sheet has more than {MAX_LINES:,} lines: split it.")
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise MeteringFileError("The spreadsheet cannot be opened: save it as XLSX or CSV again.") from error
    if not rows:
        raise MeteringFileError("The first sheet is empty.")
    return rows


def _find_columns(header):
    """{column: place}; the unit and what stands in brackets do not matter."""
    columns = {}
    for place, cell in enumerate(header):
        word = re.sub(r"[\[(].*?[\])]", "", str(cell or "")).replace("_", " ").strip().lower()
        for column, aliases in ALIASES.items():
            if column not in columns and word in aliases:
                columns[column] = place
    if missing := [name for name in ("site", "from", "to", "kwh") if name not in columns]:
        raise MeteringFileError(
            f"The first line must name the columns site, from, to and kWh; not found: {', '.join(missing)}."
        )
    return columns


def _read_line(number, cells, columns):
    """:raises ValueError: which cell cannot be read, and how to write it."""
    values = {name: cells[place] if place < len(cells) else None for name, place in columns.items()}
    site = _say(values["site"])
    if not site:
        raise ValueError("the site is empty.")
    first, last = _read_day(values["from"], "from"), _read_day(values["to"], "to")
    if last < first:
        raise ValueError(f"it ends ({last}) before it starts ({first}).")
    return Line(number, site, first, last, _read_kwh(values["kwh"]), _say(values.get("reference")))


def _say(cell):
    """A cell as text; spreadsheets keep metering points as numbers."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _read_day(cell, name):
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(_say(cell), pattern).date()
        except ValueError:
            continue
    raise ValueError(f"“{_say(cell)}” in column {name} is no day: write 2026-03-31 or 31/03/2026.")


def _read_kwh(cell):
    """Decimal kWh; ``1.234`` and ``1,234`` could be read two ways, and so are not read at all."""
    text = _say(cell)
    if not isinstance(cell, int | float):
        text = re.sub(r"[\s\u00a0\u202f']", "", re.sub(r"(?i)kwh$", "", text))
        if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text):
            raise ValueError(f"“{text}” can be read as thousands or as a decimal: write it with two or no decimals.")
        point = max(text.rfind("."), text.rfind(","))
        if point >= 0 and (text.count(".") + text.count(",") == 1 or text[point] not in text[:point]):
            text = re.sub("[.,]", "", text[:point]) + "." + text[point + 1 :]
        elif point >= 0 and re.fullmatch(r"\d{1,3}([.,]\d{3})+", text):
            text = re.sub("[.,]", "", text)
    try:
        kwh = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"“{_say(cell)}” is no number of kWh.") from None
    if not kwh.is_finite() or kwh < 0:
        raise ValueError(f"{text} kWh: metered energy is a number that is not negative.")
    return kwh
