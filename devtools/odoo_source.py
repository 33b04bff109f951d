"""Odoo 19 Community: from `ODOO_HOME`, or Debian's `odoo-19` package unpacked beside its fonts and JavaScript."""

import shutil

from .debian import Debian
from .stamp import Stamp, digest

PACKAGES = (
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-underscore/sid",
    "libjs-jquery-form/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-montserrat/sid",
    "fonts-inconsolata/sid",
    "fonts-ocr-b/sid",
    # sid's version 7 moved the files that Odoo's links point to.
    "fonts-font-awesome/bookworm",
)


def ensure_odoo(settings, progress):
    """Make `import odoo` work in the virtual environment; return a key that changes with the Odoo used."""
    home = settings.odoo_home or fetch_odoo(settings, progress)
    path_file = settings.site_packages / "odoo_source.pth"
    path_file.write_text(f"{home}\n")
    return digest(str(home), home / "odoo" / "release.py")


def addons_path(settings):
    """Return Odoo's own addon folders, the OCA's modules (also those only tests install) and ours, for `--addons-path`."""
    home = settings.odoo_home or unpacked_home(settings)
    oca = (folder / "odoo" / "addons" for folder in (settings.oca, settings.oca_dev))
    candidates = (home / "odoo" / "addons", home / "addons", *oca, settings.addons)
    return ",".join(str(path) for path in candidates if path.is_dir() and any(path.glob("*/__manifest__.py")))


def unpacked_home(settings):
    return settings.runtime / "odoo" / "usr" / "lib" / "python3" / "dist-packages"


def fetch_odoo(settings, progress):
    target = settings.runtime / "odoo"
    home = unpacked_home(settings)
    stamp = Stamp(settings.runtime / "stamps" / "odoo", *PACKAGES)
    if stamp.is_current() and (home / "odoo" / "release.py").is_file():
        return home
    stamp.clear()
    shutil.rmtree(target, ignore_errors=True)
    debian = Debian(settings, progress, ["sid", "bookworm"])
    debian.update()
    debs = settings.cache / "odoo-debs"
    shutil.rmtree(debs, ignore_errors=True)
    debian.unpack(debian.download(PACKAGES, debs), target)
    stamp.set()
    return home
