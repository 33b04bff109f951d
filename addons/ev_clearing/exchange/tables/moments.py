"""Moments of a table: with an offset, or as local time in the profile's zone.

A local time may mean two moments (the hour that an autumn night has twice) or none (the hour that a spring night skips).
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

TAIL = (
    r"(?:[T ]+(?P<hour>\d{1,2})[:h](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?P<half>[AaPp]\.?[Mm]\.?))?(?:\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?)?"
)
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + TAIL)
LAST = {
    "dmy": re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + TAIL),
    "mdy": re.compile(r"(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + TAIL),
}
SAMPLES = {"dmy": "31/10/2026 08:15", "mdy": "10/31/2026 08:15", "serial": "46326.34375"}
# Spreadsheets count days from here (their day 60, 29 February 1900, never was; nobody charged a car before it).
EPOCH = datetime(1899, 12, 30)


def read_moments(
    value, date_format: str, zone: ZoneInfo, clock: timedelta | None = None
) -> tuple[datetime, ...] | None:
    """The moments in UTC (naive, no microseconds) that the cell may mean: one, or two in an hour that happens twice.

    :param clock: time of day from a column of its own
    :raise ValueError: what was expected, in words
    """
    if value is None or value == "":
        return None
    local, offset = _read_local(value, date_format)
    if clock is not None:
        local = datetime(local.year, local.month, local.day) + clock
    if not 2000 <= local.year <= 2199:
        raise ValueError("a year from 2000 on")
    if offset is not None:
        return (local - offset,)
    return _in_zone(local, zone)


def _in_zone(local, zone):
    first = local.replace(tzinfo=zone)
    second = first.replace(fold=1)
    early, late = first.utcoffset(), second.utcoffset()
    if early == late:
        return (local - early,)
    if early < late:
        raise ValueError(f"a time that exists: clocks in {zone.key} skip it that night")
    return (local - early, local - late)


def _read_local(value, date_format):
    """(naive datetime as written, offset from UTC or None)."""
    if isinstance(value, datetime):
        # Fractions of days in a spreadsheet miss the second by some microseconds.
        return (value + timedelta(milliseconds=500)).replace(microsecond=0), None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day), None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_serial(value), None
    if not isinstance(value, str):
        raise ValueError("a date and time")
    return _read_written(value.strip(), date_format)


def _from_serial(number):
    if not 36526 <= number < 110000:
        raise ValueError("a date and time")
    return EPOCH + timedelta(seconds=round(number * 86400))


def _read_written(text, date_format):
    match = YEAR_FIRST.fullmatch(text)
    if not match and date_format in LAST:
        match = LAST[date_format].fullmatch(text)
    if not match and date_format == "serial":
        try:
            return _from_serial(float(text.replace(",", "."))), None
        except ValueError:
            match = None
    if not match:
        raise ValueError(f"a date and time such as {SAMPLES.get(date_format, '2026-10-31T08:15:00+01:00')}")
    year, month, day, hour, minute, second, half, offset = match.group(
        "year", "month", "day", "hour", "minute", "second", "half", "offset"
    )
    year = int(year) + (2000 if len(year) == 2 else 0)
    hour = _on_24(int(hour or 0), half)
    local = datetime(year, int(month), int(day), hour, int(minute or 0), int(second or 0))
    return local, _read_offset(offset) if offset else None


def _on_24(hour, half):
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("an hour from 1 to 12 before AM or PM")
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def _read_offset(text):
    if text in ("Z", "UTC", "GMT"):
        return timedelta(0)
    digits = text[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -span if text[0] == "-" else span


def choose(starts, stops, duration):
    """The (start, stop) that the line means where a local time has two meanings: the first that fits, else the first.

    :param duration: `timedelta` as the line says, or None; stands in for `stops` when that is None
    """
    if stops is None:
        return starts[0], starts[0] + duration
    pairs = [(start, stop) for start in starts for stop in stops]
    if len(pairs) == 1:
        return pairs[0]
    fitting = [pair for pair in pairs if pair[1] >= pair[0]] or pairs
    if duration is not None:
        return min(fitting, key=lambda pair: abs(pair[1] - pair[0] - duration))
    return fitting[0]
