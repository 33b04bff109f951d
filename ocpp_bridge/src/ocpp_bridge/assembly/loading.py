"""From journal rows to what `cdr.assemble` takes."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict

from ..cdr import Message, Rules
from ..settings import Settings

_COLUMNS = "id, station, ocpp, action, arrived, kind, coalesce(session, '') AS session, raw, transaction_id"
# station -> kW by its name plate, or None when nobody said
NominalPower = Callable[[str], float | None]
TOLERANCE = 1.1  # 22 kW at 230 V are 24.2 kW at 253 V (EN 50160: +10 %)
LOOSE_LIMIT = 20_000  # messages without a transaction id looked at for one session


def rules_for(settings: Settings, station: str, power: NominalPower) -> Rules:
    """A station's own setting is taken as it is; else Odoo's nominal power with its tolerance; else the
    setting for all."""
    own = next((s.max_power_kw for s in settings.stations if s.identity == station and s.max_power_kw), None)
    nominal = power(station)
    return Rules(
        max_power_kw=own or (round(nominal * TOLERANCE, 3) if nominal else settings.max_power_kw),
        clock_tolerance=settings.clock_tolerance_seconds,
        max_offline=settings.max_offline_days * 86400,
    )


def dump_rules(rules: Rules, before: float | None) -> str:
    """Stored with each outbox item, so that a replay after a change of settings is still byte-identical."""
    return json.dumps({**asdict(rules), "before": before}, sort_keys=True)


def read_rules(text: str) -> tuple[Rules, float | None]:
    values = json.loads(text)
    before = values.pop("before")
    return Rules(**values), before


def load_session(db: sqlite3.Connection, station: str, key: str, cutoff: int) -> list[Message]:
    """The messages of a session up to `cutoff`: its own, those of sessions linked to it, and loose ones of
    its EVSE."""
    keys = [key]
    linked = "SELECT key FROM session WHERE station = ? AND state = 'linked' AND target = ?"
    keys += [row[0] for row in db.execute(linked, (station, key))]
    marks = ", ".join("?" * len(keys))
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM message WHERE station = ? AND session IN ({marks}) AND id <= ? ORDER BY id",
        (station, *keys, cutoff),
    ).fetchall()
    return [_message(row) for row in rows] + _load_loose(db, station, key, rows, cutoff)


def load_opening(db: sqlite3.Connection, station: str, key: str, cutoff: int) -> list[Message]:
    """The starts of a session, or else the first message of it that came: what tells when it began."""
    query = f"SELECT {_COLUMNS} FROM message WHERE station = ? AND session = ? AND id <= ?"
    values = (station, key, cutoff)
    rows = db.execute(f"{query} AND kind = 'start' ORDER BY id", values).fetchall()
    rows = rows or db.execute(f"{query} ORDER BY id LIMIT 1", values).fetchall()
    return [_message(row) for row in rows]


def _load_loose(db: sqlite3.Connection, station: str, key: str, rows: list, cutoff: int) -> list[Message]:
    """MeterValues without transaction id on the same connector; `assemble` takes only those that fit in time
    and register."""
    if not rows:
        return []
    evses = "SELECT DISTINCT evse FROM message WHERE station = ? AND session = ? AND evse IS NOT NULL"
    found: list[Message] = []
    for (evse,) in db.execute(evses, (station, key)).fetchall():
        # Nothing measured inside a session arrives more than a day before its first message does.
        loose = db.execute(
            f"SELECT {_COLUMNS} FROM message WHERE station = ? AND session = ? AND id <= ? AND arrived >= ?"
            " ORDER BY id LIMIT ?",
            (station, f"loose:{evse}", cutoff, rows[0]["arrived"] - 86_400_000, LOOSE_LIMIT),
        )
        found.extend(_message(row) for row in loose)
    return found


def _message(row: sqlite3.Row) -> Message:
    return Message(*tuple(row))
