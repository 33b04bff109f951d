"""Reading what came from outside: one message as a stream of elements, however big, however bad.

No document type, no entities, no network, no archive; at most `MOST_BYTES`; nesting and text sizes as libxml2 limits them.
What cannot be read is an `UnreadableFile`, whose message says what, where and what to do. Elements are found by local name, so
that one reader does for all versions of a message; memory stays flat because the caller gets an element once, then it is cleared.
"""

import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from lxml import etree

MOST_BYTES = 200 * 1024 * 1024
# The first element must begin within this: what comes before it is comments and an envelope.
HEAD = 64 * 1024
CHUNK = 256 * 1024
NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.\d{3})\.(\d{3})\.(\d{2})")
AMOUNT = re.compile(r"\+?[0-9]{1,15}(\.[0-9]{1,5})?|\+?\.[0-9]{1,5}")
# Sixteen and thirty-two bit letters would hide a document type from the look at the bytes.
WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")
ENCODINGS = re.compile(rb"(?i)utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d|latin-?1")
ARCHIVES = {
    b"PK": "a ZIP archive",
    b"\x1f\x8b": "a compressed (gzip) file",
    b"%PDF": "a PDF",
    b"7z\xbc\xaf": "a 7z archive",
}


class UnreadableFile(ValueError):
    """A file that cannot be taken: `str(error)` says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Which message a file is: `family` "camt.053", `version` 8, and its full `name` "camt.053.001.08"."""

    family: str
    version: int
    name: str
    namespace: str


def identify(source):
    """Say which message `source` is, without reading it all.

    :param source: bytes, or a binary stream that can seek
    :raises UnreadableFile: it is none
    """
    stream = _open(source)
    kind, _head = _sniff(stream)
    if stream is source:
        stream.seek(0)
    return kind


def walk(source, families, tags, most_bytes=MOST_BYTES):
    """Yield (kind, event, element) for each start and end of an element named in `tags`, in the order of the file.

    An element is complete at its `end` and cleared right after: take what you need from it. A file that turns out to be broken
    raises only where it breaks: take nothing as done before the end.

    :param source: bytes, or a binary stream
    :param families: the messages that are wanted, ("camt.053", "camt.054")
    :raises UnreadableFile: wrong message, broken, hostile or too big
    """
    stream = _open(source)
    kind, chunk = _sniff(stream)
    if kind.family not in families:
        raise UnreadableFile(
            f"This is a {kind.name} message, and {' or '.join(families)} is expected here: import it where it belongs."
        )
    names = [f"{{{kind.namespace}}}{tag}" for tag in tags]
    parser = etree.XMLPullParser(events=("start", "end"), tag=names, **_hardened())
    size = 0
    while chunk:
        size += len(chunk)
        if size > most_bytes:
            raise UnreadableFile(
                f"The file is larger than {most_bytes // 1024 // 1024} MB: ask the bank for shorter periods, or split it."
            )
        _feed(parser, chunk)
        yield from _take(parser, kind)
        chunk = stream.read(CHUNK)
    _close(parser)
    yield from _take(parser, kind)


def _open(source):
    return io.BytesIO(source) if isinstance(source, (bytes, bytearray, memoryview)) else source


def _hardened():
    return {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "huge_tree": False,
        "remove_comments": True,
    }


def _take(parser, kind):
    for event, element in parser.read_events():
        yield kind, event, element
        if event == "end":
            element.clear(keep_tail=False)
            # emptied ones would still pile up: what came before goes, the last one stays for the parser
            previous = element.getprevious()
            if previous is not None and previous.tag == element.tag:
                element.getparent().remove(previous)


def _sniff(stream):
    """The message's kind and the bytes read to know it; the document type, if any, is refused before it is parsed."""
    parser = etree.XMLPullParser(events=("start",), **_hardened())
    head, first = b"", None
    while len(head) < HEAD:
        chunk = stream.read(4096)
        head += chunk
        _check_head(head)
        if not chunk:
            _close(parser)
            break
        _feed(parser, chunk)
        for _event, element in parser.read_events():
            first = first if first is not None else element.tag
            kind = _get_kind(element)
            if kind:
                return kind, head
    raise UnreadableFile(
        f"This is XML, but no ISO 20022 message: it begins with <{_local(first)}>"
        f"{_of_namespace(first)}. Import camt.052, camt.053, camt.054 or pain.002 files as the bank sends them."
    )


