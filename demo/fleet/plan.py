"""What a station is and does: `plan.json`, read into dataclasses."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

QUIRKS = frozenset(("offline", "retry_start", "retry_stop", "no_meter_values", "kwh", "late_update"))


@dataclass(frozen=True)
class Session:
    """A charging session of the past; times in UTC epoch seconds, registers in Wh."""

    evse: int
    token: str
    start: int
    stop: int
    meter_start: int
    meter_stop: int
    interval: int = 900
    idle_seconds: int = 0
    quirks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Live:
    """A session in real time: begins `delay` seconds from now, lasts `seconds`, delivers `energy` Wh."""

    evse: int
    token: str
    seconds: int
    energy: int
    delay: int = 0


@dataclass(frozen=True)
class Plan:
    vendor: str = "Demo"
    model: str = "Simulated"
    firmware: str = "1.0"
    serial: str = "0"
    evses: tuple[int, ...] = (1,)
    sessions: tuple[Session, ...] = field(default=())
    live: tuple[Live, ...] = field(default=())


def read_plan(path: str) -> Plan:
    """Raises ValueError for an unknown quirk, KeyError or TypeError for missing or unknown fields."""
    plan = json.loads(Path(path).read_text(encoding="utf-8"))
    sessions = tuple(sorted((_session(entry) for entry in plan.pop("sessions", ())), key=lambda s: s.start))
    live = tuple(Live(**entry) for entry in plan.pop("live", ()))
    return Plan(**{**plan, "evses": tuple(plan.get("evses", (1,)))}, sessions=sessions, live=live)


def _session(entry: dict) -> Session:
    quirks = frozenset(entry.get("quirks", ()))
    if quirks - QUIRKS:
        raise ValueError(f"unknown quirks {sorted(quirks - QUIRKS)}; known are {sorted(QUIRKS)}")
    times = {"start": _epoch(entry["start"]), "stop": _epoch(entry["stop"])}
    return Session(**{**entry, **times, "quirks": quirks})


def _epoch(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp())


def stamp(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
