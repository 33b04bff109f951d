"""An eMSP statement's sessions as files: one row (or object) a session, under OCPI's names.

    columns     what a row says, for both tables
    workbook    XLSX: a summary that adds everything up by formula, the sessions, how to read it
    table       CSV
    documents   OCPI CDRs, in the version the contract names

All are written page by page to a temporary file: memory stays flat however many sessions there are.
"""

from .documents import write_documents
from .table import write_table
from .workbook import write_workbook

__all__ = ["write_documents", "write_table", "write_workbook"]
