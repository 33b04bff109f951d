"""Sessions that used to vanish: colliding ids, no end ever, another badge than thought."""

import asyncio

from helpers import TOKEN, Log, at, event, eventually, meter_16, plain_2x, register, start_16, station, stop_16
from test_assembly import Box, connected

from ocpp_bridge.cli import main


async def test_two_sessions_with_unreadable_stamps_and_the_same_begin_are_two_items(bridge, settings):
    async with connected(bridge, settings) as (_running, cp, box):
        for day in ("03", "04"):
            stamp = f"{day}/10/2026 08:15:00"
            transaction = (await cp.call("StartTransaction", start_16(stamp=stamp, meter=0)))["transactionId"]
            await cp.call("StopTransaction", stop_16(transaction, f"{day}/10/2026 09:15:00", meter=900))
        await eventually(lambda: len(box.items()) == 2)
        assert len({item["id"] for item in box.items()}) == 2 and box.states() == ["done", "done"]
        # Day first is not RFC 3339 and not guessed: the arrival counts, and a flag says so.
        assert all("time_unreadable" in item["flags"] for item in box.items())


async def test_session_whose_id_is_taken_by_another_goes_to_a_person_and_not_into_the_void(bridge, settings):
    # The same moment in two spellings: two transactions for the journal, one fingerprint.
    async with connected(bridge, settings, settle_seconds=60) as (_running, cp, box):
        for stamp, wh in ((at("08:00"), 13000), ("2026-10-03T08:00:00.000Z", 14000)):
            transaction = (await cp.call("StartTransaction", start_16(stamp=stamp)))["transactionId"]
            await cp.call("StopTransaction", stop_16(transaction, meter=wh))
        await eventually(lambda: box.items("collision"))
        (first,), (second,) = box.items(), box.items("collision")
        assert box.states() == ["done", "quarantined"]
        assert first["id"] in second["quarantine"] and second["id"].startswith(f"{first['id']}:again:")
        assert (first["energy"], second["raw"]["would_be"]["energy"]) == (12000, 13000)


async def test_sessions_of_one_id_that_are_concluded_in_one_step_do_not_meet_unseen(bridge, settings):
    async with bridge() as running, station(running.port) as cp:
        box, ids = Box(settings().journal), []
        for stamp in (at("08:00"), "2026-10-03T08:00:00.000Z", "2026-10-03T08:00:00.00Z"):
            ids.append((await cp.call("StartTransaction", start_16(stamp=stamp)))["transactionId"])
        frames = [["StopTransaction", stop_16(number)] for number in ids]
        for action, payload in frames:
            await cp.call(action, payload)
        await eventually(lambda: len(box.items()) + len(box.items("collision")) == 3)
        (first,), others = box.items(), box.items("collision")
        assert len({other["id"] for other in others}) == 2
        assert all(other["id"].startswith(f"{first['id']}:again:") for other in others)


def test_external_id_of_a_readable_stamp_is_what_it_was():
    assert Log().start().stop().assemble().id == "CP-1:1:20261003T080000Z:e92c78b126"


# --- no end ever -----------------------------------------------------------------------------------------------


async def test_2x_session_of_updates_only_is_closed_when_the_next_one_begins(bridge, settings):
    async with connected(bridge, settings, "2.0.1") as (_running, cp, box):
        for seq, stamp, wh in ((4, at("07:10"), 500), (5, at("07:40"), 1000)):
            await cp.call("TransactionEvent", event("Updated", seq, stamp, wh, "Charging", tx="LOST", idToken=TOKEN))
        await eventually(lambda: box.states() == ["open"])
        await cp.call("TransactionEvent", plain_2x()[0])
        await eventually(box.items)
        item = box.items()[0]
        # 1,000 - 500, from the first to the last reading
        assert (item["id"][-5:], item["energy"], item["stop"]) == (":LOST", 500, at("07:40"))
        assert {"no_start", "unclosed"} <= set(item["flags"]) and item["token"]["uid"] == "TAG"


