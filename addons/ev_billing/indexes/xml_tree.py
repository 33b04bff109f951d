"""XML from outside, read so that it cannot do anything: no DTD, no entities, no network, bounded size and depth."""

from lxml import etree

from .errors import PriceIndexError

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 32


def parse_xml(content: bytes, max_bytes: int = MAX_BYTES):
    """The root element of a document.

    :raises PriceIndexError: one sentence on why the document is not usable.
    """
    if len(content) > max_bytes:
        raise PriceIndexError(
            f"The document has {len(content):,} bytes, more than {max_bytes:,}: take a shorter period."
        )
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        raise PriceIndexError("The document is empty.")
    if head.startswith(b"pk\x03\x04"):
        raise PriceIndexError("The document is a ZIP archive: unpack it, or take a shorter period.")
    if head.startswith((b"<!doctype html", b"<html")):
        raise PriceIndexError("The document is a web page (HTML), not a price document: check the address.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PriceIndexError(f"The document is not whole XML: {_first_line(error)}") from None
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise PriceIndexError("The document declares a DTD or entities: price documents have none, so it is refused.")
    _check_depth(root)
    return root


def _first_line(error):
    return (str(error).splitlines() or ["unreadable"])[0][:200]


def _check_depth(root):
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise PriceIndexError(f"The document is nested deeper than {MAX_DEPTH} elements: it is no price document.")
