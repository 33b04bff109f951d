"""The outbox in the journal: items that wait for Odoo, and what Odoo said."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from ..clock import Clock
from ..journal import Journal

ANSWERED = """
UPDATE outbox SET state = 'delivered', status = ?, reason = ?, delivered = ? WHERE id = ?
"""
REFUSED = "UPDATE outbox SET state = 'refused', reason = ? WHERE id = ?"
NOTE = "INSERT OR REPLACE INTO meta VALUES (?, ?)"


BATCH_BYTES = 8 << 20


@dataclass(frozen=True)
class Item:
    id: str
    payload: str


@dataclass(frozen=True)
class Verdict:
    """Odoo's word on an item; each of them means it has it."""

    id: str
    status: str
    reason: str | None = None


class Outbox:
    """Reads with its own connection, writes through the journal's writer. Blocking: for a thread."""

    def __init__(self, db: sqlite3.Connection, journal: Journal, clock: Clock) -> None:
        self._db, self._journal, self._clock = db, journal, clock

    def pending(self, limit: int) -> list[Item]:
        """The oldest first; fewer than `limit` when they are large (a station that samples every second)."""
        query = "SELECT id, payload FROM outbox WHERE state = 'pending' ORDER BY seq LIMIT ?"
        items: list[Item] = []
        size = 0
        for row in self._db.execute(query, (limit,)).fetchall():
            size += len(row["payload"])
            if items and size > BATCH_BYTES:
                break
            items.append(Item(*tuple(row)))
        return items

    def answered(self, verdicts: Iterable[Verdict]) -> None:
        """Only now is an item off the list; until this is on disk it is sent again."""
        now = int(self._clock.now() * 1000)
        statements = [(ANSWERED, (v.status, v.reason, now, v.id)) for v in verdicts]
        self._journal.submit([*statements, (NOTE, ("last_push", str(now)))]).result()

    def refused(self, item: Item, reason: str) -> None:
        """Odoo faults on this item alone: kept, shown, and out of the way of the others."""
        self._journal.submit([(REFUSED, (reason, item.id))]).result()

    def note_failure(self, reason: str) -> None:
        """For `status`; it stays there, with its time, when pushing goes on."""
        now = str(int(self._clock.now() * 1000))
        self._journal.submit([(NOTE, ("last_push_error", reason)), (NOTE, ("last_push_error_at", now))]).result()
