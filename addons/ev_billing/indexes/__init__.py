"""Price indexes from outside: files and documents in, exact values out.

Plain Python without input or output: bytes come in, `IndexValue` tuples come out, prices are `Decimal`, moments are UTC epoch
seconds. Nothing is guessed and nothing is filled in: what contradicts itself raises `PriceIndexError` with every problem found,
what is missing is reported as a gap.

- `entsoe`: day-ahead price documents of ENTSO-E (A44).
- `csv_values`: tables from spreadsheets.
- `price_file`: whichever of the two a file is.
- `gaps`: what of a period is not covered.
- `derive`: monthly and quarterly means.
- `clock`: intervals, months and clock changes.
"""

from .clock import edge_after, edge_before, find_resolution, is_interval, midnight, say, say_span
from .csv_values import CsvValues, Expected, read_csv
from .derive import METHODS, derive_means
from .entsoe import PriceDocument, Wanted, read_prices
from .errors import NoPricesError, PriceIndexError
from .gaps import find_gaps
from .price_file import PriceFile, read_file
from .value import IndexValue, read_price, say_price, settle

__all__ = [
    "METHODS",
    "CsvValues",
    "Expected",
    "IndexValue",
    "NoPricesError",
    "PriceDocument",
    "PriceFile",
    "PriceIndexError",
    "Wanted",
    "derive_means",
    "edge_after",
    "edge_before",
    "find_gaps",
    "find_resolution",
    "is_interval",
    "midnight",
    "read_csv",
    "read_file",
    "read_price",
    "read_prices",
    "say",
    "say_price",
    "say_span",
    "settle",
]
