"""The stations as they are now: who is connected, what was last seen of them, and who knocked in vain."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection

from ..clock import Clock, iso
from ..metrics import Metrics

UNKNOWN_LIMIT = 1000  # identities remembered; the oldest are forgotten


@dataclass(slots=True)
class Station:
    """Live state of one identity."""

    identity: str
    ocpp: str = ""
    connected: bool = False
    at: float = 0.0
    boot: dict[str, Any] | None = None
    connectors: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    socket: ServerConnection | None = None

    def report(self) -> dict[str, Any]:
        """The station as in `ev.station.report/1`."""
        return {
            "identity": self.identity,
            "at": iso(self.at),
            "connected": self.connected,
            "ocpp": self.ocpp,
            "boot": self.boot,
            "connectors": [self.connectors[key] for key in sorted(self.connectors)],
        }

    @classmethod
    def restore(cls, report: dict[str, Any], at: float) -> "Station":
        """From a stored report; not connected until it connects."""
        connectors = {(entry["evse"], entry["connector"]): entry for entry in report["connectors"]}
        return cls(report["identity"], report["ocpp"], False, at, report["boot"], connectors)


class Registry:
    """Owned by the event loop. `dirty` are the identities whose state Odoo has not seen."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock, self._metrics = clock, metrics
        self.stations: dict[str, Station] = {}
        self.dirty: set[str] = set()
        self.unknown: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self.unknown_dirty = False
        self._closing: set[asyncio.Task] = set()

    def connect(self, identity: str, ocpp: str, socket: ServerConnection) -> Station:
        """The newest socket of an identity is the station; an older one is closed in the background."""
        station = self.stations.get(identity)
        if station is None:
            station = self.stations[identity] = Station(identity)
        old, station.socket = station.socket, socket
        if old is not None:
            self._metrics.count("replaced_connections")
            task = asyncio.create_task(old.close(1000, "replaced by a newer connection of this identity"))
            self._closing.add(task)  # asyncio keeps only weak references to tasks
            task.add_done_callback(self._closing.discard)
        station.ocpp, station.connected = ocpp, True
        self.touch(station)
        return station

    def disconnect(self, station: Station, socket: ServerConnection) -> bool:
        """False when the socket was replaced: its end says nothing about the station."""
        if station.socket is not socket:
            return False
        station.socket, station.connected = None, False
        self.touch(station)
        return True

    def touch(self, station: Station) -> None:
        """Its state changed."""
        station.at = self._clock.now()
        self.dirty.add(station.identity)

    def remember_unknown(self, identity: str, remote: str) -> None:
        """A candidate for one-click acceptance in Odoo; bounded, so that a scan of names costs nothing."""
        identity = identity[:64]
        entry = self.unknown.pop(identity, None) or {"identity": identity, "count": 0}
        entry.update(at=iso(self._clock.now()), count=entry["count"] + 1, remote=remote)
        self.unknown[identity] = entry
        if len(self.unknown) > UNKNOWN_LIMIT:
            self.unknown.popitem(last=False)
        self.unknown_dirty = True

    def connected(self) -> int:
        return sum(station.connected for station in self.stations.values())
