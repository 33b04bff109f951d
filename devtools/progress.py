"""One line a step, with its time. Output of the tools goes to a log that is named when a step fails."""

import subprocess
import sys
import time
from contextlib import contextmanager

from .errors import SetupError
from .process import die_with_parent


class Progress:
    def __init__(self, log_path):
        log_path.parent.mkdir(parents=True, exist_ok=True)
        log_path.parent.chmod(0o700)
        self.log_path = log_path
        self.timings = {}

    @contextmanager
    def step(self, title):
        """Print ``title`` with how long it took; a step that finds its work done is simply quick."""
        began = time.monotonic()
        if sys.stdout.isatty():
            print(f"  ...    {title}", end="\r", flush=True)
        try:
            yield
        except BaseException:
            print(f"  failed {title}", flush=True)
            raise
        seconds = time.monotonic() - began
        self.timings[title] = round(seconds, 2)
        print(f"  {seconds:5.1f} s  {title}", flush=True)

    def run(self, command, hint="", **options):
        """Run ``command``, its output to the log.

        :raise SetupError: it failed; the message ends with ``hint`` or the last line it printed
        """
        with self.log_path.open("a") as log:
            log.write(f"$ {' '.join(map(str, command))}\n")
            log.flush()
            start = log.tell()
            result = subprocess.run(
                [*map(str, command)],
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                preexec_fn=die_with_parent,
                **options,
            )
        if result.returncode:
            with self.log_path.open(errors="replace") as log:
                log.seek(start)
                output = log.read()
            raise SetupError(explain(output, hint) + f" (full output: {self.log_path})")


def explain(output, hint=""):
    """Turn what a tool printed into one line that says what to do."""
    lowered = output.lower()
    if "no space left" in lowered:
        return "The disk is full: free some space (about 4 GB are needed) and run the command again; it resumes."
    if (
        "unable to locate package" in lowered
        or "no candidate version" in lowered
        or "has no installation candidate" in lowered
    ):
        line = next(line for line in output.splitlines() if "nable to locate" in line or "andidate" in line)
        return (
            f"The package mirror lacks a package ({line.strip()}): set ODOO_HOME to an Odoo 19 source, or use docker/."
        )
    offline = ("temporary failure", "could not resolve", "failed to establish a new connection", "network is unreachable",
               "name or service not known", "connection refused", "could not connect", "connection timed out")  # fmt: skip
    if any(word in lowered for word in offline):
        return "No network, or the package mirror does not answer: check the connection and run the command again; it resumes."
    last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "no output")
    return f"{hint or 'A set-up step failed'}: {last[:300]}"
