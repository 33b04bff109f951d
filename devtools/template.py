"""Databases built once and cloned: Odoo with accounting, then the same with this repository's addons."""

import shutil

from .odoo_server import OdooServer
from .stamp import digest

CORE_MODULES = ("account", "portal", "l10n_fr_account", "queue_job")
ADDONS = ("ev_cpms", "ev_billing", "ev_clearing", "ev_sepa", "ev_clearing_sepa")


def ensure_template(settings, postgres, progress, odoo_key):
    """Return the name of a database with the addons installed, building it if their code or the lock changed."""
    locks = (settings.root / "requirements" / name for name in ("lock.txt", "schemas-lock.txt", "oca-lock.txt"))
    base = f"ev_base_{digest(odoo_key, *locks, *CORE_MODULES)}"
    full = f"ev_addons_{digest(base, *(settings.addons / name for name in ADDONS))}"
    if postgres.exists(full):
        return full
    if not postgres.exists(base):
        with progress.step("Database with Odoo's accounting"):
            build(settings, postgres, progress, base, CORE_MODULES)
    with progress.step("Addons installed"):
        for name in postgres.names():
            if name.startswith("ev_addons_") and name != full:
                drop_database(settings, postgres, name)
        build(settings, postgres, progress, full, ADDONS, source=base)
    return full


def build(settings, postgres, progress, name, modules, source=None):
    """Install under a passing name and rename at the end: an interrupted build leaves nothing that looks finished."""
    passing = f"{name}_building"
    drop_database(settings, postgres, passing)
    if source:
        clone_database(settings, postgres, source, passing)
    OdooServer(settings, postgres, passing).install(modules, progress)
    if filestore(settings, passing).is_dir():
        shutil.rmtree(filestore(settings, name), ignore_errors=True)
        filestore(settings, passing).rename(filestore(settings, name))
    postgres.rename(passing, name)


def filestore(settings, name):
    """Return the folder in which Odoo keeps a database's attachments; it goes wherever the database goes."""
    return settings.runtime / "odoo-data" / "filestore" / name


def drop_database(settings, postgres, name):
    postgres.drop(name)
    shutil.rmtree(filestore(settings, name), ignore_errors=True)


def clone_database(settings, postgres, source, name):
    """Make ``name`` a copy of ``source``, attachments included, replacing one that is there."""
    drop_database(settings, postgres, name)
    if filestore(settings, source).is_dir():
        shutil.copytree(filestore(settings, source), filestore(settings, name))
    postgres.clone(source, name)
