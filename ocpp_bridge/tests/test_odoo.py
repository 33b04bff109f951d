"""The side Odoo sees: once in effect whatever is lost, nobody waits for it, one bad item blocks nobody."""

import asyncio
import json

import pytest
from helpers import PASSWORD, TOKEN, at, basic, eventually, plain_2x, start_16, station, stop_16
from websockets.exceptions import InvalidStatus

from ocpp_bridge.clock import Clock
from ocpp_bridge.errors import OdooError, OdooRefusedError, OdooUnavailableError, SettingsError
from ocpp_bridge.journal import open_reader
from ocpp_bridge.odoo.outbox import Item
from ocpp_bridge.odoo.push import Bisection, read_answer
from ocpp_bridge.odoo.transport import make_transport
from ocpp_bridge.server.directory import Directory
from ocpp_bridge.server.passwords import hash_password


async def charge(cp, count: int = 1, first: int = 0) -> list[str]:
    """Whole 2.x sessions; the external ids they must have."""
    for number in range(first, first + count):
        for payload in plain_2x():
            payload["transactionInfo"]["transactionId"] = f"TX{number}"
            await cp.call("TransactionEvent", payload)
    return [f"CP-1:1:20261003T080000Z:TX{number}" for number in range(first, first + count)]


def states(path: str) -> dict[str, tuple]:
    rows = open_reader(path).execute("SELECT id, state, status, reason FROM outbox")
    return {row["id"]: (row["state"], row["status"], row["reason"]) for row in rows}


@pytest.mark.parametrize("transport", ["xmlrpc", "json2"])
async def test_cdr_reaches_odoo_and_its_answer_is_kept(bridge, settings, odoo, transport):
    async with bridge(**odoo.settings, odoo_transport=transport) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            ids = await charge(cp, 2)
            await cp.call("TransactionEvent", {"eventType": "Ended"})
        await eventually(lambda: len(odoo.stored) == 3)
        await eventually(lambda: all(state[0] == "delivered" for state in states(settings().journal).values()))
    found = states(settings().journal)
    assert [found[id_] for id_ in ids] == [("delivered", "stored", None)] * 2
    item = odoo.stored[ids[0]]
    assert (item["energy"], item["start"], item["token"]) == (12000, at("08:00"), {"uid": "TAG", "type": "ISO14443"})
    quarantined = next(state for id_, state in found.items() if id_ not in ids)
    assert quarantined == ("delivered", "quarantined", "for you")


async def test_lost_answer_is_sent_again_and_counts_once(bridge, settings, odoo):
    odoo.lose_answers = 4
    async with bridge(**odoo.settings, directory_interval=60, report_interval=60) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            ids = await charge(cp)
        await eventually(lambda: states(settings().journal).get(ids[0], ("",))[0] == "delivered")
    assert len(odoo.stored) == 1


async def test_odoo_away_blocks_no_station_and_everything_arrives_later(bridge, settings, odoo):
    odoo.down = True
    async with bridge(**odoo.settings) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            ids = await charge(cp, 20)
            await eventually(lambda: running.odoo.faults())
            status, _kind, body = running._health()
            assert status == 200 and json.loads(body)["status"] == "degraded"
        assert not odoo.stored
        odoo.down = False
        await eventually(lambda: set(ids) <= odoo.stored.keys())
        await eventually(lambda: json.loads(running._health()[2])["status"] == "ok")


async def test_outbox_survives_a_restart(bridge, settings, odoo):
    async with bridge() as running:  # stand-alone
        async with station(running.port, ocpp="2.0.1") as cp:
            ids = await charge(cp, 3)
        await eventually(lambda: len(states(settings().journal)) == 3)
    async with bridge(**odoo.settings):
        await eventually(lambda: set(ids) == odoo.stored.keys())
        await eventually(lambda: {state[0] for state in states(settings().journal).values()} == {"delivered"})
    assert states(settings().journal).keys() == set(ids)


async def test_one_bad_item_is_found_put_aside_and_blocks_nobody(bridge, settings, odoo):
    bad = "CP-1:1:20261003T080000Z:TX5"
    odoo.fault_on = {bad}
    odoo.down = True
    async with bridge(**odoo.settings) as running, station(running.port, ocpp="2.0.1") as cp:
        ids = await charge(cp, 12)
        await eventually(lambda: len(states(settings().journal)) == 12)
        odoo.down = False
        await eventually(lambda: set(ids) - {bad} == odoo.stored.keys())
        await eventually(lambda: states(settings().journal)[bad][0] == "refused")
        assert "cannot take" in states(settings().journal)[bad][2]
        later = await charge(cp, 1, first=50)
        await eventually(lambda: later[0] in odoo.stored)


async def test_odoo_that_faults_on_everything_is_ill_and_no_item_is_to_blame(bridge, settings, odoo):
    odoo.fault_on = {f"CP-1:1:20261003T080000Z:TX{number}" for number in range(3)}
    async with bridge(**odoo.settings) as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            ids = await charge(cp, 3)
        await eventually(lambda: len(odoo.batches) > 12)
        assert all(state[0] == "pending" for state in states(settings().journal).values())
        odoo.fault_on = set()
        await eventually(lambda: set(ids) == odoo.stored.keys())


