"""Rules of the whole message: each test breaks a good file in one way and finds exactly that."""

from dataclasses import replace

import pytest
from iso20022.model import Conventions, Party
from iso20022.rules import check_rules
from iso20022.writer import write

from tests.iso20022.files import (
    CREDIT,
    DEBIT,
    TODAY,
    assert_only,
    find,
    make_credit,
    make_debit,
    make_transaction,
    substitute,
    write_valid,
)


@pytest.mark.parametrize("version", ["pain.001.001.09", "pain.001.001.03"])
@pytest.mark.parametrize("form", ["structured", "hybrid", "minimal", "none"])
def test_a_good_credit_transfer_has_no_findings(version, form):
    assert find(make_credit(), Conventions(version, form)) == []


@pytest.mark.parametrize("version", ["pain.008.001.08", "pain.008.001.02"])
def test_a_good_direct_debit_has_no_findings(version):
    assert find(make_debit(), Conventions(version)) == []


@pytest.mark.parametrize(
    ("part", "code", "where"),
    [
        (0, "transaction_count_wrong", "GrpHdr/NbOfTxs"),
        (1, "transaction_count_wrong", "PmtInf[1]/NbOfTxs"),
    ],
)
def test_wrong_count(part, code, where):
    pieces = write_valid(make_credit(), CREDIT).split(b"<NbOfTxs>2<")
    pieces[part] += b"<NbOfTxs>3<"
    pieces[1 - part] += b"<NbOfTxs>2<"
    assert_only(find(b"".join(pieces)), code, where=where)


@pytest.mark.parametrize(("part", "where"), [(0, "GrpHdr/CtrlSum"), (1, "PmtInf[1]/CtrlSum")])
def test_wrong_control_sum(part, where):
    pieces = write_valid(make_credit(), CREDIT).split(b"<CtrlSum>200.69<")
    pieces[part] += b"<CtrlSum>200.68<"
    pieces[1 - part] += b"<CtrlSum>200.69<"
    findings = find(b"".join(pieces))
    assert_only(findings, "control_sum_wrong", where=where)
    assert "200.68" in findings[0].message and "200.69" in findings[0].message


def test_a_missing_control_sum():
    content = substitute(write(make_credit(), CREDIT), b"<CtrlSum>200.69</CtrlSum>", b"")
    assert_only(find(content), "control_sum_wrong", where="GrpHdr/CtrlSum")


def test_another_version_than_the_banks():
    content = write_valid(make_credit(), Conventions("pain.001.001.03"))
    assert_only(find(content, CREDIT), "version_unexpected")


def test_an_end_to_end_identifier_twice():
    payments = (make_transaction(1), make_transaction(2, end_to_end_id="EVP-00001"))
    findings = find(make_credit(*payments))
    assert_only(
        findings,
        "end_to_end_id_duplicate",
        where="PmtInf[1]/CdtTrfTxInf[2]/PmtId/EndToEndId",
        end_to_end_id="EVP-00001",
    )


def test_an_end_to_end_identifier_twice_in_different_blocks():
    block = make_credit().blocks[0]
    again = replace(block, identifier="EVB-2", transactions=(make_transaction(1),))
    findings = find(replace(make_credit(), blocks=(block, again)))
    assert_only(findings, "end_to_end_id_duplicate", where="PmtInf[2]/CdtTrfTxInf[1]/PmtId/EndToEndId")


def test_no_end_to_end_identifier():
    content = substitute(write(make_credit(), CREDIT), b">EVP-00001<", b">NOTPROVIDED<")
    assert_only(find(content), "end_to_end_id_missing", where="PmtInf[1]/CdtTrfTxInf[1]/PmtId/EndToEndId")


def test_a_block_identifier_twice():
    block = make_credit().blocks[0]
    again = replace(block, transactions=(make_transaction(3),))
    assert_only(find(replace(make_credit(), blocks=(block, again))), "block_id_duplicate", where="PmtInf[2]/PmtInfId")


def test_more_payments_than_the_bank_takes():
    assert_only(find(make_credit(), replace(CREDIT, most_transactions=1)), "payments_too_many")
    assert find(make_credit(), replace(CREDIT, most_transactions=2)) == []


def test_nobody_sends_the_file():
    nobody = replace(make_credit(), initiator=Party(""))
    assert_only(find(nobody), "initiator_missing", where="GrpHdr/InitgPty")
    assert find(replace(make_credit(), initiator=Party("", identifier="CPO1"))) == []
    assert find(replace(make_credit(), initiator=Party("CPO"))) == []


def test_opting_out_for_a_single_payment():
    conventions = replace(CREDIT, opt_out_verification=True)
    assert_only(find(make_credit(make_transaction()), conventions), "opt_out_single", "warning")
    assert find(make_credit(), conventions) == []


def test_other_messages_and_no_messages():
    assert_only(check_rules(b"<a/>", CREDIT, TODAY), "unreadable")
    statement = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>'
    assert_only(check_rules(statement, CREDIT, TODAY), "message_unknown")
    content = write(make_debit(), DEBIT)
    findings = check_rules(content[: len(content) // 2], DEBIT, TODAY)
    assert [finding.code for finding in findings] == ["unreadable"]


def test_findings_come_in_the_order_of_the_file():
    party = replace(make_transaction().party, name=" ")
    findings = find(make_credit(*(make_transaction(number, party=party) for number in (1, 2, 3))))
    assert [finding.end_to_end_id for finding in findings] == ["EVP-00001", "EVP-00002", "EVP-00003"]
    assert {finding.code for finding in findings} == {"name_missing"}
