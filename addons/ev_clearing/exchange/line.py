"""What every list of sessions is read into, whoever sent it and in whatever format: one `Line` or one `LineError` per line."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


class ExchangeError(Exception):
    """A file that cannot be read as a whole; the message is for a person and says what to do."""


@dataclass(frozen=True, slots=True)
class LineError:
    """Why one line of a file is no session: the others go on."""

    number: int
    """Line of the table, or place in the list (from 1)."""
    column: str | None
    """The column's header or the field's path; None when the line as a whole is wrong."""
    message: str
    """The value and what is expected, for a person."""
    row: tuple[str, ...] = ()
    """The cells as they stand in the file, to be mended and sent again; empty for a list that is no table."""
    id: str | None = None
    """The session's id, where it could be read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One session as its sender tells it. Moments are naive UTC without microseconds; energy and registers whole Wh.

    A field that the sender left out is None. Fields that every session needs come first and have no default.
    """

    number: int
    """Line of the table, or place in the list (from 1)."""
    id: str
    start: datetime
    stop: datetime
    energy_wh: int
    """Never negative, also on a credit."""
    amount: Decimal | None = None
    """Total excl. VAT as the sender says; negative on a credit."""
    currency: str | None = None
    station: str | None = None
    """The charge point's identity."""
    evse: int | None = None
    """Its EVSE's number."""
    evse_id: str | None = None
    """The roaming identifier, as sent."""
    token_uid: str | None = None
    token_type: str | None = None
    contract_id: str | None = None
    """The driver's contract (eMAID)."""
    country_code: str | None = None
    """Of the eMSP, with `party_id`."""
    party_id: str | None = None
    connector: int | None = None
    meter_start: int | None = None
    meter_stop: int | None = None
    readings: tuple = ()
    """((UTC epoch seconds, Wh), ...), rising."""
    stop_reason: str | None = None
    auth: str | None = None
    """Authorization reference."""
    credit_of: str | None = None
    """The id of the session that this one credits."""
    replaces: str | None = None
    signed: list | None = None
    session_id: str | None = None
