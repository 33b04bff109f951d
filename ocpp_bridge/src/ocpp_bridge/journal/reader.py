"""Read-only connections to the journal, beside the writer or without it."""

import sqlite3
from pathlib import Path

from ..errors import JournalError, JournalVersionError
from .schema import APPLICATION_ID, VERSION


def open_reader(path: str) -> sqlite3.Connection:
    """A connection that cannot write. Raises JournalError when the file is not a journal of this version."""
    if not Path(path).is_file():
        raise JournalError(f"no journal at {path}: check the `journal` setting, or start `serve` once")
    try:
        db = sqlite3.connect(path, timeout=10, check_same_thread=False)
        db.execute("PRAGMA query_only = ON")
        application = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise JournalError(f"cannot read journal {path}: {error}") from error
    if application != APPLICATION_ID:
        raise JournalError(f"{path} is not a bridge journal")
    if version != VERSION:
        raise JournalVersionError(f"{path} has journal version {version}, this bridge reads {VERSION}: run its `serve`")
    db.row_factory = sqlite3.Row
    return db
