"""What the tests speak with: a raw station, message builders, a session log for pure assembly."""

import asyncio
import base64
import itertools
import json
from contextlib import asynccontextmanager
from typing import Any

import websockets.asyncio.client

from ocpp_bridge.cdr import Message, Rules, assemble
from ocpp_bridge.cdr.times import parse_time
from ocpp_bridge.server.intake import make_record
from ocpp_bridge.server.passwords import hash_password

PASSWORD = "secret"
PASSWORD_HASH = hash_password(PASSWORD.encode(), n=1024)
DAY = "2026-10-03T"
RULES = Rules(max_power_kw=400.0)


def basic(user: str, password: str | bytes = PASSWORD) -> dict[str, str]:
    secret = password if isinstance(password, bytes) else password.encode()
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()}


async def eventually(check, seconds: float = 20.0) -> None:
    """Wait until `check()` is true; the limit is for hangs, not a speed that is promised."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not check():
        assert asyncio.get_running_loop().time() < deadline, f"never true: {check}"
        await asyncio.sleep(0.01)


class RawStation:
    """A connection that sends what it is told to, well formed or not."""

    _ids = itertools.count(1)

    def __init__(self, socket: websockets.asyncio.client.ClientConnection) -> None:
        self.socket = socket

    async def raw(self, text: str | bytes) -> Any:
        await self.socket.send(text)
        return json.loads(await self.socket.recv())

    async def frame(self, action: str, payload: Any) -> list:
        """The whole answering frame."""
        return await self.raw(json.dumps([2, f"m{next(self._ids)}", action, payload]))

    async def call(self, action: str, payload: Any) -> dict:
        """The payload of a CALLRESULT."""
        answer = await self.frame(action, payload)
        assert answer[0] == 3, answer
        return answer[2]


@asynccontextmanager
async def station(port: int, identity: str = "CP-1", ocpp: str = "1.6", **options: Any):
    options.setdefault("additional_headers", basic(identity))
    options.setdefault("subprotocols", [f"ocpp{ocpp}"])
    url = f"ws://127.0.0.1:{port}/ocpp/{identity}"
    async with websockets.asyncio.client.connect(url, compression=None, proxy=None, **options) as socket:
        yield RawStation(socket)


# --- payloads --------------------------------------------------------------------------------------------------


def at(clock: str) -> str:
    """`at("08:15")` -> 2026-10-03T08:15:00Z"""
    return f"{DAY}{clock}:00Z"


EIGHT, NINE = at("08:00"), at("09:00")


def epoch(stamp: str) -> int:
    return int(parse_time(stamp)[0])


def start_16(connector=1, token="TAG", stamp=EIGHT, meter=1000, **extra) -> dict:
    return {"connectorId": connector, "idTag": token, "timestamp": stamp, "meterStart": meter, **extra}


def stop_16(transaction, stamp=NINE, meter=13000, **extra) -> dict:
    return {"transactionId": transaction, "timestamp": stamp, "meterStop": meter, **extra}


def register(value, stamp, unit=None, context=None, **extra) -> dict:
    """A meterValue with one 1.6 sample."""
    sampled = {"value": str(value), "measurand": "Energy.Active.Import.Register", **extra}
    sampled |= {"unit": unit} if unit else {}
    sampled |= {"context": context} if context else {}
    return {"timestamp": stamp, "sampledValue": [sampled]}


def meter_16(transaction, *values: dict, connector=1) -> dict:
    payload = {"connectorId": connector, "meterValue": list(values)}
    return payload if transaction is None else payload | {"transactionId": transaction}


def event(kind, seq, stamp, wh=None, state=None, context="Sample.Periodic", tx="TX1", evse=1, **extra) -> dict:
    """A 2.x TransactionEvent."""
    payload = {
        "eventType": kind,
        "seqNo": seq,
        "timestamp": stamp,
        "triggerReason": "MeterValuePeriodic",
        "transactionInfo": {"transactionId": tx} | ({"chargingState": state} if state else {}),
    }
    if evse is not None:
        payload["evse"] = {"id": evse, "connectorId": 1}
    if wh is not None:
        sample = {"value": wh, "measurand": "Energy.Active.Import.Register", "context": context}
        payload["meterValue"] = [{"timestamp": stamp, "sampledValue": [sample]}]
    return payload | extra


TOKEN = {"idToken": "TAG", "type": "ISO14443"}


def plain_2x() -> list[dict]:
    """Started, two Updated, Ended: 1,000 -> 13,000 Wh from 08:00 to 09:00, charging until 08:50."""
    return [
        event("Started", 0, at("08:00"), 1000, "Charging", "Transaction.Begin", idToken=TOKEN),
        event("Updated", 1, at("08:30"), 7000, "Charging"),
        event("Updated", 2, at("08:50"), 13000, "SuspendedEV"),
        event("Ended", 3, at("09:00"), 13000, None, "Transaction.End"),
    ]


# --- journal messages without a journal ------------------------------------------------------------------------


class Log:
    """Collects messages as the journal would file them; `assemble` gives what becomes of them."""

    def __init__(self, ocpp: str = "1.6", station: str = "CP-1") -> None:
        self.ocpp, self.station = ocpp, station
        self.messages: list[Message] = []
        self._starts: dict[str, int] = {}

    def add(self, action: str, payload: Any, arrived: str | float | None = None) -> "Log":
        """`arrived` defaults to a moment after everything in these tests: as if the station had been offline."""
        when = epoch(arrived) if isinstance(arrived, str) else arrived
        when = epoch("2026-10-04T00:00:00Z") if when is None else when
        raw = json.dumps([2, f"id{len(self.messages)}", action, payload])
        record = make_record(self.station, self.ocpp, action, "id", int(when * 1000), payload, raw)
        if record.session is None:
            number = self._starts.setdefault(record.business_key, len(self._starts) + 1)
            record.transaction_id, record.session = number, f"t:{number}"
        self.messages.append(
            Message(
                len(self.messages) + 1, record.station, record.ocpp, record.action, record.arrived, record.kind,
                record.session or "", record.raw, record.transaction_id,
            )
        )  # fmt: skip
        return self

    def start(self, arrived=None, **fields) -> "Log":
        return self.add("StartTransaction", start_16(**fields), arrived)

    def meter(self, transaction, *values, arrived=None, connector=1) -> "Log":
        return self.add("MeterValues", meter_16(transaction, *values, connector=connector), arrived)

    def stop(self, transaction=1, arrived=None, **fields) -> "Log":
        return self.add("StopTransaction", stop_16(transaction, **fields), arrived)

    def events(self, *payloads: dict, arrived=None) -> "Log":
        for payload in payloads:
            self.add("TransactionEvent", payload, arrived)
        return self

    def assemble(self, final: bool = False, rules: Rules = RULES, before: float | None = None):
        return assemble(self.messages, rules, final, before)
