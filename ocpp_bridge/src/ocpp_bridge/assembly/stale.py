"""Open sessions that no end ever came for: after `stale_after_hours` without a message a person hears of them."""

import sqlite3

from ..clock import Clock
from ..settings import Settings
from .outcome import Outcomes
from .plan import Step

SWEEP, BATCH = 60.0, 50  # seconds between two looks; sessions a look reports

# `external_id` of an open session is the item it was already reported by.
OPEN = """
SELECT s.*, (SELECT max(m.arrived) FROM message m WHERE m.station = s.station AND m.session = s.key) AS last
FROM session s WHERE s.state IN ('open', 'settling') AND s.due IS NULL AND s.external_id IS NULL AND s.opened < ?
ORDER BY s.opened
"""
COUNT = "SELECT count(*) FROM session WHERE state IN ('open', 'settling') AND external_id IS NOT NULL"


class Stale:
    def __init__(self, db: sqlite3.Connection, settings: Settings, clock: Clock, outcomes: Outcomes) -> None:
        self._db, self._clock, self._outcomes = db, clock, outcomes
        self._after = settings.stale_after_hours * 3600
        self._next = 0.0

    def look(self, step: Step, news: set[str], cutoff: int) -> None:
        """`news`: session keys with messages in this very step."""
        now = self._clock.now()
        if now < self._next:
            return
        limit = int((now - self._after) * 1000)
        stale = [row for row in self._db.execute(OPEN, (limit,)) if row["last"] is not None and row["last"] < limit]
        for session in stale[:BATCH]:
            if session["key"] not in news:
                self._outcomes.stale(step, session, cutoff, session["last"])
        # More at once only after these are written; a short limit (a bench) is looked at more often.
        self._next = now + min(SWEEP, self._after / 4 if len(stale) <= BATCH else 0)
