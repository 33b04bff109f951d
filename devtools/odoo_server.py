"""Odoo as a process: its configuration, one-off runs (install, scripts), and the server of the demo and the tests."""

import signal
import subprocess

from .errors import SetupError
from .odoo_source import addons_path
from .pdf_engine import bin_folder
from .ports import check_free, wait_open
from .process import die_with_parent


class OdooServer:
    """One Odoo on one database. ``ports`` names the http and gevent ports of `Settings.port`."""

    def __init__(self, settings, postgres, database, ports=("odoo", "gevent")):
        self.settings = settings
        self.postgres = postgres
        self.database = database
        self.port, self.gevent_port = map(settings.port, ports)
        self.log_path = settings.runtime / "logs" / f"odoo-{database}.log"
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self):
        path = f"{bin_folder(self.settings)}:{self.settings.venv / 'bin'}:{self.settings.environ.get('PATH', '')}"
        inherited = {name: value for name, value in self.settings.environ.items() if name != "PYTHONPATH"}
        return {**inherited, **self.postgres.database.env, "PATH": path, "TZ": "UTC"}

    def options(self):
        """Return the options every Odoo here is started with; a password goes by PGPASSWORD, which `ps` does not show."""
        server = self.postgres.database
        options = {
            "database": self.database,
            "db-filter": f"^{self.database}$",
            "db_host": server.host,
            "db_port": server.port,
            "db_user": server.user,
            "data-dir": self.settings.runtime / "odoo-data",
            "addons-path": addons_path(self.settings),
            "http-interface": "127.0.0.1",
            "http-port": self.port,
            "gevent-port": self.gevent_port,
            "max-cron-threads": 0,
            "log-level": "warn",
            "log-handler": "odoo.addons.rpc.controllers.xmlrpc:ERROR",
        }
        return [f"--{name}={value}" for name, value in options.items()]

    def command(self, *arguments):
        return [str(self.settings.python), "-m", "odoo", *self.options(), *map(str, arguments)]

    def install(self, modules, progress):
        """Install ``modules`` into the database (created if missing) and stop."""
        progress.run(
            self.command("-i", ",".join(modules), "--without-demo", "--stop-after-init", "--no-http"),
            "Installing the addons failed",
            env=self.env,
        )

    def start(self):
        """Start serving and wait until the first page can be asked for."""
        check_free(self.port, "Odoo")
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("a") as log:
            self.process = subprocess.Popen(
                self.command("--limit-time-real=600", "--limit-time-cpu=600"),
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        try:
            wait_open(self.port, self.process, 120, "Odoo")
        except SetupError as error:
            raise SetupError(f"{error} See {self.log_path}") from error

    def stop(self, sig=signal.SIGTERM):
        """Stop the server; with SIGKILL, as a crash would."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
