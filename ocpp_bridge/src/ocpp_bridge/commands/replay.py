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
REMADE = ("cdr", "quarantine")  # the other kinds are about a session, and not made again


def replay(
    settings: Settings,
    station: str | None,
    since: str | None,
    until: str | None,
    transaction: str | None,
    push: bool,
) -> int:
    """One JSON line an item: `{"id", "identical", "item"}`, with `error` in place of the item when it cannot be
    made again. What was stored is never overwritten: pushed again is the stored text, and only where it is what
    the journal gives today, or where Odoo never took it."""
    db = open_reader(settings.journal)
    where, values = outbox_where(station, since, until, transaction)
    again: list[str] = []
    differs = False
    for row in db.execute(f"SELECT * FROM outbox WHERE {where} ORDER BY seq", values).fetchall():
        sound = row["kind"] not in REMADE or _compare(db, row)
        differs |= not sound
        if sound or row["state"] != "delivered":
            again.append(row["id"])
    if push and again:
        _requeue(settings.journal, again)
    return DIFFERS if differs else 0


def _compare(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Whether the item made again is the one stored; prints the line of it."""
    line = {"id": row["id"], "identical": False}
    try:
        rules, before = read_rules(row["rules"])
        messages = load_session(db, row["station"], row["session"], row["cutoff"])
        if not messages:
            raise ValueError("its messages are not in the journal")
        result = assemble_or_quarantine(messages, rules, True, before)
        if isinstance(result, Pending):
            raise ValueError(f"{result.reason}; is the journal complete?")
        text = dump_item(result)
        line |= {"identical": text == row["payload"], "item": json.loads(text)}
    except (ValueError, TypeError, KeyError) as error:
        line["error"] = f"cannot be made again: {error}"
    print(json.dumps(line))
    return bool(line["identical"])


def _requeue(path: str, ids: list[str]) -> None:
    """Beside a running bridge: SQLite's own lock is enough, and its push loop finds them by itself."""
    try:
        with sqlite3.connect(path, timeout=30) as db:
            db.executemany("UPDATE outbox SET state = 'pending' WHERE id = ?", [(id_,) for id_ in ids])
    except sqlite3.Error as error:
        raise BridgeError(f"could not put the items in the outbox of {path}: {error}") from error
