"""Rules of texts: characters, references, names, remittance."""

from dataclasses import replace

import pytest
from iso20022.model import Document
from iso20022.writer import write

from tests.iso20022.files import CREDIT, HOST, OWN, assert_only, find, make_credit, make_transaction, substitute

PAYMENT = "PmtInf[1]/CdtTrfTxInf[1]"


@pytest.fixture(name="good")
def fixture_good():
    return write(make_credit(), CREDIT)


@pytest.mark.parametrize("text", ["Hôtel", "Café ☕", "😀", "A&amp;B", "A_B", "A;B", "A&#10;B", "ΑΒ"])
def test_illegal_characters(good, text):
    content = substitute(good, b"<Cdtr><Nm>Hotel de l'Ile SARL<", f"<Cdtr><Nm>Hotel {text}<".encode())
    assert_only(find(content), "characters_illegal", where=f"{PAYMENT}/Cdtr/Nm", end_to_end_id="EVP-00001")


@pytest.mark.parametrize(
    ("old", "where"),
    [
        (b"EVM-1", "GrpHdr/MsgId"),
        (b"EVB-1", "PmtInf[1]/PmtInfId"),
        (b"EVP-00001", f"{PAYMENT}/PmtId/EndToEndId"),
        (b"I-1", f"{PAYMENT}/PmtId/InstrId"),
    ],
)
@pytest.mark.parametrize("new", [b"/A", b"A/", b"A//B", b" A", b"A "])
def test_references_a_bank_refuses(old, where, new):
    good = write(make_credit(make_transaction(instruction_id="I-1")), CREDIT)
    content = substitute(good, b">%s<" % old, b">%s<" % new)
    assert_only(find(content), "reference_illegal", where=where)


def test_illegal_characters_in_the_header(good):
    assert_only(find(substitute(good, b"EVM-1", b"EVM_1")), "characters_illegal", where="GrpHdr/MsgId")


def test_a_missing_name(good):
    no_name = make_credit(make_transaction(party=replace(HOST, name="")))
    assert_only(find(no_name), "name_missing", where=f"{PAYMENT}/Cdtr/Nm")
    assert_only(find(make_credit(party=replace(OWN, name=" "))), "name_missing", where="PmtInf[1]/Dbtr/Nm")


def test_a_name_nobody_can_read():
    findings = find(make_credit(make_transaction(party=replace(HOST, name="株式会社充電"))))
    assert_only(findings, "name_unreadable", "warning", where=f"{PAYMENT}/Cdtr/Nm")


USTRD = b"<Ustrd>ST-2026-00001 RBILL/2026/00001</Ustrd>"
STRD = b"<Strd><CdtrRefInf><Ref>12345</Ref></CdtrRefInf></Strd>"


def test_text_and_reference_together(good):
    assert_only(find(substitute(good, USTRD, USTRD + STRD)), "remittance_mixed", where=f"{PAYMENT}/RmtInf")


def test_two_texts(good):
    assert_only(find(substitute(good, USTRD, USTRD * 2)), "remittance_repeated", where=f"{PAYMENT}/RmtInf/Ustrd")


def test_two_references(good):
    assert_only(find(substitute(good, USTRD, STRD * 2)), "structured_repeated", where=f"{PAYMENT}/RmtInf/Strd")


def test_banks_with_extended_remittance_take_many():
    extended = replace(CREDIT, extended_remittance=True)
    documents = tuple(Document(f"RBILL/{number}", make_transaction().amount, False) for number in (1, 2, 3))
    payment_file = make_credit(make_transaction(documents=documents))
    assert find(payment_file, extended) == []
    assert_only(find(write(payment_file, extended), CREDIT), "structured_repeated")


@pytest.mark.parametrize("reference", ["RF19539007547034", "RF18539007547043", "RF00A"])
def test_wrong_check_digits_of_a_reference(reference):
    findings = find(make_credit(make_transaction(reference=reference)))
    assert_only(findings, "reference_check_digits", where=f"{PAYMENT}/RmtInf/Strd/CdtrRefInf/Ref")


@pytest.mark.parametrize("reference", ["RF18539007547034", "RF712348231", "123456789012"])
def test_good_references(reference):
    assert find(make_credit(make_transaction(reference=reference))) == []


def test_a_reference_no_bank_takes():
    good = write(make_credit(make_transaction(reference="12345")), CREDIT)
    findings = find(substitute(good, b"<Ref>12345<", b"<Ref>/12345<"))
    assert_only(findings, "reference_illegal", where=f"{PAYMENT}/RmtInf/Strd/CdtrRefInf/Ref")
