"""The full circle: a host's credit becomes a file, a bank that is not ours takes it, and its answers settle the statement."""

import json
import re

import pytest
from banking import assert_batch, bill_sessions, make_session, start_for_payments, take, take_notices
from conftest import DATABASE, make_stack

from demo.payments import download_payment_file
from demo.scenario import BELLECOUR, CONFLUENCE, HOST_IBANS, OWN_IBAN

HOST_DOCUMENTS = [("partner_id.name", "in", [BELLECOUR, CONFLUENCE]), ("ev_statement_id", "!=", False)]


@pytest.fixture
def stack(settings, postgres, tmp_path):
    with make_stack(settings, postgres, tmp_path, f"{DATABASE}_bank") as stack:
        yield start_for_payments(stack)


@pytest.fixture
def statements(stack):
    """The ids of the hosts' statements, documented, of a month with sessions at both hosts' sites."""
    # Confluence's fees are set off: enough is charged there for a sum that is left to pay
    counts = {"BEL-AC-1": 5, "CON-DC-1": 54}
    made = bill_sessions(
        stack, [make_session(station, number) for station, count in counts.items() for number in range(count)]
    )
    return [statement["id"] for statement in made if statement["partner_id"][1] in (BELLECOUR, CONFLUENCE)]


# ------------------------------------------------------------------------- steps


def release(stack, statements):
    """Pay what is due of these statements, as two people do it; return (batch, the file)."""
    maker, approver = stack.accountant, stack.approver
    before = maker.call("ev.payment.batch", "search", [])
    wizard = maker.call("ev.statement", "action_ev_propose_payments", statements)["res_id"]
    maker.call("ev.payment.propose", "action_propose", [wizard])
    [batch] = maker.call("ev.payment.batch", "search", [("id", "not in", before)])
    held = [("batch_id", "=", batch), ("hold_code", "=", "iban_changed")]
    if lines := maker.call("ev.payment.line", "search", held):
        maker.call("ev.payment.line", "action_confirm_account", lines)
    maker.call("ev.payment.batch", "action_check", [batch])
    approver.call("ev.payment.batch", "action_approve", [batch])
    maker.call("ev.payment.batch", "action_release", [batch])
    [batch] = maker.search_read("ev.payment.batch", [("id", "=", batch)], ["name", "message_id"])
    return batch, download_payment_file(maker, batch)[1]


def receive(client, bank, amount, note, name):
    """A client pays us, and the bank tells of it."""
    bank.receive(amount, "Hotel Bellecour", note)
    bank.pass_days(4)
    take_notices(client, bank, name)


# -------------------------------------------------------------------------- looks


def assert_credits(client, batch, states):
    """How far the credits of a batch are paid; ``states`` is {partner: payment state}."""
    items = client.search_read("ev.payment.item", [("batch_id", "=", batch["id"])], ["move_id"])
    fields = ["partner_id", "move_type", "payment_state"]
    moves = client.call("account.move", "read", [item["move_id"][0] for item in items], fields)
    credits = [move for move in moves if move["move_type"] in ("in_invoice", "out_refund")]
    assert {move["partner_id"][1]: move["payment_state"] for move in credits} == states


def assert_statements(client, statements, states):
    read = client.call("ev.statement", "read", statements, ["partner_id", "state"])
    assert {statement["partner_id"][1]: statement["state"] for statement in read} == states


def find_fee(client):
    """What Bellecour owes for operation and supervision: a document of its own, since it nets nothing."""
    domain = [*HOST_DOCUMENTS, ("move_type", "=", "out_invoice"), ("partner_id.name", "=", BELLECOUR)]
    [fee] = client.search_read("account.move", domain, ["name", "amount_total", "amount_residual", "payment_state"])
    return fee


def count_bank_lines(client):
    return client.call("account.bank.statement.line", "search_count", [])


# -------------------------------------------------------------------------- tests


