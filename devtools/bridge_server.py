"""The OCPP bridge as a process, and the simulated stations that talk to it."""

import json
import subprocess

from .errors import SetupError
from .process import Server, die_with_parent


class BridgeServer(Server):
    """One `ocpp-bridge serve`, its journal under ``folder``."""

    name = "The OCPP bridge"

    def __init__(self, settings, folder, port, odoo_url, database, api_key, **options):
        self.settings = settings
        self.folder = folder
        self.port = port
        self.journal = folder / "bridge.sqlite"
        self.config = folder / "bridge.toml"
        self.log_path = folder / "bridge.log"
        folder.mkdir(parents=True, exist_ok=True)
        key_file = folder / "odoo_api_key"
        key_file.touch(mode=0o600)
        key_file.write_text(api_key)
        values = {
            "host": "127.0.0.1",
            "port": port,
            "name": "demo",
            "journal": str(self.journal),
            "odoo_url": odoo_url,
            "odoo_database": database,
            "odoo_login": "demo-bridge",
            "odoo_api_key_file": str(key_file),
            "settle_seconds": 2,
            "report_interval": 1,
            "directory_interval": 2,
            "push_backoff_max": 5,
            # The demo's month may lie far back.
            "max_offline_days": 36500,
            **options,
        }
        self.config.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()))

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}/ocpp"

    def _command(self, *arguments):
        return [str(self.settings.python), "-m", "ocpp_bridge", *arguments, "--config", str(self.config)]

    def start(self):
        self.launch(self._command("serve"), seconds=30, cwd="/")

    def status(self):
        """Return `ocpp-bridge status --json`: journal, outbox, open sessions."""
        result = subprocess.run(self._command("status", "--json"), capture_output=True, text=True, check=True, cwd="/")
        return json.loads(result.stdout)

    def run(self, *arguments):
        return subprocess.run(self._command(*arguments), capture_output=True, text=True, check=False, cwd="/")


class Fleet:
    """Simulated stations, a process each, charging a scenario's sessions."""

    def __init__(self, settings, bridge, folder):
        self.settings = settings
        self.bridge = bridge
        self.folder = folder
        self.processes = {}

    def start(self, stations, sessions, live=(), stay=False):
        """Start every station with its share of ``sessions`` (scenario sessions) and ``live`` plans ((identity, plan), ...)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for station in stations:
            plan = {
                "vendor": station.vendor,
                "model": station.model,
                "firmware": "5.2.1",
                "serial": f"SN-{station.identity}",
                "evses": list(range(1, station.evses + 1)),
                "sessions": [session.as_plan() for session in sessions if session.station == station.identity],
                "live": [entry for identity, entry in live if identity == station.identity],
            }
            path = self.folder / f"{station.identity}.json"
            path.write_text(json.dumps(plan, indent=1))
            command = [str(self.settings.python), "-m", "demo.fleet.station", "--url", self.bridge.url, "--identity",
                       station.identity, "--password", station.password, "--ocpp", station.ocpp, "--plan", str(path)]  # fmt: skip
            with (self.folder / f"{station.identity}.log").open("w") as log:
                self.processes[station.identity] = subprocess.Popen(
                    [*command, *(["--stay"] if stay else [])],
                    stdout=log,
                    stderr=log,
                    cwd=self.settings.root,
                    start_new_session=True,
                    preexec_fn=die_with_parent,
                )

    def wait(self, seconds=180):
        """Wait until every station has had all its messages acknowledged.

        :raise SetupError: one gave up
        """
        for identity, process in self.processes.items():
            if process.wait(seconds):
                raise SetupError(f"Simulated station {identity} failed: see {self.folder / (identity + '.log')}")

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            process.wait(20)
