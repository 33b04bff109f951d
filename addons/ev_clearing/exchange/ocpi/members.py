"""Members of a CDR object, read by path: absent is None, wrong is a `MemberError` that names the path."""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from ..limits import MAX_NUMBER
from ..text import is_storable, shown

NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?")


class MemberError(Exception):
    """(path, message) of a member that is missing or wrong."""


def member(source: dict, name: str, path: str, kind: type):
    """The member of that kind (dict, list), None when absent."""
    value = source.get(name)
    if value is not None and not isinstance(value, kind):
        expected = {dict: "an object", list: "a list"}[kind]
        raise MemberError(path, f"{shown(value)}: expected {expected}.")
    return value


def text(source, name, path, limit=255, required=False):
    value = source.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        # Some senders write ids as numbers.
        value = str(value)
    if value is None or value == "":
        if required:
            raise MemberError(path, "is missing.")
        return None
    if not isinstance(value, str) or len(value) > limit or not is_storable(value):
        raise MemberError(path, f"{shown(value)}: expected a text of at most {limit} characters.")
    value = value.strip()
    if required and not value:
        raise MemberError(path, "is empty.")
    return value or None


def number(source, name, path, required=False, negative=False):
    """A `Decimal`; a number written as text counts too, as many senders do."""
    value = source.get(name)
    if value is None:
        if required:
            raise MemberError(path, "is missing.")
        return None
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise MemberError(path, f"{shown(value)}: expected a number.")
    value = Decimal(value)
    if not value.is_finite() or value.copy_abs() >= MAX_NUMBER:
        raise MemberError(path, f"{shown(value)}: expected a number below 1,000,000,000,000.")
    if value < 0 and not negative:
        raise MemberError(path, f"{shown(value)}: must not be negative; on a credit CDR only total_cost is.")
    return value if value.adjusted() > -30 else Decimal(0)


def moment(source, name, path, required=False):
    """A naive UTC datetime without microseconds; without a zone it is UTC (OCPI 2.2.1 16.2)."""
    value = source.get(name)
    if value is None:
        if required:
            raise MemberError(path, "is missing.")
        return None
    try:
        if not isinstance(value, str) or not 19 <= len(value) <= 40:
            raise ValueError
        read = datetime.fromisoformat(value)
        if read.tzinfo is not None:
            read = read.astimezone(UTC)
        return read.replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError) as error:
        raise MemberError(path, f"{shown(value)}: expected a moment such as 2026-10-03T08:15:00Z.") from error


def price(source, name, required=False):
    """(amount excl. tax, version or None) of a cost: a number in 2.1.1, an object later."""
    value = source.get(name)
    if isinstance(value, dict):
        if "before_taxes" in value:
            return number(value, "before_taxes", f"{name}.before_taxes", required=True, negative=True), "2.3.0"
        return number(value, "excl_vat", f"{name}.excl_vat", required=True, negative=True), "2.2.1"
    return number(source, name, name, required=required, negative=True), None


def watt_hours(kwh: Decimal) -> int:
    """Whole Wh, rounded half up."""
    return int((kwh * 1000).to_integral_value(ROUND_HALF_UP))
