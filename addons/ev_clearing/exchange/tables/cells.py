"""Cells, read: numbers, durations and codes. Texts of a CSV file, or the numbers and times of a spreadsheet.

Each reader returns None for an empty cell and raises `ValueError` with what was expected, in words for a person.
"""

import re
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from ..limits import MAX_CELL, MAX_NUMBER
from ..text import is_storable

PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")
THOUSANDS = {
    ".": re.compile(r"[+-]?\d{1,3}(?:[,' \u00a0\u202f’]\d{3})*(?:\.\d+)?"),
    ",": re.compile(r"[+-]?\d{1,3}(?:[.' \u00a0\u202f’]\d{3})*(?:,\d+)?"),
}
CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d)(?:[.,]\d+)?)?")
CURRENCY = re.compile(r"[A-Z]{3}")
CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
WATT_HOURS = {"Wh": 1, "kWh": 1000, "MWh": 1_000_000}
SECONDS = {"s": 1, "min": 60, "h": 3600}


def read_text(value, limit=255):
    """A text without spaces around it; whole numbers of a spreadsheet lose their .0."""
    if value is None:
        return None
    if not isinstance(value, str):
        value = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = value.strip()
    if len(text) > limit:
        raise ValueError(f"at most {limit} characters")
    if not is_storable(text):
        raise ValueError("a text without NUL characters")
    return text or None


def read_number(value, decimal="."):
    """An exact number, negative or not."""
    if value is None:
        return None
    if isinstance(value, bool):
        raise ValueError("a number")
    if isinstance(value, int):
        number = Decimal(value)
    elif isinstance(value, float):
        # Fifteen digits are what a spreadsheet shows; the rest is noise of its binary arithmetic.
        number = Decimal(format(value, ".15g"))
    elif isinstance(value, str):
        number = _read_digits(value.strip(), decimal)
    else:
        raise ValueError("a number")
    if number is not None and not (number.is_finite() and number.copy_abs() < MAX_NUMBER):
        raise ValueError("a number below 1,000,000,000,000")
    return number


def _read_digits(text, decimal):
    if not text:
        return None
    if len(text) > MAX_CELL:
        raise ValueError("a number")
    plain = text.replace(",", ".") if decimal == "," and "." not in text else text
    if decimal == "," and "." in text or not PLAIN.fullmatch(plain) or (decimal == "." and "," in text):
        if not THOUSANDS[decimal].fullmatch(text):
            other = "1 234,5" if decimal == "," else "1,234.5"
            raise ValueError(f"a number with the decimal sign {decimal!r}, such as {other}")
        plain = re.sub(r"[^\d.,+-]", "", text)
        plain = plain.replace(".", "").replace(",", ".") if decimal == "," else plain.replace(",", "")
    return Decimal(plain)


NOT_NEGATIVE = "an energy that is not negative; a credit has a positive energy and names its original"


def read_energy(value, unit, decimal, signed=False):
    """Whole Wh, rounded half up.

    :param signed: also a negative one, as some lists have it on credits
    """
    number = read_number(value, decimal)
    if number is None:
        return None
    if number < 0 and not signed:
        raise ValueError(NOT_NEGATIVE)
    return int((number * WATT_HOURS[unit or "kWh"]).to_integral_value(ROUND_HALF_UP))


def read_amount(value, unit, decimal):
    """Money in the currency's main unit; a sign of the currency beside the number is left out."""
    if isinstance(value, str):
        value = value.strip().strip("€$£").strip()
    number = read_number(value, decimal)
    return number / 100 if number is not None and unit == "cent" else number


def read_integer(value, decimal="."):
    number = read_number(value, decimal)
    if number is None:
        return None
    if number != number.to_integral_value() or not 0 <= number < 2**31:
        raise ValueError("a whole number such as 1")
    return int(number)


def read_code(value):
    """A country or party id: letters and digits in capitals."""
    text = read_text(value, 10)
    return text.upper() if text else None


def read_currency(value):
    text = read_text(value, 40)
    if text is None:
        return None
    code = CURRENCY_SIGNS.get(text, text.upper())
    if not CURRENCY.fullmatch(code):
        raise ValueError("a currency of three letters, such as EUR")
    return code


def read_clock(value):
    """A time of day as a `timedelta` since midnight."""
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
    span = read_duration(value, "day" if isinstance(value, (int, float)) else "hms", ".")
    if span is not None and span >= timedelta(days=1):
        raise ValueError("a time of day such as 08:15:00")
    return span


def read_duration(value, unit, decimal):
    """A `timedelta` of whole seconds."""
    if isinstance(value, timedelta):
        span = value
    elif isinstance(value, time):
        span = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    elif isinstance(value, datetime):
        # A spreadsheet shows [h]:mm:ss beyond a day as a date in 1899 or 1900.
        span = value - datetime(1899, 12, 30)
    elif unit in (None, "hms") and isinstance(value, str):
        return _read_hms(value.strip())
    else:
        number = read_number(value, decimal)
        if number is None:
            return None
        days = unit in (None, "hms", "day")
        span = timedelta(seconds=float(number * (86400 if days else SECONDS[unit])))
    span = timedelta(seconds=round(span.total_seconds()))
    if not timedelta(0) <= span <= timedelta(days=366):
        raise ValueError("a duration between 0 and a year")
    return span


def _read_hms(text):
    if not text:
        return None
    match = CLOCK.fullmatch(text)
    if not match:
        raise ValueError("hours, minutes and seconds such as 1:30:00")
    hours, minutes, seconds = match.groups()
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
