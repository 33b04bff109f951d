"""Credit transfers as a bank reads them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from iso20022.model import Account, Address, Conventions, Document, Party
from iso20022.writer import UnwritableFile, write
from lxml import etree

from tests.iso20022.files import CREDIT, HOST, make_credit, make_transaction, write_valid
from tests.iso20022.samples import BICS, IBANS


def read(payment_file, conventions=CREDIT):
    return etree.fromstring(write_valid(payment_file, conventions))


def get_text(element, path):
    return element.findtext("/".join(f"{{*}}{name}" for name in path.split("/")))


def get_texts(element, path):
    return [found.text for found in element.iterfind(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))]


def test_totals_stand_at_both_levels():
    # 100.23 + 100.46 = 200.69
    root = read(make_credit())
    assert get_texts(root, "NbOfTxs") == ["2", "2"]
    assert get_texts(root, "CtrlSum") == ["200.69", "200.69"]


def test_totals_of_several_blocks_add_up():
    # 200.69 and 100.69 (number 3): 301.38 in the file
    first = make_credit().blocks[0]
    second = replace(first, identifier="EVB-2", transactions=(make_transaction(3),))
    root = read(replace(make_credit(), blocks=(first, second)))
    assert get_texts(root, "NbOfTxs") == ["3", "2", "1"]
    assert get_texts(root, "CtrlSum") == ["301.38", "200.69", "100.69"]


def test_the_same_facts_give_the_same_bytes():
    assert write(make_credit(), CREDIT) == write(make_credit(), CREDIT)
    assert write(make_credit(), CREDIT).startswith(b"<?xml version='1.0' encoding='UTF-8'?>")


def test_versions_differ_in_the_day_and_the_name_of_the_bic():
    new, old = read(make_credit()), read(make_credit(), Conventions("pain.001.001.03"))
    assert get_texts(new, "ReqdExctnDt/Dt") == ["2026-11-25"] and get_texts(new, "BICFI") == [BICS["DE"]]
    assert get_texts(old, "ReqdExctnDt") == ["2026-11-25"] and get_texts(old, "BIC") == [BICS["DE"]]


def test_texts_become_legal_and_are_cut():
    party = Party("Müller & Söhne " + "x" * 80, HOST.address)
    root = read(make_credit(make_transaction(party=party, end_to_end_id="//A//B/")))
    name = get_texts(root, "Cdtr/Nm")[0]
    assert name == "Muller + Sohne " + "x" * 55 and len(name) == 70
    assert get_texts(root, "EndToEndId") == ["A/B"]
    long = read(make_credit(make_transaction(party=party)), replace(CREDIT, name_length=140))
    assert len(get_texts(long, "Cdtr/Nm")[0]) == 95  # 15 + 80


ADDRESS = Address(
    "FR", "Paris", "75001", "Rue de Rivoli", "10", lines=("Bâtiment C", "75001 Paris", "Escalier 2", "Code 7")
)


@pytest.mark.parametrize(
    ("form", "tags"),
    [
        ("structured", ["StrtNm", "BldgNb", "PstCd", "TwnNm", "Ctry"]),
        ("hybrid", ["PstCd", "TwnNm", "Ctry", "AdrLine", "AdrLine"]),
        ("minimal", ["TwnNm", "Ctry"]),
        ("none", None),
    ],
)
def test_addresses_take_the_form_of_the_profile(form, tags):
    root = read(make_credit(make_transaction(party=Party("A", ADDRESS))), replace(CREDIT, address_form=form))
    address = root.find(".//{*}Cdtr/{*}PstlAdr")
    assert (None if address is None else [etree.QName(part).localname for part in address]) == tags
    if form == "hybrid":
        # the line that repeats postcode and town is left out, the third and fourth do not fit
        assert get_texts(root, "Cdtr/PstlAdr/AdrLine") == ["Rue de Rivoli 10", "Batiment C"]


def test_a_profile_without_addresses_still_gives_them_outside_the_eea():
    swiss = make_transaction(
        party=Party("Alpstrom AG", Address("CH", "Zürich")), account=Account(IBANS["CH"], bic=BICS["CH"])
    )
    root = read(make_credit(swiss), replace(CREDIT, address_form="none"))
    assert get_texts(root, "Cdtr/PstlAdr/TwnNm") == ["Zurich"]
    assert get_texts(root, "Dbtr/PstlAdr/TwnNm") == ["Dusseldorf"]


def test_priority_and_scheme_are_the_blocks_own():
    sepa = make_credit().blocks[0]
    instant = replace(sepa, identifier="EVB-2", local_instrument="INST", transactions=(make_transaction(3),))
    foreign = replace(
        sepa,
        identifier="EVB-3",
        service_level="NURG",
        charges="SHAR",
        transactions=(make_transaction(4, currency="USD", account=Account(number="123 456", clearing="021000021")),),
    )
    root = read(replace(make_credit(), blocks=(sepa, instant, foreign)))
    kinds = [
        (get_text(block, "PmtTpInf/SvcLvl/Cd"), get_text(block, "PmtTpInf/LclInstrm/Cd"), get_text(block, "ChrgBr"))
        for block in root.iterfind(".//{*}PmtInf")
    ]
    assert kinds == [("SEPA", None, "SLEV"), ("SEPA", "INST", "SLEV"), ("NURG", None, "SHAR")]
    assert get_texts(root, "CdtrAcct/Id/Othr/Id") == ["123 456"]
    assert get_texts(root, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["021000021"]


def test_a_missing_bic_is_said_where_a_bank_is_demanded():
    root = read(make_credit(account=Account(IBANS["DE"])))
    assert get_texts(root, "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
    assert root.find(".//{*}CdtrAgt") is None


def test_one_text_or_one_reference():
    documents = (
        Document("RBILL/1", Decimal("90.00"), False, date(2026, 10, 31)),
        Document("RC/1", Decimal("-10.00"), True),
    )
    payments = (
        make_transaction(1, documents=documents),
        make_transaction(2, reference="RF18 5390 0754 7034"),
        make_transaction(3, reference="123456789012"),
    )
    root = read(make_credit(*payments))
    assert get_texts(root, "Ustrd") == ["ST-2026-00001 RBILL/2026/00001"]
    assert get_texts(root, "CdtrRefInf/Ref") == ["RF18539007547034", "123456789012"]
    assert get_texts(root, "CdtrRefInf/Tp/Issr") == ["ISO"]
    extended = read(make_credit(*payments), replace(CREDIT, extended_remittance=True))
    assert get_texts(extended, "Ustrd") == []
    assert get_texts(extended, "RfrdDocInf/Tp/CdOrPrtry/Cd") == ["CINV", "CREN"]
    assert get_texts(extended, "RfrdDocInf/Nb") == ["RBILL/1", "RC/1"]
    assert get_texts(extended, "RfrdDocInf/RltdDt") == ["2026-10-31"]
    assert get_texts(extended, "RmtdAmt") == ["90.00"] and get_texts(extended, "CdtNoteAmt") == ["10.00"]


def test_a_reference_nothing_legal_is_left_of_gives_way_to_the_text():
    root = read(make_credit(make_transaction(reference="//")))
    assert get_texts(root, "Ustrd") == ["ST-2026-00001 RBILL/2026/00001"]


def test_a_line_that_begins_as_the_cut_town_is_not_repeated():
    # the town is cut at 35 letters: the line of just these repeats it
    party = Party("A", Address("FR", "T" * 50, lines=("T" * 35, "Bat. C")))
    root = read(make_credit(make_transaction(party=party)), replace(CREDIT, address_form="hybrid"))
    assert get_texts(root, "Cdtr/PstlAdr/AdrLine") == ["Bat. C"]


def test_a_long_text_is_cut_between_words():
    root = read(make_credit(make_transaction(remittance="word " * 60)))
    assert get_texts(root, "Ustrd") == [" ".join(["word"] * 28)]


def test_what_else_a_payment_says():
    root = read(
        make_credit(
            make_transaction(instruction_id="I/1", purpose="SUPP"), batch_booking=False, category_purpose="SUPP"
        )
    )
    assert get_texts(root, "InstrId") == ["I/1"]
    assert get_texts(root, "Purp/Cd") == ["SUPP"] and get_texts(root, "CtgyPurp/Cd") == ["SUPP"]
    assert get_texts(root, "BtchBookg") == ["false"]
    assert get_texts(root, "CreDtTm") == ["2026-11-23T08:30:15Z"]
    assert get_texts(root, "InitgPty/Id/OrgId/Othr/Id") == ["DE98ZZZ09999999999"]


def test_amounts_are_never_rounded():
    root = read(make_credit(make_transaction(amount=Decimal("1.005")), make_transaction(2, amount=Decimal("7"))))
    assert get_texts(root, "InstdAmt") == ["1.005", "7.00"]
    assert get_texts(root, "CtrlSum") == ["8.005", "8.005"]


def test_opting_out_of_verification_is_no_matter_of_the_file():
    assert write(make_credit(), CREDIT) == write(make_credit(), replace(CREDIT, opt_out_verification=True))


def test_what_makes_no_file_is_refused():
    with pytest.raises(UnwritableFile, match=r"choose pain\.001\.001\.09 or pain\.001\.001\.03"):
        write(make_credit(), Conventions("pain.008.001.08"))
    with pytest.raises(UnwritableFile, match="without payments"):
        write(replace(make_credit(), blocks=()), CREDIT)
