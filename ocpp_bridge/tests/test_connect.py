"""The gate: who gets in, who does not and why; replaced connections; storms."""

import asyncio
import json
import ssl
import subprocess
import urllib.error
import urllib.request

import psutil
import pytest
from helpers import PASSWORD_HASH, basic, eventually, station
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ocpp_bridge.server.passwords import PasswordChecker, hash_password, verify_password
from ocpp_bridge.settings import StationSetting


async def refused(port: int, identity: str = "CP-1", **options) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as caught:
        async with station(port, identity, **options):
            pass
    return caught.value.response.status_code, caught.value.response.body.decode()


async def test_best_common_subprotocol_wins(bridge):
    async with bridge() as running:
        for offered, chosen in (
            (["ocpp1.6", "ocpp2.0.1", "ocpp2.1"], "ocpp2.1"),
            (["soap", "ocpp1.6", "ocpp2.0.1"], "ocpp2.0.1"),
            (["ocpp1.6"], "ocpp1.6"),
        ):
            async with station(running.port, subprotocols=offered) as cp:
                assert cp.socket.subprotocol == chosen


@pytest.mark.parametrize("offered", [["ocpp1.5"], None])
async def test_no_common_subprotocol_is_completed_then_closed_with_the_reason(bridge, offered):
    async with bridge() as running, station(running.port, subprotocols=offered) as cp:
        with pytest.raises(ConnectionClosed):
            await cp.socket.recv()
        assert cp.socket.close_code == 1002 and "ocpp1.6" in cp.socket.close_reason
        assert not running.registry.connected()


async def test_default_subprotocol_is_for_clients_that_offer_none(bridge):
    async with bridge(default_subprotocol="ocpp1.6") as running:
        async with station(running.port, subprotocols=None) as cp:
            assert await cp.call("Heartbeat", {})
        async with station(running.port, subprotocols=["ocpp1.5"]) as cp:
            await cp.socket.wait_closed()
            assert cp.socket.close_code == 1002


async def test_wrong_password_user_or_none_is_401_and_says_why(bridge):
    async with bridge() as running:
        port = running.port
        assert await refused(port, additional_headers=basic("CP-1", "wrong")) == (401, "wrong password\n")
        status, body = await refused(port, additional_headers=basic("CP-2"))
        assert status == 401 and "must be the identity" in body
        for header in ({}, {"Authorization": "Basic !"}, {"Authorization": "Bearer x"}):
            status, body = await refused(port, additional_headers=header)
            assert status == 401 and "basic authentication" in body


async def test_binary_password_and_encoded_identity(bridge):
    password = bytes(range(128, 168))
    own = StationSetting("CP 1/ü", hash_password(password, n=1024))
    async with bridge(stations=(StationSetting("CP 1ü", own.password_hash),)) as running:
        headers = basic("CP 1ü", password)
        async with station(running.port, "CP%201%C3%BC", additional_headers=headers) as cp:
            assert await cp.call("Heartbeat", {})


async def test_plain_path_works_too(bridge):
    import websockets.asyncio.client

    async with bridge() as running:
        url = f"ws://127.0.0.1:{running.port}/CP-1"
        async with websockets.asyncio.client.connect(
            url, subprotocols=["ocpp1.6"], additional_headers=basic("CP-1"), proxy=None
        ):
            assert running.registry.stations["CP-1"].connected


async def test_unknown_identity_is_404_and_remembered_within_bounds(bridge):
    async with bridge() as running:
        status, body = await refused(running.port, "NEW-1")
        assert status == 404 and "register it first" in body
        await refused(running.port, "NEW-1")
        entry = running.registry.unknown["NEW-1"]
        assert entry["count"] == 2 and entry["remote"] == "127.0.0.1"
        for number in range(3000):
            running.registry.remember_unknown(f"scan-{number}", "127.0.0.1")
        assert len(running.registry.unknown) == 1000


async def test_disabled_station_is_403_and_one_without_password_401(bridge):
    stations = (StationSetting("CP-1", PASSWORD_HASH, enabled=False), StationSetting("CP-2"))
    async with bridge(stations=stations) as running:
        assert (await refused(running.port))[0] == 403
        assert (await refused(running.port, "CP-2"))[0] == 401


async def test_profile_zero_asks_nothing(bridge):
    async with bridge(security_profile=0) as running, station(running.port, additional_headers={}) as cp:
        assert await cp.call("Heartbeat", {})


