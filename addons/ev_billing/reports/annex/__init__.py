"""The XLSX annex of a statement: every session, every slice, every fee, and a summary that adds them up again by formula.

    book        the workbook: formats, and sheets that go on when one is full
    sessions    every session x term
    slices      what a price that varies in time made of each session
    services    fees for chargers, badges, sites, months
    findings    what was odd about sessions and what was decided
    summary     the statement's lines, added up from the other sheets
    read_me     how to check all of it by hand

Rows are fetched by page and written one by one (xlsxwriter's constant memory mode) to a temporary file: memory stays flat however
many sessions there are.
"""

from contextlib import contextmanager

from .book import AnnexBook
from .findings import write_findings
from .read_me import write_read_me
from .services import write_services
from .sessions import write_sessions
from .slices import write_slices
from .summary import write_summary


@contextmanager
def write_annex(statement):
    """The annex as an open temporary file, which is gone afterwards.

    :param statement: ev.statement record with access to sessions
    """
    with AnnexBook(statement) as book:
        summary, overview = book.add_worksheet("Summary"), book.add_worksheet("By Family and Site")
        write_sessions(book)
        write_slices(book)
        write_services(book)
        write_findings(book)
        write_read_me(book)
        write_summary(book, summary, overview)
        yield book.finish()
