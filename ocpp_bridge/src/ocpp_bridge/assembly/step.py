"""One step of assembly: journal rows after the cursor -> statements that record what became of them.

A step reads, decides and returns statements; it writes nothing. The worker runs them in one transaction
together with the new cursor, so a kill at any instruction either did the whole step or none of it, and the
next start goes on from the cursor.
"""

import sqlite3
from dataclasses import dataclass

from ..cdr import match_stop
from ..cdr.events import read_events
from ..cdr.times import Timeline
from ..clock import Clock
from ..settings import Settings
from .loading import NominalPower, load_opening, load_session, rules_for
from .outcome import WAIT, Outcomes
from .plan import Statement, Step
from .stale import Stale

BATCH, DUE_BATCH = 10_000, 200  # rows and sessions a step

# What a batch holds of interest: starts, ends, sessions not seen before, and anything that comes after an end. The
# bulk of a journal, samples of open sessions, is passed over inside SQLite. Messages that name no session do not
# count: they are looked for when a session of their EVSE is concluded.
NEWS = """
SELECT m.station, m.ocpp, m.session, m.kind, m.evse, m.arrived FROM message m
LEFT JOIN session s ON s.station = m.station AND s.key = m.session
WHERE m.id > ? AND m.id <= ? AND m.session NOT LIKE 'loose:%' AND (
    s.key IS NULL OR s.has_end OR s.state != 'open' OR m.kind IN ('start', 'end', 'malformed'))
ORDER BY m.id
"""

UPSERT = """
INSERT INTO session (station, key, ocpp, evse, state, opened, started, has_start, has_end, due)
VALUES (?, ?, ?, ?, 'open', ?, ?, ?, ?, ?)
ON CONFLICT (station, key) DO UPDATE SET
    evse = coalesce(session.evse, excluded.evse),
    started = coalesce(excluded.started, session.started),
    has_start = max(session.has_start, excluded.has_start),
    has_end = max(session.has_end, excluded.has_end),
    state = CASE WHEN excluded.due IS NULL THEN session.state ELSE 'open' END,
    due = coalesce(excluded.due, session.due)
"""

# Start after start on one EVSE: all but the latest can only be closed without a stop, once that had time to
# come. In 2.x also those of which only Updates were seen; in 1.6 those are of a transaction this bridge never issued.
SUPERSEDE = """
UPDATE session SET state = 'settling', due = ?
WHERE station = ? AND evse = ? AND (has_start OR ocpp != '1.6') AND NOT has_end AND state = 'open' AND started <
    (SELECT max(started) FROM session WHERE station = ? AND evse = ? AND has_start)
"""

# After a restart stations need time to come back before a session is made without what they still hold.
RESTARTED = "UPDATE session SET due = max(due, ?) WHERE state = 'settling' AND due IS NOT NULL"

LINK = "UPDATE session SET state = 'linked', target = ?, due = NULL WHERE station = ? AND key = ?"
LINKED = """
UPDATE session SET state = 'open', has_end = 1, due = ?
WHERE station = ? AND key = ?
"""


@dataclass
class Touched:
    """What a batch brought for one session."""

    ocpp: str
    arrived: int
    evse: int | None = None
    has_start: bool = False
    has_end: bool = False
    count: int = 0


