"""What a bridge sends, read strictly: pure Python, no Odoo.

A batch is one JSON document; each of its items becomes a :class:`Fact` (to be stored), or a :class:`Rejected` reason
a person can act on (to be quarantined). Nothing here touches a database.
"""

from .batch import BATCH_SCHEMA, MAX_ITEMS, BatchError, content_hash, external_id_of, parse_batch, parse_document
from .fact import Fact, Rejected, read_fact
from .moment import parse_utc
from .text import is_storable, storable

__all__ = [
    "BATCH_SCHEMA",
    "MAX_ITEMS",
    "BatchError",
    "Fact",
    "Rejected",
    "content_hash",
    "external_id_of",
    "is_storable",
    "parse_batch",
    "parse_document",
    "parse_utc",
    "read_fact",
    "storable",
]
