"""Swiss QR-bills: a QR reference to a QR-IBAN, and neither without the other."""

import pytest
from iso20022.model import Account
from iso20022.reference import is_qr_iban, is_qr_reference, read_reference
from iso20022.writer import write

from tests.iso20022.files import CREDIT, assert_only, find, make_credit, make_transaction, substitute, write_valid
from tests.iso20022.samples import IBANS

# SIX, Implementation Guidelines QR-bill: the examples there
QR_IBAN, QRR = "CH4431999123000889012", "210000000003139471430009017"
SPACED = "21 00000 00003 13947 14300 09017"
REFERENCE = "PmtInf[1]/CdtTrfTxInf[1]/RmtInf/Strd/CdtrRefInf"


def swiss(**facts):
    return make_credit(make_transaction(account=Account(QR_IBAN, bic="POFICHBEXXX"), **facts))


@pytest.mark.parametrize(
    ("iban", "is_one"),
    [
        (QR_IBAN, True),
        ("LI0030000000000000000", True),
        ("CH0031999000000000000", True),
        ("CH0029999000000000000", False),
        ("CH0032000000000000000", False),
        ("DE0031000000000000000", False),
        (IBANS["CH"], False),
        ("CH44", False),
        ("", False),
    ],
)
def test_qr_ibans_are_known_by_their_bank(iban, is_one):
    assert is_qr_iban(iban) is is_one


def test_the_check_digit():
    # carries 0 9 4 6 8 2 7 1 3 5, each row one digit further: the last digit makes the carry's complement to ten
    assert is_qr_reference(QRR)
    assert not any(is_qr_reference(f"{QRR[:-1]}{digit}") for digit in "012345689")
    assert not is_qr_reference(QRR[1:]) and not is_qr_reference("0" + QRR) and not is_qr_reference("")
    assert not is_qr_reference("٢" + QRR[1:])


def test_a_reference_is_read_for_the_account_it_goes_to():
    assert read_reference(SPACED, QR_IBAN) == QRR
    assert read_reference(QRR[:-1] + "8", QR_IBAN) == ""
    assert read_reference(QRR, IBANS["CH"]) == ""
    assert read_reference("RF18 5390 0754 7034", QR_IBAN) == ""
    assert read_reference("RF18 5390 0754 7034", IBANS["CH"]) == "RF18539007547034"


def test_it_is_written_with_its_type():
    content = write_valid(swiss(reference=QRR), CREDIT)
    written = (
        f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Prtry>QRR</Prtry></CdOrPrtry></Tp><Ref>{QRR}</Ref></CdtrRefInf></Strd>"
    )
    assert written.encode() in content
    assert find(content) == []


@pytest.mark.parametrize("reference", ["", "RF18539007547034"])
def test_a_qr_iban_without_one_is_refused(reference):
    findings = find(swiss(reference=reference))
    assert_only(findings, "qr_reference_missing", where="PmtInf[1]/CdtTrfTxInf[1]/RmtInf")
    assert QR_IBAN in findings[0].message and "SIX" in findings[0].source


def test_one_to_another_account_is_refused():
    other = make_credit(make_transaction(account=Account(IBANS["CH"], bic="UBSWCHZH80A"), reference=QRR))
    assert_only(find(other), "qr_reference_elsewhere", where=REFERENCE)


def test_a_wrong_check_digit_is_refused():
    content = substitute(write(swiss(reference=QRR), CREDIT), QRR.encode(), QRR[:-1].encode() + b"8")
    assert_only(find(content), "qr_reference_check_digit", where=f"{REFERENCE}/Ref")
