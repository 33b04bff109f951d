"""What others than this machine and the stations get at the door: little, and slowly."""

import json
from types import SimpleNamespace

import pytest
from helpers import basic, station
from test_connect import refused
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request

from ocpp_bridge.clock import Clock
from ocpp_bridge.server.attempts import LIMIT, Attempts


class Elsewhere:
    """What the gate sees of a connection from another machine."""

    def __init__(self, *address) -> None:
        self.remote_address = address


async def page(running, path: str, address: str, **headers) -> tuple[int, bytes]:
    response = await running.gate.process_request(Elsewhere(address, 1), Request(path, Headers(headers)))
    return response.status_code, response.body


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7", "?"])
async def test_other_machines_see_no_reasons_and_no_metrics(bridge, address):
    async with bridge() as running:
        running.assembly.fault = "secret path"
        assert await page(running, "/health", address) == (200, b'{"status": "degraded"}\n')
        status, body = await page(running, "/metrics", address)
        assert status == 403 and b"ocpp_bridge_" not in body
        # A proxy on this machine speaks for others.
        assert b"secret" not in (await page(running, "/health", "127.0.0.1", **{"X-Forwarded-For": address}))[1]
    async with bridge(health_details=True, metrics_public=True) as running:
        running.assembly.fault = "secret path"
        assert b"secret path" in (await page(running, "/health", address))[1]
        assert (await page(running, "/metrics", address))[0] == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_sees_all(bridge, address):
    async with bridge() as running:
        running.assembly.fault = "why"
        assert json.loads((await page(running, "/health", address))[1])["reasons"] == ["assembly: why"]
        assert (await page(running, "/metrics", address))[0] == 200


async def knock(running, password: str, address: str = "192.0.2.7") -> int:
    """The status of a handshake, 0 when it may go on; no socket, so that the address can be any."""
    headers = Headers({"Upgrade": "websocket", **basic("CP-1", password)})
    response = await running.gate.process_request(Elsewhere(address, 1), Request("/ocpp/CP-1", headers))
    return response.status_code if response else 0


async def test_guesses_are_slowed_down_and_the_station_itself_is_not(bridge):
    checked = []
    async with bridge() as running:
        clock = [1000.0]
        running.gate._attempts._clock = SimpleNamespace(monotonic=lambda: clock[0])
        real = running.gate._passwords.check

        async def check(*arguments):
            checked.append(arguments[1])
            return await real(*arguments)

        running.gate._passwords.check = check
        assert [await knock(running, f"guess{number}") for number in range(8)] == [401] * 5 + [429] * 3
        assert len(checked) == 5
        # The right word is not told at once either, from there; from elsewhere it is, at any time.
        assert (await knock(running, "secret"), await knock(running, "secret", "198.51.100.1")) == (429, 0)
        assert await knock(running, "secret") == 429  # though its verdict is cached by now
        clock[0] += 1
        assert [await knock(running, "a"), await knock(running, "b")] == [401, 429]
        clock[0] += 1
        assert [await knock(running, "secret") for _ in range(50)] == [0] * 50 and len(checked) == 8


async def test_refusal_for_too_many_attempts_says_when_to_come_back(bridge):
    async with bridge() as running:
        for number in range(5):
            await refused(running.port, additional_headers=basic("CP-1", f"guess{number}"))
        with pytest.raises(InvalidStatus) as caught:
            async with station(running.port, additional_headers=basic("CP-1", "guess")):
                pass
        response = caught.value.response
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")


def test_memory_of_guesses_is_bounded():
    attempts = Attempts(Clock())
    for number in range(LIMIT + 500):
        attempts.take("192.0.2.7", f"CP-{number}")
    assert len(attempts._buckets) == LIMIT
