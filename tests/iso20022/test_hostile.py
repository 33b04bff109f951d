"""Whatever the bytes are, the checks answer in findings: they never fail, and never pass what the bank would not."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from iso20022.model import Conventions
from iso20022.rules import check_rules
from iso20022.schemas import check_schema
from iso20022.writer import write
from lxml import etree

from tests.iso20022.files import CREDIT, DEBIT, TODAY, make_credit, make_debit
from tests.iso20022.samples import NAMES, TEXTS

MANY = settings(max_examples=300, deadline=None)
GOOD = (write(make_credit(), CREDIT), write(make_debit(), DEBIT))
WORDS = st.one_of(
    st.sampled_from((*NAMES, *TEXTS, "NaN", "1E999999999", "-1", "1_000", "٣", "0001-01-01", "9999-12-31", "true")),
    st.text(max_size=50),
)


def is_writable(text):
    return all(character in "\t\n\r" or 0x20 <= ord(character) < 0xD800 for character in text)


def check(content, conventions):
    return [*check_schema(content), *check_rules(content, conventions, TODAY)]


@MANY
@given(st.binary(max_size=300))
def test_any_bytes(content):
    assert {finding.code for finding in check(content, CREDIT)} == {"unreadable"}


@MANY
@given(st.sampled_from(GOOD), st.integers(0, 4000), st.integers(0, 20), st.binary(max_size=20))
def test_files_with_a_piece_exchanged(good, place, length, piece):
    content = good[:place] + piece + good[place + length :]
    conventions = CREDIT if good is GOOD[0] else DEBIT
    assert content == good or isinstance(check(content, conventions), list)


@MANY
@given(st.data(), st.sampled_from(GOOD), WORDS.filter(is_writable))
def test_files_with_a_text_exchanged(data, good, text):
    root = etree.fromstring(good)
    leaves = [element for element in root.iter("{*}*") if not len(element)]
    data.draw(st.sampled_from(leaves)).text = text
    findings = check(etree.tostring(root), CREDIT if good is GOOD[0] else DEBIT)
    assert all(finding.message and finding.source for finding in findings)


@MANY
@given(st.data(), st.sampled_from(GOOD))
def test_files_with_an_element_missing_or_twice(data, good):
    root = etree.fromstring(good)
    element = data.draw(st.sampled_from([element for element in root.iter("{*}*") if element.getparent() is not None]))
    if data.draw(st.booleans()):
        element.getparent().remove(element)
    else:
        element.addnext(etree.fromstring(etree.tostring(element)))
    findings = check(etree.tostring(root), CREDIT if good is GOOD[0] else DEBIT)
    assert all(finding.severity in ("error", "warning") for finding in findings)


def test_twenty_thousand_wrong_payments_are_said_each():
    one = make_credit().blocks[0].transactions[0]
    nameless = replace(one, party=replace(one.party, name=""))
    payments = tuple(replace(nameless, end_to_end_id=f"E{number}") for number in range(20_000))
    content = write(make_credit(*payments), Conventions("pain.001.001.09"))
    findings = check_rules(content, CREDIT, TODAY)
    assert len(findings) == 20_000 and {finding.code for finding in findings} == {"name_missing"}
