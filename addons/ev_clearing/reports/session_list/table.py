"""The list as CSV: comma separated, UTF-8 with a mark at its beginning, as spreadsheets like it."""

import csv
import io
import tempfile

from .columns import COLUMNS, get_cells, get_words, iso

# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_table(statement):
    """The sessions as an open binary temporary file, at its beginning.

    :param statement: ev.statement record with access to sessions
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(name for name, _kind, _width in COLUMNS)
    words, currency = get_words(statement.env), statement.currency_id.name
    for page in statement._fetch_list():
        writer.writerows(_get_row(get_cells(session, currency, words)) for session in page)
    text.detach()
    file.seek(0)
    return file


def _get_row(cells):
    return [_say(cell, kind) for cell, (_name, kind, _width) in zip(cells, COLUMNS, strict=True)]


def _say(cell, kind):
    """A cell as text that no spreadsheet runs as a formula; numbers stay numbers."""
    if cell is None:
        return ""
    if kind == "time":
        return iso(cell)
    if kind == "text":
        return f"'{cell}" if cell.startswith(FORMULA) else cell
    return format(cell, "f")
