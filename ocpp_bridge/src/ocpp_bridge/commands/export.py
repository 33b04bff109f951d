"""`ocpp-bridge export`: JSON lines on stdout, CDR items as sent to Odoo and raw messages as they came."""

import json

from ..journal import open_reader
from ..settings import Settings
from .choice import message_where, outbox_where


def export(settings: Settings, what: str, station: str | None, since: str | None, until: str | None) -> int:
    """`what`: cdrs, messages or both."""
    db = open_reader(settings.journal)
    if what in ("cdrs", "both"):
        where, values = outbox_where(station, since, until)
        for row in db.execute(f"SELECT payload FROM outbox WHERE {where} ORDER BY seq", values):
            print(row["payload"])
    if what in ("messages", "both"):
        where, values = message_where(station, since, until)
        columns = "id, station, ocpp, action, message_id, arrived, session, transaction_id, raw"
        for row in db.execute(f"SELECT {columns} FROM message WHERE {where} ORDER BY id", values):
            print(json.dumps(dict(row)))
    return 0
