"""`ocpp-bridge status`: what the journal and the outbox hold, for a person or as JSON."""

import json
import sqlite3
from typing import Any

from ..clock import Clock, iso
from ..journal import open_reader
from ..settings import Settings

LIST_LIMIT = 20


def show_status(settings: Settings, as_json: bool) -> int:
    report = read_status(open_reader(settings.journal), settings, Clock().now())
    print(json.dumps(report, indent=2) if as_json else _table(report))
    return 0


def read_status(db: sqlite3.Connection, settings: Settings, now: float) -> dict[str, Any]:
    """Counts, and the first few of what a person has to look at."""

    def counts(query: str) -> dict[str, int]:
        return {str(name): count for name, count in db.execute(query)}

    def rows(query: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in db.execute(f"{query} LIMIT {LIST_LIMIT}", values)]

    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    messages, first, last = db.execute("SELECT count(*), min(arrived), max(arrived) FROM message").fetchone()
    behind = db.execute("SELECT count(*) FROM message WHERE id > ?", (int(meta["cursor"]),)).fetchone()[0]
    stale = int((now - settings.stale_after_hours * 3600) * 1000)
    open_states = "state IN ('open', 'settling')"
    return {
        "journal": settings.journal,
        "messages": messages,
        "first_message": _time(first),
        "last_message": _time(last),
        "not_yet_assembled": behind,
        "actions": counts("SELECT action, count(*) FROM message GROUP BY action ORDER BY action"),
        "sessions": counts("SELECT state, count(*) FROM session GROUP BY state ORDER BY state"),
        "open_transactions": db.execute(f"SELECT count(*) FROM session WHERE {open_states}").fetchone()[0],
        "stale_transactions": rows(
            "SELECT station, evse, key, strftime('%Y-%m-%dT%H:%M:%SZ', opened / 1000, 'unixepoch') AS opened "
            f"FROM session WHERE {open_states} AND opened < ? ORDER BY opened", stale,
        ),
        "late_messages": db.execute("SELECT coalesce(sum(late), 0) FROM session").fetchone()[0],
        "outbox": counts("SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state"),
        "odoo_says": counts(
            "SELECT status, count(*) FROM outbox WHERE state = 'delivered' GROUP BY status ORDER BY status"
        ),
        "quarantine": rows(
            "SELECT id, station, json_extract(payload, '$.quarantine') AS reason, state FROM outbox "
            "WHERE kind != 'cdr' ORDER BY seq DESC"
        ),
        "quarantined_by_odoo": rows(
            "SELECT id, station, reason FROM outbox WHERE status = 'quarantined' AND kind = 'cdr'"
            " ORDER BY seq DESC"
        ),
        "refused": rows("SELECT id, station, reason FROM outbox WHERE state = 'refused' ORDER BY seq"),
        "last_push": _time(meta.get("last_push")),
        "last_push_error": meta.get("last_push_error"),
        "last_push_error_at": _time(meta.get("last_push_error_at")),
    }  # fmt: skip


def _time(milliseconds: Any) -> str | None:
    return iso(int(milliseconds) / 1000) if milliseconds is not None else None


def _table(report: dict[str, Any]) -> str:
    """Names left, values right; lists below their name."""
    lines = []
    for name, value in report.items():
        title = name.replace("_", " ")
        if isinstance(value, list):
            lines.append(f"{title:<22}{len(value) if len(value) < LIST_LIMIT else f'{LIST_LIMIT} or more'}")
            lines += ["    " + "  ".join(str(entry) for entry in row.values() if entry is not None) for row in value]
        elif isinstance(value, dict):
            lines.append(f"{title:<22}" + (", ".join(f"{key} {count}" for key, count in value.items()) or "none"))
        else:
            lines.append(f"{title:<22}{'-' if value is None else value}")
    return "\n".join(lines)
