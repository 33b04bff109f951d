"""Good files for the tests to break: one credit transfer, one direct debit, checked on Monday 23 November 2026."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from iso20022.model import (
    CREDIT_TRANSFER,
    DIRECT_DEBIT,
    Account,
    Address,
    Block,
    Conventions,
    Mandate,
    Party,
    PaymentFile,
    Transaction,
)
from iso20022.rules import check_rules
from iso20022.schemas import check_schema
from iso20022.writer import write

from tests.iso20022.samples import BICS, IBANS

TODAY = date(2026, 11, 23)
DAY = date(2026, 11, 25)  # a Wednesday
MOMENT = datetime(2026, 11, 23, 8, 30, 15, tzinfo=UTC)
CREDIT = Conventions("pain.001.001.09")
DEBIT = Conventions("pain.008.001.08")
# EPC262-08: its example of Germany, 98 without the business code
CREDITOR_ID = "DE98ZZZ09999999999"

OWN_ADDRESS = Address("DE", "Düsseldorf", "40212", "Königsallee", "1")
OWN = Party("Ladepark Betriebs GmbH", OWN_ADDRESS, CREDITOR_ID)
OWN_ACCOUNT = Account(IBANS["DE"], bic=BICS["DE"])
HOST = Party("Hôtel de l'Île SARL", Address("FR", "Paris", "75001", "Rue de Rivoli", "10 bis"))


def make_transaction(number=1, **changes):
    """100.00 euros more than 23 cents times its number, to a French host."""
    facts = {
        "end_to_end_id": f"EVP-{number:05}",
        "amount": Decimal("100.00") + number * Decimal("0.23"),
        "currency": "EUR",
        "party": HOST,
        "account": Account(IBANS["FR"]),
        "remittance": f"ST-2026-{number:05} RBILL/2026/{number:05}",
    }
    return Transaction(**{**facts, **changes})


def make_credit(*transactions, **changes):
    """One block of credit transfers: of two where none are given (100.23 + 100.46 = 200.69)."""
    transactions = transactions or (make_transaction(1), make_transaction(2))
    block = replace(Block("EVB-1", DAY, OWN, OWN_ACCOUNT, transactions), **changes)
    return PaymentFile(CREDIT_TRANSFER, "EVM-1", MOMENT, OWN, (block,))


def make_debit(*transactions, **changes):
    """One block of CORE direct debits."""
    mandate = Mandate("MND-1", date(2026, 1, 15))
    transactions = transactions or (make_transaction(1, mandate=mandate),)
    block = Block("EVD-1", DAY, OWN, OWN_ACCOUNT, transactions, local_instrument="CORE", sequence="RCUR")
    return PaymentFile(DIRECT_DEBIT, "EVM-2", MOMENT, OWN, (replace(block, **changes),))


def write_valid(payment_file, conventions):
    """Write it, and prove that the schema takes it."""
    content = write(payment_file, conventions)
    assert check_schema(content) == []
    return content


def find(content, conventions=CREDIT, today=TODAY):
    """The findings on a file, written here or given as bytes."""
    if not isinstance(content, bytes):
        content = write_valid(content, conventions)
    return check_rules(content, conventions, today)


def assert_only(findings, code, severity="error", where=None, end_to_end_id=None):
    """Exactly this was found, and it is said in words with a source."""
    assert [(finding.code, finding.severity) for finding in findings] == [(code, severity)]
    finding = findings[0]
    assert finding.message.endswith((".", "?")) and finding.source
    if where is not None:
        assert finding.where == where
    if end_to_end_id is not None:
        assert finding.end_to_end_id == end_to_end_id


def substitute(content, old, new, count=1):
    """The file with one text changed; the schema still takes it (that is why there are rules)."""
    assert content.count(old) >= 1
    changed = content.replace(old, new, count)
    assert check_schema(changed) == []
    return changed
