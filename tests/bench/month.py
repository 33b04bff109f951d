"""A whole month-end, as in production: sessions over XML-RPC into an Odoo with workers, the run's jobs, documents, files, mails.

    python -m tests.bench.month URL DATABASE COMPANY KEY SESSIONS ODOO-PID

Needs the world of `month_seed` in that database. Prints one JSON object: seconds of each step on the clock, and the peak memory
of the largest Odoo process. Steps run one behind the other (a job's priority is its step), so that each has its own time.
"""

import json
import multiprocessing
import sys
import threading
import time
import xmlrpc.client
from pathlib import Path

import psycopg2

from tests.bench.month_world import World

BATCH = 2_000
PUSHERS = 2
POLL = 0.25
# Steps of a contract in the run (`ev.run.contract`) that are over when a measured step is.
BEFORE = {"compute": ("prepare",), "documents": ("approve", "document"), "files": ("files",), "send": ("send",)}


class Odoo:
    def __init__(self, url, database, key):
        self.database, self.key = database, key
        self.uid = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common").authenticate(database, "admin", key, {})
        self.objects = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)

    def call(self, model, method, *args):
        return self.objects.execute_kw(self.database, self.uid, self.key, model, method, list(args))


class Peak(threading.Thread):
    """The largest resident memory any process of a family ever had, in MB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.megabytes = pid, 0

    def run(self):
        while True:
            for process in self._family():
                self.megabytes = max(self.megabytes, self._high_water(process))
            time.sleep(POLL)

    def _family(self):
        found = [self.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in _read(task).split()]
        return found

    def _high_water(self, pid):
        for line in _read(Path(f"/proc/{pid}/status")).splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        return 0


def _read(path):
    """What a file of /proc says; nothing once its process is gone."""
    try:
        return path.read_text()
    except OSError:
        return ""


def push(url, database, key, sessions, part):
    """Send every PUSHERS-th EVSE's sessions."""
    world, odoo, items = World(sessions), Odoo(url, database, key), []
    for item in world.items(range(part, world.evses, PUSHERS)):
        items.append(item)
        if len(items) == BATCH:
            send(odoo, items)
            items = []
    send(odoo, items)


def send(odoo, items):
    payload = json.dumps({"schema": "ev.cdr.batch/1", "source": "bench", "cdrs": items})
    answer = json.loads(odoo.call("ev.cdr", "ingest", payload))["items"]
    wrong = [item for item in answer if item["status"] != "stored"]
    if wrong:
        raise AssertionError(f"not every session was stored: {wrong[0]}")


class Month:
    def __init__(self, url, database, company, key, sessions, pid):
        self.url, self.database, self.key, self.sessions = url, database, key, int(sessions)
        self.company = int(company)
        self.odoo = Odoo(url, database, key)
        self.connection = psycopg2.connect(dbname=database)
        self.connection.autocommit = True
        self.peak, self.seconds = Peak(int(pid)), {}

    def query(self, sql, *values):
        with self.connection.cursor() as cr:
            cr.execute(sql, values)
            return cr.fetchall() if cr.description else None

    def measure(self):
        # the PDF engine asks this server for its styles
        self.odoo.call("ir.config_parameter", "set_param", "report.url", self.url)
        self.peak.start()
        self._time("ingest", self._ingest)
        self.query("ANALYZE ev_cdr")
        run = [self.odoo.call("ev.run", "start", self.company, 2026, 3)]
        self._time("compute", lambda: self._wait("compute"))
        self._time("checks", self._wait_checked)
        self._check_computed()
        self.query("ANALYZE")
        self.odoo.call("ev.run", "action_release", run)
        for step in ("documents", "files", "send"):
            self._time(step, lambda step=step: self._wait(step))
        self._check_out()
        return {"sessions": self.sessions, "seconds": self.seconds, "peak_mb": self.peak.megabytes, **self._counts()}

    def _time(self, name, what):
        began = time.perf_counter()
        what()
        self.seconds[name] = round(time.perf_counter() - began, 1)
        print(name, self.seconds[name], file=sys.stderr, flush=True)

    def _ingest(self):
        context = multiprocessing.get_context("spawn")
        with context.Pool(PUSHERS) as pool:
            pool.starmap(push, [(self.url, self.database, self.key, self.sessions, part) for part in range(PUSHERS)])

    def _wait(self, name):
        while self.query("SELECT 1 FROM ev_run_contract WHERE step = ANY(%s) AND NOT COALESCE(stopped, FALSE) LIMIT 1",
                         list(BEFORE[name])):  # fmt: skip
            time.sleep(POLL)

    def _wait_checked(self):
        while not self.query("SELECT 1 FROM ev_run WHERE checked_at IS NOT NULL"):
            time.sleep(POLL)

    def _check_computed(self):
        [(stored, charged)] = self.query(
            "SELECT (SELECT count(*) FROM ev_cdr), (SELECT count(DISTINCT cdr_id) FROM ev_charge)"
        )
        blocked = self.query("SELECT name FROM ev_finding WHERE blocking AND state = 'open' LIMIT 3")
        blocked += self.query("SELECT message FROM ev_run_contract WHERE stopped LIMIT 3")
        if stored != self.sessions or charged != stored or blocked:
            raise AssertionError(f"{stored} of {self.sessions} stored, {charged} charged, blocked by {blocked}")

    def _check_out(self):
        left = self.query(
            "SELECT step, message, count(*) FROM ev_run_contract WHERE step != 'done' GROUP BY 1, 2 LIMIT 5"
        )
        if left:
            raise AssertionError(f"not everything went out: {left}")

    def _counts(self):
        names = {
            "charges": "ev_charge",
            "statements": "ev_statement",
            "documents": "account_move",
            "lines": "ev_statement_line",
        }
        return {name: self.query(f"SELECT count(*) FROM {table}")[0][0] for name, table in names.items()}


if __name__ == "__main__":
    print(json.dumps(Month(*sys.argv[1:]).measure()))
