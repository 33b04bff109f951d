"""A file of prices, whichever kind it is."""

from dataclasses import dataclass

from .csv_values import Expected, read_csv
from .entsoe import Wanted, read_prices
from .value import IndexValue

BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class PriceFile:
    """What a file holds; `kind` is ``entsoe`` or ``csv``, `notes` say what was left out."""

    kind: str
    values: tuple[IndexValue, ...]
    gaps: tuple[tuple[int, int], ...]
    notes: tuple[str, ...] = ()


def read_file(content: bytes, expected: Expected, bidding_zone: str | None = None) -> PriceFile:
    """Read an ENTSO-E price document or a CSV file, told apart by their first character.

    :raises PriceIndexError: with every problem found.
    """
    if not _is_xml(content):
        table = read_csv(content, expected)
        return PriceFile("csv", table.values, table.gaps)
    wanted = Wanted(
        bidding_zone=bidding_zone,
        currency=expected.currency or "EUR",
        unit=(expected.unit or "mwh").upper(),
        resolution=expected.resolution,
        timezone=expected.timezone,
    )
    document = read_prices(content, wanted)
    return PriceFile("entsoe", document.values, document.gaps, document.notes)


def _is_xml(content):
    head = content[:64]
    for mark in BYTE_ORDER_MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip().startswith(b"<")
