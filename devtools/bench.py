"""`make bench`: each benchmark a process of its own, printed as a table and written to `.runtime/bench/report.json`."""

import json
import subprocess

from .demo import seed
from .errors import SetupError
from .odoo_server import OdooServer
from .setup import workbench
from .template import clone_database, drop_database

DATABASE = "ev_bench"
STATEMENT = 1_000_000
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
    small, large = (run_statement(settings, bench, odoo, count) for count in (STATEMENT // 4, STATEMENT))
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


def run_statement(settings, bench, odoo, count):
    clone_database(settings, bench.postgres, bench.template, DATABASE)
    try:
        return run_one(odoo, "tests.bench.statement", str(count), *odoo.options())
    finally:
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


def run_one(odoo, module, *arguments):
    """Return the rows a benchmark prints."""
    command = [str(odoo.settings.python), "-m", module, *arguments]
    result = subprocess.run(command, env=odoo.env, cwd=odoo.settings.root, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SetupError(
            f"The benchmark {module} failed: {(result.stderr.strip().splitlines() or ['no output'])[-1][:300]}"
        )
    return json.loads(result.stdout)


def print_table(rows):
    width = max(len(row["name"]) for row in rows)
    print(f"\n{'name':{width}}  " + "  ".join(f"{column:>10}" for column in COLUMNS))
    for row in rows:
        print(f"{row['name']:{width}}  " + "  ".join(f"{row[column]!s:>10}" for column in COLUMNS))
