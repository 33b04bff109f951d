"""What the tests with a bank have in common: sessions to bill, files taken in, where a batch stands."""

import json

from conftest import MONTH
from test_rpc import bridge_call

from demo.bank_answers import import_bank_file
from demo.month_end import run_month_end


def start_for_payments(stack):
    """Odoo, and two people who pay; the bridge's key without the bridge."""
    stack.odoo.start()
    stack.key = (stack.bridge.folder / "odoo_api_key").read_text()
    stack.accountant, stack.approver = stack.client("accountant"), stack.client("approver")
    return stack


def bill_sessions(stack, sessions):
    """Store these sessions and bill their month; return its statements, see `run_month_end`."""
    payload = json.dumps({"schema": "ev.cdr.batch/1", "source": "circle", "cdrs": sessions})
    answer = json.loads(bridge_call(stack, "ev.cdr", "ingest", payload))
    assert {item["status"] for item in answer["items"]} == {"stored"}, answer
    company = stack.accountant.call("res.users", "read", [stack.accountant.uid], ["company_id"])[0]["company_id"][0]
    return run_month_end(stack.accountant, company, MONTH)


def make_session(station, number, token="04A2B6C1"):
    """The first of two sessions a day of the month, or the second: 60 kWh in four hours."""
    day = f"{MONTH:%Y-%m}-{number // 2 + 1:02d}"
    hour = 8 + number % 2 * 6
    return {
        "id": f"{token}-{station}-{number}",
        "station": station,
        "evse": 1,
        "token": {"uid": token, "type": "RFID"},
        "start": f"{day}T{hour:02d}:00:00Z",
        "stop": f"{day}T{hour + 4:02d}:00:00Z",
        "meter_start": number * 100_000,
        "meter_stop": number * 100_000 + 60_000,
        "energy": 60_000,
    }


def take(client, content, name, outcome="done"):
    """Import one bank file, and see what it came to."""
    result = import_bank_file(client, content, name)
    assert result["outcome"] == outcome, result["text"]


def take_notices(client, bank, name):
    """Import every notification that the bank has for us; return them."""
    notices = bank.collect("camt.054")
    assert notices
    for number, notice in enumerate(notices):
        take(client, notice, f"{name}-{number}.xml")
    return notices


def assert_batch(client, batch, state, lines):
    """Where a batch and its payments are; ``lines`` is {partner: state}."""
    [found] = client.call("ev.payment.batch", "read", [batch["id"]], ["state"])
    read = client.search_read("ev.payment.line", [("batch_id", "=", batch["id"])], ["partner_id", "state"])
    assert (found["state"], {line["partner_id"][1]: line["state"] for line in read}) == (state, lines)
