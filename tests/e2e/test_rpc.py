"""The doors of Odoo that the outside can knock on: the bridge's key, and what hostile hands do with it."""

import json
import threading
import xmlrpc.client

import pytest
from conftest import DATABASE, MONTH, make_stack
from waiting import wait_until

from demo import scenario
from demo.month_end import accept_what_stops, show_and_close
from devtools.bridge_server import BridgeServer, Fleet

ITEM = {
    "id": "rpc-1",
    "station": "BEL-AC-1",
    "evse": 1,
    "token": {"uid": "04A2B6C1", "type": "RFID"},
    "start": "2026-10-03T08:00:00Z",
    "stop": "2026-10-03T09:00:00Z",
    "meter_start": 1000,
    "meter_stop": 11000,
    "energy": 10000,
}


@pytest.fixture(scope="module")
def stack(settings, postgres, tmp_path_factory):
    """Return a stack with Odoo running, shared by this file's tests."""
    with make_stack(settings, postgres, tmp_path_factory.mktemp("rpc"), f"{DATABASE}_rpc") as stack:
        stack.odoo.start()
        stack.key = (stack.bridge.folder / "odoo_api_key").read_text()
        yield stack


def bridge_call(stack, model, method, *arguments):
    common = xmlrpc.client.ServerProxy(f"{stack.odoo.url}/xmlrpc/2/common")
    uid = common.authenticate(stack.database, "demo-bridge", stack.key, {})
    assert uid, "the bridge's key opens the door"
    objects = xmlrpc.client.ServerProxy(f"{stack.odoo.url}/xmlrpc/2/object", allow_none=True)
    return objects.execute_kw(stack.database, uid, stack.key, model, method, list(arguments))


def batch(*items, source="rpc"):
    return json.dumps({"schema": "ev.cdr.batch/1", "source": source, "cdrs": list(items)})


def test_the_bridge_can_ingest_and_nothing_else(stack):
    answer = json.loads(bridge_call(stack, "ev.cdr", "ingest", batch(ITEM)))
    assert answer["items"] == [{"id": "rpc-1", "status": "stored"}]
    for model, method, *arguments in (
        ("ev.cdr", "search_read", [], ["token_uid"]),
        ("ev.cdr", "create", {"external_id": "x"}),
        ("ev.token", "search_read", [], ["uid"]),
        ("ev.station", "search_read", [], ["password_hash"]),
        ("ev.contract", "search_read", [], ["name"]),
        ("ev.statement", "search_read", [], ["name"]),
        ("ev.statement", "prepare_month", 1, 2026, 10),
        ("res.partner", "search_read", [], ["name"]),
        ("account.move", "search_read", [], ["name"]),
        ("ev.cdr", "_ingest_items", "x", [], []),
        ("ev.cdr.erasure", "create", {"reason": "x"}),
    ):
        with pytest.raises(xmlrpc.client.Fault) as refused:
            bridge_call(stack, model, method, *arguments)
        assert refused.value.faultCode in (2, 4) or "Private methods" in refused.value.faultString, (model, method)


def test_hostile_payloads_get_a_sentence_and_change_nothing(stack):
    for payload, words in (
        ("{" * 100_000, "not valid JSON"),
        (json.dumps({"schema": "ev.cdr.batch/9"}), "this version reads"),
        ([ITEM], "one string holding JSON, got list"),
        (7, "one string holding JSON, got int"),
        (batch(*[0] * 5001), "send at most 5000"),
    ):
        with pytest.raises(xmlrpc.client.Fault) as refused:
            bridge_call(stack, "ev.cdr", "ingest", payload)
        assert words in refused.value.faultString
        assert "Traceback" not in refused.value.faultString


def test_two_bridges_pushing_the_same_sessions_at_once_store_each_once(stack):
    items = [dict(ITEM, id=f"race-{number}") for number in range(300)]
    answers = []

    def push():
        answers.append(json.loads(bridge_call(stack, "ev.cdr", "ingest", batch(*items, source="race"))))

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [item["status"] for answer in answers for item in answer["items"]]
    assert sorted(set(statuses)) == ["duplicate", "stored"]
    assert statuses.count("stored") == 300
    assert len(statuses) == 1200


def test_the_bridge_also_speaks_json2(stack, settings):
    """The successor of XML-RPC is a setting of the bridge; a session takes that way too."""
    port = settings.port("test-bridge")
    bridge = BridgeServer(
        settings,
        stack.folder / "json2",
        port,
        stack.odoo.url,
        stack.database,
        stack.key,
        name="json2",
        odoo_transport="json2",
    )
    station = scenario.STATIONS[0]
    session = next(session for session in scenario.month_of_sessions(MONTH) if session.station == station.identity)
    fleet = Fleet(settings, bridge, stack.folder / "json2-fleet")
    client = stack.client("accountant")
    bridge.start()
    try:
        fleet.start([station], [session])
        fleet.wait()
        stored = wait_until(
            lambda: client.search_read("ev.cdr", [("source", "=", "json2")], ["energy_wh", "station_id"]), "the session"
        )
    finally:
        fleet.stop()
        bridge.stop()
    assert [(row["energy_wh"], row["station_id"][1]) for row in stored] == [(session.energy, station.identity)]


def test_a_partner_sees_only_its_own_statements(stack):
    accountant = stack.client("accountant")
    ids = accountant.call("ev.statement", "prepare_month", 1, 2026, 10)
    assert len(ids) == len(scenario.CONTRACTS)
    assert not stack.client("host").search_read("ev.statement", [], ["name"]), "drafts are nobody's business yet"
    # the tests before this one may have sent sessions of the same EVSE and minute
    accept_what_stops(accountant, "sessions of other tests")
    shown = show_and_close(accountant, ids)
    accountant.call("ev.statement", "action_approve", sorted(set(ids) - set(shown)))
    for login, partner in (("host", scenario.BELLECOUR), ("emsp", scenario.EMSP)):
        client = stack.client(login)
        seen = client.search_read("ev.statement", [], ["partner_id"])
        assert [statement["partner_id"][1] for statement in seen] == [partner]
        for model in (
            "ev.cdr",
            "ev.charge",
            "ev.token",
            "ev.station",
            "ev.price.index",
            "ev.supply.contract",
            "ev.tariff",
        ):
            with pytest.raises(xmlrpc.client.Fault):
                client.search_read(model, [], ["id"])
