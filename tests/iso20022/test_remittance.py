"""What the payee reads: whole references, never half of one."""

from hypothesis import given
from hypothesis import strategies as st
from iso20022.characters import is_legal
from iso20022.remittance import cut_words, fit, needs_advice

CREDIT_NOTES = [f"RBILL/2026/{number:05}" for number in range(1, 21)]


def test_what_fits_is_said_whole():
    assert fit(["ST-2026-00017", "RBILL/2026/00001"]) == "ST-2026-00017 RBILL/2026/00001"
    assert not needs_advice(["ST-2026-00017", "RBILL/2026/00001"])


def test_exactly_the_limit_needs_no_advice():
    parts = ["A" * 69, "B" * 70]
    # 69 + 1 + 70
    assert len(fit(parts)) == 140
    assert not needs_advice(parts)
    assert needs_advice(["A" * 70, "B" * 70])


def test_what_does_not_fit_is_counted():
    # "ST-2026-00017" is 13 characters, each of the 20 " RBILL/2026/00001" 17, " +13 MORE" 9: with seven 13 + 7 * 17 + 9 = 141,
    # one too many; with six 13 + 6 * 17 + 9 = 124
    text = fit(["ST-2026-00017", *CREDIT_NOTES])
    assert text == " ".join(["ST-2026-00017", *CREDIT_NOTES[:6], "+14 MORE"])
    assert len(text) == 124
    assert needs_advice(["ST-2026-00017", *CREDIT_NOTES])


def test_other_words_for_more_and_other_limits():
    assert fit(["ST-1", "AAAA", "BBBB"], limit=12, more="et {count} de plus") == "et 3 de plus"
    assert fit(["ST-1", "AAAA", "BBBB"], limit=11) == "+3 MORE"
    assert fit(["ST-1", "AAAA", "BBBB"], limit=12, more="+{count}") == "ST-1 AAAA +1"


def test_lengths_are_those_of_the_legal_text():
    # 70 ß are 140 s; with anything more it does not fit
    assert fit(["ß" * 70]) == "s" * 140
    assert needs_advice(["ß" * 70, "A"])


@given(st.lists(st.text(max_size=60), max_size=30), st.integers(20, 200))
def test_any_parts_fit_whole_or_not_at_all(parts, limit):
    text = fit(parts, limit)
    assert len(text) <= limit and is_legal(text)
    if needs_advice(parts, limit):
        assert text.endswith(" MORE")


def test_free_text_is_cut_between_words():
    assert cut_words("word " * 60) == " ".join(["word"] * 28)  # 28 * 5 - 1 = 139
    assert cut_words("short") == "short"
    assert cut_words("x" * 141) == ""
