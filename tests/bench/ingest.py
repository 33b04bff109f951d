"""Ingest over XML-RPC in batches of 500, against a bare `execute_values` of the same rows in the same run.

Needs a running Odoo: ``python -m tests.bench.ingest ODOO-URL DATABASE API-KEY``. The two take turns, round by round, so that
a machine that slows down slows both.
"""

import json
import sys
import time
import xmlrpc.client
from datetime import datetime, timedelta

import psycopg2
from psycopg2.extras import Json, execute_values

from demo import scenario

BATCH = 500
ROUNDS = 6
BATCHES_A_ROUND = 8
TARGET = 0.5


def batches(first, count):
    """Yield ``count`` batches of sessions of four hours with a reading every quarter of an hour, from number ``first`` on."""
    stations = [(station.identity, evse) for station in scenario.STATIONS for evse in range(1, station.evses + 1)]
    begin = datetime(2026, 1, 1)
    for batch in range(count):
        items = []
        for number in range(first + batch * BATCH, first + (batch + 1) * BATCH):
            station, evse = stations[number % len(stations)]
            start = begin + timedelta(minutes=7 * (number % 50_000))
            epoch = int((start - datetime(1970, 1, 1)).total_seconds())
            meter = 1_000_000 + number * 37
            items.append(
                {
                    "id": f"{station}:{evse}:{number}",
                    "station": station,
                    "evse": evse,
                    "connector": 1,
                    "token": {"uid": scenario.TOKENS[number % len(scenario.TOKENS)].uid, "type": "RFID"},
                    "start": f"{start.isoformat()}Z",
                    "stop": f"{(start + timedelta(hours=4)).isoformat()}Z",
                    "meter_start": meter,
                    "meter_stop": meter + 32_000,
                    "energy": 32_000,
                    "readings": [[epoch + 900 * step, meter + 2_000 * step] for step in range(17)],
                    "charging_seconds": 14_400,
                    "idle_seconds": 0,
                    "stop_reason": "EVDisconnected",
                    "auth": None,
                    "signed": None,
                    "flags": [],
                    "raw": f"journal:{number}-{number + 19}",
                }
            )
        yield items


class Ingest:
    def __init__(self, url, database, key):
        self.database, self.key = database, key
        self.uid = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common").authenticate(database, "demo-bridge", key, {})
        self.objects = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)

    def push(self, items):
        payload = json.dumps({"schema": "ev.cdr.batch/1", "source": "bench", "cdrs": items})
        answer = self.objects.execute_kw(self.database, self.uid, self.key, "ev.cdr", "ingest", [payload])
        statuses = {item["status"] for item in json.loads(answer)["items"]}
        if statuses != {"stored"}:
            raise AssertionError(f"not every session was stored: {statuses}")


class Bare:
    """The fastest honest way: no check, no look-up, the finished rows into a table like ``ev_cdr``: columns, indexes, keys."""

    def __init__(self, database):
        self.connection = psycopg2.connect(dbname=database)
        with self.connection, self.connection.cursor() as cr:
            cr.execute("DROP TABLE IF EXISTS bench_bare; CREATE TABLE bench_bare (LIKE ev_cdr INCLUDING ALL)")
            cr.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'ev_cdr'::regclass "
                       "AND contype = 'f'")  # fmt: skip
            for name, definition in cr.fetchall():
                cr.execute(f'ALTER TABLE bench_bare ADD CONSTRAINT "{name}" {definition}')

    def rows(self, after):
        with self.connection, self.connection.cursor() as cr:
            cr.execute("SELECT * FROM ev_cdr WHERE source = 'bench' AND id > %s ORDER BY id", [after])
            return [
                tuple(Json(cell) if isinstance(cell, (list, dict)) else cell for cell in row) for row in cr.fetchall()
            ]

    def insert(self, rows):
        with self.connection, self.connection.cursor() as cr:
            execute_values(cr, "INSERT INTO bench_bare VALUES %s", rows, page_size=BATCH)


def measure(url, database, key):
    """Return the report's rows."""
    ingest, bare = Ingest(url, database, key), Bare(database)
    ingest.push(next(batches(9_000_000, 1)))  # warm: caches, connections
    last = max(row[0] for row in bare.rows(0))
    seconds = {"ingest": 0.0, "bare": 0.0}
    for turn in range(ROUNDS):
        prepared = list(batches(turn * BATCHES_A_ROUND * BATCH, BATCHES_A_ROUND))
        began = time.perf_counter()
        for items in prepared:
            ingest.push(items)
        seconds["ingest"] += time.perf_counter() - began
        rows = bare.rows(last)
        last = rows[-1][0]
        began = time.perf_counter()
        for position in range(0, len(rows), BATCH):
            bare.insert(rows[position : position + BATCH])
        seconds["bare"] += time.perf_counter() - began
    count = ROUNDS * BATCHES_A_ROUND * BATCH
    value, limit = count / seconds["ingest"], count / seconds["bare"]
    ratio = value / limit
    return [
        {
            "name": f"ingest over XML-RPC, {count} CDRs in batches of {BATCH}, against bare execute_values",
            "value": round(value),
            "unit": "CDR/s",
            "limit": round(limit),
            "ratio": round(ratio, 3),
            "target": TARGET,
            "met": ratio >= TARGET,
        }
    ]


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
