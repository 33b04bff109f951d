"""JSON text in and out without losing a digit: numbers are `Decimal`, never binary floats."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from .errors import DocumentError

LONGEST = 20_000_000


def _refuse(word: str):
    raise ValueError(f"{word} is not a number of JSON")


def parse(text: str) -> object:
    """What the JSON text says; every number is a `Decimal`.

    :raises DocumentError: not JSON, too long, or nested too deeply.
    """
    if len(text) > LONGEST:
        raise DocumentError([f"The text has {len(text)} characters: give at most {LONGEST}."])
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
    except RecursionError as error:
        raise DocumentError(["The text is nested too deeply: give an OCPI document."]) from error
    except (ValueError, InvalidOperation) as error:
        raise DocumentError([f"The text is not JSON ({str(error)[:100]}): correct it."]) from error


def render(value: object, indent: str = "") -> str:
    """JSON text of objects, lists, text, booleans, `int` and `Decimal`."""
    deeper = indent + "  "
    if isinstance(value, Mapping):
        rows = [f"{deeper}{json.dumps(str(name))}: {render(item, deeper)}" for name, item in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}" if rows else "{}"
    if isinstance(value, list | tuple):
        rows = [f"{deeper}{render(item, deeper)}" for item in value]
        return "[\n" + ",\n".join(rows) + f"\n{indent}]" if rows else "[]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False)


def unwrapped(document: object) -> list:
    """The objects in a document: it may be one object, a list of them, or an OCPI response with either under `data`.

    :raises DocumentError: it holds no object, or something else.
    """
    if isinstance(document, Mapping) and "data" in document and "id" not in document:
        document = document["data"]
    objects = document if isinstance(document, list) else [document]
    if not objects:
        raise DocumentError(["The list is empty: give at least one object."])
    if not all(isinstance(item, Mapping) for item in objects):
        raise DocumentError(["The document is no object: give a JSON object, a list of objects or an OCPI response."])
    return objects
