"""A partner's table, line by line: what its profile says of the columns, applied to each row."""

import io
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..limits import MAX_CELL, MAX_COLUMNS
from ..line import ExchangeError, Line, LineError
from ..text import shown
from . import cells as read
from .csv_rows import check_cells, read_csv_rows
from .moments import choose, read_moments
from .profile import FIELDS, Profile
from .xlsx_rows import find_unsaved_formulas, read_xlsx_rows

# What a line takes over as it is read.
PLAIN = (
    "currency", "station", "evse", "evse_id", "token_uid", "token_type", "contract_id", "country_code", "party_id",
    "connector", "stop_reason", "auth", "credit_of", "replaces", "session_id",
)  # fmt: skip


def read_lines(file, profile: Profile):
    """Yield a `Line` or a `LineError` for every row below the headers that is not empty.

    :param file: bytes, or a binary seekable file; read as it goes, so memory stays flat
    :raise ExchangeError: at the first step, when the file or the profile is wrong as a whole
    """
    profile.check()
    file = _as_file(file)
    rows = _open_rows(file, profile)
    headers = _skip_to_headers(rows, profile)
    table = _Table(profile, headers)
    if profile.format == "xlsx":
        table.refuse_unsaved(find_unsaved_formulas(file))
    for row in rows:
        if isinstance(row, LineError):
            yield row
            continue
        number, row_cells = row
        if any(cell not in (None, "") and str(cell).strip() for cell in row_cells):
            yield table.read_row(number, row_cells)


def read_head(file, profile: Profile, count: int = 30) -> list[tuple[int, list]]:
    """The first rows as they stand, as (number, cells), for a person or a proposal to look at."""
    rows = (row for row in _open_rows(_as_file(file), profile) if not isinstance(row, LineError))
    return list(islice(rows, count))


def _as_file(file):
    return io.BytesIO(file) if isinstance(file, (bytes, bytearray, memoryview)) else file


def _open_rows(file, profile):
    if profile.format == "xlsx":
        return read_xlsx_rows(file, profile.sheet)
    if profile.format == "csv":
        return read_csv_rows(file, profile.delimiter, profile.encoding)
    raise ExchangeError(f"The format {profile.format!r} is no table: csv or xlsx.")


def _skip_to_headers(rows, profile):
    """The row of headers; what stands above it is skipped."""
    if not profile.header_row:
        return []
    for row in rows:
        if isinstance(row, LineError) or row[0] < profile.header_row:
            continue
        headers = [" ".join(str(cell).split()) if cell is not None else "" for cell in row[1]]
        while headers and not headers[-1]:
            headers.pop()
        if len(headers) > MAX_COLUMNS:
            raise ExchangeError(f"The file has more than {MAX_COLUMNS} columns: is the delimiter right?")
        return headers
    raise ExchangeError(f"The file ends before row {profile.header_row}, where the profile expects the headers.")


