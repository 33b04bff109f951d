"""A program that is not ours (PyPI `mock-bank`, pinned in the development requirements) reads our files as a bank would."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from iso20022.model import CREDIT_TRANSFER, DIRECT_DEBIT, Conventions, Mandate, PaymentFile
from iso20022.writer import write

from tests.iso20022.files import (
    CREDIT,
    DEBIT,
    MOMENT,
    OWN,
    TODAY,
    make_credit,
    make_debit,
    make_transaction,
    substitute,
)
from tests.iso20022.samples import IBANS
from tests.iso20022.test_properties import SOME, make_blocks, make_conventions

bank = pytest.importorskip("mockbank.validate", reason="mock-bank is installed by the development requirements")


def judge(content):
    """What it refuses; that it reads past what it has no words for (`AmdmntInfDtls`) is no refusal."""
    return [bank.render(finding) for finding in bank.errors(bank.validate(content, today=TODAY))]


@pytest.mark.parametrize("version", ["pain.001.001.09", "pain.001.001.03"])
@pytest.mark.parametrize("form", ["structured", "hybrid", "minimal", "none"])
def test_credit_transfers_are_taken(version, form):
    assert judge(write(make_credit(), Conventions(version, form))) == []


def test_direct_debits_are_taken():
    # it reads pain.008.001.08 only
    mandate = Mandate("MND-2", date(2026, 1, 15), True, "OLD", IBANS["BE"])
    payments = (make_transaction(1, mandate=replace(mandate, amended=False)), make_transaction(2, mandate=mandate))
    assert judge(write(make_debit(*payments), DEBIT)) == []


@SOME
@given(make_blocks(debit=False), make_conventions(("pain.001.001.09", "pain.001.001.03")))
def test_any_credit_transfers_are_taken(blocks, conventions):
    assert judge(write(PaymentFile(CREDIT_TRANSFER, "EVM/1", MOMENT, OWN, blocks), conventions)) == []


@SOME
@given(make_blocks(debit=True), make_conventions(("pain.008.001.08",)))
def test_any_direct_debits_are_taken(blocks, conventions):
    assert judge(write(PaymentFile(DIRECT_DEBIT, "EVM/1", MOMENT, OWN, blocks), conventions)) == []


def test_it_does_look():
    wrong_sum = substitute(write(make_credit(), CREDIT), b"<CtrlSum>200.69<", b"<CtrlSum>200.68<")
    assert judge(wrong_sum) != []
    wrong_iban = substitute(write(make_debit(), DEBIT), IBANS["FR"].encode(), b"FR1520041010050500013M02606")
    assert judge(wrong_iban) != []
