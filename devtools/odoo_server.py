"""Odoo as a process: its configuration, one-off runs (install, scripts), and the server of the demo and the tests."""

from .odoo_source import addons_path
from .pdf_engine import bin_folder
from .process import Server

# Two jobs at once, on the two cores this is made for; posting takes its turns (see `ev_run_job` in ev_billing).
JOBS = {"ODOO_QUEUE_JOB_CHANNELS": "root:2,root.ev_billing:2,root.ev_billing.post:1,root.ev_clearing:1,root.ev_sepa:1"}


class OdooServer(Server):
    """One Odoo on one database. ``ports`` names the http and gevent ports of `Settings.port`."""

    name = "Odoo"

    def __init__(self, settings, postgres, database, ports=("odoo", "gevent")):
        self.settings = settings
        self.postgres = postgres
        self.database = database
        self.port, self.gevent_port = map(settings.port, ports)
        # where its mails go (`MailSink`)
        self.smtp_port = "test-smtp" if ports[0].startswith("test") else "smtp"
        self.log_path = settings.runtime / "logs" / f"odoo-{database}.log"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self):
        path = f"{bin_folder(self.settings)}:{self.settings.venv / 'bin'}:{self.settings.environ.get('PATH', '')}"
        inherited = {name: value for name, value in self.settings.environ.items() if name != "PYTHONPATH"}
        return {**inherited, **self.postgres.database.env, **JOBS, "PATH": path, "TZ": "UTC"}

    def options(self):
        """Return the options every Odoo here is started with; a password goes by PGPASSWORD, which `ps` does not show."""
        server = self.postgres.database
        options = {
            "database": self.database,
            "db_host": server.host,
            "db_port": server.port,
            "db_user": server.user,
            "data-dir": self.settings.runtime / "odoo-data",
            "addons-path": addons_path(self.settings),
            "http-interface": "127.0.0.1",
            "http-port": self.port,
            "gevent-port": self.gevent_port,
            "load": "base,rpc,web,queue_job",
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

    def start(self, workers=0):
        """Start serving and wait until the first page can be asked for.

        :param workers: processes that serve, as in production; 0 for threads of one process
        """
        command = self.command("--limit-time-real=3600", "--limit-time-cpu=3600", f"--workers={workers}")
        if workers:
            command[1:3] = [str(self.settings.root / "devtools" / "run_odoo.py")]
        self.launch(command, seconds=120, env=self.env)
