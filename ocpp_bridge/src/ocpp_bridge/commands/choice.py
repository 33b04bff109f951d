"""Which sessions or messages a command is about."""

from collections.abc import Sequence

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
    clauses, values = ["1"], []
    begin, end = moment(since, "--since"), moment(until, "--until")
    if station:
        clauses.append("station = ?")
        values.append(station)
    if begin is not None:
        clauses.append("coalesce(start, strftime('%Y-%m-%dT%H:%M:%SZ', created / 1000, 'unixepoch')) >= ?")
        values.append(iso(begin))
    if end is not None:
        clauses.append("coalesce(start, strftime('%Y-%m-%dT%H:%M:%SZ', created / 1000, 'unixepoch')) < ?")
        values.append(iso(end))
    if transaction:
        clauses.append("(session IN (?, ?) OR id = ?)")
        values += [f"t:{transaction}", f"x:{transaction}", transaction]
    return " AND ".join(clauses), values


def message_where(station: str | None, since: str | None, until: str | None) -> tuple[str, Sequence]:
    """WHERE clause over `message`: by arrival."""
    clauses, values = ["1"], []
    begin, end = moment(since, "--since"), moment(until, "--until")
    if station:
        clauses.append("station = ?")
        values.append(station)
    if begin is not None:
        clauses.append("arrived >= ?")
        values.append(int(begin * 1000))
    if end is not None:
        clauses.append("arrived < ?")
        values.append(int(end * 1000))
    return " AND ".join(clauses), values