def _check_head(head):
    """Refuse by its first bytes what is no plain XML."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise UnreadableFile("The file is empty: fetch it from the bank again.")
    for magic, words in ARCHIVES.items():
        if text.startswith(magic):
            raise UnreadableFile(
                f"This is {words}, not an XML message: unpack it and import the XML files that are inside."
            )
    if head.startswith(WIDE):
        raise UnreadableFile("The file is not written in UTF-8: ask the bank for UTF-8, or save it as UTF-8.")
    if not text.startswith(b"<"):
        raise UnreadableFile(
            "This is not XML: it does not begin with '<'. Import the XML file of the bank, not a CSV or a text."
        )
    encoding = re.match(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)", text)
    if encoding and not ENCODINGS.fullmatch(encoding[1]):
        raise UnreadableFile("The file is written in an encoding that is not taken: ask the bank for UTF-8.")
    if re.search(rb"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise UnreadableFile(
            "The file declares a document type or entities, as no bank does: it is refused unread. Ask your bank."
        )


def _get_kind(element):
    name = etree.QName(element)
    match = NAMESPACE.fullmatch(name.namespace or "")
    if not match or name.localname != "Document":
        return None
    family, variant, version = match.groups()
    return Kind(family, int(version), f"{family}.{variant}.{version}", name.namespace)


def _local(tag):
    return etree.QName(tag).localname if tag else "nothing"


def _of_namespace(tag):
    namespace = etree.QName(tag).namespace if tag else None
    return f" of the namespace {namespace[:80]}" if namespace else " without a namespace"


def _feed(parser, chunk):
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        raise _broken(error) from error


def _close(parser):
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        raise _broken(error) from error


def _broken(error):
    line, column = error.position
    return UnreadableFile(
        f"The file is broken at line {line}, column {column} ({error.msg.split(', line')[0]}): "
        "it was cut off or changed on its way. Fetch it from the bank again."
    )


# ---------------------------------------------------------------- what elements say


@lru_cache(maxsize=512)
def _path(names):
    return "/".join(f"{{*}}{name}" for name in names.split("/"))


def find(element, *paths):
    """The first element at one of the `paths` ("RltdPties/Dbtr/Nm", local names), or None."""
    for path in paths:
        found = element.find(_path(path))
        if found is not None:
            return found
    return None


def find_all(element, path):
    """All elements at `path`."""
    return element.findall(_path(path))


def text(element, *paths):
    """The stripped text at the first of the `paths` that has one; empty without."""
    for path in paths:
        words = (element.findtext(_path(path)) or "").strip()
        if words:
            return words
    return ""


def texts(element, *paths):
    """All stripped texts at the `paths`, without empty ones."""
    found = ((child.text or "").strip() for path in paths for child in element.iterfind(_path(path)))
    return tuple(words for words in found if words)


def amount(element, where):
    """The exact number an element holds.

    :param where: words for the error, "entry 3 of statement X"
    :raises UnreadableFile: it is no plain decimal number
    """
    words = (element.text or "").strip() if element is not None else ""
    if not AMOUNT.fullmatch(words):
        raise UnreadableFile(
            f"The amount '{words[:40]}' of {where} is no number as ISO 20022 writes it: ask the bank to correct it."
        )
    return Decimal(words)


def day(element, *paths):
    """The calendar day at one of the `paths`, each a choice of `Dt` and `DtTm`, as the bank's own clock says it; or None.

    :raises UnreadableFile: it is no date
    """
    words = text(element, *(f"{path}/{choice}" for path in paths for choice in ("Dt", "DtTm")), *paths)
    if not words:
        return None
    try:
        return date.fromisoformat(words[:10])
    except ValueError as error:
        raise UnreadableFile(f"'{words[:40]}' is no date: ask the bank to correct it.") from error
