"""Where things are and what the environment chose. One frozen object, made once."""

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from .errors import SetupError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Database:
    """A PostgreSQL server, as Odoo and the command line tools are told of it."""

    host: str
    port: int
    user: str
    password: str = ""

    @property
    def env(self):
        """Return the libpq variables that name this server."""
        env = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGDATABASE": "postgres"}
        return dict(env, PGPASSWORD=self.password) if self.password else env


class Settings:
    def __init__(self, environ=os.environ):
        self.environ = dict(environ)
        self.root = ROOT
        self.runtime = ROOT / ".runtime"
        self.cache = self.runtime / "cache"
        self.venv = self.runtime / "venv"
        self.oca = self.runtime / "oca"
        self.oca_dev = self.runtime / "oca-dev"
        self.demo = self.runtime / "demo"
        self.addons = ROOT / "addons"

    @property
    def python(self):
        return self.venv / "bin" / "python"

    @property
    def site_packages(self):
        return self.venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    @cached_property
    def odoo_home(self):
        """Return the Odoo source the user named, or None to fetch one."""
        given = self.environ.get("ODOO_HOME")
        if not given:
            return None
        home = Path(given).expanduser().resolve()
        if not (home / "odoo" / "release.py").is_file():
            raise SetupError(f"ODOO_HOME={given} has no odoo/release.py: point it to an Odoo 19 source folder.")
        release = {}
        exec((home / "odoo" / "release.py").read_text(), release)
        if release["version_info"][0] != 19:
            raise SetupError(f"ODOO_HOME={given} is Odoo {release['version']}: version 19.0 is needed.")
        return home

    @cached_property
    def port_base(self):
        given = self.environ.get("PORT_BASE", "18069")
        if not given.isdigit() or not 1024 <= int(given) <= 65000:
            raise SetupError(f"PORT_BASE={given}: choose a number from 1024 to 65000 (100 ports from there are used).")
        return int(given)

    def port(self, name):
        """Return the port of a service; tests have their own, so that a demo's bookmarks never lead into a test."""
        return self.port_base + (
            "odoo",
            "bridge",
            "postgres",
            "gevent",
            "test-odoo",
            "test-bridge",
            "test-gevent",
            "smtp",
            "test-smtp",
            "bank",
            "test-bank",
        ).index(name)

    @cached_property
    def external_database(self):
        """Return the PostgreSQL the user named with DATABASE_URL or PG*, or None to run the embedded one."""
        if url := self.environ.get("DATABASE_URL"):
            parts = urlsplit(url)
            if parts.scheme not in ("postgres", "postgresql"):
                raise SetupError(
                    f"DATABASE_URL has the scheme {parts.scheme!r}: expected postgresql://user:password@host:port/."
                )
            host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
            user = unquote(parts.username or "odoo")
            return Database(host, parts.port or 5432, user, unquote(parts.password or ""))
        if host := self.environ.get("PGHOST"):
            env = self.environ
            return Database(host, int(env.get("PGPORT", 5432)), env.get("PGUSER", "odoo"), env.get("PGPASSWORD", ""))
        return None
