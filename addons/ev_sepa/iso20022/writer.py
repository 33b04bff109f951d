"""Writing a file to the bank: `PaymentFile` in, the bytes of one pain.001 or pain.008 message out.

The same facts give the same bytes. Transactions are written one by one, so that memory stays flat but for the bytes themselves.

Opting out of the verification of payee is no matter of the file: neither ISO 20022 nor the EPC's C2PSP guidelines of 2025
(EPC132-08) have an element for it. It is said by the channel: the EBICS service option `VOO` against `VOI`, in Germany the order
types CCT/CIP against CTV/CIV, in FinTS the segment HKVOO, or the agreement with the bank; and is for files of at least two
payments. So `Conventions.opt_out_verification` writes nothing; it is what the sender of the file tells the channel.
"""

import io
from datetime import UTC

from lxml import etree

from .model import CREDIT_TRANSFER, DIRECT_DEBIT, Conventions, PaymentFile
from .write_credit import CREDIT_VERSIONS, write_credit
from .write_debit import DEBIT_VERSIONS, write_debit
from .write_party import add, add_initiator
from .write_payment import to_amount

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGES = {CREDIT_TRANSFER: "CstmrCdtTrfInitn", DIRECT_DEBIT: "CstmrDrctDbtInitn"}
VERSIONS = {CREDIT_TRANSFER: CREDIT_VERSIONS, DIRECT_DEBIT: DEBIT_VERSIONS}
WRITERS = {CREDIT_TRANSFER: write_credit, DIRECT_DEBIT: write_debit}


class UnwritableFile(ValueError):
    """A file that makes no message: of the wrong version, or without payments."""


def write(payment_file: PaymentFile, conventions: Conventions) -> bytes:
    """Return the message as the bank wants it, in UTF-8 with its declaration.

    What is wrong with the payments is written as it is, made legal: `check_schema` and `check_rules` say it.

    :raises UnwritableFile: the version is not one of this kind of file, or there is nothing to pay
    """
    _check(payment_file, conventions)
    stream = io.BytesIO()
    with etree.xmlfile(stream, encoding="UTF-8") as output:
        output.write_declaration()
        namespace = f"{NAMESPACE}{conventions.version}"
        with (
            output.element(f"{{{namespace}}}Document", nsmap={None: namespace}),
            output.element(f"{{{namespace}}}{MESSAGES[payment_file.kind]}"),
        ):
            # elements without a namespace take the one of the document: written once, not with each payment
            output.write("\n", _make_header(payment_file, conventions), "\n")
            for block in payment_file.blocks:
                WRITERS[payment_file.kind](output, namespace, block, conventions)
                output.write("\n")
    return stream.getvalue()


def _check(payment_file, conventions):
    versions = VERSIONS.get(payment_file.kind, ())
    if conventions.version not in versions:
        raise UnwritableFile(
            f"A file of the kind '{payment_file.kind}' cannot be written as '{conventions.version}':"
            f" choose {' or '.join(versions) or 'a credit transfer or a direct debit'} in the bank's profile."
        )
    if not payment_file.blocks or not all(block.transactions for block in payment_file.blocks):
        raise UnwritableFile(
            f"The file '{payment_file.message_id}' has a block without payments: add payments or leave it out."
        )


def _make_header(payment_file, conventions):
    transactions = [transaction for block in payment_file.blocks for transaction in block.transactions]
    header = etree.Element("GrpHdr")
    add(header, "MsgId", payment_file.message_id, 35, reference=True)
    moment = payment_file.created_at.astimezone(UTC)
    etree.SubElement(header, "CreDtTm").text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    etree.SubElement(header, "NbOfTxs").text = str(len(transactions))
    etree.SubElement(header, "CtrlSum").text = to_amount(sum(transaction.amount for transaction in transactions))
    add_initiator(header, payment_file.initiator, conventions)
    return header
