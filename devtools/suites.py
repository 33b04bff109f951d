"""`make test`: the linters and every test suite, each in a process of its own, with one total line at the end."""

import os
import shutil
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from .compose import compose_binary, ensure_compose
from .odoo_server import OdooServer
from .setup import ensure_python, workbench
from .template import ADDONS, clone_database, drop_database

ODOO_DATABASE = "ev_test_odoo"
# An addon that installs itself where the OCA's reconciliation is: not in the template, and not in the image.
RECONCILE_ADDON, RECONCILE_NEEDS = "ev_sepa_reconcile_oca", "account_reconcile_oca"
PURE_TESTS = ("tests/unit", "tests/rating", "tests/indexes", "tests/exchange", "tests/iso20022")
BRIDGE_TESTS = ("ocpp_bridge/tests", "--rootdir=ocpp_bridge", "-c", "ocpp_bridge/pyproject.toml")


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_suites(settings, progress, fast=False, only=None, extra=()):
    """Run the suites; return the exit code."""
    began = time.monotonic()
    total = Result()
    with_odoo = not fast and only not in ("lint", "unit", "bridge")
    if with_odoo:
        with workbench(settings, progress, browser=True) as bench:
            with progress.step("Docker compose (only to check docker/)"):
                ensure_compose(settings, progress)
            clear_test_databases(settings, bench.postgres)
            run_plain(settings, only, extra, total)
            run_with_odoo(settings, bench, only, extra, total)
    else:
        ensure_python(settings, progress)
        run_plain(settings, only, extra, total)
    print(f"\n{time.monotonic() - began:.0f} s in all")
    print(total)
    return 1 if total.failed or not total.passed else 0


def run_plain(settings, only, extra, total):
    if only in (None, "lint"):
        total += lint(settings)
    if only in (None, "unit"):
        total += run_pytest(settings, "unit", [*PURE_TESTS, *extra])
    if only in (None, "bridge"):
        total += run_pytest(settings, "bridge", [*BRIDGE_TESTS, *extra])


def run_with_odoo(settings, bench, only, extra, total):
    if only in (None, "odoo"):
        total += run_odoo_tests(settings, bench, "odoo", ADDONS, extra)
    if only in (None, "reconcile"):
        total += run_odoo_tests(settings, bench, "reconcile", [RECONCILE_ADDON], extra, install=[RECONCILE_NEEDS])
    if only in (None, "e2e"):
        env = {**OdooServer(settings, bench.postgres, "unused").env, "EV_TEMPLATE": bench.template}
        total += run_pytest(settings, "e2e", ["tests/e2e", *extra], env)


def run_odoo_tests(settings, bench, name, addons, extra, install=()):
    """Run these addons' own tests on a fresh clone of the template, browser tests included.

    :param install: modules to install there before
    """
    clone_database(settings, bench.postgres, bench.template, ODOO_DATABASE)
    odoo = OdooServer(settings, bench.postgres, ODOO_DATABASE, ("test-odoo", "test-gevent"))
    config = settings.runtime / "test" / "odoo.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    options = dict(option[2:].split("=", 1) for option in odoo.options())
    options["db_name"] = options.pop("database")
    lines = [f"{option.replace('-', '_')} = {value}" for option, value in options.items()]
    config.write_text("[options]\n" + "\n".join(lines) + "\n")
    folders = [f"addons/{addon}/tests" for addon in addons]
    arguments = [*folders, f"--odoo-config={config}", f"--odoo-database={ODOO_DATABASE}", "--odoo-http", *extra]
    try:
        if install:
            odoo.install(install, bench.progress)
        return run_pytest(settings, name, arguments, odoo.env)
    finally:
        drop_database(settings, bench.postgres, ODOO_DATABASE)


def run_pytest(settings, name, arguments, env=None):
    """Run one suite; return its counts. A suite that ends without a report counts as one failure."""
    print(f"\n== {name}", flush=True)
    report = settings.runtime / "test" / f"{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    # The Odoo plugin would look for a database wherever it is loaded.
    plugins = [] if name in ("odoo", "reconcile") else ["-p", "no:odoo"]
    command = [str(settings.python), "-m", "pytest", "-q", "-rs", *plugins, f"--junitxml={report}", *arguments]
    base = env or {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    code = subprocess.run(
        command, cwd=settings.root, env={**base, "PYTHONDONTWRITEBYTECODE": "1"}, check=False
    ).returncode
    return count(report, code)


def count(report, code):
    """Read the counts of a JUnit report; ``code`` is pytest's exit code."""
    if not report.is_file():
        return Result(failed=1)
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    result = Result()
    for suite in suites:
        failed = int(suite.get("failures")) + int(suite.get("errors"))
        skipped = int(suite.get("skipped"))
        result += Result(int(suite.get("tests")) - failed - skipped, failed, skipped)
    if code and not result.failed:
        result.failed = 1  # an internal error, an interrupted run, or no test at all
    return result


def run_lint(settings):
    result = lint(settings)
    print(result)
    return 1 if result.failed else 0


def lint(settings):
    """Run every linter; each counts as one check."""
    print("\n== lint", flush=True)
    binaries, skipped = settings.venv / "bin", []
    addons = [str(settings.addons / name) for name in (*ADDONS, RECONCILE_ADDON)]
    checks = {
        "ruff": ["ruff", "check", "-q", "."],
        "ruff format": ["ruff", "format", "-q", "--check", "."],
        # readme/ holds the fragments a README.rst is made of; a model's ideas have a file each.
        "pylint-odoo": [
            "pylint",
            "--rcfile=pyproject.toml",
            "--score=n",
            "--disable=all",
            "--enable=odoolint",
            "--disable=missing-readme,consider-merging-classes-inherited",
            *addons,
        ],
        "oca-checks-odoo-module": ["oca-checks-odoo-module", "--no-verbose", *addons],
        "yamllint": ["yamllint", "-s", "docker"],
    }
    if (binaries / "hadolint").exists():
        checks["hadolint"] = ["hadolint", *map(str, sorted((settings.root / "docker").glob("*.Dockerfile")))]
    else:
        skipped.append("hadolint (no build of it for this machine)")
    compose = compose_binary(settings)
    if compose.exists():
        checks["docker compose config"] = [str(compose), "-f", "docker/compose.yaml", "config", "--quiet"]
    else:
        skipped.append("docker compose config (make test fetches it)")
    result = Result(skipped=len(skipped))
    for name in skipped:
        print(f"  skipped {name}")
    for name, (program, *arguments) in checks.items():
        run = subprocess.run(
            [binaries / program, *arguments], cwd=settings.root, capture_output=True, text=True, check=False
        )
        print(f"  {'ok    ' if run.returncode == 0 else 'FAILED'} {name}", flush=True)
        if run.returncode:
            print((run.stdout + run.stderr).strip()[-4000:], flush=True)
        result += Result(passed=run.returncode == 0, failed=run.returncode != 0)
    return result


def clear_test_databases(settings, postgres):
    """Drop what an interrupted run left behind."""
    for name in postgres.names():
        if name.startswith("ev_test_"):
            drop_database(settings, postgres, name)
    shutil.rmtree(settings.runtime / "test", ignore_errors=True)
