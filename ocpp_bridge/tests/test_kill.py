"""kill -9 at any moment: every acknowledged message is in the journal, every finished session counts once."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys

import pytest
from helpers import plain_2x, station
from websockets.exceptions import WebSocketException

SESSIONS, KILLS = 60, 6


class BridgeProcess:
    """`serve` in a process of its own, on the same port and journal each time."""

    def __init__(self, journal, odoo) -> None:
        self._environment = {
            **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OCPP_BRIDGE_HOST": "127.0.0.1",
            "OCPP_BRIDGE_JOURNAL": str(journal), "OCPP_BRIDGE_SECURITY_PROFILE": "0",
            "OCPP_BRIDGE_ACCEPT_UNKNOWN_STATIONS": "1", "OCPP_BRIDGE_SETTLE_SECONDS": "0.3",
            "OCPP_BRIDGE_PUSH_INTERVAL": "0.02", "OCPP_BRIDGE_PUSH_BACKOFF_MAX": "0.1",
            **{f"OCPP_BRIDGE_{name.upper()}": value for name, value in odoo.settings.items()},
        }  # fmt: skip
        self.port = 0

    def start(self) -> None:
        environment = {**self._environment, "OCPP_BRIDGE_PORT": str(self.port)}
        command = [sys.executable, "-m", "ocpp_bridge", "serve"]
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        for line in self._process.stderr:
            if json.loads(line)["event"] == "listening":
                self.port = json.loads(line)["port"]
                return
        raise AssertionError("the bridge did not start")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


@pytest.mark.timeout(80)
async def test_nothing_is_lost_and_nothing_is_double(tmp_path, odoo):
    journal, acknowledged, done = tmp_path / "j.sqlite", [], asyncio.Event()
    bridge = BridgeProcess(journal, odoo)
    bridge.start()

    async def charge(number: int) -> None:
        """One station with a queue: sends until answered, each time with a new message id."""
        payloads = plain_2x()
        while payloads:
            try:
                async with station(bridge.port, f"CP-{number}", "2.0.1", open_timeout=2) as cp:
                    while payloads:
                        await cp.call("TransactionEvent", payloads[0])
                        acknowledged.append((f"CP-{number}", payloads.pop(0)["seqNo"]))
                        await asyncio.sleep(0.01)
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(0.05)

    async def reaper() -> None:
        for seed in range(KILLS):
            await asyncio.sleep(random.Random(seed).uniform(0.0, 0.3))
            await asyncio.to_thread(bridge.kill)
            await asyncio.to_thread(bridge.start)
        done.set()

    async def fleet() -> None:
        for first in range(0, SESSIONS, 10):
            await asyncio.gather(*(charge(number) for number in range(first, first + 10)))
            await asyncio.sleep(0.1)

    await asyncio.gather(fleet(), reaper())
    try:
        deadline = asyncio.get_running_loop().time() + 30
        while len(odoo.stored) < SESSIONS and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
    finally:
        await asyncio.to_thread(bridge.kill)

    rows = sqlite3.connect(journal).execute("SELECT station, json_extract(raw, '$[3].seqNo') FROM message")
    assert set(acknowledged) <= set(rows) and len(acknowledged) == SESSIONS * 4
    assert len(odoo.stored) == SESSIONS
    assert {item["station"] for item in odoo.stored.values()} == {f"CP-{number}" for number in range(SESSIONS)}
    # 12,000 Wh each, once in effect
    assert sum(item["energy"] for item in odoo.stored.values()) == SESSIONS * 12000
    assert not any("quarantine" in item for item in odoo.stored.values())
