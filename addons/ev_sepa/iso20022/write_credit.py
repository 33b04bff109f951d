"""Credit transfers: one `PmtInf` of pain.001, payment by payment (EPC132-08)."""

from lxml import etree

from .model import Account, Block, Conventions, Transaction
from .write_party import add_account, add_agent, add_party
from .write_payment import (
    add_amount,
    add_payment_id,
    add_purpose,
    add_remittance,
    is_address_needed,
    make_head,
)

PLAIN_DATE = "pain.001.001.03"
CREDIT_VERSIONS = ("pain.001.001.09", PLAIN_DATE)


def write_credit(output, namespace: str, block: Block, conventions: Conventions):
    """Write one block to an `etree.xmlfile`."""
    with output.element(f"{{{namespace}}}PmtInf"):
        output.write(*_make_head(block, conventions))
        for transaction in block.transactions:
            output.write("\n", _make_transaction(transaction, block, conventions))


def _make_head(block, conventions):
    head = make_head(block, "TRF")
    day = etree.SubElement(head, "ReqdExctnDt")
    if conventions.version != PLAIN_DATE:
        day = etree.SubElement(day, "Dt")
    day.text = block.day.isoformat()
    needed = any(is_address_needed(transaction, block) for transaction in block.transactions)
    add_party(head, "Dbtr", block.party, conventions, needed)
    add_account(head, "DbtrAcct", block.account)
    add_agent(head, "DbtrAgt", block.account, conventions)
    if block.charges:
        etree.SubElement(head, "ChrgBr").text = block.charges
    return list(head)


def _make_transaction(transaction: Transaction, block: Block, conventions: Conventions):
    element = etree.Element("CdtTrfTxInf")
    add_payment_id(element, transaction)
    add_amount(etree.SubElement(element, "Amt"), "InstdAmt", transaction.amount, transaction.currency)
    account: Account = transaction.account
    add_agent(element, "CdtrAgt", account, conventions, demanded=False)
    add_party(element, "Cdtr", transaction.party, conventions, is_address_needed(transaction, block))
    add_account(element, "CdtrAcct", account)
    add_purpose(element, transaction)
    add_remittance(element, transaction, conventions)
    return element
