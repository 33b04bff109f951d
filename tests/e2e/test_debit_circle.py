"""The other direction: a fleet pays by mandate. Announced, collected by a file, taken by a bank that is not ours, booked."""

import pytest
from banking import assert_batch, bill_sessions, make_session, start_for_payments, take, take_notices
from conftest import DATABASE, make_stack
from waiting import wait_until

from demo.payments import download_payment_file
from demo.scenario import TAXIS

FLEET_TOKEN, FLEET_IBAN = "04D9E0F1", "FR7610107001011234567890129"


@pytest.fixture
def stack(settings, postgres, tmp_path):
    with make_stack(settings, postgres, tmp_path, f"{DATABASE}_debit") as stack:
        yield start_for_payments(stack)


@pytest.fixture
def statement(stack):
    """The documented statement of a fleet that pays by mandate."""
    make_mandate(stack)
    made = bill_sessions(stack, [make_session("BEL-AC-1", number, FLEET_TOKEN) for number in range(4)])
    [fleet] = [statement for statement in made if statement["partner_id"][1] == TAXIS]
    return fleet


def make_mandate(stack):
    """Entered by one, activated by the other."""
    [fleet] = stack.accountant.call("res.partner", "search", [("name", "=", TAXIS)])
    account = stack.accountant.call("res.partner.bank", "create", {"acc_number": FLEET_IBAN, "partner_id": fleet})
    stack.approver.call("res.partner.bank", "action_ev_approve", [account])
    facts = {"partner_id": fleet, "partner_bank_id": account, "signed_on": "2026-01-15"}
    mandate = stack.accountant.call("ev.sepa.mandate", "create", facts)
    stack.approver.call("ev.sepa.mandate", "action_activate", [mandate])


def make_invoice(client, partner, amount):
    """An invoice beside the statement's, for the same mandate."""
    line = {"name": "Charging cards", "price_unit": amount, "tax_ids": [(5,)]}
    facts = {"move_type": "out_invoice", "partner_id": partner, "invoice_line_ids": [(0, 0, line)]}
    move = client.call("account.move", "create", {**facts, "invoice_date": "2026-10-31"})
    client.call("account.move", "action_post", [move])
    return move


def collect(stack, moves):
    """Release the file that collects these invoices; return (batch, file)."""
    maker = stack.accountant
    wizard = maker.call("account.move", "action_ev_propose_payments", moves)["res_id"]
    maker.call("ev.payment.propose", "action_propose", [wizard])
    [batch] = maker.search_read("ev.payment.batch", [], ["kind", "held_count"])
    assert (batch["kind"], batch["held_count"]) == ("direct_debit", 0)
    maker.call("ev.payment.batch", "action_check", [batch["id"]])
    stack.approver.call("ev.payment.batch", "action_approve", [batch["id"]])
    announced = [("batch_id", "=", batch["id"]), ("notified_at", "!=", False)]
    wait_until(lambda: maker.call("ev.payment.line", "search_count", announced) == len(moves), "the announcements")
    maker.call("ev.payment.batch", "action_release", [batch["id"]])
    [batch] = maker.search_read("ev.payment.batch", [], ["name", "message_id"])
    return batch, download_payment_file(maker, batch)[1]


def test_a_fleet_pays_by_mandate_and_refuses_once(stack, bank, statement):
    accountant = stack.accountant
    [invoice] = statement["documents"]
    other = make_invoice(accountant, statement["partner_id"][0], 12.34)
    batch, content = collect(stack, [invoice["id"], other])
    assert " 0 findings" in bank.validate(content), bank.validate(content)
    status, answer = bank.send(content)
    assert status == 202, answer
    [report] = bank.collect("pain.002")
    take(accountant, report, "status.xml")
    assert_batch(accountant, batch, "accepted", {TAXIS: "accepted"})

    # the fleet's bank refuses one of the two before its day: no mandate known (MD01)
    [line] = accountant.search_read("ev.payment.line", [("amount", "=", 12.34)], ["end_to_end_id"])
    bank.refuse(line["end_to_end_id"], "MD01")
    [report] = bank.collect("pain.002")
    take(accountant, report, "refused.xml")
    assert read_state(accountant, other) == ("not_paid", 12.34)
    [mandate] = accountant.search_read("ev.sepa.mandate", [], ["state"])
    assert mandate["state"] == "suspended"

    # the other one arrives on its day
    bank.pass_days(25)
    take_notices(accountant, bank, "notice")
    assert read_state(accountant, invoice["id"]) == ("paid", 0)
    [found] = accountant.call("ev.statement", "read", [statement["id"]], ["state"])
    assert found["state"] == "settled"
    [found] = accountant.call("ev.payment.batch", "read", [batch["id"]], ["state"])
    assert found["state"] == "booked"


def read_state(client, move):
    [found] = client.call("account.move", "read", [move], ["payment_state", "amount_residual"])
    return found["payment_state"], found["amount_residual"]
