"""A `wkhtmltopdf` with patched Qt (headers, footers, batches), with the few libraries and a font it needs."""

import platform
import subprocess

from .debian import Debian, machine_suite
from .errors import SetupError
from .stamp import Stamp

LIBRARIES = ("libxrender1", "libxext6", "libx11-6", "libx11-data", "libxcb1", "libxau6", "libxdmcp6", "libbsd0", "libmd0",
             "libfontconfig1", "fontconfig-config", "libfreetype6", "libexpat1", "libpng16-16", "libbrotli1", "zlib1g",
             "fonts-dejavu-core")  # fmt: skip


def bin_folder(settings):
    """Return the folder with our `wkhtmltopdf`; put it first on PATH."""
    return settings.runtime / "bin"


def ensure_pdf_engine(settings, progress):
    """Provide `wkhtmltopdf`: the locked wheel's, with Debian's libraries beside it where the machine lacks them."""
    binary = settings.venv / "bin" / "wkhtmltopdf-pack"
    launcher = bin_folder(settings) / "wkhtmltopdf"
    stamp = Stamp(settings.runtime / "stamps" / "wkhtmltopdf", *LIBRARIES, str(binary))
    if stamp.is_current() and launcher.exists():
        return
    stamp.clear()
    if platform.machine() != "x86_64":
        raise SetupError(f"No wkhtmltopdf with patched Qt for {platform.machine()}: use docker/ (its image has one).")
    libraries = "" if links(binary) else fetch_libraries(settings, progress)
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(f'#!/bin/sh\n{libraries}exec "{binary}" "$@"\n')
    launcher.chmod(0o755)
    version = subprocess.run([launcher, "--version"], capture_output=True, text=True, check=False)
    if "with patched qt" not in version.stdout:
        raise SetupError(
            f"wkhtmltopdf does not start ({(version.stderr or version.stdout).strip()[:200]}): use docker/."
        )
    stamp.set()


def links(binary):
    """Tell whether the machine has the libraries, and a font to draw with."""
    found = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False)
    fonts = subprocess.run(["sh", "-c", "ls /usr/share/fonts/*/*/*.ttf"], capture_output=True, check=False)
    return found.returncode == 0 and "not found" not in found.stdout and fonts.returncode == 0


def fetch_libraries(settings, progress):
    """Unpack the libraries and a font; return the shell lines that point to them."""
    target = settings.runtime / "wkhtmltopdf"
    debian = Debian(settings, progress, [machine_suite()])
    debian.update()
    debian.unpack(debian.download(LIBRARIES, settings.cache / "wkhtmltopdf-debs"), target)
    fonts = target / "fonts.conf"
    fonts.write_text(f"<fontconfig><dir>{target}/usr/share/fonts</dir><cachedir>{target}/cache</cachedir></fontconfig>")
    folders = f"{target}/usr/lib/x86_64-linux-gnu:{target}/lib/x86_64-linux-gnu"
    return f'export LD_LIBRARY_PATH="{folders}"\nexport FONTCONFIG_FILE="{fonts}"\n'
