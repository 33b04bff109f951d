"""Bridge throughput: 2.0.1 TransactionEvents/s over real sockets, journal on, against a stock server without one.

Prints a JSON list of `{"name", "value", "unit", "limit", "ratio", "target", "met"}`; `limit` is what the stock
`ocpp` + `websockets` server does in the same run, under the same load: 50 connections, closed loop, 5 sampled
values a message. Each server is a process of its own; the load generator has the other core.

    python tests/bench/bridge.py [--seconds 8] [--connections 50]
"""

import argparse
import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uvloop

TARGET = 8.0
FOLDER = Path(__file__).resolve().parents[2] / ".runtime" / "bench"
FRAMES = 64  # prepared messages a connection

STOCK_SERVER = """
import asyncio, sys
import websockets.asyncio.server
from ocpp.routing import on
from ocpp.v201 import ChargePoint, call_result

class Station(ChargePoint):
    @on("TransactionEvent")
    async def on_transaction_event(self, **payload):
        return call_result.TransactionEvent()

async def serve_one(socket):
    await Station(socket.request.path, socket).start()

async def main():
    async with websockets.asyncio.server.serve(serve_one, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()

asyncio.run(main())
"""


def transaction_event(connection: int, number: int) -> str:
    """An Updated with 5 sampled values, as a three-phase station sends it."""
    measurands = ("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage", "SoC")
    samples = [
        {"value": 1000.5 + number + index, "context": "Sample.Periodic", "measurand": name, "location": "Outlet"}
        for index, name in enumerate(measurands)
    ]
    payload = {
        "eventType": "Updated",
        "timestamp": f"2026-10-03T08:{number % 60:02d}:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": number,
        "transactionInfo": {"transactionId": f"bench-{connection}", "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [{"timestamp": f"2026-10-03T08:{number % 60:02d}:00Z", "sampledValue": samples}],
    }
    return json.dumps([2, f"{connection}-{number}", "TransactionEvent", payload])


def masked_frame(text: str) -> bytes:
    """A client's text frame (RFC 6455 5.2), made once: the mask is all zeros, so masking leaves the bytes as they are."""
    body = text.encode()
    assert 126 <= len(body) < 1 << 16
    return bytes([0x81, 0xFE]) + len(body).to_bytes(2, "big") + bytes(4) + body


class Client(asyncio.Protocol):
    """One station in a closed loop: the next message goes when the answer to the last one is there."""

    def __init__(self, number: int) -> None:
        self.number, self.answers, self.error = number, 0, ""
        self.frames = [masked_frame(transaction_event(number, index)) for index in range(FRAMES)]
        self.open, self.buffer = False, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /ocpp/BENCH-{self.number} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp2.0.1\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            head, end, self.buffer = self.buffer.partition(b"\r\n\r\n")
            if not end:
                self.buffer = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.error = head.decode()
                return
            self.open = True
            self.send()
        # Answers are short: one header of two bytes, then the text.
        while len(self.buffer) >= 2 and len(self.buffer) >= 2 + self.buffer[1]:
            frame, self.buffer = self.buffer[2 : 2 + self.buffer[1]], self.buffer[2 + self.buffer[1] :]
            if not frame.startswith(b"[3,"):
                self.error = frame.decode("utf-8", "replace")
                return
            self.answers += 1
            self.send()

    def send(self) -> None:
        self.transport.write(self.frames[self.answers % FRAMES])


async def load(port: int, connections: int, seconds: float) -> float:
    """Messages answered a second, after a warm-up of a fifth of the time."""
    loop = asyncio.get_running_loop()
    clients = [Client(number) for number in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
    await asyncio.sleep(seconds / 5)
    before, begin = sum(client.answers for client in clients), time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (sum(client.answers for client in clients) - before) / (time.perf_counter() - begin)
    errors = [client.error for client in clients if client.error]
    for client in clients:
        client.transport.close()
    if errors:
        raise SystemExit(f"bench: a server answered with an error: {errors[0]}")
    return rate


def measure(command: list[str], environment: dict[str, str], stream: str, connections: int, seconds: float) -> float:
    """Start a server, read its port from its first line, load it, end it."""
    pipes = {stream: subprocess.PIPE}
    process = subprocess.Popen(command, env={**os.environ, **environment}, **pipes)
    try:
        line = json.loads(getattr(process, stream).readline())
        port = line["port"] if isinstance(line, dict) else line
        return uvloop.run(load(port, connections, seconds))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--connections", type=int, default=50)
    options = parser.parse_args()
    load_of = (options.connections, options.seconds)
    FOLDER.mkdir(parents=True, exist_ok=True)
    stock = measure([sys.executable, "-c", STOCK_SERVER], {}, "stdout", *load_of)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        environment = {
            "OCPP_BRIDGE_HOST": "127.0.0.1",
            "OCPP_BRIDGE_PORT": "0",
            "OCPP_BRIDGE_JOURNAL": f"{folder}/bench.sqlite",
            "OCPP_BRIDGE_SECURITY_PROFILE": "0",
            "OCPP_BRIDGE_ACCEPT_UNKNOWN_STATIONS": "true",
        }
        ours = measure([sys.executable, "-m", "ocpp_bridge", "serve"], environment, "stderr", *load_of)
    ratio = ours / stock
    result = {
        "name": "bridge: 2.0.1 TransactionEvents, journal on, against stock ocpp + websockets without journal",
        "value": round(ours),
        "unit": "messages/s",
        "limit": round(stock),
        "ratio": round(ratio, 2),
        "target": TARGET,
        "met": ratio >= TARGET,
    }
    print(json.dumps([result], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
