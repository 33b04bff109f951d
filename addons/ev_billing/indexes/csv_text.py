"""The text of a CSV file: its encoding, its delimiter, its header."""

import csv
import re

from .errors import PriceIndexError

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 400_000
# What people call the columns, in English, French and German; compared without case.
ALIASES = {
    "start": {
        "start",
        "starts",
        "from",
        "begin",
        "datetime",
        "date",
        "time",
        "timestamp",
        "date_start",
        "début",
        "debut",
        "de",
        "du",
        "dès",
        "date_heure",
        "horodatage",
        "beginn",
        "von",
        "ab",
        "anfang",
        "datum",
        "zeit",
        "zeitpunkt",
        "zeitstempel",
        "month",
        "mois",
        "monat",
        "period",
        "période",
        "periode",
        "zeitraum",
    },
    "end": {
        "end",
        "ends",
        "to",
        "until",
        "stop",
        "date_end",
        "fin",
        "à",
        "a",
        "au",
        "jusqu'à",
        "jusque",
        "ende",
        "bis",
    },
    "price": {"price", "value", "amount", "prix", "valeur", "montant", "preis", "wert", "betrag", "spot"},
    "state": {
        "state",
        "status",
        "final",
        "type",
        "état",
        "etat",
        "statut",
        "définitif",
        "definitif",
        "zustand",
        "endgültig",
        "endgueltig",
    },
    "currency": {"currency", "devise", "monnaie", "währung", "waehrung"},
    "unit": {"unit", "unité", "unite", "einheit"},
}
# No 1 and 0: in a file that has commas for delimiters and decimals, they would be half a price.
FINAL = {
    "final",
    "f",
    "yes",
    "y",
    "true",
    "oui",
    "vrai",
    "définitif",
    "definitif",
    "ja",
    "wahr",
    "endgültig",
    "endgueltig",
    "definitiv",
}
PROVISIONAL = {
    "provisional",
    "preliminary",
    "p",
    "no",
    "n",
    "false",
    "non",
    "faux",
    "provisoire",
    "nein",
    "falsch",
    "vorläufig",
    "vorlaeufig",
    "provisorisch",
}
_COLUMN_OF = {alias: column for column, aliases in ALIASES.items() for alias in aliases}
_CURRENCY = re.compile(r"€|£|\b[A-Z]{3}\b")
_UNIT = re.compile(r"[mk]wh", re.IGNORECASE)
_SYMBOLS = {"€": "EUR", "£": "GBP"}


def read_rows(content: bytes, max_bytes: int = MAX_BYTES) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, as (line number, cells without blanks around them).

    :raises PriceIndexError: too large, no text, or nothing in it.
    """
    text = _decode(content, max_bytes)
    sample = next((line for line in text.splitlines() if line.strip()), "")
    if not sample:
        raise PriceIndexError("The file is empty.")
    delimiter = ";" if ";" in sample else "\t" if "\t" in sample else ","
    rows = []
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells):
                rows.append((reader.line_num, cells))
            if len(rows) > MAX_LINES:
                raise PriceIndexError(f"The file has more than {MAX_LINES:,} lines: split it.")
    except csv.Error as error:
        raise PriceIndexError(f"Line {reader.line_num}: it cannot be split into columns ({error}).") from error
    if not rows:
        raise PriceIndexError("The file is empty.")
    return rows


def _decode(content, max_bytes):
    if len(content) > max_bytes:
        raise PriceIndexError(f"The file has {len(content):,} bytes, more than {max_bytes:,}: split it.")
    if content[:4] == b"PK\x03\x04":
        raise PriceIndexError("The file is a spreadsheet or a ZIP archive: save it as CSV first.")
    has_mark = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if has_mark else ("utf-8-sig", "cp1252"):  # what spreadsheets save
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.removeprefix("\ufeff")
    raise PriceIndexError("The file is not text: save it as CSV first.")


def read_header(cells: list[str]) -> tuple[dict[str, int], str | None, str | None] | None:
    """Where each column is, and the currency and unit that the price's header names; None when it is no header.

    ``Preis [EUR/MWh]`` is the price, in EUR per MWh.
    """
    if re.search(r"\d", cells[0]):
        return None
    columns, currency, unit = {}, None, None
    for number, cell in enumerate(cells):
        words = re.split(r"[\s(\[/,]+", re.sub(r"[€£]", " ", cell).strip().lower())
        column = _COLUMN_OF.get(cell.strip().lower()) or _COLUMN_OF.get(words[0])
        if column is None or column in columns:
            continue
        columns[column] = number
        if column == "price":
            rest = cell[len(words[0]) :]
            named, per = _CURRENCY.search(rest), _UNIT.search(rest)
            currency = named and _SYMBOLS.get(named.group(), named.group())
            unit = per and per.group().lower()
    return columns, currency, unit


def guess_columns(width: int, second_is_moment: bool) -> dict[str, int]:
    """Columns of a file without a header: start, end if the second cell is a moment, price, state."""
    names = ["start", "end", "price", "state"] if second_is_moment else ["start", "price", "state"]
    return {name: number for number, name in enumerate(names[:width])}
