"""Station states for Odoo: the latest only, and only what changed since Odoo last heard."""

import json
import sqlite3
from dataclasses import dataclass, field

from ..clock import Clock
from ..journal import Journal
from ..server.registry import Registry, Station

RECONNECT_GRACE = 120.0  # seconds a station has to come back after a restart before it is reported gone


@dataclass(frozen=True)
class Taken:
    """What a report carried."""

    stations: dict[str, dict] = field(default_factory=dict)
    unknown: bool = False


class Reporter:
    """`take` and `put_back` on the event loop; `remember` in a thread."""

    def __init__(self, registry: Registry, journal: Journal, clock: Clock) -> None:
        self._registry, self._journal, self._clock = registry, journal, clock
        self._absent: set[str] = set()
        self._absent_at = 0.0

    def restore(self, db: sqlite3.Connection) -> None:
        """States of before the restart. Those that were connected and do not come back are reported gone."""
        now = self._clock.now()
        for (text,) in db.execute("SELECT state FROM station"):
            report = json.loads(text)
            self._registry.stations[report["identity"]] = Station.restore(report, now)
            if report["connected"]:
                self._absent.add(report["identity"])
        self._absent_at = now + RECONNECT_GRACE

    def take(self) -> tuple[str | None, Taken]:
        """The payload, or None when nothing changed."""
        registry = self._registry
        if self._absent and self._clock.now() >= self._absent_at:
            registry.dirty |= {name for name in self._absent if not registry.stations[name].connected}
            self._absent.clear()
        if not registry.dirty and not registry.unknown_dirty:
            return None, Taken()
        stations = {name: registry.stations[name].report() for name in sorted(registry.dirty)}
        taken = Taken(stations, registry.unknown_dirty)
        unknown = [dict(entry) for entry in registry.unknown.values()] if registry.unknown_dirty else []
        registry.dirty.clear()
        registry.unknown_dirty = False
        schema = "ev.station.report/1"
        return json.dumps({"schema": schema, "stations": list(stations.values()), "unknown": unknown}), taken

    def put_back(self, taken: Taken) -> None:
        """It did not arrive: the stations are dirty again (their state of then, if there is a newer one)."""
        self._registry.dirty |= taken.stations.keys()
        self._registry.unknown_dirty |= taken.unknown

    def remember(self, taken: Taken) -> None:
        statement = "INSERT OR REPLACE INTO station VALUES (?, ?)"
        if taken.stations:
            self._journal.submit(
                [(statement, (name, json.dumps(state))) for name, state in taken.stations.items()]
            ).result()
