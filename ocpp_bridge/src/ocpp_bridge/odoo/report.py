"""Station states for Odoo: the latest only, and only what changed since Odoo last heard."""

import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..clock import Clock
from ..errors import OdooRefusedError
from ..journal import Journal
from ..server.registry import Registry, Station

log = logging.getLogger(__name__)

ALL_BAD = 5  # stations refused in a row, and none taken: it is not the stations
RECONNECT_GRACE = 120.0  # seconds a station has to come back after a restart before it is reported gone


@dataclass(frozen=True)
class Taken:
    """What a report carried."""

    stations: dict[str, dict] = field(default_factory=dict)
    unknown: bool = False


def report_payload(stations: Sequence[dict], unknown: Sequence[dict] = ()) -> str:
    return json.dumps({"schema": "ev.station.report/1", "stations": list(stations), "unknown": list(unknown)})


class Reporter:
    """`take` and `put_back` on the event loop; `remember` in a thread."""

    def __init__(self, registry: Registry, journal: Journal, clock: Clock) -> None:
        self._registry, self._journal, self._clock = registry, journal, clock
        self._absent: set[str] = set()
        self._absent_at = 0.0

    def restore(self, db: sqlite3.Connection) -> None:
        """States of before the restart, all to be told once: Odoo may have been restored from a backup. Those that
        were connected are given time to come back, and reported gone if they do not."""
        now = self._clock.now()
        for (text,) in db.execute("SELECT state FROM station"):
            report = json.loads(text)
            self._registry.stations[report["identity"]] = Station.restore(report, now)
            if report["connected"]:
                self._absent.add(report["identity"])
        self._absent_at = now + RECONNECT_GRACE
        self.tell_all()

    def tell_all(self) -> None:
        """The next report is of every station known, but those that still have time to come back."""
        self._registry.dirty |= self._registry.stations.keys() - self._absent
        self._registry.dirty |= {name for name in self._absent if self._registry.stations[name].connected}

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
        return report_payload(list(stations.values()), unknown), taken

    def isolate(self, taken: Taken, send: Callable[[str], None], fault: OdooRefusedError) -> Taken:
        """Odoo faults on a report: by halves, so that one station's state does not keep back the others'. Returns
        what Odoo took; raises OdooRefusedError when it takes nothing at all. Blocking: for a thread."""
        send(report_payload([]))  # an Odoo that faults on this, too, is ill, and no station is to blame
        parts = [sorted(taken.stations)] if taken.stations else []
        good: dict[str, dict] = {}
        refused: list[tuple[str, str]] = []
        while parts:
            part = parts.pop()
            try:
                send(report_payload([taken.stations[name] for name in part]))
                good |= {name: taken.stations[name] for name in part}
            except OdooRefusedError as error:
                middle = len(part) // 2
                if middle:
                    parts += [part[:middle], part[middle:]]
                else:
                    refused.append((part[0], str(error)))
            if len(refused) > ALL_BAD and not good:
                raise fault
        for name, reason in refused:
            log.error("station_report_refused", extra={"station": name, "reason": reason})
        return Taken(good, taken.unknown)

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
