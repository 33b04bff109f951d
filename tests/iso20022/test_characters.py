"""Whatever a name is written in, the bank gets letters it takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso20022.characters import is_legal, is_legal_reference, to_legal, to_reference

from tests.iso20022.samples import NAMES, TEXTS


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        ("Müller & Söhne GmbH", "Muller + Sohne GmbH"),
        ("Straßenbau Weiß", "Strassenbau Weiss"),
        ("Łódź", "Lodz"),
        ("Æther Ørsted", "AEther Orsted"),
        ("5 € at home@x", "5 EUR at home(at)x"),
        ("Αθήνα", "Athina"),
        ("ΘΕΣΣΑΛΟΝΙΚΗ", "THESSALONIKI"),
        ("Йордан", "Yordan"),
        ("Љубиња Ћуприја", "LJubinja Cuprija"),
        ("Київ", "Kiyiv"),
        ("Nguyễn Văn Đức", "Nguyen Van Duc"),
        ("株式会社 Charge", ". Charge"),
        ("Café ☕ 😀 Bar", "Cafe Bar"),
        ("a\u0301b", "ab"),
        ("Zero\u200bWidth", "ZeroWidth"),
        (" many \r\n\t spaces ", "many spaces"),
        ("<b>;[x]_", "(b),(x)-"),
        ("\ud800 lone", "lone"),
        ("😀", "."),
        ("", ""),
        ("   ", ""),
    ],
)
def test_text_becomes_legal(text, legal):
    assert to_legal(text) == legal


@pytest.mark.parametrize("text", [*NAMES, *TEXTS])
def test_every_sample_becomes_legal_and_stays_so(text):
    legal = to_legal(text)
    assert legal and is_legal(legal)
    assert to_legal(legal) == legal


@given(st.text())
def test_any_text_becomes_legal(text):
    legal = to_legal(text)
    assert is_legal(legal)
    assert legal == " ".join(legal.split())
    assert to_legal(legal) == legal


@given(st.text(), st.integers(1, 40))
def test_any_text_becomes_a_legal_reference(text, length):
    reference = to_reference(text, length)
    assert not reference or is_legal_reference(reference, length)


def test_references_have_no_slash_at_an_end_and_no_two_together():
    assert to_reference("//ST///2026/00017/ /") == "ST/2026/00017"
    # 35 characters of 36, the 35th a slash: it falls too
    assert to_reference("A" * 34 + "/B") == "A" * 34


@pytest.mark.parametrize("text", ["", "/A", "A/", "A//B", "Ä", "A\n", " A", "A" * 36])
def test_what_is_no_legal_reference(text):
    assert not is_legal_reference(text)


def test_a_legal_reference():
    assert is_legal_reference("ST/2026/00017-A+(1)")
    assert not is_legal("é") and not is_legal("\n") and is_legal("A-z 0/9?:().,'+")
