"""The rows of a sheet, one at a time, from an archive that was looked at before it is unpacked."""

import re
import warnings
import zipfile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ..limits import MAX_RATIO, MAX_ROWS, MAX_STRINGS, MAX_UNPACKED
from ..line import ExchangeError
from ..magic import refuse_foreign

# A formula whose result was not saved: nothing, or an empty value, after it.
UNSAVED = re.compile(rb"<c\s([^>]*)>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
CHUNK = 1 << 20
OVERLAP = 4096


def read_xlsx_rows(file, sheet=None):
    """Yield (row number, cells) for every row of the sheet.

    Cells are None, text, numbers, `datetime`, `time` or `timedelta`, as the spreadsheet shows them.

    :param file: binary and seekable
    :raise ExchangeError: no XLSX, no such sheet, or an archive that unpacks to more than it should
    """
    _check_archive(file)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            # "No default style", "data validation is not supported": nothing that touches values.
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        raise ExchangeError(f"The file cannot be opened as a spreadsheet ({error}). Save it again as .xlsx.") from error
    try:
        yield from _rows(_find_sheet(book, sheet))
    finally:
        book.close()


def _rows(page):
    # The size a file claims is not to be trusted, and some claim a million columns.
    page.reset_dimensions()
    rows = page.iter_rows(values_only=True)
    number = 0
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except (KeyError, ValueError, TypeError, IndexError, SyntaxError, OSError, zipfile.BadZipFile) as error:
            raise ExchangeError(f"The sheet cannot be read beyond row {number} ({error}). Save it again.") from error
        number += 1
        if number > MAX_ROWS:
            # A row may claim any number, and what lies before it is then made up of empty rows.
            raise ExchangeError(f"The sheet has more than {MAX_ROWS:,} rows, which no spreadsheet can.")
        yield number, list(cells)


def _find_sheet(book, name):
    pages = {page.title.strip().lower(): page for page in book.worksheets}
    if not pages:
        raise ExchangeError("The file has no sheet with cells.")
    if not name:
        return book.worksheets[0]
    page = pages.get(name.strip().lower())
    if page is None:
        titles = ", ".join(page.title for page in book.worksheets)
        raise ExchangeError(f"The file has no sheet {name!r}, only: {titles}. Correct the sheet's name in the profile.")
    return page


def _check_archive(file):
    """:raise ExchangeError: it is no XLSX, or a bomb"""
    file.seek(0)
    refuse_foreign(file.read(8), spreadsheet=True)
    try:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
        for entry in entries:
            _check_entry(archive, entry)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise ExchangeError(f"This is not an .xlsx file ({error}). A CSV file needs a profile for CSV.") from error
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names:
        raise ExchangeError("This is a ZIP archive, not an .xlsx file. Unpack it first.")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED or len(entries) > 10_000:
        raise ExchangeError("The spreadsheet unpacks to more than 2 GB. Split it, or send it as CSV.")


def _check_entry(archive, entry):
    if entry.file_size > 10 * 1024**2 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise ExchangeError(
            f"{entry.filename!r} in the file is packed {MAX_RATIO} times or more: refused as a ZIP bomb."
        )
    if entry.filename.endswith("sharedStrings.xml") and entry.file_size > MAX_STRINGS:
        raise ExchangeError("The spreadsheet holds more than 256 MB of text. Split it, or send it as CSV.")
    if entry.filename.endswith((".xml", ".rels")):
        with archive.open(entry) as part:
            if b"<!DOCTYPE" in part.read(1024).replace(b"\x00", b""):
                raise ExchangeError(f"{entry.filename!r} in the file declares a document type: refused.")


def find_unsaved_formulas(file):
    """{column letters: cell} of formulas whose result the file does not hold, over all its sheets."""
    found = {}
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename):
                continue
            with archive.open(entry) as part:
                tail = b""
                while chunk := part.read(CHUNK):
                    tail += chunk
                    _note_unsaved(tail, found)
                    tail = tail[-OVERLAP:]
    return found


def _note_unsaved(text, found):
    if b"<f" not in text:
        return
    for match in UNSAVED.finditer(text):
        attributes = match.group(1)
        if b't="str"' in attributes or b't="inlineStr"' in attributes:
            continue
        if reference := REFERENCE.search(attributes):
            letters, row = (part.decode() for part in reference.groups())
            found.setdefault(letters, letters + row)
