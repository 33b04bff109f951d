"""What comes from outside is read as if somebody meant harm."""

import io
import resource
import tracemalloc
import zipfile
from itertools import chain, repeat

import pytest
from iso20022.parse import UnreadableFile, identify, walk
from iso20022.statement import read_statements

from .bank_samples import Ntry, Tx, statement_xml

GOOD = statement_xml(8, Ntry("5.00", details=[Tx("5.00")]))
HEAD, TAIL = GOOD.split(b"<Ntry>")[0], b"</Stmt></BkToCstmrStmt></Document>"
ENTRY = b"<Ntry>" + GOOD.split(b"<Ntry>")[1].split(b"</Ntry>")[0] + b"</Ntry>"


def read(content):
    return list(read_statements(content))


class Endless(io.RawIOBase):
    """A stream made of pieces, as long as they come: no file of that size is needed."""

    def __init__(self, pieces):
        self.pieces, self.rest = iter(pieces), b""

    def read(self, size=-1):
        while len(self.rest) < size and (piece := next(self.pieces, None)) is not None:
            self.rest += piece
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken


def test_the_kind_is_told_and_the_stream_is_where_it_was():
    stream = io.BytesIO(GOOD)
    kind = identify(stream)
    assert (kind.family, kind.version, kind.name) == ("camt.053", 8, "camt.053.001.08")
    assert stream.tell() == 0


def test_a_message_in_an_envelope_is_found():
    body = GOOD.split(b"?>")[1]
    content = (
        b'<Envelope xmlns="urn:bank"><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"/>'
        + body
        + b"</Envelope>"
    )
    assert identify(content).name == "camt.053.001.08"
    assert len(read(content)) == 2


BOMB = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
REFUSED = {
    "bomb": (GOOD.replace(b"?>", b"?>" + BOMB, 1), "document type"),
    "external entity": (GOOD.replace(b"?>", b"?>" + OUTSIDE, 1), "document type"),
    "external document type": (
        GOOD.replace(b"?>", b'?><!DOCTYPE Document SYSTEM "http://127.0.0.1:1/x.dtd">', 1),
        "document type",
    ),
    "small letters": (GOOD.replace(b"?>", b"?><!doctype x>", 1), "document type"),
    "undeclared entity": (GOOD.replace(b"EUR</Ccy>", b"&gone;</Ccy>", 1), "broken at line"),
    "cut off": (GOOD[:-40], "broken at line"),
    "cut off early": (GOOD[:60], "broken at line"),
    "empty": (b"", "empty"),
    "blank": (b"\xef\xbb\xbf \n", "empty"),
    "wide letters": (GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "UTF-8"),
    "wide letters without a mark": (GOOD.decode().replace("UTF-8", "UTF-16LE").encode("utf-16-le"), "UTF-8"),
    "hidden encoding": (b'<?xml version="1.0" encoding="UTF-7"?><Document/>', "encoding"),
    "another namespace": (GOOD.replace(b"urn:iso:std:iso:20022", b"urn:somebody"), "no ISO 20022 message"),
    "no namespace": (b"<Document><a/></Document>", "no ISO 20022 message"),
    "a page": (b"<html><body>Please log in</body></html>", "no ISO 20022 message"),
    "a table": (b"date;amount\n2026-11-03;5.00\n", "not XML"),
    "a PDF": (b"%PDF-1.7 ...", "PDF"),
    "nested too deep": (HEAD + b"<a>" * 5000 + b"</a>" * 5000 + TAIL, "broken at line"),
    "bad letters": (GOOD.replace(b"Kiwi", b"\xff\xfe\xfa"), "broken at line"),
    "two roots": (GOOD + GOOD.split(b"?>")[1], "broken at line"),
    "our own file": (GOOD.replace(b"camt.053.001.08", b"pain.001.001.09"), "pain.001.001.09 message"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_bad_is_refused_in_words(name):
    content, words = REFUSED[name]
    with pytest.raises(UnreadableFile, match=words):
        read(content)


def test_an_archive_is_refused_by_name():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("statement.xml", GOOD)
    with pytest.raises(UnreadableFile, match="ZIP"):
        read(archive.getvalue())


def test_too_big_is_refused_before_it_is_read_through():
    endless = Endless(chain([HEAD], repeat(ENTRY)))
    with pytest.raises(UnreadableFile, match="larger than 1 MB"):
        for _found in walk(endless, ("camt.053",), ("Ntry",), most_bytes=1024 * 1024):
            pass


def test_two_hundred_megabytes_are_the_most_that_is_read():
    """For real: entries without end, of which none is looked at; what was read is gone."""
    endless = Endless(chain([HEAD], repeat(ENTRY * 200)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableFile, match="larger than 200 MB"):
        for _found in walk(endless, ("camt.053",), ("Bal", "Ntry")):
            pass
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 50


def test_one_endless_text_is_refused():
    with pytest.raises(UnreadableFile, match="broken|larger"):
        read(Endless(chain([HEAD, b"<Ntry><AddtlNtryInf>"], repeat(b"x" * 65536))))


def test_memory_stays_flat_however_long_the_file():
    # lxml's own memory is not Python's: elements that stay alive would be, and so would facts that are kept
    def peak(count):
        tracemalloc.start()
        entries = sum(1 for _fact in read_statements(Endless(chain([HEAD], repeat(ENTRY, count), [TAIL])))) - 1
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert entries == count
        return most

    assert peak(4_000) < peak(1_000) * 2 + 500_000
