"""What a file that is neither text nor a spreadsheet begins with, and what to do then."""

from .line import ExchangeError

ZIP = b"PK\x03\x04"
FOREIGN = (
    (b"%PDF", "This is a PDF. Ask the sender for the list as CSV, XLSX or OCPI JSON."),
    (b"\xd0\xcf\x11\xe0", "This is an Excel file of the old kind (.xls). Save it as .xlsx or .csv and try again."),
    (ZIP, "This is a spreadsheet (.xlsx) or a ZIP archive. Use a profile for XLSX, or unpack it first."),
    (b"\x1f\x8b", "This is a compressed file (gzip). Unpack it first."),
)


def refuse_foreign(head: bytes, spreadsheet: bool = False) -> None:
    """:raise ExchangeError: the file is empty, or its first bytes are those of something else"""
    if not head.strip():
        raise ExchangeError("The file is empty.")
    for magic, message in FOREIGN:
        if head.startswith(magic) and not (spreadsheet and magic is ZIP):
            raise ExchangeError(message)
