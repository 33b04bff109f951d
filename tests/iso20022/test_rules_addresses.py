"""Rules of postal addresses: what banks take since 15 November 2026."""

from dataclasses import replace
from datetime import date

import pytest
from iso20022.model import Account, Address, Party
from iso20022.writer import write

from tests.iso20022.files import CREDIT, OWN, assert_only, find, make_credit, make_transaction, substitute
from tests.iso20022.samples import BICS, IBANS

HYBRID = replace(CREDIT, address_form="hybrid")
PLACE = "PmtInf[1]/CdtTrfTxInf[1]/Cdtr/PstlAdr"
# what the writer makes of the host's address
STRUCTURED = (
    b"<PstlAdr><StrtNm>Rue de Rivoli</StrtNm><BldgNb>10 bis</BldgNb><PstCd>75001</PstCd><TwnNm>Paris</TwnNm>"
    b"<Ctry>FR</Ctry></PstlAdr>"
)


def pay(address, conventions=CREDIT):
    return find(make_credit(make_transaction(party=Party("Host", address))), conventions)


def give(inside, **changes):
    """The payee's address as these bytes: our writer would not make it."""
    return substitute(write(make_credit(**changes), CREDIT), STRUCTURED, b"<PstlAdr>%s</PstlAdr>" % inside)


def test_a_missing_town():
    assert_only(
        pay(Address("FR", "", "75001", "Rue de Rivoli")), "town_missing", where=PLACE, end_to_end_id="EVP-00001"
    )


def test_a_missing_country():
    assert_only(pay(Address("", "Paris", "75001", "Rue de Rivoli")), "country_missing", where=PLACE)


def test_the_name_of_a_country_is_not_cut_to_a_code():
    # AU would be Australia
    assert_only(pay(Address("Austria", "Wien")), "country_missing", where=PLACE)


def test_the_own_address_too():
    findings = find(make_credit(party=replace(OWN, address=Address("DE"))))
    assert_only(findings, "town_missing", where="PmtInf[1]/Dbtr/PstlAdr")


def test_within_the_eea_an_address_may_be_left_out():
    assert pay(None) == []


def test_unstructured_addresses_are_over():
    content = give(b"<Ctry>FR</Ctry><AdrLine>10 Rue de Rivoli</AdrLine><AdrLine>75001 Paris</AdrLine>")
    assert_only(find(content, HYBRID), "address_unstructured", where=PLACE)


def test_unstructured_addresses_were_taken_before():
    before = date(2026, 11, 12)
    content = give(b"<Ctry>FR</Ctry><AdrLine>10 Rue de Rivoli</AdrLine>", day=before)
    assert_only(find(content, HYBRID, before), "address_unstructured", "warning")


def test_three_lines():
    content = give(
        b"<TwnNm>Paris</TwnNm><Ctry>FR</Ctry>"
        + b"".join(b"<AdrLine>%s</AdrLine>" % line for line in (b"A", b"B", b"C"))
    )
    assert_only(find(content, HYBRID), "address_lines_too_many", where=PLACE)


@pytest.mark.parametrize("line", [b"Paris", b"PARIS", b"75001", b"75001 Paris", b"Paris 75001"])
def test_a_line_that_repeats_a_field(line):
    content = give(b"<PstCd>75001</PstCd><TwnNm>Paris</TwnNm><Ctry>FR</Ctry><AdrLine>%s</AdrLine>" % line)
    assert_only(find(content, HYBRID), "address_repeated", where=f"{PLACE}/AdrLine")


@pytest.mark.parametrize("form", ["structured", "minimal"])
def test_lines_where_the_bank_wants_none(form):
    content = give(b"<TwnNm>Paris</TwnNm><Ctry>FR</Ctry><AdrLine>Rue de Rivoli 10</AdrLine>")
    assert_only(find(content, replace(CREDIT, address_form=form)), "address_lines_unwanted", where=PLACE)
    assert find(content, HYBRID) == []


def test_out_of_the_eea_the_payers_address_must_be_there():
    swiss = make_transaction(account=Account(IBANS["CH"], bic=BICS["CH"]))
    assert_only(
        find(make_credit(swiss, party=replace(OWN, address=None))), "address_missing", where="PmtInf[1]/Dbtr/PstlAdr"
    )
    assert find(make_credit(swiss)) == []


def test_outside_sepa_the_payees_address_must_be_there():
    foreign = make_transaction(party=Party("Host", None), account=Account(number="1", bic="CHASUS33"), currency="USD")
    findings = find(make_credit(foreign, service_level="NURG", charges="SHAR"))
    assert_only(findings, "address_missing", where=PLACE)
