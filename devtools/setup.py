"""Everything `make demo` and `make test` stand on, each step done once and resumed where it was interrupted."""

import errno
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass

from .chromium import ensure_chromium
from .errors import SetupError
from .odoo_source import ensure_odoo
from .pdf_engine import ensure_pdf_engine
from .postgres import Postgres
from .python_env import ensure_python_env
from .template import ensure_template

NEEDED_BYTES = 4_000_000_000


@dataclass(frozen=True)
class Workbench:
    """A machine made ready: settings, progress, a running database server, the name of the template database."""

    settings: object
    progress: object
    postgres: Postgres
    template: str


def ensure_python(settings, progress):
    """Make the locked virtual environment, which is all that `make test-fast` needs."""
    check_disk(settings)
    with progress.step("Python packages (locked)"):
        ensure_python_env(settings, progress)


@contextmanager
def workbench(settings, progress, browser=False):
    """Set everything up, with the database server running inside the context."""
    ensure_python(settings, progress)
    with progress.step("Odoo 19 Community"):
        odoo_key = ensure_odoo(settings, progress)
    with progress.step("PDF engine"):
        ensure_pdf_engine(settings, progress)
    if browser:
        with progress.step("Chromium"):
            ensure_chromium(settings, progress)
    postgres = Postgres(settings, progress)
    with progress.step("PostgreSQL"):
        postgres.start()
    try:
        template = ensure_template(settings, postgres, progress, odoo_key)
        yield Workbench(settings, progress, postgres, template)
    finally:
        postgres.stop()


def check_disk(settings):
    """Raise a SetupError when set-up is not done and would not fit."""
    settings.runtime.mkdir(parents=True, exist_ok=True)
    done = (settings.runtime / "stamps" / "odoo").exists()
    free = shutil.disk_usage(settings.runtime).free
    if free < (NEEDED_BYTES // 8 if done else NEEDED_BYTES):
        raise SetupError(
            f"The disk is full: {free / 1e9:.1f} GB are free, {NEEDED_BYTES / 1e9:.0f} GB are needed under {settings.root}."
        )


def one_line(error):
    """Return what to print for ``error``, or None when it is a bug and deserves its traceback."""
    if isinstance(error, SetupError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: free some space (about 4 GB are needed) and run the command again; it resumes."
    if isinstance(error, PermissionError):
        return f"No permission for {error.filename}: run as the user who owns {os.getcwd()}."
    return None
