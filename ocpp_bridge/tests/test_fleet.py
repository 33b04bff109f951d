"""The simulated fleet against the real bridge: an implementation of its own, on the `ocpp` package's client classes."""

import asyncio
import json
import pathlib
import sys

import pytest
from helpers import eventually

from ocpp_bridge.journal import open_reader

ROOT = pathlib.Path(__file__).parents[2]
PLAN = {
    "vendor": "Acme", "model": "X", "firmware": "1", "serial": "7", "evses": [1, 2],
    "sessions": [
        {"evse": 1, "token": "T1", "start": "2026-10-03T08:00:00Z", "stop": "2026-10-03T10:00:00Z",
         "meter_start": 1000, "meter_stop": 13000, "interval": 900, "idle_seconds": 600,
         "quirks": ["retry_start", "retry_stop", "kwh"]},
        {"evse": 2, "token": "T2", "start": "2026-10-04T08:00:00Z", "stop": "2026-10-04T10:00:00Z",
         "meter_start": 0, "meter_stop": 7001, "quirks": ["offline", "late_update"]},
        {"evse": 1, "token": "T1", "start": "2026-10-05T08:00:00Z", "stop": "2026-10-05T09:00:00Z",
         "meter_start": 13000, "meter_stop": 15000, "quirks": ["no_meter_values"]},
    ],
    "live": [{"evse": 2, "token": "T3", "seconds": 1, "energy": 50, "delay": 0}],
}  # fmt: skip


@pytest.mark.parametrize("ocpp", ["1.6", "2.0.1"])
async def test_plan_becomes_exactly_its_cdrs_also_when_run_twice(bridge, settings, tmp_path, ocpp):
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    async with bridge() as running:

        async def run() -> list[dict]:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "demo.fleet.station", "--url", f"ws://127.0.0.1:{running.port}/ocpp",
                "--identity", "CP-1", "--password", "secret", "--ocpp", ocpp, "--plan", str(tmp_path / "plan.json"),
                cwd=ROOT, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, _error = await process.communicate()
            assert process.returncode == 0
            return [json.loads(line) for line in out.splitlines()]

        lines = await run()
        assert [line.get("energy") for line in lines] == [12000, 7001, 2000, 50, None] and lines[-1]["done"]
        db = open_reader(settings().journal)
        cdrs = "SELECT payload FROM outbox WHERE kind = 'cdr' ORDER BY start"
        await eventually(lambda: len(db.execute(cdrs).fetchall()) == 4)
        await run()  # the same past again, as after a reset: only the live one is new
        await eventually(lambda: len(db.execute(cdrs).fetchall()) == 5)
        items = [json.loads(row[0]) for row in db.execute(cdrs)]
        assert [item["energy"] for item in items] == [12000, 7001, 2000, 50, 50]
        assert db.execute("SELECT count(*) FROM outbox").fetchone()[0] == 5
    # 120 minutes, 10 of them idle
    assert (items[0]["charging_seconds"], items[0]["idle_seconds"]) == (6600, 600)
    assert items[0]["flags"] == [] and items[1]["flags"] == (["offline"] if ocpp == "2.0.1" else [])
    assert len(items[0]["readings"]) == 10 and len(items[2]["readings"]) == 2


def test_meter_of_the_simulation_is_linear_then_tapers_then_stands():
    sys.path.insert(0, str(ROOT))
    from demo.fleet.meter import register_at, samples
    from demo.fleet.plan import Session

    session = Session(1, "T", 0, 7200, 1000, 13000, 900, 1200)
    # Charging lasts 6,000 s; at 4,800 s (80 %) 90 % are delivered: 1,000 + 10,800; at 5,400 s half of the last 10 %
    assert [register_at(session, moment) for moment in (0, 2400, 4800, 5400, 6000, 7000)] == [
        1000, 6400, 11800, 12400, 13000, 13000,
    ]  # fmt: skip
    assert [moment for moment, _wh, _charging in samples(session)] == [900, 1800, 2700, 3600, 4500, 5400, 6000, 6300]
