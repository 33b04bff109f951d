"""Malformed frames: the answer of the book, never a crash, never a lost connection."""

import json

import pytest
from helpers import at, eventually, start_16, station

from ocpp_bridge.journal import open_reader
from ocpp_bridge.server.frames import Call, Malformed, Reply, read_frame

UNREADABLE = [
    "", "not json", "{}", "17", "null", "[]", '["2"]', "[2]", "[2, null, \"A\", {}]", "[true, \"1\", \"A\", {}]",
    "[2, {}, \"A\", {}]", json.dumps([2, "x" * 300, "Heartbeat", {}]), "[" * 50_000, '[2, "1", "Heartbeat", {}',
]  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE)
def test_frame_without_usable_id(text):
    assert read_frame(text, "1.6") == Malformed(read_frame(text, "1.6").reason, None)  # 1.6: ignored
    for ocpp in ("2.0.1", "2.1"):
        assert json.loads(read_frame(text, ocpp).answer)[:3] == [4, "-1", "RpcFrameworkError"]


@pytest.mark.parametrize("text", ['[2, "7"]', '[2, "7", "Heartbeat"]', '[2, "7", 5, {}]'])
def test_call_that_is_too_short_is_answered_under_its_id(text):
    assert json.loads(read_frame(text, "1.6").answer)[:3] == [4, "7", "FormationViolation"]
    assert json.loads(read_frame(text, "2.0.1").answer)[:3] == [4, "7", "RpcFrameworkError"]


def test_message_types_of_2_1_are_known_there_only():
    for number in (5, 6, 9):
        text = json.dumps([number, "7", "NotifyPeriodicEventStream", {}])
        assert read_frame(text, "1.6").answer is None
        assert json.loads(read_frame(text, "2.0.1").answer)[:3] == [4, "7", "MessageTypeNotSupported"]
    assert read_frame('[5, "7", "InternalError", "", {}]', "2.1") == Reply(5, "7")
    assert read_frame('[6, "7", "NotifyPeriodicEventStream", {}]', "2.1").reply is False
    assert read_frame('[6, "7"]', "2.1").answer is None  # an unconfirmed message is never answered
    assert json.loads(read_frame('[9, "7"]', "2.1").answer)[2] == "MessageTypeNotSupported"


def test_lenient_where_billing_data_is_at_stake():
    assert isinstance(read_frame('[2, "%s", "Heartbeat", {}]' % ("i" * 100), "1.6"), Call)
    assert read_frame('[2, 7, "Heartbeat", {}]', "1.6").message_id == 7
    assert read_frame('[2, "7", "Heartbeat", {}, "extra"]', "1.6").action == "Heartbeat"
    assert read_frame('[2, "7", "Heartbeat", {"a": NaN, "b": "tab\there"}]', "1.6").action == "Heartbeat"


async def test_no_malformed_frame_costs_the_connection(bridge, settings):
    async with bridge() as running:
        for ocpp in ("1.6", "2.0.1", "2.1"):
            async with station(running.port, ocpp=ocpp) as cp:
                for text in [*UNREADABLE, '[3, "1", {}]', '[4, "1", "x", "", {}]', '[5, "1"]', '[6, "1", "A", {}]']:
                    await cp.socket.send(text)
                await cp.socket.send(b"\xff\xfe\x00")
                await cp.socket.send('[2, "done", "Heartbeat", {}]')
                async for answer in cp.socket:
                    if json.loads(answer)[:2] == [3, "done"]:
                        break
                assert (await cp.call("Heartbeat", {}))["currentTime"]
        assert running.metrics.total("malformed") > 30


async def test_same_message_id_twice_is_answered_twice(bridge):
    async with bridge() as running, station(running.port) as cp:
        frame = json.dumps([2, "same", "StartTransaction", start_16()])
        assert await cp.raw(frame) == await cp.raw(frame)


async def test_latin_text_in_another_encoding_is_understood(bridge):
    async with bridge() as running, station(running.port) as cp:
        payload = (
            '[2, "1", "StartTransaction", {"connectorId": 1, "idTag": "T\xe9", "meterStart": 1, "timestamp": "%s"}]'
        )
        await cp.socket.send((payload % at("08:00")).encode("latin-1"), text=True)
        assert json.loads(await cp.socket.recv())[0] == 3


async def test_half_a_surrogate_pair_does_not_keep_a_message_out_of_the_journal(bridge, settings):
    async with bridge() as running, station(running.port, ocpp="2.0.1") as cp:
        text = '[2, "\\ud800", "TransactionEvent", {"eventType": "Ended", "transactionInfo": {"transactionId": "\\ud800"}}]'
        assert (await cp.raw(text))[0] == 3
        assert open_reader(settings().journal).execute("SELECT raw FROM message").fetchone()["raw"] == text
        assert await cp.call("Heartbeat", {})


async def test_broken_billing_frame_is_kept_for_a_person(bridge, settings):
    async with bridge() as running, station(running.port, ocpp="2.0.1") as cp:
        broken = '[2, "1", "TransactionEvent", {"eventType": "Ended", "timest'
        assert (await cp.raw(broken))[2] == "RpcFrameworkError"
        assert (await cp.raw('[2, "2", "TransactionEvent", {"eventType": "Ended"}]'))[0] == 3
        db = open_reader(settings().journal)
        rows = db.execute("SELECT raw, kind FROM message").fetchall()
        assert [row["kind"] for row in rows] == ["malformed", "malformed"] and rows[0]["raw"] == broken


async def test_huge_frame_closes_with_1009_and_is_counted(bridge):
    async with bridge(max_frame_bytes=2048) as running, station(running.port) as cp:
        await cp.socket.send(json.dumps([2, "1", "DataTransfer", {"data": "x" * 4000}]))
        await cp.socket.wait_closed()
        assert cp.socket.close_code == 1009
        await eventually(lambda: running.metrics.total("oversize_frames") == 1)
        async with station(running.port) as again:
            assert await again.call("Heartbeat", {})
