"""`ocpp-bridge replay`: make CDRs again from the journal and compare, byte by byte; `--push` sends them
again."""

import json
import sqlite3

from ..assembly.loading import load_session, read_rules
from ..assembly.outcome import assemble_or_quarantine, dump_item
from ..cdr import Pending
from ..errors import BridgeError
from ..journal import open_reader
from ..settings import Settings
from .choice import outbox_where

DIFFERS = 3  # exit code


def replay(
    settings: Settings,
    station: str | None,
    since: str | None,
    until: str | None,
    transaction: str | None,
    push: bool,
) -> int:
    """One JSON line an item: `{"id", "identical", "item"}`. Late items are not made again: they are about
    one."""
    db = open_reader(settings.journal)
    where, values = outbox_where(station, since, until, transaction)
    query = f"SELECT * FROM outbox WHERE {where} AND kind IN ('cdr', 'quarantine') ORDER BY seq"
    again: list[tuple[str, str]] = []
    differs = False
    for row in db.execute(query, values).fetchall():
        rules, before = read_rules(row["rules"])
        messages = load_session(db, row["station"], row["session"], row["cutoff"])
        result = assemble_or_quarantine(messages, rules, True, before)
        if isinstance(result, Pending):
            raise BridgeError(f"{row['id']} cannot be made again: {result.reason}; is the journal complete?")
        text = dump_item(result)
        identical = text == row["payload"]
        differs |= not identical
        again.append((text, row["id"]))
        print(json.dumps({"id": row["id"], "identical": identical, "item": json.loads(text)}))
    if push and again:
        _requeue(settings.journal, again)
    return DIFFERS if differs else 0


def _requeue(path: str, items: list[tuple[str, str]]) -> None:
    """Beside a running bridge: SQLite's own lock is enough, and its push loop finds them by itself."""
    try:
        with sqlite3.connect(path, timeout=30) as db:
            db.executemany("UPDATE outbox SET state = 'pending', payload = ? WHERE id = ?", items)
    except sqlite3.Error as error:
        raise BridgeError(f"could not put the items in the outbox of {path}: {error}") from error