def letters_of(place: int) -> str:
    """A, B, ..., Z, AA, ... of a column's place from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place_of(letters: str) -> int | None:
    """The place from 0 of a column named by letters, None when it is not."""
    if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):
        return None
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


class _Table:
    """The columns of one file, found by the profile, and how a row becomes a line."""

    def __init__(self, profile, headers):
        self.profile = profile
        self.headers = headers
        try:
            self.zone = ZoneInfo(profile.tz)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ExchangeError(f"The time zone {profile.tz!r} of the profile does not exist.") from error
        self.columns = [(name, *self._find(column), unit) for name, column, unit in profile.columns]
        self.constants = [(name, text) for name, text in profile.constants]

    def _find(self, column):
        """(place, how to call it in a message) of a column named by header or letter."""
        wanted = " ".join(column.split()).casefold()
        places = [place for place, header in enumerate(self.headers) if header.casefold() == wanted]
        if len(places) > 1:
            letters = ", ".join(letters_of(place) for place in places)
            raise ExchangeError(f"Several columns are called {column!r} ({letters}): name the right one by its letter.")
        if places:
            return places[0], column
        place = place_of(column)
        if place is not None and place < MAX_COLUMNS and (not self.headers or place < len(self.headers)):
            return place, f"{column} ({self.headers[place]})" if self.headers else column
        found = ", ".join(header for header in self.headers if header)[:500]
        raise ExchangeError(
            f"The file has no column {column!r}. Its row {self.profile.header_row} has: {found or 'nothing'}. "
            "Correct the profile, or its header row, delimiter or sheet."
        )

    def refuse_unsaved(self, formulas):
        for _name, place, _label, _unit in self.columns:
            if cell := formulas.get(letters_of(place)):
                raise ExchangeError(
                    f"Cell {cell} is a formula whose result is not saved in the file. Open the file in a spreadsheet "
                    "program, save it and try again."
                )

    def read_row(self, number, row):
        """The `Line` of a row, or the `LineError` with the first cell that is wrong."""
        wrong = check_cells(number, row)
        if not wrong and self.headers and any(cell not in (None, "") for cell in row[len(self.headers) :]):
            wrong = LineError(
                number,
                None,
                f"The line has {len(row)} cells under {len(self.headers)} headers: is a delimiter inside a value?",
            )
        if wrong:
            return self._refuse(wrong, row, None)
        values, labels = {}, {}
        for name, place, label, unit in self.columns:
            cell = row[place] if place < len(row) else None
            labels[name] = label
            if (wrong := self._read_cell(values, name, cell, unit, number, label)) is not None:
                return self._refuse(wrong, row, values.get("id"))
        for name, text in self.constants:
            if values.get(name) is None and (
                wrong := self._read_cell(values, name, text, None, number, f"{name} (fixed in the profile)")
            ):
                return self._refuse(wrong, row, values.get("id"))
        try:
            return self._build(number, values, labels)
        except _Wrong as error:
            return self._refuse(LineError(number, *error.args), row, values.get("id"))

    def _read_cell(self, values, name, cell, unit, number, label):
        """Read one cell into ``values``; return a `LineError` when it cannot be."""
        try:
            values[name] = self._value(name, cell, unit)
        except (ValueError, OverflowError) as error:
            return LineError(number, label, f"{shown(cell)}: expected {error}.")
        return None

    def _value(self, name, cell, unit):
        kind = FIELDS[name]
        decimal = self.profile.decimal
        if kind == "text":
            return read.read_text(cell)
        if kind == "energy":
            # Our own lists have a credit's energy negative: whether it is a credit is known once the row is read.
            return read.read_energy(cell, unit, decimal, signed=name == "energy")
        if kind == "moment":
            # Its time of day may stand in another column: read once both are known.
            return cell
        if kind == "amount":
            return read.read_amount(cell, unit, decimal)
        if kind == "integer":
            return read.read_integer(cell, decimal)
        if kind == "currency":
            return read.read_currency(cell)
        if kind == "code":
            return read.read_code(cell)
        return read.read_clock(cell) if kind == "time" else read.read_duration(cell, unit, decimal)

    def _build(self, number, values, labels):
        if not values.get("id"):
            raise _Wrong(labels.get("id"), "The line has no session id: is it a total? Every session needs one.")
        start = self._moments("start", values, labels)
        stop = self._moments("stop", values, labels)
        duration = values.get("duration")
        if not start:
            raise _Wrong(labels.get("start"), "The start is missing.")
        if not stop and duration is None:
            raise _Wrong(labels.get("stop") or labels.get("duration"), "The stop (or the duration) is missing.")
        start, stop = choose(start, stop, duration)
        if stop < start:
            raise _Wrong(labels.get("stop"), f"The session stops ({stop} UTC) before it starts ({start} UTC).")
        return Line(
            number,
            values["id"],
            start,
            stop,
            self._energy(values, labels),
            values.get("amount"),
            meter_start=values.get("meter_start"),
            meter_stop=values.get("meter_stop"),
            **{name: values[name] for name in PLAIN if name in values},
        )

    def _moments(self, name, values, labels):
        cell = values.get(name)
        if isinstance(cell, str):
            cell = cell.strip()
        try:
            return read_moments(cell, self.profile.date_format, self.zone, values.get(f"{name}_time"))
        except (ValueError, OverflowError) as error:
            raise _Wrong(labels.get(name), f"{shown(cell)}: expected {error}.") from error

    def _energy(self, values, labels):
        energy = values.get("energy")
        if energy is not None:
            if energy < 0 and not values.get("credit_of"):
                raise _Wrong(
                    labels.get("energy"), f"{shown(values['energy'] / 1000)} kWh: expected {read.NOT_NEGATIVE}."
                )
            return abs(energy)
        first, last = values.get("meter_start"), values.get("meter_stop")
        if first is None or last is None:
            raise _Wrong(labels.get("energy") or labels.get("meter_stop"), "The energy is missing.")
        if last < first:
            raise _Wrong(labels.get("meter_stop"), f"The meter stops at {last} Wh, below its start at {first} Wh.")
        return last - first

    @staticmethod
    def _refuse(wrong, row, session):
        texts = tuple(_cell_text(cell) for cell in row[:MAX_COLUMNS])
        return LineError(wrong.number, wrong.column, wrong.message, texts, session)


class _Wrong(Exception):
    """(column, message) of a row that is no session."""


def _cell_text(cell):
    if cell is None:
        return ""
    if isinstance(cell, (datetime, date, time, timedelta)):
        return str(cell)
    return str(cell)[:MAX_CELL].replace("\x00", "�")
