"""A headless Chromium for the browser tests: the machine's own, or Debian's unpacked with the libraries it lacks."""

import shutil
import subprocess

from .debian import Debian, machine_suite
from .errors import SetupError
from .stamp import Stamp


def ensure_chromium(settings, progress):
    """Put a `chromium` on our PATH folder; return its path."""
    launcher = settings.runtime / "bin" / "chromium"
    stamp = Stamp(settings.runtime / "stamps" / "chromium", machine_suite())
    if stamp.is_current() and launcher.exists():
        return launcher
    stamp.clear()
    launcher.parent.mkdir(parents=True, exist_ok=True)
    own = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    launcher.write_text(f'#!/bin/sh\nexec "{own}" "$@"\n' if own else unpack(settings, progress))
    launcher.chmod(0o755)
    version = subprocess.run([launcher, "--version"], capture_output=True, text=True, check=False)
    if version.returncode:
        raise SetupError(f"Chromium does not start ({version.stderr.strip()[:200]}): install the package chromium.")
    stamp.set()
    return launcher


def unpack(settings, progress):
    """Unpack Chromium; return a launcher script for it."""
    target = settings.runtime / "chromium"
    shutil.rmtree(target, ignore_errors=True)
    debian = Debian(settings, progress, [machine_suite()])
    debian.update()
    debian.unpack(debian.download_missing("chromium", settings.cache / "chromium-debs"), target)
    folders = {path.parent for path in target.rglob("*.so*") if "chromium" not in path.relative_to(target).parts}
    libraries = ":".join(map(str, sorted(folders)))
    fonts = target / "fonts.conf"
    fonts.write_text(
        "<fontconfig><include ignore_missing='yes'>/etc/fonts/fonts.conf</include>"
        f"<dir>/usr/share/fonts</dir><dir>{target}/usr/share/fonts</dir><dir>{settings.runtime}/odoo/usr/share/fonts</dir>"
        f"<cachedir>{target}/cache</cachedir></fontconfig>"
    )
    return (
        f'#!/bin/sh\nexport LD_LIBRARY_PATH="{libraries}:$LD_LIBRARY_PATH"\nexport FONTCONFIG_FILE="{fonts}"\n'
        f'exec "{target}/usr/lib/chromium/chromium" "$@"\n'
    )
