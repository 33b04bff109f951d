"""Debian packages without root: a private apt configuration on the machine's own mirror and keyring, and `dpkg -x`.

Downloads are checked by apt against the archive's signed index; nothing is installed, only unpacked under `.runtime`.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .errors import SetupError
from .progress import explain

SOURCE_DIRS = (Path("/etc/apt/sources.list.d"), Path("/etc/apt"))


class Debian:
    """apt with its own lists and cache. Suites are the ones named here, whatever the machine's own is."""

    def __init__(self, settings, progress, suites):
        self.progress = progress
        self.suites = suites
        self.folder = settings.cache / "apt" / "-".join(suites)
        self.env = dict(settings.environ, LC_ALL="C")

    def _options(self):
        options = {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": self.folder / "sources",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Debug::NoLocking": "true",
            "APT::Sandbox::User": "",
            "Acquire::Retries": "3",
        }
        return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]

    def update(self):
        """Fetch the suites' package lists.

        :raise SetupError: no apt here, no mirror configured, or it does not answer
        """
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise SetupError(
                "No apt on this machine and no ODOO_HOME: set ODOO_HOME to an Odoo 19 source folder, or use docker/."
            )
        for name in ("sources", "lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        uri, keyring = find_mirror()
        (self.folder / "sources" / "private.sources").write_text(
            f"Types: deb\nURIs: {uri}\nSuites: {' '.join(self.suites)}\nComponents: main\nSigned-By: {keyring}\n"
        )
        # apt-get update exits 0 when a mirror does not answer; with this option it does not.
        command = ["apt-get", "-q", *self._options(), "-o", "APT::Update::Error-Mode=any", "update"]
        self.progress.run(command, "Fetching Debian's package lists failed", env=self.env)

    def download(self, packages, folder):
        """Download ``packages`` (names, or name/suite) into ``folder``; return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        command = ["apt-get", "-q", *self._options(), "download", *packages]
        self.progress.run(command, "Downloading Debian packages failed", env=self.env, cwd=folder)
        return sorted(folder.glob("*.deb"))

    def download_missing(self, package, folder):
        """Download ``package`` with everything it needs that this machine lacks; return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        simulate = ["apt-get", "-q", *self._options(), "--no-install-recommends", "--simulate", "install", package]
        result = subprocess.run(simulate, env=self.env, capture_output=True, text=True, check=False)
        if result.returncode:
            raise SetupError(explain(result.stdout + result.stderr, f"Finding {package} failed"))
        names = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", result.stdout, flags=re.M)
        return self.download([f"{name}={version}" for name, version in names], folder)

    def unpack(self, files, target):
        """Unpack .deb ``files`` into ``target``."""
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            self.progress.run(["dpkg", "-x", path, target], f"Unpacking {path.name} failed")


def find_mirror():
    """Return ``(uri, keyring)`` of the machine's own Debian source.

    :raise SetupError: this is not a Debian-like machine, or it has no source configured
    """
    for path in sorted(
        path for folder in SOURCE_DIRS if folder.is_dir() for path in folder.iterdir() if path.is_file()
    ):
        if path.suffix not in (".sources", ".list"):
            continue
        text = path.read_text(errors="replace")
        uri = re.search(r"^(?:URIs:\s*|deb\s+(?:\[.*?\]\s+)?)(\S+/debian)/?(?:\s|$)", text, flags=re.M)
        if uri:
            keyring = re.search(r"(?:^Signed-By:\s*|signed-by=)(/[^\s\]]+)", text, flags=re.M)
            return uri[1], keyring[1] if keyring else default_keyring()
    raise SetupError(
        "No Debian mirror is configured in /etc/apt: add one, set ODOO_HOME to an Odoo 19 source, or use docker/."
    )


def default_keyring():
    for name in ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp"):
        if os.path.exists(f"/usr/share/keyrings/{name}"):
            return f"/usr/share/keyrings/{name}"
    raise SetupError(
        "Debian's archive keyring is missing (/usr/share/keyrings): install debian-archive-keyring, or use docker/."
    )


def machine_suite():
    """Return the code name of the machine's own Debian, for what must fit its libraries."""
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return "sid"
