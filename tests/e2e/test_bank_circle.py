"""The full circle: a host's credit becomes a file, a bank that is not ours takes it, and its answers settle the statement."""

import base64
import json
import re
from datetime import date, timedelta

import pytest
from conftest import DATABASE, MONTH, make_stack
from mock_bank import run_mock_bank
from test_rpc import bridge_call

from demo.bank import OWN_IBAN
from demo.month_end import run_month_end
from demo.payments import pay_hosts


@pytest.fixture(scope="module")
def stack(settings, postgres, tmp_path_factory):
    with make_stack(settings, postgres, tmp_path_factory.mktemp("bank"), f"{DATABASE}_bank") as stack:
        stack.odoo.start()
        stack.key = (stack.bridge.folder / "odoo_api_key").read_text()
        stack.accountant, stack.approver = stack.client("accountant"), stack.client("approver")
        yield stack


@pytest.fixture
def bank(tmp_path):
    with run_mock_bank(tmp_path / "bank.log") as bank:
        bank.open_account(OWN_IBAN, "Rhone Charge SAS")
        yield bank


@pytest.fixture(scope="module")
def credits(stack):
    """The documented statements of a month with sessions at both hosts' sites."""
    cdrs = [make_session(station, number) for station in ("BEL-AC-1", "CON-DC-1") for number in range(1, 6)]
    payload = json.dumps({"schema": "ev.cdr.batch/1", "source": "circle", "cdrs": cdrs})
    answer = json.loads(bridge_call(stack, "ev.cdr", "ingest", payload))
    assert {item["status"] for item in answer["items"]} == {"stored"}, answer
    company = stack.accountant.call("res.users", "read", [stack.accountant.uid], ["company_id"])[0]["company_id"][0]
    return run_month_end(stack.accountant, company, MONTH)


def make_session(station, number):
    day = f"{MONTH:%Y-%m}-{number + 2:02d}"
    return {
        "id": f"circle-{station}-{number}",
        "station": station,
        "evse": 1,
        "token": {"uid": "04A2B6C1", "type": "RFID"},
        "start": f"{day}T08:00:00Z",
        "stop": f"{day}T12:00:00Z",
        "meter_start": number * 100_000,
        "meter_stop": number * 100_000 + 60_000,
        "energy": 60_000,
    }


def take(client, content, name):
    """Import one bank file with the wizard; return what it says."""
    attachment = client.call("ir.attachment", "create", {"name": name, "datas": base64.b64encode(content).decode()})
    wizard = client.call("ev.bank.import", "create", {"attachment_ids": [(6, 0, [attachment])]})
    client.call("ev.bank.import", "action_import", [wizard])
    [result] = client.search_read("ev.bank.import.result", [("import_id", "=", wizard)], ["outcome", "text", "kind"])
    return result


def read_documents(client, batch_id):
    items = client.search_read("ev.payment.item", [("batch_id", "=", batch_id)], ["move_id"])
    ids = [item["move_id"][0] for item in items]
    return client.search_read(
        "account.move", [("id", "in", ids)], ["payment_state", "amount_residual", "ev_statement_id"]
    )


def test_from_a_hosts_credit_to_a_settled_statement(stack, bank, credits):
    accountant = stack.accountant
    [batch] = pay_hosts(accountant, stack.approver, [statement["id"] for statement in credits])
    content = accountant.attachment(batch["file_id"][0])
    assert batch["line_count"] >= 1 and batch["total"] > 0
    assert " 0 findings" in bank.validate(content), bank.validate(content)
    assert {move["payment_state"] for move in read_documents(accountant, batch["id"])} == {"in_payment"}

    # what a bank must refuse: wrong sums, and the same file twice
    wrong = re.sub(rb"<CtrlSum>[\d.]+</CtrlSum>", b"<CtrlSum>1.00</CtrlSum>", content, count=1)
    status, answer = bank.send(wrong.replace(batch["message_id"].encode(), b"ANOTHER-MESSAGE"))
    assert status == 422, answer
    bank.collect("pain.002")
    status, answer = bank.send(content)
    assert status == 202, answer
    [report] = bank.collect("pain.002")
    status, answer = bank.send(content)
    assert status == 422 and "DUPL" in json.dumps(answer), answer
    bank.collect("pain.002")

    assert take(accountant, report, "status.xml")["outcome"] == "done"
    assert read_batch(accountant, batch)["state"] == "accepted"
    lines = accountant.search_read("ev.payment.line", [("batch_id", "=", batch["id"])], ["state", "amount"])
    assert {line["state"] for line in lines} == {"accepted"}

    bank.go_to(date.today() + timedelta(days=8))
    notices, statements = bank.collect("camt.054"), bank.collect("camt.053")
    assert notices and statements
    for number, notice in enumerate(notices):
        assert take(accountant, notice, f"notice-{number}.xml")["outcome"] == "done"
    assert read_batch(accountant, batch)["state"] == "booked"
    documents = read_documents(accountant, batch["id"])
    assert {(move["payment_state"], move["amount_residual"]) for move in documents} == {("paid", 0.0)}
    paid = accountant.call("ev.statement", "read", [move["ev_statement_id"][0] for move in documents], ["state"])
    assert {statement["state"] for statement in paid} <= {"settled", "documented"}
    assert "settled" in {statement["state"] for statement in paid}

    # the statement of the day has the same entries, and every file comes twice: nothing is booked a second time
    entries = count_bank_lines(accountant)
    assert entries == len(lines)
    for number, content in enumerate([*statements, *notices, *statements]):
        assert take(accountant, content, f"again-{number}.xml")["outcome"] in ("done", "known")
    assert count_bank_lines(accountant) == entries


def read_batch(client, batch):
    return client.call("ev.payment.batch", "read", [batch["id"]], ["state", "message_id"])[0]


def count_bank_lines(client):
    return client.call("account.bank.statement.line", "search_count", [])