async def test_new_connection_replaces_the_old_one_whose_end_does_not_count(bridge):
    async with bridge() as running, station(running.port) as old, station(running.port) as new:
        assert await new.call("Heartbeat", {})
        await old.socket.wait_closed()
        assert "replaced" in old.socket.close_reason
        assert running.registry.stations["CP-1"].connected
        assert await new.call("Heartbeat", {})
        assert running.registry.connected() == 1
    await eventually(lambda: running.registry.connected() == 0)


async def test_ten_thousand_quick_reconnects_leave_nothing_behind(bridge):
    """A handshake each, from 50 clients at a time that then just drop the line; one password check in all."""
    handshake = (
        "GET /ocpp/CP-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: {basic('CP-1')['Authorization']}\r\n\r\n"
    ).encode()

    async def knock(port: int, times: int) -> None:
        for _ in range(times):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(handshake)
            assert (await reader.readline()).startswith(b"HTTP/1.1 101")
            writer.transport.abort()

    async with bridge() as running:
        await knock(running.port, 200)
        before = psutil.Process().memory_info().rss
        await asyncio.gather(*(knock(running.port, 196) for _ in range(50)))
        await eventually(lambda: running.registry.connected() == 0)
        grown = psutil.Process().memory_info().rss - before
        assert running.metrics.total("connections") == 10_000
        assert len(running.registry.stations) == 1
        assert grown < 100 << 20, f"{grown >> 20} MiB more than before"
        async with station(running.port) as cp:
            assert await cp.call("Heartbeat", {})


def test_password_hash_formats():
    assert verify_password(b"secret", PASSWORD_HASH) and not verify_password(b"Secret", PASSWORD_HASH)
    for stored in ("", "secret", "scrypt$1$2$3", "scrypt$x$8$1$AA==$AA==", "md5$1$1$1$AA==$AA==", "scrypt$3$8$1$!$!"):
        assert not verify_password(b"secret", stored)


async def test_password_verdicts_are_cached_and_a_new_hash_counts_at_once():
    checker = PasswordChecker()
    assert not await checker.check("CP-1", b"new", PASSWORD_HASH)
    assert await checker.check("CP-1", b"secret", PASSWORD_HASH)
    assert await checker.check("CP-1", b"new", hash_password(b"new", n=1024))
    assert len(checker._verdicts) == 3


async def get(url: str) -> tuple[int, bytes]:
    def fetch():
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    return await asyncio.to_thread(fetch)


async def test_health_and_metrics_are_on_the_same_port(bridge):
    async with bridge() as running, station(running.port) as cp:
        await cp.call("Heartbeat", {})
        url = f"http://127.0.0.1:{running.port}"
        status, body = await get(f"{url}/health")
        assert status == 200 and json.loads(body) == {"status": "ok", "reasons": [], "connected": 1}
        status, body = await get(f"{url}/metrics")
        assert b'ocpp_bridge_messages_total{action="Heartbeat",ocpp="1.6"} 1.0' in body
        assert (await get(f"{url}/nothing"))[0] == 404


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A self-made authority that signs the server and the client "CP-1"."""
    folder = tmp_path_factory.mktemp("tls")

    def run(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")
    for name in ("localhost", "CP-1"):
        run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}")  # fmt: skip
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", f"{name}.pem")  # fmt: skip
    return folder


def tls_client(folder, client: str | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(folder / "ca.pem")
    if client:
        context.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    return context


def tls_settings(folder, profile: int) -> dict:
    return {
        "security_profile": profile,
        "tls_certificate": str(folder / "localhost.pem"),
        "tls_key": str(folder / "localhost.key"),
        "tls_client_ca": str(folder / "ca.pem"),
    }


async def connect_tls(port: int, identity: str, context: ssl.SSLContext, headers: dict):
    import websockets.asyncio.client

    return await websockets.asyncio.client.connect(
        f"wss://127.0.0.1:{port}/ocpp/{identity}", ssl=context, subprotocols=["ocpp2.0.1"],
        additional_headers=headers, proxy=None,
    )  # fmt: skip


async def test_profile_2_is_tls_with_basic_auth(bridge, certificates):
    async with bridge(**tls_settings(certificates, 2)) as running:
        socket = await connect_tls(running.port, "CP-1", tls_client(certificates), basic("CP-1"))
        await socket.close()
        with pytest.raises(InvalidStatus):
            await connect_tls(running.port, "CP-1", tls_client(certificates), {})


async def test_profile_3_takes_the_identity_from_the_certificate(bridge, certificates):
    async with bridge(**tls_settings(certificates, 3)) as running:
        context = tls_client(certificates, "CP-1")
        socket = await connect_tls(running.port, "CP-1", context, {})
        await socket.close()
        with pytest.raises(InvalidStatus):
            await connect_tls(running.port, "CP-2", context, {})
