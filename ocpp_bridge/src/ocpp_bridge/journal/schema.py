"""The journal's tables, and the version written into the file.

`message` is the truth: raw text, never changed, never deleted. Everything else is derived from it or says
how far the deriving has come (`session`, `outbox`, `meta.cursor`), except `transaction_16`, which is a
promise made to stations.
"""

import sqlite3
from collections.abc import Callable

from ..errors import JournalError, JournalVersionError

APPLICATION_ID = 0x4F435042  # "OCPB": this SQLite file is a bridge journal
VERSION = 1

SCHEMA = """
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    station TEXT NOT NULL,
    ocpp TEXT NOT NULL,              -- 1.6, 2.0.1, 2.1
    action TEXT NOT NULL,
    message_id TEXT NOT NULL,        -- a retry carries a new one: never a key
    arrived INTEGER NOT NULL,        -- UTC epoch milliseconds
    kind TEXT NOT NULL,              -- start, update, end, meter, malformed, other
    evse INTEGER,
    session TEXT,                    -- t:<1.6 id>, x:<2.x id>, loose:<evse>, stray:<hash>, malformed:<hash>
    business_key TEXT NOT NULL,      -- the same for a retry
    transaction_id INTEGER,          -- 1.6 start: the id this bridge answered with
    raw TEXT NOT NULL                -- the frame, verbatim
);
CREATE INDEX message_session ON message (station, session);

CREATE TABLE transaction_16 (
    id INTEGER PRIMARY KEY,
    business_key TEXT NOT NULL UNIQUE
);

CREATE TABLE session (
    station TEXT NOT NULL,
    key TEXT NOT NULL,
    ocpp TEXT NOT NULL,
    evse INTEGER,
    state TEXT NOT NULL,             -- open, settling, done, quarantined, linked
    target TEXT,                     -- linked: the session this one turned out to belong to
    opened INTEGER NOT NULL,         -- arrival of its first message, epoch ms
    started REAL,                    -- the station's own start time, epoch seconds
    has_start INTEGER NOT NULL DEFAULT 0,
    has_end INTEGER NOT NULL DEFAULT 0,
    due REAL,                        -- when to make the CDR without what is missing, epoch seconds
    external_id TEXT,
    late INTEGER NOT NULL DEFAULT 0, -- messages that came after the CDR was made
    PRIMARY KEY (station, key)
) WITHOUT ROWID;
CREATE INDEX session_due ON session (due) WHERE due IS NOT NULL;
CREATE INDEX session_state ON session (state, station);

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,         -- external id
    kind TEXT NOT NULL,              -- cdr, quarantine, late
    station TEXT NOT NULL,
    session TEXT NOT NULL,
    start TEXT,                      -- of a CDR, for status and replay
    payload TEXT NOT NULL,           -- the item as sent to Odoo
    rules TEXT NOT NULL,             -- the rules it was made by, so that a replay is byte-identical
    cutoff INTEGER NOT NULL,         -- last message id it was made from
    created INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',  -- pending, delivered, refused
    status TEXT,                     -- Odoo's answer: stored, duplicate, quarantined
    reason TEXT,
    delivered INTEGER
);
CREATE INDEX outbox_state ON outbox (state, seq);

CREATE TABLE station (
    identity TEXT PRIMARY KEY,
    state TEXT NOT NULL              -- the last reported state, JSON
) WITHOUT ROWID;

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

# version -> the function that lifts a file of that version to the next. The first entry comes with VERSION 2.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}


def prepare(db: sqlite3.Connection, path: str, created: float) -> None:
    """Create or migrate the tables. Raises JournalVersionError for a file of another kind or a newer
    version."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    application = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise JournalError(f"{path} is an SQLite file but not a bridge journal; set `journal` to another file")
    if version > VERSION:
        raise JournalVersionError(
            f"{path} has journal version {version}, this bridge knows {VERSION}: install the newer bridge again"
        )
    if not tables:
        # The first 1.6 transaction id is taken from the calendar: should a journal be lost and begun anew,
        # its ids do not collide with those that offline stations still hold in their queues (int32 lasts
        # until 2094).
        first = max(1, int(created) - 1_767_225_600)  # 2026-01-01
        db.executescript(
            f"BEGIN; {SCHEMA} INSERT INTO meta VALUES ('cursor', '0'), "
            f"('first_transaction', '{first}'); PRAGMA application_id = {APPLICATION_ID}; "
            f"PRAGMA user_version = {VERSION}; COMMIT;"
        )
        return
    while version < VERSION:
        with db:
            MIGRATIONS[version](db)
            version += 1
            db.execute(f"PRAGMA user_version = {version}")
