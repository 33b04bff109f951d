"""What the bank has to say: it takes the payment file, and tells of two clients who paid, one of them too little."""

import base64

from demo.payments import download_payment_file
from demo.scenario import EMSP, OPERATOR, OWN_IBAN, TAXIS

# By how much the eMSP pays less than its invoice, in cents: an accountant has to look.
SHORT = 561


def hear_bank(accountant, bank, batches, statements):
    """Hand released files to the bank and import what it answers; run again, there is nothing to hand in.

    :param accountant: `OdooClient` of a payment maker
    :param bank: a running `MockBank`
    :param batches: see `pay_hosts`; their state is renewed
    :param statements: see `read_month`
    :return: what the bank told of, and what became of it: list of dicts
    """
    released = [batch for batch in batches if batch["state"] == "released"]
    if released:
        bank.open_account("OURS", OWN_IBAN, OPERATOR)
        taxis, emsp = find_invoice(statements, TAXIS), find_invoice(statements, EMSP)
        bank.receive(to_cents(taxis), TAXIS, f"Recharges du mois, votre facture {taxis['name']}, merci")
        bank.receive(to_cents(emsp) - SHORT, EMSP, f"Roaming {emsp['name']} abzgl. Klaerung")
        # whatever the day of the week, the bank has worked in between
        bank.pass_days(4)
        import_messages(accountant, bank, "camt.054")
        for batch in released:
            bank.send(download_payment_file(accountant, batch)[1])
        import_messages(accountant, bank, "pain.002")
    for batch in batches:
        batch |= accountant.call("ev.payment.batch", "read", [batch["id"]], ["state"])[0]
    return accountant.search_read(
        "ev.bank.entry", [], ["label", "amount", "counterparty_name", "state", "reason"], order="id"
    )


def import_messages(accountant, bank, kind):
    for number, content in enumerate(bank.collect(kind), 1):
        import_bank_file(accountant, content, f"{kind}_{number}.xml")


def import_bank_file(client, content, name):
    """Import one file with the wizard; return what it says: {"outcome", "text"}."""
    attachment = client.call("ir.attachment", "create", {"name": name, "datas": base64.b64encode(content).decode()})
    wizard = client.call("ev.bank.import", "create", {"attachment_ids": [(6, 0, [attachment])]})
    client.call("ev.bank.import", "action_import", [wizard])
    [result] = client.search_read("ev.bank.import.result", [("import_id", "=", wizard)], ["outcome", "text"])
    return result


def find_invoice(statements, partner):
    [statement] = [statement for statement in statements if statement["partner_id"][1] == partner]
    [invoice] = [move for move in statement["documents"] if move["move_type"] == "out_invoice"]
    return invoice


def to_cents(invoice):
    return round(invoice["amount_total"] * 100)
