"""The rows of a CSV file, one at a time, in whatever encoding and with whatever delimiter it came."""

import codecs
import csv
import io

from ..limits import MAX_CELL
from ..line import ExchangeError, LineError
from ..magic import refuse_foreign

DELIMITERS = (";", ",", "\t", "|")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHUNK = 1 << 20


def read_csv_rows(file, delimiter=None, encoding=None):
    """Yield (line number of the file, cells) for every row, or a `LineError` for one that cannot be split.

    :param file: binary and seekable
    :raise ExchangeError: no text, or in another encoding
    """
    found = find_encoding(file)
    # A byte order mark knows better than a profile.
    encoding = found if found in ("utf-8-sig", "utf-16") else encoding or found
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise ExchangeError(f"The encoding {encoding!r} of the profile does not exist.") from error
    file.seek(0)
    text = io.TextIOWrapper(_Borrowed(file), encoding=encoding, newline="")
    try:
        yield from _split(text, delimiter or _find_delimiter(text))
    except UnicodeError as error:
        raise ExchangeError(
            f"The file is not text in {encoding}: {error}. Choose its encoding in the profile."
        ) from error


def _split(text, delimiter):
    reader = csv.reader(text, delimiter=delimiter)
    last = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Only this record is lost: the reader begins anew with the next line of the file.
            yield LineError(last + 1, None, f"This line cannot be split into cells ({error}): is a quote left open?")
            last = reader.line_num
            continue
        number, last = last + 1, reader.line_num
        yield number, cells


def find_encoding(file):
    """utf-8-sig, utf-16 or cp1252, from the byte order mark or the bytes themselves.

    :raise ExchangeError: the file is empty, or no text at all
    """
    file.seek(0)
    head = file.read(4096)
    refuse_foreign(head)
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return encoding
    if b"\x00" in head:
        zeros = head[1::2].count(0), head[0::2].count(0)
        if max(zeros) > len(head) // 4 and min(zeros) == 0:
            return "utf-16-le" if zeros[0] else "utf-16-be"
        raise ExchangeError("The file is not text: it has NUL characters. Export it again as CSV.")
    if head.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<?xml", b"<tabl"):
        raise ExchangeError(
            "This is a web page or XML, not a CSV file. Open it in a spreadsheet and save it as .xlsx or .csv."
        )
    return _utf8_or_cp1252(file)


def _utf8_or_cp1252(file):
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _find_delimiter(text):
    """The delimiter that the first lines have most often outside of quotes."""
    head = text.read(CHUNK // 16)
    text.seek(0)
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    counts = {sign: sum(_bare(line).count(sign) for line in lines[:2]) for sign in DELIMITERS}
    return max(DELIMITERS, key=counts.get) if any(counts.values()) else ";"


def _bare(line):
    return "".join(line.split('"')[::2])


class _Borrowed(io.BufferedReader):
    """Lends a file to a text wrapper, which would close it when it goes."""

    def __init__(self, file):
        super().__init__(_Raw(file))


class _Raw(io.RawIOBase):
    def __init__(self, file):
        self._file = file

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        return self._file.seek(offset, whence)

    def tell(self):
        return self._file.tell()

    def readinto(self, buffer):
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


def check_cells(number, cells):
    """A `LineError` for a row no list of sessions has, or None."""
    for place, cell in enumerate(cells, 1):
        if isinstance(cell, str) and (len(cell) > MAX_CELL or "\x00" in cell):
            what = "holds NUL characters" if "\x00" in cell else f"is longer than {MAX_CELL} characters"
            return LineError(number, None, f"Cell {place} {what}.")
    return None
