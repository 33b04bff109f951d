"""The driver, over real sockets and a real journal: settling, links, late messages, restarts, replays."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from helpers import TOKEN, at, event, eventually, meter_16, plain_2x, register, start_16, station, stop_16

from ocpp_bridge.assembly import outcome
from ocpp_bridge.cli import main
from ocpp_bridge.journal import open_reader


class Box:
    """What the outbox holds, and the sessions behind it."""

    def __init__(self, path: str) -> None:
        self._db = open_reader(path)

    def items(self, kind: str = "cdr") -> list[dict]:
        rows = self._db.execute("SELECT payload FROM outbox WHERE kind = ? ORDER BY seq", (kind,))
        return [json.loads(row[0]) for row in rows]

    def states(self) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT state FROM session ORDER BY opened, key")]


@asynccontextmanager
async def connected(bridge, settings, ocpp="1.6", **changes):
    async with bridge(**changes) as running, station(running.port, ocpp=ocpp) as cp:
        yield running, cp, Box(settings().journal)


async def test_session_becomes_one_cdr_at_once(bridge, settings):
    async with connected(bridge, settings, settle_seconds=60) as (_running, cp, box):
        transaction = (await cp.call("StartTransaction", start_16()))["transactionId"]
        await cp.call("MeterValues", meter_16(transaction, register(7000, at("08:30"))))
        await cp.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
        await cp.call("StopTransaction", stop_16(transaction))  # after Available: seen on the wire
        await eventually(box.items)
        assert [item["energy"] for item in box.items()] == [12000] and box.states() == ["done"]


async def test_charging_status_before_the_start_and_no_boot(bridge, settings):
    async with connected(bridge, settings) as (_running, cp, box):
        await cp.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
        transaction = (await cp.call("StartTransaction", start_16()))["transactionId"]
        await cp.call("StopTransaction", stop_16(transaction))
        await eventually(box.items)
        assert [(item["energy"], item["flags"]) for item in box.items()] == [(12000, [])] and box.states() == ["done"]


async def test_gap_settles_and_a_late_filler_makes_it_at_once(bridge, settings):
    start, first, second, end = plain_2x()
    async with connected(bridge, settings, "2.0.1", settle_seconds=60) as (_running, cp, box):
        for payload in (start, first, end):
            await cp.call("TransactionEvent", payload)
        await eventually(lambda: box.states() == ["settling"])
        await cp.call("TransactionEvent", second)
        await eventually(box.items)
        assert box.items()[0]["flags"] == []


async def test_gap_that_is_never_filled_is_made_after_settling(bridge, settings):
    start, _dropped, second, end = plain_2x()
    async with connected(bridge, settings, "2.1") as (_running, cp, box):
        for payload in (start, second, end):
            await cp.call("TransactionEvent", payload)
        await eventually(box.items)
        assert box.items()[0]["flags"] == ["seq_gap"]


@pytest.mark.parametrize("transaction", [-1, 0, 999])
async def test_stop_with_an_unknown_id_is_accepted_and_finds_its_session(bridge, settings, transaction):
    async with connected(bridge, settings) as (_running, cp, box):
        await cp.call("StartTransaction", start_16())
        assert await cp.call("StopTransaction", stop_16(transaction, idTag="TAG")) == {
            "idTagInfo": {"status": "Accepted"}
        }
        await eventually(box.items)
        assert box.items()[0]["energy"] == 12000 and box.items()[0]["flags"] == ["stop_matched"]
        await cp.call("StopTransaction", stop_16(transaction, idTag="TAG"))  # a retry makes nothing new
        await asyncio.sleep(0.5)
        assert len(box.items()) == 1 and not box.items("late") and not box.items("quarantine")


async def test_stop_before_its_queued_start_finds_it_when_it_comes(bridge, settings):
    async with connected(bridge, settings, settle_seconds=1.5) as (_running, cp, box):
        await cp.call("StopTransaction", stop_16(-1, idTag="TAG"))
        await cp.call("StartTransaction", start_16())
        await eventually(box.items)
        assert box.items()[0]["energy"] == 12000


async def test_stop_without_any_start_goes_to_a_person_once(bridge, settings):
    async with connected(bridge, settings) as (_running, cp, box):
        for _ in range(3):  # retries
            await cp.call("StopTransaction", stop_16(4711))
        await eventually(lambda: box.items("quarantine"))
        await cp.call("StopTransaction", stop_16(4711))
        await asyncio.sleep(0.4)
        items = box.items("quarantine")
        assert len(items) == 1 and "never issued" in items[0]["quarantine"] and not box.items("late")


async def test_start_after_start_closes_the_earlier_one(bridge, settings):
    async with connected(bridge, settings) as (_running, cp, box):
        first = (await cp.call("StartTransaction", start_16()))["transactionId"]
        await cp.call("MeterValues", meter_16(first, register(4000, at("08:20"))))
        second = (await cp.call("StartTransaction", start_16(stamp=at("10:00"), meter=5000)))["transactionId"]
        await eventually(box.items)
        assert box.items()[0]["energy"] == 3000 and "unclosed" in box.items()[0]["flags"]
        await cp.call("StopTransaction", stop_16(second, at("11:00"), 6000))
        await eventually(lambda: len(box.items()) == 2)
        assert box.items()[1]["energy"] == 1000 and box.items()[1]["flags"] == []


async def test_older_queued_session_after_a_newer_live_one_is_the_one_that_is_closed(bridge, settings):
    async with connected(bridge, settings) as (_running, cp, box):
        live = (await cp.call("StartTransaction", start_16(stamp=at("10:00"), meter=5000)))["transactionId"]
        await cp.call("StartTransaction", start_16())  # 08:00, from the queue, and no stop follows
        await eventually(box.items)
        assert box.items()[0]["start"] == at("08:00")
        assert (await cp.call("StopTransaction", stop_16(live, at("11:00"), 6000))) == {}
        await eventually(lambda: len(box.items()) == 2)


async def test_superseded_session_waits_while_its_queue_still_comes_in(bridge, settings):
    async with connected(bridge, settings, settle_seconds=1.5) as (_running, cp, box):
        await cp.call("StartTransaction", start_16(stamp=at("10:00"), meter=20_000))
        older = (await cp.call("StartTransaction", start_16()))["transactionId"]
        for minute in range(10, 50, 10):  # 0.6 s apart: 2.4 s in all, more than the settling time
            await asyncio.sleep(0.6)
            await cp.call("MeterValues", meter_16(older, register(1000 + minute * 100, at(f"08:{minute}"))))
        await cp.call("StopTransaction", stop_16(older))
        await eventually(box.items)
        assert box.items()[0]["energy"] == 12000 and box.items()[0]["flags"] == []


async def test_loose_meter_values_before_a_queued_start_join_the_curve(bridge, settings):
    async with connected(bridge, settings) as (_running, cp, box):
        await cp.call("MeterValues", meter_16(None, register(5000, at("08:20"))))
        await cp.call("MeterValues", meter_16(-1, register(9000, at("08:40"))))
        transaction = (await cp.call("StartTransaction", start_16()))["transactionId"]
        await cp.call("StopTransaction", stop_16(transaction))
        await eventually(box.items)
        assert [wh for _time, wh in box.items()[0]["readings"]] == [1000, 5000, 9000, 13000]


async def test_late_messages_never_alter_a_cdr(bridge, settings):
    async with connected(bridge, settings, "2.0.1") as (running, cp, box):
        for payload in plain_2x():
            await cp.call("TransactionEvent", payload)
        await eventually(box.items)
        before = box.items()
        await cp.call("TransactionEvent", plain_2x()[1])  # a retry: nothing new
        await cp.call("TransactionEvent", event("Updated", 4, at("08:40"), 9000, "Charging"))  # inside the curve
        await eventually(lambda: running.metrics.total("late_messages") == 2)
        assert not box.items("late")
        for _ in range(2):  # and its retry
            await cp.call("TransactionEvent", event("Ended", 5, at("09:30"), 15000, context="Transaction.End"))
        await eventually(lambda: running.metrics.total("late_messages") == 4)
        late = box.items("late")
        # 15,000 - 1,000 instead of 12,000
        assert len(late) == 1 and "energy 12000 to 14000" in late[0]["quarantine"]
        assert box.items() == before and late[0]["raw"]["would_be"]["energy"] == 14000


async def test_two_versions_and_ids_of_one_name_do_not_mix(bridge, settings):
    async with bridge() as running:
        box = Box(settings().journal)
        async with station(running.port, ocpp="2.0.1") as one, station(running.port, "CP-2", "2.1") as two:
            for payload in plain_2x():
                await one.call("TransactionEvent", payload)
                await two.call("TransactionEvent", payload)
        await eventually(lambda: len(box.items()) == 2)
        assert {item["station"] for item in box.items()} == {"CP-1", "CP-2"}


async def test_restart_goes_on_from_the_cursor(bridge, settings):
    start, first, _dropped, end = plain_2x()
    async with connected(bridge, settings, "2.0.1", settle_seconds=60) as (_running, cp, box):
        for payload in (start, first, end):
            await cp.call("TransactionEvent", payload)
        await eventually(lambda: box.states() == ["settling"])
    async with bridge(settle_seconds=0.1) as running:
        assert not Box(settings().journal).items()
        async with station(running.port, ocpp="2.0.1") as cp:
            await cp.call("TransactionEvent", plain_2x()[2])
        await eventually(lambda: Box(settings().journal).items())


async def test_fault_in_assembly_costs_one_session_a_look_and_stops_nobody(bridge, settings, monkeypatch):
    real = outcome.assemble

    def assemble(messages, *arguments):
        if "POISON" in messages[0].raw:
            raise ZeroDivisionError("boom")
        return real(messages, *arguments)

    monkeypatch.setattr(outcome, "assemble", assemble)
    async with connected(bridge, settings) as (_running, cp, box):
        for token in ("POISON", "TAG"):
            transaction = (await cp.call("StartTransaction", start_16(token=token)))["transactionId"]
            await cp.call("StopTransaction", stop_16(transaction))
        await eventually(box.items)
        assert "boom" in box.items("quarantine")[0]["quarantine"]


async def test_replay_is_byte_identical_and_can_requeue(bridge, settings, capsys, tmp_path):
    async with connected(bridge, settings, "2.0.1") as (_running, cp, box):
        for number in range(3):
            for payload in plain_2x():
                payload["transactionInfo"]["transactionId"] = f"TX{number}"
                await cp.call("TransactionEvent", payload)
        await cp.call("TransactionEvent", event("Ended", 9, at("07:00"), tx="LOST", evse=None))
        await eventually(lambda: len(box.items()) == 4)
        journal = settings().journal
        await cp.call("TransactionEvent", event("Ended", 5, at("09:30"), 15000, context="Transaction.End", tx="TX0"))
        await eventually(lambda: box.items("late"))
        # Beside the running bridge, and with other settings: the rules of then are stored with the item.
        config = tmp_path / "other.toml"
        config.write_text(f'journal = "{journal}"\nmax_power_kw = 1.0\n')
        assert main(["replay", "--config", str(config), "--push"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert len(lines) == 4 and all(line["identical"] for line in lines)
        assert main(["replay", "--journal", journal, "--transaction", "TX1"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 1
        window = ["--since", "2026-10-03T07:30:00Z", "--until", "2026-10-04T00:00:00Z"]
        assert main(["replay", "--journal", journal, "--station", "CP-1", *window]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 3
        assert main(["replay", "--journal", journal, "--since", "yesterday"]) == 1


async def test_token_is_answered_by_version(bridge, settings):
    async with connected(bridge, settings, "2.1", unknown_token_without_directory="reject") as (_running, cp, _box):
        answer = await cp.call("TransactionEvent", plain_2x()[0])
        assert answer == {"idTokenInfo": {"status": "Unknown"}}
        assert await cp.call("TransactionEvent", plain_2x()[1]) == {}
        answer = await cp.call("Authorize", {"idToken": TOKEN})
        assert answer == {"idTokenInfo": {"status": "Unknown"}}
