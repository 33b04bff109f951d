"""What credit transfers and direct debits write alike: amounts, the head of a block, identifiers and remittance."""

from decimal import Decimal

from lxml import etree

from .characters import to_legal, to_reference
from .currency import get_decimals
from .members import is_eea
from .model import Block, Conventions, Transaction
from .reference import QRR, get_issuer, is_qr_reference
from .remittance import cut_words
from .write_party import add, compact

MOST_STRUCTURED = 999


def to_amount(amount: Decimal, currency: str = "") -> str:
    """Return the amount as decimal digits, as many after the point as the currency has; never rounded (the rules refuse more).

    :param currency: ISO code; without one at least two digits stand after the point
    """
    exact = amount.quantize(Decimal(1).scaleb(-get_decimals(currency)))
    return format(exact if exact == amount else amount, "f")


def add_amount(parent, tag, amount: Decimal, currency: str):
    """Append an amount with its currency."""
    etree.SubElement(parent, tag, Ccy=currency.upper()).text = to_amount(amount, currency)


def make_head(block: Block, method: str):
    """Return a `PmtInf` with what both kinds begin with: identifier, method, totals, kind of payment.

    Priority and scheme are the block's, never the file's: SEPA and other payments have blocks of their own.

    :param method: `TRF` or `DD`
    """
    head = etree.Element("PmtInf")
    add(head, "PmtInfId", block.identifier, 35, reference=True)
    etree.SubElement(head, "PmtMtd").text = method
    if block.batch_booking is not None:
        etree.SubElement(head, "BtchBookg").text = "true" if block.batch_booking else "false"
    etree.SubElement(head, "NbOfTxs").text = str(len(block.transactions))
    etree.SubElement(head, "CtrlSum").text = to_amount(sum(transaction.amount for transaction in block.transactions))
    kind = etree.SubElement(head, "PmtTpInf")
    _add_code(kind, "SvcLvl", block.service_level)
    _add_code(kind, "LclInstrm", block.local_instrument)
    if block.sequence:
        etree.SubElement(kind, "SeqTp").text = block.sequence
    _add_code(kind, "CtgyPurp", block.category_purpose)
    if not len(kind):
        head.remove(kind)
    return head


def _add_code(parent, tag, code):
    if code:
        etree.SubElement(etree.SubElement(parent, tag), "Cd").text = code


def add_payment_id(parent, transaction: Transaction):
    """`PmtId`: the end-to-end identifier is what the payment is found by in every answer of the bank."""
    identifier = etree.SubElement(parent, "PmtId")
    add(identifier, "InstrId", transaction.instruction_id, 35, reference=True)
    add(identifier, "EndToEndId", transaction.end_to_end_id, 35, reference=True)


def is_address_needed(transaction: Transaction, block: Block):
    """Whether a party's bank is outside the EEA: then addresses must be given (EPC132-08, address of the payer)."""
    return not all(is_eea(compact(account.iban)[:2], block.day) for account in (transaction.account, block.account))


def add_purpose(parent, transaction: Transaction):
    """`Purp`, an external code."""
    _add_code(parent, "Purp", transaction.purpose)


def add_remittance(parent, transaction: Transaction, conventions: Conventions):
    """`RmtInf`: one `Strd` with the creditor's reference, or one `Ustrd`; many `Strd` only where the bank takes them (ERI)."""
    remittance = etree.Element("RmtInf")
    reference = to_reference(compact(transaction.reference))
    if reference:
        _add_reference(remittance, reference)
    elif conventions.extended_remittance and 0 < len(transaction.documents) <= MOST_STRUCTURED:
        for document in transaction.documents:
            _add_document(remittance, document, transaction.currency)
    else:
        text = cut_words(transaction.remittance) or to_legal(transaction.remittance)
        add(remittance, "Ustrd", text, 140)
    if len(remittance):
        parent.append(remittance)


def _add_reference(remittance, reference):
    """A reference by ISO 11649 (RF) and a Belgian one name their issuer, a Swiss QR reference by its type; others say nothing."""
    structured = etree.SubElement(etree.SubElement(remittance, "Strd"), "CdtrRefInf")
    kind = etree.SubElement(structured, "Tp")
    which = etree.SubElement(kind, "CdOrPrtry")
    if is_qr_reference(reference):
        etree.SubElement(which, "Prtry").text = QRR
    else:
        etree.SubElement(which, "Cd").text = "SCOR"
    if issuer := get_issuer(reference):
        etree.SubElement(kind, "Issr").text = issuer
    etree.SubElement(structured, "Ref").text = reference


def _add_document(remittance, document, currency):
    """One invoice (`CINV`) or credit note (`CREN`) of the payment (EPC132-08: extended remittance information)."""
    structured = etree.SubElement(remittance, "Strd")
    referred = etree.SubElement(structured, "RfrdDocInf")
    kind = etree.SubElement(etree.SubElement(referred, "Tp"), "CdOrPrtry")
    etree.SubElement(kind, "Cd").text = "CREN" if document.is_credit else "CINV"
    add(referred, "Nb", document.number, 35, reference=True)
    if document.day:
        etree.SubElement(referred, "RltdDt").text = document.day.isoformat()
    amounts = etree.SubElement(structured, "RfrdDocAmt")
    add_amount(amounts, "CdtNoteAmt" if document.is_credit else "RmtdAmt", abs(document.amount), currency)
