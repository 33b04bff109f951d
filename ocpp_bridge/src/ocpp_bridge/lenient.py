"""Reading what charge points write: JSON that is nearly JSON, numbers in any dress."""

import json
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import msgspec

_decode = msgspec.json.Decoder().decode
NUMBER_LIMIT = Decimal(10) ** 15  # beyond this no meter, id or sequence number is meant


def decode_json(text: str) -> Any:
    """Fast first; then tolerate NaN, raw control characters and lone surrogates. Raises ValueError."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:
            return json.loads(text, strict=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def decimal(value: Any) -> Decimal | None:
    """3, 3.0, "3", "3,5", " 3.5 ": as a finite exact number; anything else is None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number) < NUMBER_LIMIT else None


def integer(value: Any) -> int | None:
    """The whole number nearest to it, half up."""
    if type(value) is int:
        return value if -NUMBER_LIMIT < value < NUMBER_LIMIT else None
    number = decimal(value)
    return None if number is None else int(number.quantize(Decimal(1), ROUND_HALF_UP))


def mapping(value: Any) -> dict:
    """It, if it is a JSON object; else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list:
    """Its JSON objects, if it is a list of them; a lone object counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
