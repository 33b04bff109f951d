"""The words of CDR assembly: what goes in, what comes out."""

from dataclasses import asdict, dataclass
from typing import Any

from ..clock import iso


@dataclass(frozen=True)
class Message:
    """A journal row. `arrived` in epoch milliseconds; `session` as the journal filed it."""

    id: int
    station: str
    ocpp: str
    action: str
    arrived: int
    kind: str
    session: str
    raw: str
    transaction_id: int | None = None


@dataclass(frozen=True)
class Rules:
    """What a station is believed. Seconds and kW."""

    max_power_kw: float = 400.0
    clock_tolerance: float = 300.0
    max_offline: float = 180 * 86400.0


@dataclass(frozen=True)
class Token:
    uid: str
    type: str | None = None


@dataclass(frozen=True)
class Cdr:
    """One charging session as a fact. Times in UTC epoch seconds, energy in Wh."""

    id: str
    station: str
    evse: int
    connector: int | None
    token: Token | None
    start: int
    stop: int
    meter_start: int | None
    meter_stop: int | None
    energy: int
    readings: tuple[tuple[int, int], ...]
    charging_seconds: int | None
    idle_seconds: int | None
    stop_reason: str | None
    auth: str | None
    signed: tuple[dict[str, Any], ...]
    flags: tuple[str, ...]
    raw: str

    def item(self) -> dict[str, Any]:
        """The item of an `ev.cdr.batch/1`."""
        return {
            **asdict(self),
            "start": iso(self.start),
            "stop": iso(self.stop),
            "readings": [list(reading) for reading in self.readings],
            "signed": list(self.signed) or None,
            "flags": list(self.flags),
        }

    def weighs(self) -> dict[str, Any]:
        """What a late message must not change unseen: who charged where, when and how much."""
        names = ("start", "stop", "meter_start", "meter_stop", "energy", "token", "evse", "connector")
        item = self.item()
        return {name: item[name] for name in names}


@dataclass(frozen=True)
class Pending:
    """Not yet. `settle` says that only time is missing: the session has ended but has gaps."""

    reason: str
    settle: bool = False


@dataclass(frozen=True)
class Quarantine:
    """For a person: why no CDR could be made, and the raw messages."""

    id: str
    station: str
    reason: str
    raw: Any

    def item(self) -> dict[str, Any]:
        return {"id": self.id, "station": self.station, "quarantine": self.reason, "raw": self.raw}
