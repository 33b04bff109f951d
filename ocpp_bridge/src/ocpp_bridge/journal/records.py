"""What is written to the journal: a message with what was read from it on arrival."""

import sqlite3
from dataclasses import dataclass

INSERT = (
    "INSERT INTO message (station, ocpp, action, message_id, arrived, kind, evse, session, business_key,"
    " transaction_id, raw) VALUES "
)
ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(slots=True)
class Record:
    """One message. `session` is None for a 1.6 StartTransaction: its id is allocated while writing."""

    station: str
    ocpp: str
    action: str
    message_id: str
    arrived: int
    kind: str
    evse: int | None
    session: str | None
    business_key: str
    raw: str
    transaction_id: int | None = None

    def row(self) -> tuple:
        return (
            self.station, self.ocpp, self.action, self.message_id, self.arrived, self.kind, self.evse,
            self.session, self.business_key, self.transaction_id, self.raw,
        )  # fmt: skip


def insert_records(db: sqlite3.Connection, records: list[Record]) -> None:
    """Insert in order. Several rows a statement, because each statement gives up and takes back the GIL
    once."""
    for record in records:
        if record.kind == "start" and record.session is None:
            record.transaction_id = _transaction_id(db, f"{record.station}|{record.business_key}")
            record.session = f"t:{record.transaction_id}"
    position = 0
    while position < len(records):
        size = 32 if len(records) - position >= 32 else 8 if len(records) - position >= 8 else 1
        values: list = []
        for record in records[position : position + size]:
            values.extend(record.row())
        db.execute(_STATEMENTS[size], values)
        position += size


_STATEMENTS = {size: INSERT + ", ".join([ROW] * size) for size in (1, 8, 32)}


def _transaction_id(db: sqlite3.Connection, business_key: str) -> int:
    """The id of this StartTransaction: a retry gets the one it was given before (OCPP 1.6 4.8)."""
    found = db.execute("SELECT id FROM transaction_16 WHERE business_key = ?", (business_key,)).fetchone()
    if found:
        return found[0]
    last = db.execute("SELECT max(id) FROM transaction_16").fetchone()[0]
    if last is None:
        last = int(db.execute("SELECT value FROM meta WHERE name = 'first_transaction'").fetchone()[0])
    db.execute("INSERT INTO transaction_16 VALUES (?, ?)", (last + 1, business_key))
    return last + 1
