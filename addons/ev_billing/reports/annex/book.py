"""The workbook of an annex, in a temporary file."""

import tempfile
from pathlib import Path

import xlsxwriter

from ..xlsx import add_sheet

PAGE = 5_000
# Excel ends at 1,048,576 rows: past this a further sheet goes on.
ROWS_PER_SHEET = 1_000_000
# A day in Excel's count is a whole number; this one is 1 January 1970.
EPOCH_DAY = 25_569
DAY = 86_400
FORMATS = {
    "bold": {"bold": True},
    "head": {"bold": True, "bg_color": "#E8EEF4", "bottom": 1},
    "title": {"bold": True, "font_size": 14},
    "muted": {"font_color": "#6C757D"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "time": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "day": {"num_format": "yyyy-mm-dd"},
    "kwh": {"num_format": "#,##0.000"},
    "six": {"num_format": "#,##0.000000"},
    "nine": {"num_format": "#,##0.000000###"},
    "total": {"bold": True, "top": 1},
}


class AnnexBook:
    """An xlsxwriter workbook with what the sheets share.

    sums
        [(sheet, column of the line number, of the quantity, of the amount)]: the sheets that hold charges, for the summary
    """

    def __init__(self, statement):
        self.statement, self.env = statement, statement.env
        self.sums = []
        self._folder = tempfile.TemporaryDirectory(prefix="ev_annex_")
        self._path = Path(self._folder.name) / "annex.xlsx"
        self._file = None
        self._book = xlsxwriter.Workbook(
            str(self._path),
            {"constant_memory": True, "default_date_format": "yyyy-mm-dd", "tmpdir": self._folder.name},
        )
        money = "#,##0." + "0" * statement.currency_id.decimal_places
        formats = FORMATS | {
            "money": {"num_format": money.rstrip(".")},
            "money_bold": {"num_format": money.rstrip("."), "bold": True, "top": 1},
        }
        self.format = {name: self._book.add_format(spec) for name, spec in formats.items()}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._file:
            self._file.close()
        self._folder.cleanup()

    def add_worksheet(self, name):
        return self._book.add_worksheet(name)

    def add_table(self, name, columns):
        """A `Table` of that name whose rows may go on over several sheets."""
        return Table(self, name, columns)

    def finish(self):
        """Close the workbook and open its file for reading."""
        self._book.close()
        self._file = self._path.open("rb")
        return self._file

    def _add_sheet(self, name, columns):
        return add_sheet(self._book, name, columns, self.format["head"])


class Table:
    """Rows under a heading; a full sheet is followed by `<name> 2`, and so on."""

    def __init__(self, book, name, columns):
        self._book, self._name, self._columns = book, name, columns
        self._number = 0
        self._sums = None
        self.row = 0
        self._open()

    def add_up(self, *columns):
        """Have the summary add this table up; `columns`: of the line number, the quantity and the amount."""
        self._sums = columns
        self._book.sums.append((self.sheet.get_name(), *columns))

    def reserve(self, count=1):
        """The first of `count` rows that stand on one sheet together."""
        if self.row + count > ROWS_PER_SHEET:
            self._open()
        first = self.row + 1
        self.row += count
        return first

    def _open(self):
        self._number += 1
        name = self._name if self._number == 1 else f"{self._name} {self._number}"
        self.sheet = self._book._add_sheet(name, self._columns)
        self.row = 0
        if self._sums:
            self._book.sums.append((name, *self._sums))


def to_serial(epoch):
    """A moment as Excel counts time: days since 1900, here from seconds since 1970 on the clock that is to be shown."""
    return epoch / DAY + EPOCH_DAY


def format_offset(seconds):
    """A distance from UTC as people write it: +02:00."""
    minutes = round(seconds / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
