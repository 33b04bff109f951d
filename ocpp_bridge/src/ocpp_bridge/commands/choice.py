"""Which sessions or messages a command is about."""

from collections.abc import Callable, Sequence

from ..cdr.times import parse_time
from ..clock import iso
from ..errors import BridgeError


def moment(text: str | None, option: str) -> float | None:
    """A time given on the command line, as UTC epoch seconds. Raises BridgeError."""
    if text is None:
        return None
    epoch, _naive = parse_time(text)
    if epoch is None:
        raise BridgeError(f"{option} is {text!r}; write a time like 2026-10-01T00:00:00Z (UTC where no zone is given)")
    return epoch


def outbox_where(
    station: str | None, since: str | None, until: str | None, transaction: str | None = None
) -> tuple[str, Sequence]:
    """WHERE clause over `outbox`: by the session's start; items without a start by their creation."""
    began = "coalesce(start, strftime('%Y-%m-%dT%H:%M:%SZ', created / 1000, 'unixepoch'))"
    clauses, values = _station_and_time(station, began, since, until, iso)
    if transaction:
        clauses.append("(session IN (?, ?) OR id = ?)")
        values += [f"t:{transaction}", f"x:{transaction}", transaction]
    return " AND ".join(clauses), values


def message_where(station: str | None, since: str | None, until: str | None) -> tuple[str, Sequence]:
    """WHERE clause over `message`: by arrival."""
    clauses, values = _station_and_time(station, "arrived", since, until, lambda epoch: int(epoch * 1000))
    return " AND ".join(clauses), values


def _station_and_time(
    station: str | None, column: str, since: str | None, until: str | None, stored: Callable[[float], int | str]
) -> tuple[list[str], list]:
    """Clauses and values for a station and a half-open span of `column`; `stored` writes an epoch as the column does."""
    clauses, values = ["1"], []
    begin, end = moment(since, "--since"), moment(until, "--until")
    for wanted, clause, value in (
        (station, "station = ?", station),
        (begin is not None, f"{column} >= ?", begin is not None and stored(begin)),
        (end is not None, f"{column} < ?", end is not None and stored(end)),
    ):
        if wanted:
            clauses.append(clause)
            values.append(value)
    return clauses, values
