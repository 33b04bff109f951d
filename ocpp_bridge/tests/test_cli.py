"""The command line and the settings: what a technician meets."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import pytest
from helpers import at, event, eventually, meter_16, plain_2x, register, start_16, station, stop_16

from ocpp_bridge.cli import main
from ocpp_bridge.clock import Clock
from ocpp_bridge.errors import SettingsError
from ocpp_bridge.journal import open_reader
from ocpp_bridge.server.passwords import verify_password
from ocpp_bridge.settings import Settings, load_settings


def test_settings_come_from_file_then_environment_then_secret_files(tmp_path):
    secret, config = tmp_path / "key", tmp_path / "bridge.toml"
    secret.write_text("s3cret\n")
    config.write_text(
        f'port = 1234\nname = "site-7"\nodoo_api_key_file = "{secret}"\nsettle_seconds = 5\n'
        '[[stations]]\nidentity = "CP-1"\nmax_power_kw = 22\n'
    )
    settings = load_settings(str(config), {"OCPP_BRIDGE_PORT": "99", "OCPP_BRIDGE_ACCEPT_UNKNOWN_STATIONS": "yes"})
    assert (settings.port, settings.name, settings.odoo_api_key) == (99, "site-7", "s3cret")
    assert (settings.settle_seconds, settings.accept_unknown_stations) == (5.0, True)
    assert settings.stations[0].max_power_kw == 22
    assert load_settings(None, {"OCPP_BRIDGE_ODOO_API_KEY_FILE": str(secret)}).odoo_api_key == "s3cret"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "unknown setting 'prot'"),
        ("port = 'x'", "which is not int"),
        ("= 1", "is not TOML"),
        ("security_profile = 7", "must be one of"),
        ("security_profile = 2", "tls_certificate"),
        ("odoo_url = 'http://x'", "odoo_database"),
        ("unknown_token = 'maybe'", "must be one of"),
        ("settle_seconds = -1", "must not be negative"),
        ("accept_unknown_stations = 'perhaps'", "which is not bool"),
        ("odoo_api_key_file = '/nowhere/at/all'", "cannot read the file"),
        ("[[stations]]\nname = 'x'", r"wrong \[\[stations\]\] entry"),
    ],
)
def test_wrong_settings_are_one_clear_line(tmp_path, capsys, text, message):
    config = tmp_path / "bridge.toml"
    config.write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_settings(str(config), {})
    assert main(["status", "--config", str(config)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_every_setting_is_in_the_readme():
    readme = (pathlib.Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for name in Settings.__dataclass_fields__:
        assert f"`{name}`" in readme or f"`[[{name}]]`" in readme, name


def test_missing_file_and_missing_journal_say_what_to_do(tmp_path, capsys):
    assert main(["status", "--config", str(tmp_path / "none.toml")]) == 1
    assert main(["status", "--journal", str(tmp_path / "none.sqlite")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert "cannot read settings file" in lines[0] and "no journal at" in lines[1]


def test_hash_password(capsys, monkeypatch):
    reader, writer = os.pipe()
    os.write(writer, b"secret\n")
    os.close(writer)
    with os.fdopen(reader) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert main(["hash-password"]) == 0
    assert verify_password(b"secret", capsys.readouterr().out.strip())


async def test_status_and_export_beside_a_running_bridge(bridge, settings, capsys):
    async with bridge() as running:
        async with station(running.port) as cp:
            transaction = (await cp.call("StartTransaction", start_16()))["transactionId"]
            await cp.call("MeterValues", meter_16(transaction, register(7000, at("08:30"))))
            await cp.call("StopTransaction", stop_16(transaction))
            await cp.call("StopTransaction", stop_16(4711, stamp=at("07:00")))
            await cp.call("StartTransaction", start_16(connector=2))
        journal = settings().journal
        count = "SELECT count(*) FROM outbox"
        await eventually(lambda: open_reader(journal).execute(count).fetchone()[0] == 2)

        assert main(["status", "--journal", journal, "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["messages"], report["open_transactions"]) == (5, 1)
        assert report["outbox"] == {"pending": 2} and report["sessions"]["done"] == 1
        assert "never issued" in report["quarantine"][0]["reason"] and report["stale_transactions"] == []
        assert main(["status", "--journal", journal]) == 0
        assert "open transactions" in capsys.readouterr().out

        assert main(["export", "--journal", journal, "--what", "both", "--station", "CP-1"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert len(lines) == 2 + 5 and lines[0]["energy"] == 12000
        assert json.loads(lines[2]["raw"])[2] == "StartTransaction"
        assert main(["export", "--journal", journal, "--until", "2026-10-01T00:00:00Z"]) == 0
        assert capsys.readouterr().out == ""


async def test_stale_transactions_are_reported(bridge, settings, capsys, monkeypatch):
    async with bridge() as running, station(running.port, ocpp="2.1") as cp:
        await cp.call("TransactionEvent", plain_2x()[0])
        db = open_reader(settings().journal)
        await eventually(lambda: db.execute("SELECT count(*) FROM session").fetchone()[0] == 1)
        monkeypatch.setattr(Clock, "now", lambda self, real=Clock.now: real(self) + 73 * 3600)
        assert main(["status", "--journal", settings().journal, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["stale_transactions"][0]["key"] == "x:TX1"
        assert event("Started", 0, at("08:00"))["evse"]["id"] == 1


def serve(tmp_path, **changes) -> subprocess.Popen:
    values = {"HOST": "127.0.0.1", "PORT": "0", "JOURNAL": str(tmp_path / "j.sqlite"), **changes}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment |= {f"OCPP_BRIDGE_{name}": value for name, value in values.items()}
    return subprocess.Popen([sys.executable, "-m", "ocpp_bridge", "serve"], env=environment, stderr=subprocess.PIPE)


def test_serve_logs_json_stops_on_sigterm_and_refuses_a_second_one(tmp_path):
    first = serve(tmp_path)
    try:
        line = json.loads(first.stderr.readline())
        assert line["event"] == "listening" and line["port"] > 0
        second = serve(tmp_path)
        _out, error = second.communicate(timeout=20)
        assert second.returncode == 1 and b"another bridge works on this journal" in error
    finally:
        first.send_signal(signal.SIGTERM)
        _out, error = first.communicate(timeout=20)
    assert first.returncode == 0 and json.loads(error.splitlines()[-1])["event"] == "stopped"


def test_taken_port_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = serve(tmp_path, PORT=str(taken.getsockname()[1]))
        _out, error = process.communicate(timeout=20)
    lines = error.decode().splitlines()
    assert process.returncode == 1 and len(lines) == 1 and "cannot listen" in lines[0]


def test_files_are_for_their_owner_alone_also_those_of_earlier_versions(tmp_path):
    (tmp_path / "j.sqlite.directory.json").write_text("{}")
    (tmp_path / "j.sqlite.directory.json").chmod(0o644)
    process = serve(tmp_path)
    try:
        next(line for line in iter(process.stderr.readline, b"") if b"listening" in line)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert {"j.sqlite", "j.sqlite.lock", "j.sqlite.directory.json"} <= modes.keys()
    assert set(modes.values()) == {0o600}
