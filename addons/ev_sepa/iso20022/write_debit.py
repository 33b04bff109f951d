"""Direct debits: one `PmtInf` of pain.008, collection by collection (EPC130-08 CORE, EPC131-08 B2B)."""

from lxml import etree

from .model import Block, Conventions, Mandate, Transaction
from .write_party import add, add_account, add_agent, add_party, add_scheme_identifier, compact
from .write_payment import (
    add_amount,
    add_payment_id,
    add_purpose,
    add_remittance,
    is_address_needed,
    make_head,
)

DEBIT_VERSIONS = ("pain.008.001.08", "pain.008.001.02")


def write_debit(output, namespace: str, block: Block, conventions: Conventions):
    """Write one block to an `etree.xmlfile`."""
    with output.element(f"{{{namespace}}}PmtInf"):
        output.write(*_make_head(block, conventions))
        for transaction in block.transactions:
            output.write("\n", _make_transaction(transaction, block, conventions))


def _make_head(block, conventions):
    head = make_head(block, "DD")
    etree.SubElement(head, "ReqdColltnDt").text = block.day.isoformat()
    needed = any(is_address_needed(transaction, block) for transaction in block.transactions)
    add_party(head, "Cdtr", block.party, conventions, needed)
    add_account(head, "CdtrAcct", block.account)
    add_agent(head, "CdtrAgt", block.account, conventions)
    if block.charges:
        etree.SubElement(head, "ChrgBr").text = block.charges
    if block.party.identifier:
        add_scheme_identifier(head, "CdtrSchmeId", block.party.identifier)
    return list(head)


def _make_transaction(transaction: Transaction, block: Block, conventions: Conventions):
    element = etree.Element("DrctDbtTxInf")
    add_payment_id(element, transaction)
    add_amount(element, "InstdAmt", transaction.amount, transaction.currency)
    if transaction.mandate:
        _add_mandate(etree.SubElement(element, "DrctDbtTx"), transaction.mandate)
    add_agent(element, "DbtrAgt", transaction.account, conventions)
    add_party(element, "Dbtr", transaction.party, conventions, is_address_needed(transaction, block))
    add_account(element, "DbtrAcct", transaction.account)
    add_purpose(element, transaction)
    add_remittance(element, transaction, conventions)
    return element


def _add_mandate(parent, mandate: Mandate):
    """`MndtRltdInf`: the mandate, and what it was before (EPC130-08 AT-01, AT-25, AT-24)."""
    element = etree.SubElement(parent, "MndtRltdInf")
    add(element, "MndtId", mandate.reference, 35, reference=True)
    etree.SubElement(element, "DtOfSgntr").text = mandate.signed_on.isoformat()
    etree.SubElement(element, "AmdmntInd").text = "true" if mandate.amended else "false"
    if not mandate.amended:
        return
    details = etree.Element("AmdmntInfDtls")
    add(details, "OrgnlMndtId", mandate.previous_reference, 35, reference=True)
    if mandate.previous_creditor_identifier:
        add_scheme_identifier(details, "OrgnlCdtrSchmeId", mandate.previous_creditor_identifier)
    if mandate.previous_iban:
        number = etree.SubElement(etree.SubElement(details, "OrgnlDbtrAcct"), "Id")
        etree.SubElement(number, "IBAN").text = compact(mandate.previous_iban)
    if len(details):
        element.append(details)
