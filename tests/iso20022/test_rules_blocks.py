"""Rules of blocks: days, schemes, charges."""

from dataclasses import replace
from datetime import date

import pytest
from iso20022.model import Account
from iso20022.writer import write

from tests.iso20022.files import CREDIT, DAY, assert_only, find, make_credit, make_transaction, substitute
from tests.iso20022.samples import BICS, IBANS

NUMBER = make_transaction(3, account=Account(number="123456", bic="CHASUS33"), currency="USD")


@pytest.mark.parametrize(
    ("day", "code", "better"),
    [
        (date(2026, 11, 20), "day_past", "2026-11-23"),
        (date(2026, 11, 29), "day_not_bank_day", "2026-11-30"),  # a Sunday
        (date(2026, 12, 25), "day_not_bank_day", "2026-12-28"),
        (date(2027, 3, 26), "day_not_bank_day", "2027-03-30"),  # Good Friday
    ],
)
def test_days_on_which_nothing_is_paid(day, code, better):
    findings = find(make_credit(day=day))
    assert_only(findings, code, where="PmtInf[1]")
    assert better in findings[0].message


def test_today_is_not_past():
    assert find(make_credit(day=date(2026, 11, 23))) == []


def test_the_banks_own_holiday():
    assert_only(find(make_credit(), replace(CREDIT, holidays=(DAY,))), "day_not_bank_day")


def test_instant_payments_run_on_sundays_too():
    assert find(make_credit(day=date(2026, 11, 29), local_instrument="INST")) == []


def test_a_day_in_more_than_a_year():
    assert_only(find(make_credit(day=date(2027, 11, 24))), "day_far", "warning")
    assert find(make_credit(day=date(2027, 11, 23))) == []


def test_a_time_instead_of_a_day_is_read_too():
    content = substitute(write(make_credit(), CREDIT), b"<Dt>2026-11-25</Dt>", b"<DtTm>2026-11-22T10:00:00</DtTm>")
    assert_only(find(content), "day_past")


def test_a_day_nobody_can_read():
    # the schema takes years of five digits
    content = substitute(write(make_credit(), CREDIT), b"<Dt>2026-11-25</Dt>", b"<Dt>12026-11-25</Dt>")
    assert_only(find(content), "day_missing")


def test_another_payment_method():
    content = substitute(write(make_credit(), CREDIT), b"<PmtMtd>TRF<", b"<PmtMtd>CHK<")
    assert_only(find(content), "method_wrong", where="PmtInf[1]/PmtMtd")


def test_instant_needs_sepa():
    assert_only(find(make_credit(local_instrument="INST", service_level="URGP")), "instant_without_sepa")


def test_instant_and_others_in_one_block():
    kind = b"<PmtTpInf><LclInstrm><Cd>INST</Cd></LclInstrm></PmtTpInf><Amt>"
    assert_only(
        find(substitute(write(make_credit(), CREDIT), b"<Amt>", kind)), "instant_mixed", where="PmtInf[1]/PmtTpInf"
    )


def test_two_service_levels_in_one_block():
    kind = b"<PmtTpInf><SvcLvl><Cd>URGP</Cd></SvcLvl></PmtTpInf><Amt>"
    assert_only(
        find(substitute(write(make_credit(), CREDIT), b"<Amt>", kind)), "schemes_mixed", where="PmtInf[1]/PmtTpInf"
    )


def test_sepa_and_other_payees_in_one_block_without_a_level():
    payments = (make_transaction(1), replace(NUMBER, currency="EUR"))
    assert_only(find(make_credit(*payments, service_level="", charges="SHAR")), "schemes_mixed")
    assert find(make_credit(payments[1], service_level="", charges="SHAR")) == []


def test_two_currencies_in_one_block():
    payments = (NUMBER, replace(NUMBER, end_to_end_id="EVP-00004", currency="CHF"))
    assert_only(find(make_credit(*payments, service_level="NURG", charges="SHAR")), "currencies_mixed")


@pytest.mark.parametrize("charges", ["SHAR", "DEBT", "CRED"])
def test_charges_within_sepa(charges):
    findings = find(make_credit(make_transaction(), charges=charges))
    assert_only(findings, "charges_not_shared", end_to_end_id="EVP-00001")
    assert find(make_credit(make_transaction(account=Account(IBANS["FR"], bic=BICS["FR"])), charges="SLEV")) == []
