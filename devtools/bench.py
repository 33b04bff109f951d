"""`make bench`: each benchmark a process of its own, printed as a table and written to `.runtime/bench/report.json`."""

import json
import math
import subprocess

from .demo import seed
from .errors import SetupError
from .odoo_server import OdooServer
from .setup import workbench
from .template import clone_database, drop_database

DATABASE = "ev_bench"
STATEMENT = 1_000_000
MONTHS = (10_000, 100_000, 1_000_000)
OBVIOUS = 2_000
PARTNER = 300_000
PAYMENTS = 20_000
BANK_DAY = 10_000
# What a partner asks of its list: the first page, choices that fit almost all of it, and single sessions.
PAGES = (
    "least=0",
    "least=5",
    "least=1000",
    "text=S0",
    "text=S00050",
    "text=E000T001",
    "state=disputed",
    "first=2026-03-10",
)
STEPS = ("ingest", "compute", "checks", "documents", "files", "send")
COLUMNS = ("value", "unit", "limit", "ratio", "target", "met")


def run_bench(settings, progress):
    """Run every benchmark; exit code 1 when a target is missed."""
    folder = settings.runtime / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    with workbench(settings, progress) as bench:
        odoo = OdooServer(settings, bench.postgres, DATABASE, ("test-odoo", "test-gevent"))
        with progress.step("Rating"):
            rows += run_one(odoo, "tests.bench.rating")
            rows += run_one(odoo, "tests.bench.spot")
        with progress.step("Bridge"):
            rows += run_one(odoo, "tests.bench.bridge")
        with progress.step("Ingest"):
            rows += run_ingest(settings, bench, odoo)
        with progress.step("A month of a million sessions x 3 terms"):
            rows += run_statements(settings, bench, odoo)
        with progress.step("An annex of 100,000 sessions"):
            rows += run_annex(settings, bench, odoo)
        with progress.step("A small month, and the obvious way"):
            rows += run_obvious(settings, bench, odoo)
        with progress.step(f"One eMSP's month of {PARTNER} sessions: window, list, comparison, portal"):
            rows += run_clearing(settings, bench, odoo)
        with progress.step(f"A file of {PAYMENTS} payments, and a bank's day of {BANK_DAY} entries"):
            rows += run_payments(settings, bench, odoo)
            rows += run_bank(settings, bench, odoo)
        with progress.step(f"Month-ends of {', '.join(map(str, MONTHS))} sessions, 940 contracts"):
            rows += run_months(settings, bench, odoo)
    (folder / "report.json").write_text(json.dumps(rows, indent=2))
    print_table(rows)
    return 0 if all(row["met"] for row in rows) else 1


def run_ingest(settings, bench, odoo):
    clone_database(settings, bench.postgres, bench.template, DATABASE)
    try:
        key = seed(odoo)
        odoo.start()
        return run_one(odoo, "tests.bench.ingest", odoo.url, DATABASE, key)
    finally:
        odoo.stop()
        drop_database(settings, bench.postgres, DATABASE)


