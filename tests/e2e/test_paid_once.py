"""No path pays one document twice: two people at once, the same call again, a payment beside the file, kill -9 in between."""

import hashlib
import http.client
import signal
import threading
import xmlrpc.client
from contextlib import suppress

import pytest
from conftest import DATABASE, make_stack
from waiting import wait_until

from demo import scenario
from demo.bank_answers import import_bank_file
from demo.payments import download_payment_file

# More than are posted within the release: the rest goes by jobs (`ev_payment_line_post.ENOUGH`).
MANY = 130


@pytest.fixture(scope="module")
def stack(settings, postgres, tmp_path_factory):
    with make_stack(settings, postgres, tmp_path_factory.mktemp("once"), f"{DATABASE}_once") as stack:
        stack.odoo.start()
        stack.maker, stack.approver = stack.client("accountant"), stack.client("approver")
        yield stack


def make_bills(client, count):
    """Posted bills of a host, one euro each and up: 1.01, 1.02, ..."""
    [host] = client.search_read("res.partner", [("name", "=", scenario.BELLECOUR)], ["id"])
    moves = [
        {
            "move_type": "in_invoice",
            "partner_id": host["id"],
            "invoice_date": "2026-10-31",
            "ref": f"once-{count}-{number}",
            "invoice_line_ids": [(0, 0, {"name": "Energy", "price_unit": 1 + number / 100, "tax_ids": [(5,)]})],
        }
        for number in range(1, count + 1)
    ]
    ids = client.call("account.move", "create", moves)
    client.call("account.move", "action_post", ids)
    return ids


def propose(client, bills):
    wizard = client.call("account.move", "action_ev_propose_payments", bills)["res_id"]
    client.call("ev.payment.propose", "action_propose", [wizard])


def find_batches(client, bills):
    items = client.search_read("ev.payment.item", [("move_id", "in", bills), ("live", "=", True)], ["batch_id"])
    return sorted({item["batch_id"][0] for item in items})


def pay_by_hand(client, bills):
    """What core's button does, beside every batch."""
    context = {"active_model": "account.move", "active_ids": bills}
    wizard = client.call("account.payment.register", "create", {"group_payment": False}, context=context)
    client.call("account.payment.register", "action_create_payments", [wizard], context=context)


def at_once(*steps):
    """Call all of them at the same time; return what each came to: None, or its error."""
    outcomes = [None] * len(steps)
    start = threading.Barrier(len(steps))

    def run(number, step):
        start.wait()
        try:
            step()
        except xmlrpc.client.Fault as error:
            outcomes[number] = error.faultString.strip()[-400:]

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def assert_paid_once(client, bills):
    """Each bill is settled by exactly one payment of exactly its amount."""
    moves = client.search_read("account.move", [("id", "in", bills)], ["amount_total", "amount_residual"])
    assert {move["amount_residual"] for move in moves} == {0.0}
    lines = [("move_id", "in", bills), ("account_id.account_type", "=", "liability_payable")]
    payable = client.search_read("account.move.line", lines, ["matched_debit_ids"])
    partials = [id_ for line in payable for id_ in line["matched_debit_ids"]]
    assert len(partials) == len(bills)
    payments = client.search_read(
        "account.payment", [("invoice_ids", "in", bills), ("state", "in", ("in_process", "paid"))], ["amount"]
    )
    assert sorted(payment["amount"] for payment in payments) == sorted(move["amount_total"] for move in moves)


def test_two_people_propose_approve_and_release_at_once(stack):
    bills = make_bills(stack.maker, 6)
    clients = [stack.client("accountant") for _number in range(3)]
    outcomes = at_once(*[lambda client=client: propose(client, bills) for client in clients])
    assert outcomes.count(None) == 1, outcomes
    [batch] = find_batches(stack.maker, bills)
    at_once(*[lambda client=client: client.call("ev.payment.batch", "action_check", [batch]) for client in clients])
    approvers = [stack.client("approver") for _number in range(2)]
    outcomes = at_once(
        *[lambda client=client: client.call("ev.payment.batch", "action_approve", [batch]) for client in approvers]
    )
    assert outcomes.count(None) == 1, outcomes
    outcomes = at_once(
        *[lambda client=client: client.call("ev.payment.batch", "action_release", [batch]) for client in clients]
    )
    assert outcomes.count(None) == 1, outcomes
    assert_paid_once(stack.maker, bills)
    released = [("batch_id", "=", batch), ("step", "=", "Released")]
    assert stack.maker.call("ev.payment.event", "search_count", released) == 1
    _name, content = download_payment_file(stack.maker, {"id": batch})
    assert hashlib.sha256(content).hexdigest() == read_file(stack.maker, batch)["file_sha256"]


@pytest.mark.parametrize("attempt", range(3))
def test_release_and_a_payment_by_hand_at_once(stack, attempt):
    bills = make_bills(stack.maker, 5 + attempt)
    propose(stack.maker, bills)
    [batch] = find_batches(stack.maker, bills)
    stack.maker.call("ev.payment.batch", "action_check", [batch])
    stack.approver.call("ev.payment.batch", "action_approve", [batch])
    other = stack.client("accountant")
    outcomes = at_once(
        lambda: stack.maker.call("ev.payment.batch", "action_release", [batch]), lambda: pay_by_hand(other, bills)
    )
    assert outcomes.count(None) == 1, outcomes
    [after] = stack.maker.call("ev.payment.batch", "read", [batch], ["state", "message_id"])
    assert (after["state"] == "released") == (outcomes[0] is None) == bool(after["message_id"])
    assert_paid_once(stack.maker, bills)


