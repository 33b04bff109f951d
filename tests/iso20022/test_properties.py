"""Any mixture of payments, names from all over the world and from attackers: the file is one a bank takes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from iso20022.calendar import next_target_day
from iso20022.characters import is_legal, is_legal_reference
from iso20022.model import (
    CREDIT_TRANSFER,
    DIRECT_DEBIT,
    Account,
    Address,
    Block,
    Conventions,
    Document,
    Mandate,
    Party,
    PaymentFile,
)
from iso20022.rules import check_rules
from iso20022.schemas import check_schema
from iso20022.writer import write
from lxml import etree

from tests.iso20022.files import MOMENT, OWN, OWN_ACCOUNT, TODAY, make_transaction
from tests.iso20022.samples import BICS, IBANS, NAMES, STREETS, TEXTS, TOWNS

SOME = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# somebody's name is never empty: a partner without one cannot be saved
texts = st.one_of(st.sampled_from(NAMES), st.sampled_from(TEXTS), st.text(max_size=200))
names = st.one_of(st.sampled_from(NAMES), st.text(min_size=1, max_size=200)).map(lambda text: f"{text} N")
towns = st.one_of(st.sampled_from(TOWNS), st.text(max_size=60)).map(lambda text: f"T {text}")
streets = st.one_of(st.just(""), st.sampled_from(STREETS), st.text(max_size=120))
amounts = st.integers(1, 99_999_999_999).map(lambda cents: Decimal(cents).scaleb(-2))
days = st.dates(TODAY, date(2027, 11, 1)).map(next_target_day)


@st.composite
def make_parties(draw):
    country = draw(st.sampled_from(sorted(IBANS)))
    address = Address(
        country,
        draw(towns),
        draw(st.sampled_from(("", "75001", "EC1A 1BB", "〒100-0001"))),
        draw(streets),
        draw(st.sampled_from(("", "1", "10 bis", "№ 7/Α"))),
        draw(st.sampled_from(("", "Île-de-France", "x" * 50))),
        tuple(draw(st.lists(streets, max_size=4))),
    )
    return Party(draw(names), address), Account(IBANS[country], bic=BICS[country])


@st.composite
def make_payments(draw, number, mandate=None):
    party, account = draw(make_parties())
    documents = draw(st.lists(st.tuples(texts, amounts, st.booleans()), max_size=5))
    return make_transaction(
        number,
        amount=draw(amounts),
        party=party,
        account=account,
        remittance=draw(texts),
        reference=draw(st.sampled_from(("", "", "RF18539007547034", "123456789012"))),
        documents=tuple(
            Document(f"{index}{text}", amount, credit) for index, (text, amount, credit) in enumerate(documents)
        ),
        purpose=draw(st.sampled_from(("", "SUPP"))),
        mandate=mandate,
    )


@st.composite
def make_blocks(draw, debit):
    blocks, number = [], 0
    for index in range(draw(st.integers(1, 3))):
        count, payments = draw(st.integers(1, 6)), []
        for _payment in range(count):
            number += 1
            mandate = Mandate(f"MND/{number}", date(2026, 1, 15), draw(st.booleans()), "OLD") if debit else None
            payments.append(draw(make_payments(number, mandate)))
        kinds = ("CORE", "B2B") if debit else ("", "INST")
        blocks.append(
            Block(
                f"EVB/{index}",
                draw(st.sampled_from((date(2026, 11, 24), date(2026, 12, 7)))) if debit else draw(days),
                replace(OWN, name=draw(names)),
                OWN_ACCOUNT,
                tuple(payments),
                local_instrument=draw(st.sampled_from(kinds)),
                sequence=draw(st.sampled_from(("FRST", "RCUR", "OOFF", "FNAL"))) if debit else "",
                batch_booking=draw(st.sampled_from((None, True, False))),
            )
        )
    return tuple(blocks)


def make_conventions(versions):
    return st.builds(
        Conventions,
        version=st.sampled_from(versions),
        address_form=st.sampled_from(("structured", "hybrid", "minimal", "none")),
        name_length=st.sampled_from((70, 140)),
        extended_remittance=st.booleans(),
    )


def assert_taken(payment_file, conventions):
    content = write(payment_file, conventions)
    assert check_schema(content) == []
    findings = check_rules(content, conventions, TODAY)
    assert [finding for finding in findings if finding.severity == "error"] == []
    root = etree.fromstring(content)
    payments = [payment for block in payment_file.blocks for payment in block.transactions]
    total = sum(payment.amount for payment in payments)
    assert Decimal(root.findtext(".//{*}GrpHdr/{*}CtrlSum")) == total
    assert sum(Decimal(element.text) for element in root.iterfind(".//{*}PmtInf/{*}CtrlSum")) == total
    assert sum(Decimal(element.text) for element in root.iterfind(".//{*}PmtInf//{*}InstdAmt")) == total
    assert root.findtext(".//{*}GrpHdr/{*}NbOfTxs") == str(len(payments))
    identifiers = [element.text for element in root.iterfind(".//{*}EndToEndId")]
    assert identifiers == [payment.end_to_end_id for payment in payments]
    assert len(set(identifiers)) == len(identifiers)
    assert all(is_legal_reference(text) for text in identifiers)
    assert all(is_legal(text) for element in root.iter("{*}*") if not len(element) for text in (element.text or "",))
    assert write(payment_file, conventions) == content


@SOME
@given(make_blocks(debit=False), make_conventions(("pain.001.001.09", "pain.001.001.03")))
def test_any_credit_transfers_are_taken(blocks, conventions):
    assert_taken(PaymentFile(CREDIT_TRANSFER, "EVM/1", MOMENT, OWN, blocks), conventions)


@SOME
@given(make_blocks(debit=True), make_conventions(("pain.008.001.08", "pain.008.001.02")))
def test_any_direct_debits_are_taken(blocks, conventions):
    assert_taken(PaymentFile(DIRECT_DEBIT, "EVM/1", MOMENT, OWN, blocks), conventions)


@SOME
@given(texts, texts, texts)
def test_no_text_escapes_its_element(name, town, remittance):
    party = Party(f"N{name}", Address("FR", f"T{town}"))
    blocks = (
        Block("EVB", date(2026, 11, 25), OWN, OWN_ACCOUNT, (make_transaction(party=party, remittance=remittance),)),
    )
    content = write(PaymentFile(CREDIT_TRANSFER, "EVM", MOMENT, OWN, blocks), Conventions("pain.001.001.09"))
    assert content.count(b"<Cdtr>") == content.count(b"<EndToEndId>") == 1
    assert b"&" not in content and b"CDATA" not in content