def test_odoo_that_faults_on_a_large_batch_is_not_asked_a_thousand_times():
    sizes: list[int] = []

    def send(items):
        sizes.append(len(items))
        raise OdooRefusedError("ill")

    with pytest.raises(OdooRefusedError, match="first"):
        Bisection(send).run([Item(str(number), "{}") for number in range(500)], OdooRefusedError("first"))
    assert sizes == [1] * 5


async def test_batches_keep_their_size(bridge, settings, odoo):
    async with bridge() as running:
        async with station(running.port, ocpp="2.0.1") as cp:
            await charge(cp, 7)
        await eventually(lambda: len(states(settings().journal)) == 7)
    async with bridge(**odoo.settings, push_batch=3):
        await eventually(lambda: len(odoo.stored) == 7)
    assert odoo.batches == [3, 3, 1]


def test_answer_that_does_not_fit_the_batch_is_no_answer():
    items = [Item("a", "{}"), Item("b", "{}")]
    good = {"schema": "ev.cdr.answer/1", "items": [{"id": "a", "status": "stored"}, {"id": "b", "status": "duplicate"}]}
    assert [verdict.status for verdict in read_answer(json.dumps(good), items)] == ["stored", "duplicate"]
    for wrong in (
        "no json", "[]", json.dumps(good | {"schema": "x"}), json.dumps(good | {"items": good["items"][:1]}),
        json.dumps(good | {"items": good["items"][::-1]}),
        json.dumps(good | {"items": [{"id": "a", "status": "eaten"}, {"id": "b", "status": "stored"}]}),
    ):  # fmt: skip
        with pytest.raises(OdooError):
            read_answer(wrong, items)


@pytest.mark.parametrize("transport", ["xmlrpc", "json2"])
def test_transport_errors_are_of_two_kinds(settings, odoo, transport):
    values = {**odoo.settings, "odoo_transport": transport}
    good = make_transport(settings(**values))
    with pytest.raises(OdooRefusedError, match="cannot take"):
        odoo.fault_on = {"x"}
        batch = {"schema": "ev.cdr.batch/1", "source": "ocpp_bridge", "cdrs": [{"id": "x"}]}
        good.call("ev.cdr", "ingest", json.dumps(batch))
    with pytest.raises(OdooRefusedError):
        make_transport(settings(**{**values, "odoo_api_key": "wrong"})).call("ev.cdr", "ingest", "{}")
    odoo.down = True
    with pytest.raises(OdooUnavailableError):
        good.call("ev.cdr", "ingest", "{}")
    with pytest.raises(OdooUnavailableError):
        make_transport(settings(**{**values, "odoo_url": "http://127.0.0.1:9"})).call("ev.cdr", "ingest", "{}")
    with pytest.raises(SettingsError, match="must look like"):
        make_transport(settings(**{**values, "odoo_url": "odoo.example.com"}))


# --- station states --------------------------------------------------------------------------------------------


async def test_station_states_are_reported_when_they_change(bridge, odoo):
    async with bridge(**odoo.settings) as running:
        async with station(running.port) as cp:
            await cp.call("BootNotification", {
                "chargePointVendor": "Acme", "chargePointModel": "X", "chargePointSerialNumber": "7", "iccid": "89",
            })  # fmt: skip
            await cp.call("StatusNotification", {"connectorId": 2, "errorCode": "NoError", "status": "Charging"})
            await eventually(lambda: odoo.reports and odoo.reports[-1]["stations"][-1]["connectors"])
            report = odoo.reports[-1]["stations"][-1]
            assert (report["identity"], report["connected"], report["ocpp"]) == ("CP-1", True, "1.6")
            assert report["boot"] == {
                "vendor": "Acme", "model": "X", "serial": "7", "firmware": None, "iccid": "89", "imsi": None,
            }  # fmt: skip
            connector = report["connectors"][0]
            assert (connector["evse"], connector["connector"], connector["status"]) == (2, 1, "Charging")
            assert connector["error"] is None
        await eventually(lambda: odoo.reports[-1]["stations"] and not odoo.reports[-1]["stations"][0]["connected"])
        count = len(odoo.reports)
        await asyncio.sleep(0.3)
        assert len(odoo.reports) == count  # nothing changed, nothing sent


async def test_unknown_stations_are_reported_as_candidates(bridge, odoo):
    odoo.down = True
    async with bridge(**odoo.settings, directory_interval=0.05) as running:
        with pytest.raises(InvalidStatus, match="503"):  # who knows? ask again when the directory is here
            async with station(running.port, "NEW-1"):
                pass
        odoo.down = False
        await eventually(lambda: running.directory.etag)
        with pytest.raises(InvalidStatus, match="404"):
            async with station(running.port, "NEW-1"):
                pass
        await eventually(lambda: any(report["unknown"] for report in odoo.reports))
        entry = next(report["unknown"] for report in odoo.reports if report["unknown"])[0]
        assert (entry["identity"], entry["count"], entry["remote"]) == ("NEW-1", 1, "127.0.0.1")