def test_killed_between_file_and_ledger_every_document_is_paid_once(stack):
    bills = make_bills(stack.maker, MANY)
    propose(stack.maker, bills)
    [batch] = find_batches(stack.maker, bills)
    stack.maker.call("ev.payment.batch", "action_check", [batch])
    stack.approver.call("ev.payment.batch", "action_approve", [batch])
    release_and_die(stack, batch, after=0.4)
    before = read_file(stack.maker, batch)
    if before["state"] == "approved":
        stack.maker.call("ev.payment.batch", "action_release", [batch])
        before = read_file(stack.maker, batch)
    # jobs post the payments, one that died after a minute again: die once more among them
    wait_until(lambda: count_posted(stack.maker, batch) > 0, "the first payments", seconds=180)
    stack.odoo.stop(signal.SIGKILL)
    stack.odoo.start()
    go_on(stack)
    wait_until(lambda: count_posted(stack.maker, batch) == MANY, "every payment", seconds=180)
    assert_paid_once(stack.maker, bills)
    assert read_file(stack.maker, batch) == before
    with pytest.raises(xmlrpc.client.Fault):
        stack.maker.call("ev.payment.batch", "action_release", [batch])


def release_and_die(stack, batch, after):
    """Release, and kill Odoo while it is at it; start it again."""
    client = stack.client("accountant")

    def release():
        # it dies on us: that is what this is about
        with suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
            client.call("ev.payment.batch", "action_release", [batch])

    thread = threading.Thread(target=release)
    thread.start()
    thread.join(after)
    stack.odoo.stop(signal.SIGKILL)
    thread.join()
    stack.odoo.start()


def go_on(stack):
    """What the cron does every quarter of an hour."""
    admin = stack.client("admin")
    [cron] = admin.call("ir.cron", "search", [("cron_name", "=", "EV Payments: post what is released")])
    admin.call("ir.cron", "method_direct_trigger", [cron])


def count_posted(client, batch):
    return client.call("ev.payment.line", "search_count", [("batch_id", "=", batch), ("payment_id", "!=", False)])


def read_file(client, batch):
    return client.call("ev.payment.batch", "read", [batch], ["state", "message_id", "file_sha256"])[0]


STATEMENT = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>TWICE</MsgId></GrpHdr><Stmt>'
    f"<Id>TWICE</Id><Acct><Id><IBAN>{scenario.OWN_IBAN}</IBAN></Id></Acct><Ntry><Amt Ccy='EUR'>7.77</Amt>"
    "<CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-10-30</Dt></BookgDt>"
    "<AcctSvcrRef>ONE</AcctSvcrRef><BkTxCd/></Ntry></Stmt></BkToCstmrStmt></Document>"
)


def test_two_people_import_the_same_entry_at_once(stack):
    """The same file, and the same entry in another file: it is booked once, whoever comes first."""
    other = STATEMENT.replace("TWICE", "ANOTHER FILE")
    results = []

    def take(client, content, name):
        return lambda: results.append(import_bank_file(client, content.encode(), name))

    outcomes = at_once(
        take(stack.client("accountant"), STATEMENT, "one.xml"),
        take(stack.client("accountant"), STATEMENT, "two.xml"),
        take(stack.client("accountant"), other, "three.xml"),
    )
    assert results, outcomes
    # whoever was refused by the database tries again, as people do
    for name in ("four.xml", "five.xml"):
        take(stack.maker, STATEMENT if name == "four.xml" else other, name)()
    booked = stack.maker.call("account.bank.statement.line", "search_count", [("amount", "=", 7.77)])
    assert (booked, {result["outcome"] for result in results} <= {"done", "known"}) == (1, True), (outcomes, results)


@pytest.mark.parametrize("attempt", range(3))
def test_a_notification_and_the_statement_are_imported_at_once(stack, attempt):
    """They tell one entry in other words, with no reference in common: neither is read without knowing of the other."""
    amount = f"8.{attempt}1"
    said = "<NtryDtls><TxDtls><RmtInf><Ustrd>{}thanks for charging</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    told = (
        STATEMENT.replace("<AcctSvcrRef>ONE</AcctSvcrRef>", "").replace("7.77", amount).replace("TWICE", f"T{attempt}")
    )
    statement = told.replace("</Ntry>", said.format("SVWZ+"))
    notification = told.replace("</Ntry>", said.format("")).replace("camt.053", "camt.054")
    notification = notification.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn").replace("Stmt>", "Ntfctn>")
    files = {"statement.xml": statement, "notification.xml": notification}

    def take(client, name):
        return lambda: import_bank_file(client, files[name].encode(), f"{attempt} {name}")

    outcomes = at_once(*(take(stack.client("accountant"), name) for name in files))
    for name in files:
        take(stack.maker, name)()
    booked = stack.maker.call("account.bank.statement.line", "search_count", [("amount", "=", float(amount))])
    assert booked == 1, outcomes
