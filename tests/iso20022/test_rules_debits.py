"""Rules of direct debits."""

from dataclasses import replace
from datetime import date

import pytest
from iso20022.model import Account, Address, Mandate, Party
from iso20022.rules.debits import is_creditor_identifier
from iso20022.writer import write

from tests.iso20022.files import DEBIT, OWN, assert_only, make_debit, make_transaction, substitute
from tests.iso20022.files import find as find_in
from tests.iso20022.samples import BICS, IBANS

MANDATE = Mandate("MND-1", date(2026, 1, 15))
PAYMENT = "PmtInf[1]/DrctDbtTxInf[1]"
RELATED = f"{PAYMENT}/DrctDbtTx/MndtRltdInf"


def find(content):
    return find_in(content, DEBIT)


def collect(mandate=MANDATE, **changes):
    return find(make_debit(make_transaction(mandate=mandate), **changes))


@pytest.mark.parametrize("text", ["DE98ZZZ09999999999", "DE98ABC09999999999", "ES23ZZZ47690558N", "ES2300047690558N"])
def test_creditor_identifiers_whatever_their_business_code(text):
    assert is_creditor_identifier(text)


@pytest.mark.parametrize(
    "text",
    ["DE97ZZZ09999999999", "DE98ZZZ09999999998", "DE98", "", "de98ZZZ09999999999", "9898ZZZ09999999999", "ÄE98ZZZ09"],
)
def test_what_is_no_creditor_identifier(text):
    assert not is_creditor_identifier(text)


def test_the_creditor_identifier_is_checked():
    findings = collect(party=replace(OWN, identifier="DE97ZZZ09999999999"))
    assert_only(findings, "creditor_id_invalid", where=f"{PAYMENT}/CdtrSchmeId")
    assert_only(collect(party=replace(OWN, identifier="")), "creditor_id_missing")


def test_the_previous_creditor_identifier_is_checked():
    findings = collect(replace(MANDATE, amended=True, previous_creditor_identifier="DE97ZZZ09999999999"))
    assert_only(findings, "creditor_id_invalid", where=f"{RELATED}/AmdmntInfDtls/OrgnlCdtrSchmeId")


def test_no_mandate():
    assert_only(collect(None), "mandate_missing", where=RELATED)


@pytest.mark.parametrize("reference", [b"MND 1", b"/MND", b"MND//1"])
def test_mandate_references_a_bank_refuses(reference):
    content = substitute(write(make_debit(), DEBIT), b">MND-1<", b">%s<" % reference)
    assert_only(find(content), "mandate_id_illegal", where=f"{RELATED}/MndtId")


def test_a_signature_to_come():
    findings = collect(replace(MANDATE, signed_on=date(2026, 11, 24)))
    assert_only(findings, "signature_in_future", where=f"{RELATED}/DtOfSgntr")
    assert collect(replace(MANDATE, signed_on=date(2026, 11, 23))) == []


def test_an_amendment_that_says_nothing():
    assert_only(collect(replace(MANDATE, amended=True)), "amendment_missing", where=RELATED)
    assert collect(replace(MANDATE, amended=True, previous_reference="OLD-1")) == []


def test_an_amendment_that_says_it_is_none():
    mandate = replace(MANDATE, amended=True, previous_iban=IBANS["BE"])
    content = substitute(
        write(make_debit(make_transaction(mandate=mandate)), DEBIT), b"<AmdmntInd>true", b"<AmdmntInd>false"
    )
    assert_only(find(content), "amendment_unexpected", where=RELATED)


def test_scheme_and_sequence():
    assert_only(collect(local_instrument="INST"), "instrument_invalid", where="PmtInf[1]/PmtTpInf/LclInstrm")
    assert_only(collect(sequence=""), "sequence_invalid", where="PmtInf[1]/PmtTpInf/SeqTp")
    assert collect(local_instrument="B2B", sequence="FNAL") == []


def test_the_payers_bank_needs_a_day():
    # today is Monday 23 November
    findings = collect(day=date(2026, 11, 23))
    assert_only(findings, "collection_too_soon", where="PmtInf[1]/ReqdColltnDt")
    assert "2026-11-24" in findings[0].message
    assert collect(day=date(2026, 11, 24)) == []


def test_collections_are_not_taken_more_than_14_days_before():
    assert_only(collect(day=date(2026, 12, 8)), "collection_too_early", "warning")
    assert collect(day=date(2026, 12, 7)) == []


def test_collections_on_closed_and_past_days():
    assert_only(collect(day=date(2026, 11, 29)), "day_not_bank_day")
    assert_only(collect(day=date(2026, 11, 20)), "day_past")


def test_a_one_off_mandate_is_used_once():
    payments = [make_transaction(number, mandate=MANDATE) for number in (1, 2)]
    findings = find(make_debit(*payments, sequence="OOFF"))
    assert_only(findings, "mandate_repeated", end_to_end_id="EVP-00002")
    assert find(make_debit(*payments, sequence="RCUR")) == []


def test_payers_outside_the_eea_need_bic_and_address():
    british = Account(IBANS["GB"], bic=BICS["GB"])
    payer = Party("Fleet Ltd", Address("GB", "London"))
    assert find(make_debit(make_transaction(mandate=MANDATE, account=british, party=payer))) == []
    nowhere = make_transaction(mandate=MANDATE, account=british, party=Party("Fleet Ltd"))
    assert_only(find(make_debit(nowhere)), "address_missing", where=f"{PAYMENT}/Dbtr/PstlAdr")
    no_bic = make_transaction(mandate=MANDATE, account=replace(british, bic=""), party=payer)
    assert_only(find(make_debit(no_bic)), "bic_missing", where=f"{PAYMENT}/DbtrAgt")