async def test_report_that_failed_is_sent_again(bridge, odoo):
    odoo.down = True
    async with bridge(**odoo.settings) as running, station(running.port) as cp:
        await cp.call("Heartbeat", {})
        await eventually(lambda: any("report" in fault for fault in running.odoo.faults()))
        odoo.down = False
        await eventually(lambda: any(report["stations"] for report in odoo.reports))
        await eventually(lambda: not running.odoo.faults())
        assert {entry["identity"] for report in odoo.reports for entry in report["stations"]} == {"CP-1"}


# --- directory -------------------------------------------------------------------------------------------------


async def test_directory_lets_stations_in_and_judges_tokens_also_after_a_restart_without_odoo(bridge, odoo):
    own = hash_password(b"other", n=1024)
    token = {"type": "ISO14443", "valid_from": None, "valid_until": None, "parent": None}
    odoo.directory = {
        "etag": "7",
        "stations": [{"identity": "NEW-1", "password_hash": own, "enabled": True}],
        "tokens": [
            {"uid": "good", "status": "Accepted", **token, "parent": "FLEET"},
            {"uid": "lost", "status": "Blocked", **token},
            {"uid": "old", "status": "Accepted", **token, "valid_until": "2020-01-01T00:00:00Z"},
        ],
    }
    options = {"additional_headers": basic("NEW-1", "other")}

    async def check(running) -> None:
        async with station(running.port, "NEW-1", **options) as cp:
            for uid, status in (("GOOD", "Accepted"), ("lost", "Blocked"), ("old", "Expired"), ("who", "Invalid")):
                assert (await cp.call("Authorize", {"idTag": uid}))["idTagInfo"]["status"] == status
            assert (await cp.call("Authorize", {"idTag": "good"}))["idTagInfo"]["parentIdTag"] == "FLEET"
            started = await cp.call("StartTransaction", start_16(token="lost"))
            assert started["idTagInfo"]["status"] == "Blocked" and started["transactionId"] > 0
            await cp.call("StopTransaction", stop_16(started["transactionId"]))
        async with station(running.port, "NEW-1", "2.0.1", **options) as cp:
            info = (await cp.call("Authorize", {"idToken": TOKEN | {"idToken": "good"}}))["idTokenInfo"]
            assert info == {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}}

    values = {**odoo.settings, "directory_interval": 0.05, "unknown_token": "reject"}
    async with bridge(**values) as running:
        await eventually(lambda: running.directory.etag == "7")
        await check(running)
        await eventually(lambda: "7" in odoo.directory_calls)  # unchanged from now on
        await eventually(lambda: len(odoo.stored) == 1)  # the blocked token's session is journaled all the same
    odoo.down = True
    async with bridge(**values) as running:
        await check(running)


async def test_directory_that_cannot_be_read_leaves_the_old_one(bridge, odoo, settings):
    values = {**odoo.settings, "directory_interval": 0.05}
    async with bridge(**values) as running:
        await eventually(lambda: running.directory.etag == "1")
        odoo.directory = {"etag": "2", "stations": [{"name": "?"}], "tokens": []}
        await eventually(lambda: any("directory" in fault for fault in running.odoo.faults()))
        assert running.directory.etag == "1"
        async with station(running.port) as cp:
            assert await cp.call("Heartbeat", {})


def test_offline_rule_with_and_without_a_directory(settings):
    now = Clock().now()
    directory = Directory(settings(unknown_token="reject", unknown_token_without_directory="accept"))
    assert directory.token("x", now).status == "Accepted"
    directory.replace({"etag": "1", "stations": [], "tokens": []})
    assert directory.token("x", now).status == "Invalid"
    assert PASSWORD and directory.station("CP-1").enabled  # stations of the settings stay


def test_token_that_is_not_listed_is_rejected_by_default_once_there_is_a_list(settings):
    directory, now = Directory(settings()), Clock().now()
    assert directory.token("x", now).status == "Accepted"  # nobody ever asked Odoo: nobody is left standing
    directory.replace({"etag": "1", "stations": [], "tokens": []})
    assert directory.token("x", now).status == "Invalid"


async def test_session_of_a_rejected_token_is_journaled_and_becomes_a_cdr(bridge, odoo):
    async with bridge(**odoo.settings) as running, station(running.port) as cp:
        await eventually(lambda: running.directory.etag == "1")
        started = await cp.call("StartTransaction", start_16(token="WHO"))
        assert started["idTagInfo"]["status"] == "Invalid" and started["transactionId"] > 0
        await cp.call("StopTransaction", stop_16(started["transactionId"]))
        await eventually(lambda: odoo.stored)
        assert next(iter(odoo.stored.values()))["token"]["uid"] == "WHO"