def run_statements(settings, bench, odoo):
    """Return the rows of the whole path: speed against a bare COPY, and memory that does not grow with the sessions."""
    counts = (STATEMENT // 4, STATEMENT)
    small, large = (run_on_clone(settings, bench, odoo, "tests.bench.statement", count) for count in counts)
    value, limit = large["sessions"] / large["seconds"], large["sessions"] / large["copy_seconds"]
    growth = large["peak_mb"] / small["peak_mb"]
    name = f"statement of {STATEMENT} sessions x 3 terms, one of 8 slices"
    return [
        row(
            f"{name}, against a bare COPY of its charges", round(value), "sessions/s", round(limit), value / limit, 0.25
        ),
        row(f"{name}: peak memory under 1 GB", large["peak_mb"], "MB", 1024, 1024 / large["peak_mb"], 1.0),
        row(f"{name}: memory flat from a quarter of them", round(growth, 2), "times", 1.25, 1.25 / growth, 1.0),
    ]


def run_annex(settings, bench, odoo):
    """Return the row of the annex's memory: how much a process that writes it grows."""
    annex = run_on_clone(settings, bench, odoo, "tests.bench.annex", 100_000)
    name = f"XLSX annex of 100000 sessions in {annex['seconds']} s: growth of memory"
    return [row(name, annex["growth_mb"], "MB", 150, 150 / max(annex["growth_mb"], 1), 1.0)]


def run_clearing(settings, bench, odoo):
    """Return the rows of a large eMSP's control window: how long it takes to open, its memory, and the portal's slowest page."""
    clone_database(settings, bench.postgres, bench.template, DATABASE)
    try:
        month = run_one(odoo, "tests.bench.clearing", str(PARTNER), *odoo.options())
        odoo.start()
        portal = run_one(odoo, "tests.bench.portal", odoo.url, month["path"], *PAGES)
    finally:
        odoo.stop()
        drop_database(settings, bench.postgres, DATABASE)
    total = round(sum(month["seconds"].values()), 1)
    steps = ", ".join(f"{step} {seconds} s" for step, seconds in month["seconds"].items())
    slowest = portal["slowest_ms"]
    return [
        row(f"eMSP month of {PARTNER} sessions: {steps}", total, "s", 240, 240 / total, 1.0),
        row("the same: growth of memory", month["growth_mb"], "MB", 250, 250 / max(month["growth_mb"], 1), 1.0),
        row("the same: slowest page of the portal", slowest, "ms", 300, 300 / max(slowest, 1), 1.0),
    ]


def run_payments(settings, bench, odoo):
    """Return the rows of a payment file: written and validated by itself, and with every step before it in Odoo."""
    files = [run_one(odoo, "tests.bench.payments", str(count)) for count in (PAYMENTS // 4, PAYMENTS)]
    batches = [
        run_on_clone(settings, bench, odoo, "tests.bench.payment_batch", count) for count in (PAYMENTS // 4, PAYMENTS)
    ]
    rows = []
    for name, pair in (
        (f"file of {PAYMENTS} payments, schema and rules", files),
        (f"batch of {PAYMENTS} payments in Odoo, from open bills to the file", batches),
    ):
        total, peak = sum(pair[1]["seconds"].values()), pair[1]["peak_mb"]
        steps = ", ".join(f"{step} {seconds}" for step, seconds in pair[1]["seconds"].items())
        exponent = growth_of([run["payments"] for run in pair], [sum(run["seconds"].values()) for run in pair])
        rows += [
            row(f"{name}: {steps}", round(total, 1), "s", 60, 60 / total, 1.0),
            row("the same: peak memory", peak, "MB", 500, 500 / peak, 1.0),
            row("the same: grows with the payments' power", exponent, "", 1.2, 1.2 / exponent, 1.0),
        ]
    return rows


def run_bank(settings, bench, odoo):
    """Return the rows of a statement's entries against all that is open: read and matched in the database."""
    day = run_on_clone(settings, bench, odoo, "tests.bench.bank", BANK_DAY, 2 * BANK_DAY, 200)
    total = day["read"] + day["match"]
    name = f"{BANK_DAY} bank entries against {2 * BANK_DAY} open items: read {day['read']}, matched {day['match']} s"
    again = f"{BANK_DAY} entries of one day and sum, told before in other words: recognised"
    return [
        row(f"{name}; booking {day['ms_an_entry']} ms each", round(total, 1), "s", 60, 60 / total, 1.0),
        row(again, round(day["again"], 1), "s", 60, 60 / day["again"], 1.0),
    ]


def run_obvious(settings, bench, odoo):
    both = run_on_clone(settings, bench, odoo, "tests.bench.obvious", OBVIOUS)
    here, there = both["seconds"] / OBVIOUS * 1000, both["obvious_seconds"] / OBVIOUS * 1000
    name = f"month of {OBVIOUS} sessions, posted, against one invoice line per session and term"
    return [row(name, round(here, 3), "ms/CDR", round(there, 3), there / here, 20)]


def run_months(settings, bench, odoo):
    """Return the rows of whole month-ends: each step's time and growth, the targets of the largest, memory."""
    months = [run_month(settings, bench, odoo, count) for count in MONTHS]
    largest, seconds = months[-1], months[-1]["seconds"]
    name = f"month of {largest['sessions']} sessions, {largest['statements']} statements, {largest['charges']} charges"
    rows = [
        row(f"{name}: checks and statements computed", round(seconds["compute"] + seconds["checks"], 1), "s", 600,
            600 / (seconds["compute"] + seconds["checks"]), 1.0),
        row(f"{name}: {largest['documents']} documents posted", seconds["documents"], "s", 300,
            300 / seconds["documents"], 1.0),
        row(f"{name}: peak memory of a process", largest["peak_mb"], "MB", 1536, 1536 / largest["peak_mb"], 1.0),
    ]  # fmt: skip
    for step in STEPS:
        times = " ".join(f"{month['seconds'][step]}" for month in months)
        exponent = growth_of([month["sessions"] for month in months], [month["seconds"][step] for month in months])
        rows.append(row(f"{step}: {times} s; grows with the sessions' power", exponent, "", 1.2, 1.2 / exponent, 1.0))
    rows.append(row("all steps of the largest month", round(sum(seconds.values()), 1), "s", "", 1.0, 1.0))
    return rows


def growth_of(counts, seconds):
    """The exponent between the two largest months: 1 is linear. (The smallest is start-up, not growth.)"""
    (small, large), (before, after) = counts[-2:], seconds[-2:]
    return round(max(math.log(after / max(before, 0.1)) / math.log(large / small), 0.01), 2)


def run_month(settings, bench, odoo, count):
    clone_database(settings, bench.postgres, bench.template, DATABASE)
    try:
        company, key = run_text(odoo, "tests.bench.month_seed", str(count), *odoo.options()).split()
        # twice the cores and one: a worker that serves a kept-alive connection serves nobody else
        odoo.start(workers=5)
        arguments = (odoo.url, DATABASE, company, key, str(count), str(odoo.process.pid))
        return run_one(odoo, "tests.bench.month", *arguments)
    finally:
        odoo.stop()
        drop_database(settings, bench.postgres, DATABASE)


def row(name, value, unit, limit, ratio, target):
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "limit": limit,
        "ratio": round(ratio, 3),
        "target": target,
        "met": ratio >= target,
    }


def run_on_clone(settings, bench, odoo, module, *counts):
    """Return what a benchmark prints that works in a database of its own: the template's clone, dropped afterwards."""
    clone_database(settings, bench.postgres, bench.template, DATABASE)
    try:
        return run_one(odoo, module, *map(str, counts), *odoo.options())
    finally:
        drop_database(settings, bench.postgres, DATABASE)


def run_one(odoo, module, *arguments):
    """Return what a benchmark prints as JSON."""
    return json.loads(run_text(odoo, module, *arguments))


def run_text(odoo, module, *arguments):
    command = [str(odoo.settings.python), "-m", module, *arguments]
    result = subprocess.run(command, env=odoo.env, cwd=odoo.settings.root, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SetupError(
            f"The benchmark {module} failed: {(result.stderr.strip().splitlines() or ['no output'])[-1][:300]}"
        )
    return result.stdout


def print_table(rows):
    width = max(len(row["name"]) for row in rows)
    print(f"\n{'name':{width}}  " + "  ".join(f"{column:>10}" for column in COLUMNS))
    for row in rows:
        print(f"{row['name']:{width}}  " + "  ".join(f"{row[column]!s:>10}" for column in COLUMNS))