def test_from_a_hosts_credit_to_a_settled_statement(stack, bank, statements):
    accountant = stack.accountant
    batch, content = release(stack, statements)
    assert " 0 findings" in bank.validate(content), bank.validate(content)
    assert_credits(accountant, batch, {BELLECOUR: "in_payment", CONFLUENCE: "in_payment"})

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

    take(accountant, report, "status.xml")
    assert_batch(accountant, batch, "accepted", {BELLECOUR: "accepted", CONFLUENCE: "accepted"})
    bank.pass_days(8)
    days, of_others = [], []
    for content in bank.collect("camt.053"):
        (days if OWN_IBAN.encode() in content else of_others).append(content)
    assert days and of_others, "the bank has an account of somebody else, too"
    notices = take_notices(accountant, bank, "notice")
    assert_batch(accountant, batch, "booked", {BELLECOUR: "booked", CONFLUENCE: "booked"})
    assert_credits(accountant, batch, {BELLECOUR: "paid", CONFLUENCE: "paid"})
    # Confluence's fees were set off; Bellecour still owes its own
    assert_statements(accountant, statements, {BELLECOUR: "documented", CONFLUENCE: "settled"})

    # the statements of the days tell the same again, and every file comes twice: nothing is booked a second time
    assert count_bank_lines(accountant) == 2
    for number, content in enumerate(days):
        take(accountant, content, f"day-{number}.xml")
    for number, content in enumerate([*notices, *days]):
        take(accountant, content, f"again-{number}.xml", outcome="known")
    take(accountant, of_others[0], "others.xml", outcome="refused")
    assert count_bank_lines(accountant) == 2

    # Bellecour pays one euro short: never settled by itself, the amount is always compared
    fee = find_fee(accountant)
    cents = round(fee["amount_total"] * 100)
    receive(accountant, bank, cents - 100, f"Payment of our invoice dated last month no {fee['name']} thanks", "short")
    assert find_fee(accountant)["payment_state"] == "not_paid"
    [entry] = accountant.search_read("ev.bank.entry", [("state", "=", "exception")], ["reason", "suggestion_ids"])
    assert entry["reason"]
    # the accountant looks, and takes it as a part payment; the euro follows, and settles by itself
    accountant.call("ev.bank.suggestion", "action_apply", entry["suggestion_ids"][:1])
    assert (find_fee(accountant)["payment_state"], find_fee(accountant)["amount_residual"]) == ("partial", 1.0)
    receive(accountant, bank, 100, f"Missing euro {fee['name']}", "rest")
    assert find_fee(accountant)["payment_state"] == "paid"
    assert_statements(accountant, statements, {BELLECOUR: "settled", CONFLUENCE: "settled"})


def test_one_of_two_payments_is_rejected_and_paid_again(stack, bank, statements):
    accountant = stack.accountant
    bank.open_account("HOTEL", HOST_IBANS[BELLECOUR], BELLECOUR)
    bank.behave("closed-account", account="HOTEL")
    first, content = release(stack, statements)
    status, answer = bank.send(content)
    assert status == 202, answer
    [report] = bank.collect("pain.002")
    take(accountant, report, "status.xml")
    assert_batch(accountant, first, "partly", {BELLECOUR: "rejected", CONFLUENCE: "accepted"})
    assert_credits(accountant, first, {BELLECOUR: "not_paid", CONFLUENCE: "in_payment"})

    # the account is on hold until the second person has asked the host; then it is paid by a file of its own
    [account] = accountant.search_read(
        "res.partner.bank", [("acc_number", "ilike", HOST_IBANS[BELLECOUR])], ["ev_approval", "ev_hold_note"]
    )
    assert account["ev_approval"] == "held" and "AC04" in account["ev_hold_note"]
    stack.approver.call("res.partner.bank", "action_ev_approve", [account["id"]])
    bank.behave("accept", account="HOTEL")
    second, content = release(stack, statements)
    assert second["message_id"] != first["message_id"]
    status, answer = bank.send(content)
    assert status == 202, answer
    bank.pass_days(8)
    take_notices(accountant, bank, "notice")
    assert_batch(accountant, first, "booked", {BELLECOUR: "rejected", CONFLUENCE: "booked"})
    assert_batch(accountant, second, "booked", {BELLECOUR: "booked"})
    assert_credits(accountant, second, {BELLECOUR: "paid"})


def test_money_that_comes_back_opens_the_credit_again(stack, bank, statements):
    accountant = stack.accountant
    bank.behave("return-later", days=2, reason="AC06")
    batch, content = release(stack, statements)
    status, answer = bank.send(content)
    assert status == 202, answer
    bank.pass_days(15)
    take_notices(accountant, bank, "notice")
    assert_batch(accountant, batch, "booked", {BELLECOUR: "returned", CONFLUENCE: "returned"})
    # what Confluence's fees were set off against stays so: only what came back is open
    assert_credits(accountant, batch, {BELLECOUR: "not_paid", CONFLUENCE: "partial"})
    assert_statements(accountant, statements, {BELLECOUR: "documented", CONFLUENCE: "documented"})
    held = accountant.search_read("res.partner.bank", [("ev_approval", "=", "held")], ["ev_hold_note"])
    assert len(held) == 2 and all("AC06" in account["ev_hold_note"] for account in held)
