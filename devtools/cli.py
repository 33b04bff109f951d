"""The commands behind `make`."""

import argparse
import fcntl
import signal
import sys

from .errors import SetupError
from .progress import Progress
from .settings import Settings
from .setup import ensure_python, one_line, workbench


def main(arguments):
    parser = argparse.ArgumentParser(prog="devtools", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="set everything up and stop")
    demo = commands.add_parser("demo", help="run the main job on real input and stay up")
    demo.add_argument("--once", action="store_true", help="do the job, write the report, exit")
    demo.add_argument("--reset", action="store_true", help="forget the last demo first")
    test = commands.add_parser("test", help="lint and run every test")
    test.add_argument("--fast", action="store_true", help="only what needs no Odoo")
    test.add_argument("--only", help="one of the suites: lint, unit, bridge, odoo, reconcile, e2e")
    test.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    commands.add_parser("bench", help="measure, print and write .runtime/bench/report.json")
    commands.add_parser("lint", help="only the linters")
    options = parser.parse_args(arguments)
    # Ends like Ctrl-C, so that every process started here is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        settings = Settings()
        with exclusive(settings):
            return run(options, settings, Progress(settings.runtime / "logs" / "setup.log")) or 0
    except KeyboardInterrupt:
        print("\nstopped")
        return 130
    except (SetupError, OSError) as error:
        if line := one_line(error):
            print(f"error: {line}", file=sys.stderr)
            return 1
        raise


def run(options, settings, progress):
    if options.command == "setup":
        with workbench(settings, progress, browser=True):
            return 0
    if options.command == "demo":
        from .demo import run_demo

        return run_demo(settings, progress, once=options.once, reset=options.reset)
    if options.command == "bench":
        from .bench import run_bench

        return run_bench(settings, progress)
    from .suites import run_lint, run_suites

    if options.command == "lint":
        ensure_python(settings, progress)
        return run_lint(settings)
    return run_suites(settings, progress, fast=options.fast, only=options.only, extra=options.pytest)


class exclusive:
    """One `make` at a time in a checkout: two would build the same files at once."""

    def __init__(self, settings):
        settings.runtime.mkdir(parents=True, exist_ok=True)
        self.path = settings.runtime / "lock"

    def __enter__(self):
        self.file = self.path.open("w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError("Another make is running in this folder: wait for it, or stop it (Ctrl-C).") from None

    def __exit__(self, *_error):
        self.file.close()
