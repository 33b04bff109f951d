"""Rules of accounts, banks and amounts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from iso20022.model import Account, Address, Party
from iso20022.writer import write

from tests.iso20022.files import CREDIT, HOST, assert_only, find, make_credit, make_transaction, substitute
from tests.iso20022.samples import BICS, IBANS

ACCOUNT = "PmtInf[1]/CdtTrfTxInf[1]/CdtrAcct"


def pay(account, **changes):
    return find(make_credit(make_transaction(account=account, **changes)))


@pytest.mark.parametrize("country", sorted(IBANS))
def test_good_accounts_of_many_countries(country):
    party = Party("Host", Address(country, "Town"))
    assert pay(Account(IBANS[country], bic=BICS[country]), party=party) == []


@pytest.mark.parametrize(
    "iban",
    [
        "FR1520041010050500013M02606",  # 14 is right
        "FR1420041010050500013M0260",  # a digit short
        "BE68539007547043",  # two digits swapped
        "XX89370400440532013000",
    ],
)
def test_wrong_check_digits_or_length(iban):
    findings = pay(Account(iban))
    assert findings[0].code == "iban_invalid" and findings[0].where == f"{ACCOUNT}/Id/IBAN"
    assert findings[0].end_to_end_id == "EVP-00001" and iban in findings[0].message
    # the last is of no country, so it is outside SEPA too
    assert [finding.code for finding in findings[1:]] == (["country_outside_sepa"] if iban[:2] == "XX" else [])


def test_the_own_account_is_checked_too():
    assert_only(
        find(make_credit(account=Account("DE88370400440532013000"))), "iban_invalid", where="PmtInf[1]/DbtrAcct/Id/IBAN"
    )


def test_no_iban_within_sepa():
    assert_only(pay(Account(number="123456", bic=BICS["FR"])), "iban_missing", where=f"{ACCOUNT}/Id")


def test_a_wrong_bic():
    # the schema knows the shape of a BIC, not that there is no country YY
    assert_only(pay(Account(IBANS["FR"], bic="PSSTYYPP")), "bic_invalid", where="PmtInf[1]/CdtTrfTxInf[1]/CdtrAgt")


def test_bic_and_iban_of_two_countries():
    assert_only(pay(Account(IBANS["FR"], bic=BICS["DE"])), "bic_country_differs", "warning")


@pytest.mark.parametrize("bic", ["BFCOFRPP", "BREDGPGX", "SOGEMQMX"])
def test_overseas_banks_have_french_ibans(bic):
    assert pay(Account(IBANS["FR"], bic=bic)) == []


def test_a_country_outside_sepa():
    findings = pay(Account("TR330006100519786457841326", bic="TGBATRIS"))
    assert_only(findings, "country_outside_sepa", where=ACCOUNT)


def test_membership_is_a_matter_of_the_day():
    serbian = make_transaction(
        party=Party("Punjac d.o.o.", Address("RS", "Beograd")),
        account=Account("RS35260005601001611379", bic="GIBARS22"),
    )
    april, june = date(2026, 4, 28), date(2026, 6, 2)
    assert_only(find(make_credit(serbian, day=april), today=april), "country_outside_sepa")
    assert find(make_credit(serbian, day=june), today=june) == []


@pytest.mark.parametrize("country", ["GB", "CH", "MC", "AD"])
def test_banks_outside_the_eea_need_a_bic(country):
    findings = pay(Account(IBANS[country]), party=Party("Host", Address(country, "Town")))
    assert_only(findings, "bic_missing", where="PmtInf[1]/CdtTrfTxInf[1]/CdtrAgt")


def test_no_bank_outside_sepa():
    foreign = make_transaction(account=Account(number="123456"), currency="USD")
    findings = find(make_credit(foreign, service_level="NURG", charges="SHAR"))
    assert_only(findings, "bank_missing", where="PmtInf[1]/CdtTrfTxInf[1]/CdtrAgt")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", "amount_too_small"),
        ("0.00", "amount_too_small"),
        ("1000000000.00", "amount_too_large"),
        ("10.005", "amount_decimals"),
    ],
)
def test_amounts_sepa_does_not_carry(amount, code):
    findings = find(make_credit(make_transaction(amount=Decimal(amount))))
    assert_only(findings, code, where="PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt", end_to_end_id="EVP-00001")


@pytest.mark.parametrize("amount", ["0.01", "999999999.99", "10.500"])
def test_amounts_sepa_carries(amount):
    assert find(make_credit(make_transaction(amount=Decimal(amount)))) == []


@pytest.mark.parametrize(
    ("currency", "amount", "written", "codes"),
    [
        # ISO 4217: yen and CFA francs have no cents, Kuwaiti dinars have thousandths
        ("JPY", "1500", "1500", []),
        ("XOF", "1500.00", "1500", []),
        ("JPY", "1500.5", "1500.5", ["amount_decimals"]),
        ("KWD", "12.345", "12.345", []),
        ("KWD", "12.3456", "12.3456", ["amount_decimals"]),
        ("USD", "12.3", "12.30", []),
        ("USD", "12.345", "12.345", ["amount_decimals"]),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency, amount, written, codes):
    foreign = make_transaction(account=Account(number="1", bic="CHASUS33"), currency=currency, amount=Decimal(amount))
    batch = make_credit(foreign, service_level="NURG", charges="SHAR")
    assert f'<InstdAmt Ccy="{currency}">{written}</InstdAmt>'.encode() in write(batch, CREDIT)
    assert [finding.code for finding in find(batch)] == codes


def test_half_a_cent_is_too_small_and_no_cent():
    codes = [finding.code for finding in find(make_credit(make_transaction(amount=Decimal("0.005"))))]
    assert codes == ["amount_too_small", "amount_decimals"]


def test_an_amount_to_be_converted():
    # the schema takes amounts "worth 100.23 dollars", SEPA does not; the sums are of what is there: nothing
    content = write(make_credit(make_transaction()), CREDIT)
    content = substitute(content, b"<CtrlSum>100.23<", b"<CtrlSum>0<", 2)
    converted = b'<EqvtAmt><Amt Ccy="USD">100.23</Amt><CcyOfTrf>EUR</CcyOfTrf></EqvtAmt>'
    content = substitute(content, b'<InstdAmt Ccy="EUR">100.23</InstdAmt>', converted)
    assert_only(find(content), "amount_invalid", where="PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt")


def test_dollars_under_sepa():
    assert_only(find(make_credit(make_transaction(currency="USD"))), "currency_not_euro")


def test_name_lengths():
    long = make_transaction(party=replace(HOST, name="x" * 71))
    content = make_credit(long)
    assert find(content, CREDIT) == []  # the writer cuts
    uncut = write(content, replace(CREDIT, name_length=140))
    assert_only(find(uncut, CREDIT), "name_too_long", where="PmtInf[1]/CdtTrfTxInf[1]/Cdtr/Nm")
    assert find(uncut, replace(CREDIT, name_length=140)) == []
