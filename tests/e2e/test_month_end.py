"""The main job under attack: the bridge killed after it acknowledged and before it pushed, Odoo killed during a push,
everything sent again, twice. Nothing is missing, nothing is double, and the money is what the contracts say."""

import io
import signal
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pdfplumber
import pytest
from conftest import MONTH
from hand import hand_calculation
from waiting import wait_until

from demo import scenario
from demo.month_end import run_month_end

SESSIONS = scenario.month_of_sessions(MONTH)
# what each host is credited by; the others are only charged
CREDITS = {scenario.BELLECOUR: "in_invoice", scenario.CONFLUENCE: "out_refund"}


@pytest.fixture
def attacked(stack):
    """Return the stack after a bad month: every session charged, everything died once."""
    stack.odoo.start()
    stack.bridge.start()
    # Stations can only be let in once the bridge has seen the list.
    wait_until((stack.bridge.folder / "bridge.sqlite.directory.json").exists, "the bridge's copy of the directory")
    stack.odoo.stop(signal.SIGKILL)

    fleet = stack.fleet("first")
    fleet.start(scenario.STATIONS, SESSIONS)
    fleet.wait()  # every message acknowledged, none pushed: Odoo is away
    stack.bridge.stop(signal.SIGKILL)
    stack.bridge.start()

    stack.odoo.start()
    client = stack.client("accountant")
    wait_until(lambda: count(client) > 0, "the first batch")
    stack.odoo.stop(signal.SIGKILL)  # in the middle of the push: batches are of 7
    stack.bridge.stop(signal.SIGKILL)
    stack.bridge.start()
    stack.odoo.start()
    wait_until(lambda: count(client) >= len(SESSIONS), "all sessions")
    return stack


def count(client):
    return client.call("ev.cdr", "search_count", [])


def send_everything_again(stack):
    """Once from the journal, once from the stations."""
    replay = stack.bridge.run("replay", "--push")
    assert replay.returncode == 0, replay.stdout + replay.stderr
    again = stack.fleet("again")
    again.start(scenario.STATIONS, SESSIONS)
    again.wait()
    wait_until(lambda: outbox_is_empty(stack), "an empty outbox")


def outbox_is_empty(stack):
    status = stack.bridge.status()
    return not status["not_yet_assembled"] and set(status["outbox"]) == {"delivered"}


def read_curves(client):
    """{(station, evse, start): readings}, as the stations' meters reported them."""
    fields = ["station_id", "evse_id", "date_start", "readings"]
    return {
        (
            row["station_id"][1],
            int(row["evse_id"][1].rpartition("/")[2]),
            datetime.fromisoformat(row["date_start"]).replace(tzinfo=UTC),
        ): row["readings"]
        for row in client.search_read("ev.cdr", [], fields)
    }


def check_against_hand(client, statements):
    """Compare every statement and its documents with the hand calculation; return the documents' names."""
    expected = hand_calculation(MONTH, SESSIONS, read_curves(client))
    assert {statement["partner_id"][1] for statement in statements} == set(expected)
    for statement in statements:
        host = expected[statement["partner_id"][1]]
        assert statement["state"] == "documented"
        assert statement["session_count"] == host.sessions
        assert round(statement["energy_kwh"] * 1000) == host.wh
        assert Decimal(str(statement["total_charge"])) == host.charge
        assert Decimal(str(statement["total_credit"])) == host.credit
        by_type = {move["move_type"]: Decimal(str(move["amount_untaxed"])) for move in statement["documents"]}
        credit = CREDITS.get(statement["partner_id"][1])
        assert by_type == {"out_invoice": host.charge, **({credit: host.credit} if credit else {})}
        assert {move["state"] for move in statement["documents"]} == {"posted"}
    return sorted(move["name"] for statement in statements for move in statement["documents"])


def test_a_bad_month_is_billed_to_the_cent_and_only_once(attacked):
    client = attacked.client("accountant")
    send_everything_again(attacked)
    assert count(client) == len(SESSIONS)
    check_sessions(client)

    statements = run_month_end(client, 1, MONTH, date(MONTH.year, 11, 2))
    names = check_against_hand(client, statements)
    check_completeness(client, statements)
    check_files(client, statements)

    send_everything_again(attacked)
    again = run_month_end(client, 1, MONTH, date(MONTH.year, 11, 3))
    assert check_against_hand(client, again) == names
    assert count(client) == len(SESSIONS)


def check_sessions(client):
    """Every session in Odoo is one of the plan's, to the Wh and the second, and none is there twice."""
    fields = ["station_id", "evse_id", "date_start", "date_stop", "energy_wh", "meter_start_wh", "meter_stop_wh"]
    rows = client.search_read("ev.cdr", [], fields)
    stored = sorted((row["station_id"][1], int(row["evse_id"][1].rpartition("/")[2]), row["date_start"], row["date_stop"],
                     row["energy_wh"], row["meter_start_wh"], row["meter_stop_wh"]) for row in rows)  # fmt: skip
    planned = sorted((session.station, session.evse, f"{session.start:%Y-%m-%d %H:%M:%S}", f"{session.stop:%Y-%m-%d %H:%M:%S}",
                      session.energy, session.meter_start, session.meter_stop) for session in SESSIONS)  # fmt: skip
    assert stored == planned


def check_completeness(client, statements):
    """All = billed + pending; the session that ends in the next month is in neither."""
    found = client.call("ev.statement", "get_completeness", 1, MONTH.year, MONTH.month)
    by_partner = hand_calculation(MONTH, SESSIONS, read_curves(client))
    expected = [by_partner[host] for host in CREDITS]  # every session is at a host's site
    assert found["total"] == found["billed"] == {"count": sum(host.sessions for host in expected),
                                                 "wh": sum(host.wh for host in expected)}  # fmt: skip
    assert found["pending"] == {"count": 0, "wh": 0}
    assert sum(host.sessions for host in expected) == len(SESSIONS) - 1
    assert len(statements) == len(scenario.CONTRACTS)


def check_files(client, statements):
    """Each document has a PDF with its number and a footer as text; each statement an annex that lists every session."""
    for statement in statements:
        kinds = [entry["kind"] for entry in statement["files"]]
        assert sorted(kinds) == (["pdf", "pdf", "xlsx"] if statement["partner_id"][1] in CREDITS else ["pdf", "xlsx"])
        for entry in statement["files"]:
            content = client.attachment(entry["attachment_id"])
            if entry["kind"] == "pdf":
                with pdfplumber.open(io.BytesIO(content)) as pdf:
                    text = "\n".join(page.extract_text() for page in pdf.pages)
                assert entry["document"] in text
                assert "Rhône Charge SAS" in text
                assert statement["name"] in text
                assert "Rhône Charge SAS · 24 quai Perrache, 69002 Lyon · VAT" in text, "the footer"
                assert "Page 1 / " in text
            else:
                sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True)["Sessions"]
                cells = {cell for row in sheet.iter_rows(values_only=True) for cell in row}
                assert len(cells & session_ids(client)) == statement["session_count"]


def session_ids(client):
    return {row["external_id"] for row in client.search_read("ev.cdr", [], ["external_id"])}
