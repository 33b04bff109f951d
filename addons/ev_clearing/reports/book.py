"""A large workbook in a temporary file: rows go to disk as they are written, so that memory stays flat."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

import xlsxwriter

FORMATS = {
    "bold": {"bold": True},
    "head": {"bold": True, "bg_color": "#E8EEF4", "bottom": 1},
    "title": {"bold": True, "font_size": 14},
    "wrap": {"text_wrap": True, "valign": "top"},
    "time": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "kwh": {"num_format": "#,##0.000"},
    "cost": {"num_format": "#,##0.000000"},
}


@contextmanager
def write_book(fill):
    """The workbook as an open temporary file, which is gone afterwards.

    :param fill: writes the sheets; called with the `xlsxwriter.Workbook`
    """
    with tempfile.TemporaryDirectory(prefix="ev_clearing_") as folder:
        path = Path(folder) / "book.xlsx"
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder, "strings_to_numbers": False})
        fill(book)
        book.close()
        with path.open("rb") as file:
            yield file