class Stepper:
    """Reads with its own connection; keeps no state between steps, but when it last looked for stale ones."""

    def __init__(self, db: sqlite3.Connection, settings: Settings, clock: Clock, power: NominalPower) -> None:
        self._db, self._settings, self._clock, self._power = db, settings, clock, power
        self._outcomes = Outcomes(db, settings, clock, power)
        self._stale = Stale(db, settings, clock, self._outcomes)

    def restarted(self) -> list[Statement]:
        """To be run once, before the first step."""
        return [(RESTARTED, (self._clock.now() + self._settings.settle_seconds,))]

    def step(self) -> Step:
        """File what is new, and conclude what was due before (so that a busy journal starves nobody)."""
        cursor = int(self._db.execute("SELECT value FROM meta WHERE name = 'cursor'").fetchone()[0])
        last = self._db.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0]
        end = min(last, cursor + BATCH)
        rows = self._db.execute(NEWS, (cursor, end)).fetchall() if end > cursor else []
        due = self._db.execute(
            "SELECT * FROM session WHERE due <= ? ORDER BY due LIMIT ?", (self._clock.now(), DUE_BATCH)
        ).fetchall()
        # Samples that trickle in are not worth a step each; what has ended, or waits in numbers, is done at once.
        step = Step(more=end < last or bool(due) or any(row["kind"] == "end" for row in rows))
        news = {
            (station, self._file(step, station, key, entry, end)) for (station, key), entry in _touched(rows).items()
        }
        if end > cursor:
            step.statements.append(("UPDATE meta SET value = ? WHERE name = 'cursor'", (str(end),)))
        for session in due:
            # A session with new messages in this very batch is concluded in the next step, with all of them.
            if (session["station"], session["key"]) not in news:
                self._conclude(step, session, end)
        self._stale.look(step, {key for _station, key in news}, end)
        return step

    def _file(self, step: Step, station: str, key: str, entry: Touched, end: int) -> str:
        """Note in `session` what a batch brought; returns the session's key, which a link may have changed.

        What has ended is due at once: the next step concludes it.
        """
        known = self._session(station, key)
        if known is not None and known["state"] == "linked":
            key = known["target"]
            known = self._session(station, key)
        if known is not None and known["state"] in ("done", "quarantined"):
            step.counts += ["late_messages"] * entry.count
            self._outcomes.late(step, known, end, entry.count)
            return key
        if known is not None and known["state"] == "settling" and not (known["has_end"] or entry.has_end):
            # Superseded, but its queue is still coming in: the stop may be at the end of it.
            due = self._clock.now() + self._settings.settle_seconds
            step.statements.append((WAIT, (due, station, key)))
            return key
        nameless = known is None and entry.ocpp != "1.6" and not entry.has_end  # 2.x, and no Started seen so far
        started = self._started(station, key, end) if entry.has_start or nameless else None
        due = self._clock.now() if entry.has_end or (known is not None and known["has_end"]) else None
        values = (station, key, entry.ocpp, entry.evse, entry.arrived, started)
        values += (entry.has_start, entry.has_end, due)
        step.statements.append((UPSERT, values))
        if started is not None and entry.evse is not None:
            due = self._clock.now() + self._settings.settle_seconds
            step.statements.append((SUPERSEDE, (due, station, entry.evse, station, entry.evse)))
        return key

    def _started(self, station: str, key: str, cutoff: int) -> float:
        """When the station says it began, or the arrival where its clock is not believed: orders the
        sessions of an EVSE."""
        events = read_events(load_opening(self._db, station, key, cutoff))
        timeline = Timeline.of([(e.stamp, e.arrived) for e in events], rules_for(self._settings, station, self._power))
        return min(timeline.billed(event.stamp, event.arrived) for event in events)

    def _conclude(self, step: Step, session: sqlite3.Row, cutoff: int) -> None:
        """A session that has ended, or has waited long enough for its end."""
        if session["ocpp"] == "1.6" and session["has_end"] and not session["has_start"]:
            target = self._match(session, cutoff)
            if target is not None:
                step.statements += [
                    (LINK, (target, session["station"], session["key"])),
                    (LINKED, (self._clock.now(), session["station"], target)),
                ]
                return
        final = session["state"] == "settling"
        self._outcomes.conclude(step, session, cutoff, final)

    def _match(self, stray: sqlite3.Row, cutoff: int) -> str | None:
        """The open session that a stop with an unknown transaction id belongs to."""
        station = stray["station"]
        open_sessions = self._db.execute(
            "SELECT key FROM session WHERE station = ? AND ocpp = '1.6'"
            " AND has_start AND NOT has_end AND state IN ('open', 'settling')",
            (station,),
        ).fetchall()
        candidates = {row["key"]: load_session(self._db, station, row["key"], cutoff) for row in open_sessions}
        return match_stop(load_session(self._db, station, stray["key"], cutoff), candidates)

    def _session(self, station: str, key: str) -> sqlite3.Row | None:
        return self._db.execute("SELECT * FROM session WHERE station = ? AND key = ?", (station, key)).fetchone()


def _touched(rows: list[sqlite3.Row]) -> dict[tuple[str, str], Touched]:
    touched: dict[tuple[str, str], Touched] = {}
    for station, ocpp, key, kind, evse, arrived in rows:
        entry = touched.get((station, key))
        if entry is None:
            entry = touched[station, key] = Touched(ocpp, arrived)
        entry.count += 1
        entry.evse = evse if evse is not None else entry.evse
        entry.has_start |= kind == "start"
        entry.has_end |= kind in ("end", "malformed")
    return touched
