"""What a bank answers to a file, in the versions banks send."""

import pytest
from iso20022.reason import in_words, standing
from iso20022.status import Reason, read_status

from .bank_samples import assert_valid, status_xml

REJECTED = (
    "<TxInfAndSts><OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
    "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Closed in March</AddtlInf></StsRsnInf></TxInfAndSts>"
    "<TxInfAndSts><OrgnlEndToEndId>E-2</OrgnlEndToEndId><TxSts>ACSP</TxSts></TxInfAndSts>"
)
GROUP = (
    "<GrpSts>PART</GrpSts>"
    "<StsRsnInf><Rsn><Prtry>OWN</Prtry></Rsn><AddtlInf>one</AddtlInf><AddtlInf>two</AddtlInf></StsRsnInf>"
)


@pytest.mark.parametrize("version", [3, 12, 14, 15])
def test_levels_are_told_apart(version):
    content = status_xml(version, "<PmtInfSts>PART</PmtInfSts>" + REJECTED, group=GROUP)
    assert_valid(content)
    report = read_status(content)
    assert (report.message_id, report.original_message_id, report.original_name) == (
        "ANSWER-1",
        "EV-1",
        "pain.001.001.09",
    )
    assert (report.status, report.reasons) == ("PART", (Reason("OWN", ("one", "two")),))
    (block,) = report.blocks
    assert (block.identifier, block.status, block.reasons) == ("BLOCK-1", "PART", ())
    rejected, accepted = block.transactions
    assert (rejected.end_to_end_id, rejected.instruction_id, rejected.status) == ("E-1", "I-1", "RJCT")
    assert rejected.reasons[0].words == "AC04: The account is closed. Closed in March"
    assert (accepted.end_to_end_id, accepted.status, accepted.reasons) == ("E-2", "ACSP", ())


def test_transactions_stay_in_their_own_block():
    second = "</OrgnlPmtInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>BLOCK-2</OrgnlPmtInfId><PmtInfSts>ACSP</PmtInfSts>"
    report = read_status(status_xml(3, REJECTED + second))
    assert [(block.identifier, len(block.transactions)) for block in report.blocks] == [("BLOCK-1", 2), ("BLOCK-2", 0)]
    assert len(report.transactions) == 2


@pytest.mark.parametrize("code", ["RCVC", "RVNM", "RVNA"])
def test_verification_of_payee_as_status_or_as_reason(code):
    as_status = f"<TxInfAndSts><OrgnlEndToEndId>E-1</OrgnlEndToEndId><TxSts>{code}</TxSts></TxInfAndSts>"
    as_reason = (
        "<TxInfAndSts><OrgnlEndToEndId>E-1</OrgnlEndToEndId><TxSts>ACTC</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
    )
    for body in (as_status, as_reason):
        (transaction,) = read_status(status_xml(14, body)).transactions
        assert (transaction.verification, transaction.suggested_name) == (code, "")


def test_a_close_match_gives_the_name_the_bank_knows():
    close = (
        "<TxInfAndSts><OrgnlEndToEndId>E-1</OrgnlEndToEndId><TxSts>RVMC</TxSts>"
        "<StsRsnInf><Rsn><Cd>RVMC</Cd></Rsn><AddtlInf>Jean Dupond</AddtlInf></StsRsnInf></TxInfAndSts>"
    )
    (transaction,) = read_status(status_xml(14, close)).transactions
    assert (transaction.verification, transaction.suggested_name) == ("RVMC", "Jean Dupond")


def test_codes_in_words_and_standings():
    assert in_words("AM04") == "AM04: There was not enough money on the account."
    assert in_words("ZZ99", "as agreed") == "ZZ99 as agreed"
    assert [standing(code) for code in ("ACCP", "ACSC", "RJCT", "PDNG", "PART", "RVNM", "XXXX")] == [
        "accepted", "accepted", "rejected", "pending", "partly", "verified", "unknown",
    ]  # fmt: skip
