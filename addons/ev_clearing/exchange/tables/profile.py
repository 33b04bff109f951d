"""How a partner's table is to be read: which column holds what, in which unit, with which decimal sign, in which time zone."""

from dataclasses import dataclass

from ..line import ExchangeError

# What a column may hold, and how its cells are read.
FIELDS = {
    "id": "text",
    "start": "moment",
    "start_time": "time",
    "stop": "moment",
    "stop_time": "time",
    "duration": "duration",
    "energy": "energy",
    "meter_start": "energy",
    "meter_stop": "energy",
    "amount": "amount",
    "currency": "currency",
    "station": "text",
    "evse": "integer",
    "evse_id": "text",
    "connector": "integer",
    "token_uid": "text",
    "token_type": "text",
    "contract_id": "text",
    "country_code": "code",
    "party_id": "code",
    "stop_reason": "text",
    "auth": "text",
    "credit_of": "text",
    "replaces": "text",
    "session_id": "text",
}
# The units of each kind; the first is meant when none is given.
UNITS = {
    "energy": ("kWh", "Wh", "MWh"),
    "amount": ("EUR", "cent"),
    "duration": ("hms", "s", "min", "h"),
}
DATE_FORMATS = ("iso", "dmy", "mdy", "ymd", "serial")


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to read a table. What is None is found out from the file."""

    columns: tuple[tuple[str, str, str | None], ...]
    """(field, header of the column or its letter, unit or None), see `FIELDS` and `UNITS`.

    The unit "EUR" means the currency's main unit, whatever the currency; durations are "hms" (1:30:00), "s", "min" or "h".
    """
    format: str = "csv"
    """csv or xlsx."""
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str = "."
    """The decimal sign; the other of point and comma, spaces and apostrophes then separate thousands."""
    date_format: str = "iso"
    """The order of day, month and year where it is not year-month-day; "serial": days since 1900, as spreadsheets count.

    Year first and dates of a spreadsheet are always understood.
    """
    tz: str = "UTC"
    """Of times without an offset. A time that an autumn night has twice is the first one, unless only the second makes the
    session end after it starts or last as long as its duration says."""
    sheet: str | None = None
    """Name of the sheet; None means the first."""
    header_row: int = 1
    """The row with the headers, from 1; 0 means that there is none and columns are named by letter."""
    constants: tuple[tuple[str, str], ...] = ()
    """((field, text), ...): what holds wherever the file says nothing."""

    def check(self) -> None:
        """:raise ExchangeError: the profile itself makes no sense"""
        for name, column, unit in self.columns:
            if name not in FIELDS:
                raise ExchangeError(f"The profile names the field {name!r}, which does not exist.")
            if unit and unit not in UNITS.get(FIELDS[name], ()):
                raise ExchangeError(f"The profile reads column {column!r} in {unit!r}, which is no unit of {name}.")
        given = {name for name, *_rest in self.columns} | {name for name, _value in self.constants}
        for need in ({"id"}, {"start"}, {"stop", "duration"}, {"energy", "meter_stop"}):
            if not need & given:
                raise ExchangeError(f"The profile does not say which column holds {' or '.join(sorted(need))}.")
