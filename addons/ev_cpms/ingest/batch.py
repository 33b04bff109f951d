"""The envelope: one JSON string, a versioned schema, a list of items."""

import hashlib
import json

from .text import is_storable

BATCH_SCHEMA = "ev.cdr.batch/1"
# A month of a mid-size operator comes in a few hundred such batches; more in one call would only hold locks longer.
MAX_ITEMS = 5000
# Made once: json.dumps builds a new encoder a call for any but its default options. What was read from JSON has no circles.
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, check_circular=False).encode


class BatchError(ValueError):
    """The document as a whole cannot be read, so nothing of it was stored."""


def parse_document(payload, schema):
    """Return the JSON object in ``payload``, checked to say it is of ``schema``.

    :raise BatchError: saying what is wrong and what to send instead
    """
    if not isinstance(payload, str):
        raise BatchError(f"Expected one string holding JSON, got {type(payload).__name__}. Send json.dumps(document).")
    try:
        document = json.loads(payload, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BatchError(
            f"The payload is not valid JSON ({error}). Nothing was stored; send it again, repaired."
        ) from error
    if not isinstance(document, dict):
        raise BatchError(f"Expected a JSON object, got {type(document).__name__}.")
    if document.get("schema") != schema:
        raise BatchError(
            f"Unknown schema {document.get('schema')!r}: this version reads {schema!r}. Upgrade the older side."
        )
    return document


def parse_batch(payload):
    """Return ``(source, items)`` of a CDR batch; the items are whatever JSON values the sender put there.

    :raise BatchError: the envelope is broken
    """
    document = parse_document(payload, BATCH_SCHEMA)
    source, items = document.get("source"), document.get("cdrs")
    if not isinstance(source, str) or not source.strip() or len(source) > 64 or not is_storable(source):
        raise BatchError("'source' must name the sender in 1 to 64 characters: the (source, id) pair identifies a CDR.")
    if not isinstance(items, list):
        raise BatchError("'cdrs' must be a list of CDRs (it may be empty).")
    if len(items) > MAX_ITEMS:
        raise BatchError(f"{len(items)} CDRs in one batch: send at most {MAX_ITEMS}.")
    return source, items


def content_hash(item):
    """Return what tells two contents apart: the SHA-256 of the item, whatever the order of its keys.

    A text in ``raw`` only says where the sender keeps the messages: a journal that was rebuilt numbers them anew.
    """
    if isinstance(item, dict) and isinstance(item.get("raw"), str):
        item = item.copy()
        del item["raw"]
    return hashlib.sha256(CANONICAL(item).encode()).hexdigest()


def external_id_of(item, digest):
    """Return the item's id, or one made of its content when it has none that can be used."""
    found = item.get("id") if isinstance(item, dict) else None
    if isinstance(found, str) and found.strip() and len(found) <= 255 and is_storable(found):
        return found
    return f"sha256:{digest}"


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")