async def test_2x_session_whose_started_is_still_queued_is_not_closed_by_an_older_one(bridge, settings):
    async with connected(bridge, settings, "2.0.1") as (_running, cp, box):
        await cp.call("TransactionEvent", event("Updated", 1, at("10:30"), 20_000, "Charging", tx="LIVE"))
        await cp.call("TransactionEvent", plain_2x()[0])  # 08:00, from the queue
        await asyncio.sleep(0.6)  # three times the settling time
        assert box.states() == ["open", "open"]
        await cp.call("TransactionEvent", event("Started", 0, at("10:00"), 19_000, None, "Transaction.Begin", "LIVE"))
        await cp.call("TransactionEvent", event("Ended", 2, at("11:00"), 21_000, tx="LIVE"))
        await eventually(lambda: len(box.items()) == 2)  # now the one of 08:00 is closed, too
        by_id = {item["id"][-4:]: item for item in box.items()}
        assert (by_id["LIVE"]["energy"], by_id["LIVE"]["flags"]) == (2000, []) and "unclosed" in by_id[":TX1"]["flags"]


async def test_session_without_an_end_is_reported_once_and_still_becomes_a_cdr_when_its_end_comes(
    bridge, settings, odoo
):
    values = {**odoo.settings, "stale_after_hours": 0.6 / 3600}
    async with connected(bridge, settings, **values) as (running, cp, box):
        transaction = (await cp.call("StartTransaction", start_16()))["transactionId"]
        await cp.call("MeterValues", meter_16(transaction, register(4000, at("08:20"))))
        await eventually(lambda: box.items("stale"))
        item = box.items("stale")[0]
        for known in ("EVSE 1", "badge TAG", "last reading 4000 Wh at 2026-10-03T08:20:00Z", "if its end", "3000 Wh"):
            assert known in item["quarantine"] or known.capitalize() in item["quarantine"], known
        assert b"ocpp_bridge_stale_transactions 1.0" in running.metrics.render()
        assert "1 sessions are open and silent" in running._health()[2].decode()
        await eventually(lambda: item["id"] in odoo.stored)
        await asyncio.sleep(0.5)
        assert len(box.items("stale")) == 1 and box.states() == ["open"]
        await cp.call("StopTransaction", stop_16(transaction))
        await eventually(box.items)
        cdr = box.items()[0]
        assert (cdr["energy"], cdr["flags"]) == (12000, []) and cdr["id"] in item["quarantine"]
        await eventually(lambda: cdr["id"] in odoo.stored)
        assert b"ocpp_bridge_stale_transactions 0.0" in running.metrics.render()
        assert main(["replay", "--journal", settings().journal]) == 0


async def test_session_that_still_sends_samples_is_not_stale(bridge, settings):
    async with connected(bridge, settings, stale_after_hours=1.5 / 3600) as (_running, cp, box):
        transaction = (await cp.call("StartTransaction", start_16()))["transactionId"]
        for minute in range(10, 60, 10):  # 2.5 s in all
            await asyncio.sleep(0.5)
            await cp.call("MeterValues", meter_16(transaction, register(1000 + minute, at(f"08:{minute}"))))
        assert not box.items("stale")


# --- somebody else charged -------------------------------------------------------------------------------------


async def test_started_that_brings_the_badge_late_goes_to_a_person(bridge, settings):
    start, *rest = plain_2x()
    bare = event("Updated", 0, at("08:00"), 1000, "Charging", "Transaction.Begin")
    async with connected(bridge, settings, "2.0.1") as (_running, cp, box):
        for payload in (bare, *rest):
            await cp.call("TransactionEvent", payload)
        await eventually(box.items)
        assert box.items()[0]["token"] is None and not box.items("late")
        for _ in range(2):  # and its retry
            await cp.call("TransactionEvent", start)
        await eventually(lambda: box.items("late"))
        await asyncio.sleep(0.4)
        (item,) = box.items("late")
        assert "token none to TAG;" in item["quarantine"] and "energy" not in item["quarantine"]
        assert item["raw"]["would_be"]["token"]["uid"] == "TAG"
        assert box.items()[0]["token"] is None


async def test_late_event_that_moves_the_session_to_another_evse_goes_to_a_person(bridge, settings):
    start, *rest = plain_2x()
    async with connected(bridge, settings, "2.0.1") as (_running, cp, box):
        for payload in (start, *rest):
            await cp.call("TransactionEvent", payload | {"evse": {"id": 2}})
        await eventually(box.items)
        earlier = event("Started", 0, at("07:59"), 1000, None, "Transaction.Begin", idToken=TOKEN)
        await cp.call("TransactionEvent", earlier)
        await eventually(lambda: box.items("late"))
        for change in ("evse 2 to 1", "connector none to 1", "start 2026-10-03T08:00:00Z to 2026-10-03T07:59:00Z"):
            assert change in box.items("late")[0]["quarantine"]
