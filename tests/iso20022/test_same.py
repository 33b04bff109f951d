"""The same entry told twice, and two entries that look alike; statements that follow, repeat and overlap one another."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching.same import (
    LIKENESS,
    OTHER,
    SAME,
    UNSURE,
    Issue,
    Told,
    are_pages,
    conflict,
    differ,
    doubtful,
    find_shared_day,
    link,
    nest,
    other_words,
    part_of_block,
    plain,
    relate,
)

from tests.iso20022.samples import IBANS


def told(ends=(), words="", **rest):
    return Told(ends=frozenset(ends), words=plain(words), **rest)


def likeness(one, other):
    """The name of the first likeness that holds, or what else is to be said."""
    if conflict(one, other):
        return "conflict"
    found = next((like.__name__ for like in LIKENESS if like(one, other)), None)
    return found or ("doubtful" if doubtful(one, other) else "other")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # the payments of a batch, and the batch
        (told(["E-1", "E-2"]), told(["PMTINF-1"]), "doubtful"),
        (told(["E-1"], "INV A"), told(["E-1"], "something else"), "same_ends"),
        (told(["E-1"], reference="X"), told(["E-1"], reference="Y"), "same_ends"),
        (told(["E-1"], "INV A"), told(["E-2"], "INV A"), "conflict"),
        # a batch told with one of its two references
        (told(["E-1", "E-2"]), told(["E-1"]), "doubtful"),
        (told([], "Recharge client"), told([], "RECHARGE  CLIENT"), "same_words"),
        (told([], "Recharge", account=IBANS["FR"]), told([], "Recharge", account=IBANS["DE"]), "conflict"),
        (told([], "Recharge", account=IBANS["FR"]), told([], "Recharge"), "same_words"),
        (told([], "Recharge", account=IBANS["FR"]), told([], "Recharge", account="0500013M026"), "same_words"),
        (told([], "Recharge", reference="X"), told([], "Recharge", reference="Y"), "other"),
        (told(["E-1"], "INV A", name="Kiwi"), told(), "one_is_silent"),
        (told([], "Recharge"), told([], "SVWZ+Recharge"), "words_within"),
        (told([], "7"), told([], "Invoice 7"), "doubtful"),
        (told([], "Invoice 8"), told([], "Invoice 7"), "doubtful"),
        (told([], "", name="Kiwi"), told([], "Invoice 7"), "doubtful"),
    ],
)
def test_likeness(one, other, expected):
    assert likeness(one, other) == likeness(other, one) == expected


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        # the block's sum, and a payment of it, by our own books
        (told(blocks={"B-1"}), told(["E-1"], within={"B-1", "B"}), True),
        (told(blocks={"B"}), told(["E-1"], within={"B-1", "B"}), True),
        (told(blocks={"B-2"}), told(["E-1"], within={"B-1", "B"}), False),
        # the file of somebody else, who counts his files as we do
        (told(blocks={"M-1"}), told(["E-1"], blocks={"M-1"}), False),
        # two payments of it, and two sums of it
        (told(["E-1"], within={"B-1"}), told(["E-2"], within={"B-1"}), False),
        (told(blocks={"B-1"}), told(blocks={"B-1"}), False),
        # the sum tells its payments itself
        (told(["E-1", "E-2"], blocks={"B-1"}), told(["E-1"], within={"B-1"}), False),
    ],
)
def test_part_of_a_block(whole, part, expected):
    whole, part = (
        replace(each, blocks=frozenset(each.blocks), within=frozenset(each.within)) for each in (whole, part)
    )
    assert part_of_block(whole, part) is expected
    assert part_of_block(part, whole) is False


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (told(words="INV 1"), told(words="INV 2"), True),
        (told(words="INV 1"), told(words="SVWZ+INV 1"), False),
        (told(["E-1"], "INV 1"), told(["E-1"], "VIREMENT"), False),
        (told(["E-1"], "INV 1"), told(["E-2"], "INV 1"), True),
        (told(["E-1", "E-2"], "INV 1"), told(["PMTINF-1"], "INV 1"), False),
        (told(), told(words="INV 1"), False),
    ],
)
def test_under_one_reference(one, other, differs):
    assert bool(differ(one, other)) is bool(differ(other, one)) is differs


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("INV 1", "INV 2", True), ("INV 1", "SVWZ+INV 1", False), ("", "INV 2", False), ("", "", False)],
)
def test_other_words(one, other, expected):
    one, other = told(words=one), told(words=other)
    assert other_words(one, other) is other_words(other, one) is expected


def issue(identifier="S1", opening=None, closing=None, page="", first=None, last=None):
    days = (date(2026, 11, day) if day else None for day in (first, last))
    money = (None if amount is None else Decimal(amount) for amount in (opening, closing))
    return Issue(identifier, page, *money, *days)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # issued again, also under another number, also with another closing balance: corrected
        (issue("S1", 0, 50), issue("S1", 0, 50), SAME),
        (issue("S1", 0, 50), issue("S1-2", 0, 50), SAME),
        (issue("S1", 0, 50), issue("S1", 0, 60), SAME),
        # the next one of the day goes on where the first ends, also where its opening is dated the day before
        (issue("211", 0, 50), issue("212", 50, 100), OTHER),
        (issue("STMT", 0, 50), issue("STMT", 50, 100), OTHER),
        (issue("1", 0, 50, first=9, last=10), issue("2", 50, 100, first=9, last=10), OTHER),
        (issue("1", 0, 50, first=9, last=10), issue("2", 50, 100, first=10, last=10), OTHER),
        (issue("1", 0, 50, first=9, last=10), issue("2", 50, 100, first=10, last=11), OTHER),
        # other days are other turns, whatever the name and the balances
        (issue("X", 0, 50, first=9, last=9), issue("X", 80, 90, first=11, last=11), OTHER),
        (issue("A", 0, 50, first=9, last=9), issue("B", 0, 50, first=11, last=11), OTHER),
        # two pages of one
        (issue("P", 0, 50, "1"), issue("P", 0, 50, "2"), OTHER),
        (issue("P", 0, 50, "1"), issue("P", 0, 50, "1"), SAME),
        (issue("P1", 0, 50, "1"), issue("P2", 0, 50, "2"), OTHER),
        (issue("P1", 0, 50, "1"), issue("P2", 0, 70, "2"), UNSURE),
        (issue("P", 0, 50, "2", first=9, last=9), issue("P", 50, 90, "1", first=10, last=10), OTHER),
        # an account that is swept: the second turn of the day begins, and may end, like the first
        (issue("A", 0, 0), issue("B", 0, 0), UNSURE),
        (issue("A", 0, 0), issue("B", 0, 50), UNSURE),
        (issue("A", 0, 0), issue("A", 0, 50), UNSURE),
        (issue("A", 0, 0), issue("A", 0, 0), SAME),
        # swept each day, under one name; the opening is dated the day before
        (issue("X", 0, 0, first=8, last=9), issue("X", 0, 0, first=9, last=10), UNSURE),
        # ending alike proves nothing: 0 to 100, back to 70, and up to 100 again
        (issue("A", 0, 100), issue("C", 70, 100), UNSURE),
        # the month encloses each of its days, also where its end is where one of them begins
        (issue("M", 0, 90, first=1, last=30), issue("D", 40, 60, first=15, last=15), SAME),
        (issue("M", 0, 90, first=1, last=30), issue("D", 90, 60, first=15, last=15), SAME),
        (issue("M", 0, 90, first=1, last=30), issue("D", 40, 90, first=29, last=30), SAME),
        # an opening that is dated with Friday's closing: Monday's second statement goes on from its first, or is the end of it
        (issue("1", 0, 50, first=20, last=23), issue("2", 50, 100, first=23, last=23), UNSURE),
        (issue("1", 0, 50, first=13, last=23), issue("2", 50, 100, first=23, last=23), UNSURE),
        # perhaps the second between them comes later
        (issue("1", 0, 50, first=20, last=23), issue("3", 70, 120, first=23, last=23), UNSURE),
        # an export of the first ten days, and one of the fifth to the fifteenth: perhaps one between them is missing
        (issue("A", 0, 90, first=1, last=10), issue("B", 40, 200, first=5, last=15), UNSURE),
        (issue("A", 0, 90, first=1, last=10), issue("B", 90, 200, first=5, last=15), UNSURE),
        (issue("A", 0, 90), issue("B", 95, 200), UNSURE),
        (issue("A"), issue("B"), UNSURE),
        (issue("A"), issue("A"), SAME),
    ],
)
def test_statements(one, other, expected):
    assert relate(one, other) == relate(other, one) == expected


def test_statements_between_say_that_two_are_two():
    """0, 50, 100, 150 within one day; and there and back: 0, 50, 0, 50."""
    day = {"first": 9, "last": 9}
    row = [issue(str(n), 50 * n, 50 * n + 50, **day) for n in range(3)]
    assert link(row, row[0], row[2]) and not link(row[::2], row[0], row[2])
    assert relate(row[0], row[2], linked=True) == OTHER
    # without days it may be the statement of all of them that comes later
    assert relate(*(replace(one, first=None, last=None) for one in row[::2]), linked=True) == UNSURE
    # the first of them is dated with Friday's closing, and the third begins on its last day
    friday = replace(row[0], first=date(2026, 11, 6))
    assert relate(friday, row[2]) == relate(friday, row[2], linked=True) == UNSURE
    # a month, and the second statement of its last day: what was before that day leads from beginning to beginning
    month, noon = issue("M", 0, 170, first=1, last=30), issue("N", 100, 150, first=30, last=30)
    before = issue("D", 0, 100, first=20, last=20)
    assert nest([month, before, noon], month, noon) and not nest([month], month, noon)
    # a statement of that day that is read after the month may go on beyond it
    assert not nest([before], noon, month)
    assert [relate(month, noon), relate(month, noon, nested=True)] == [UNSURE, SAME]
    assert relate(friday, row[2], linked=True, nested=True) == UNSURE
    # the month's first and last day are its beginning and its end, wherever its balances come again
    month = issue("M", 0, 150, first=9, last=30)
    last = issue("L", 100, 150, first=30, last=30)
    assert [relate(month, each, linked=True) for each in (row[0], last)] == [SAME, SAME]
    # a turn of a later day leads nowhere
    later = issue("E", 50, 100, first=10, last=10)
    assert not link([row[0], later, row[2]], row[0], row[2])
    back = [issue(str(n), *turn, **day) for n, turn in enumerate(((0, 50), (50, 0), (0, 50)))]
    assert link(back, back[0], back[2])
    # the day in which those turns are, whichever is read first
    whole = issue("D", 0, 0, **day)
    for both in ((whole, back[1]), (back[1], whole)):
        assert link(back, *both) and nest(back, *both)
        assert [relate(*both, linked=True), relate(*both, linked=True, nested=True)] == [OTHER, UNSURE]
    assert relate(back[0], back[2], linked=True) == UNSURE


def test_pages_and_shared_days():
    first, second = (issue("P", 0, 50, page, first=9, last=9) for page in "12")
    assert are_pages(first, second) and not are_pages(first, first) and not are_pages(first, replace(second, page=""))
    assert not are_pages(first, replace(second, identifier="Q", closing=Decimal(60)))
    assert not are_pages(first, replace(second, first=date(2026, 11, 10), last=date(2026, 11, 10)))
    # 5 to 9 and 9 to 12 share the 9th; a day of its own begins and ends with it
    one, other, day = (issue("A", first=first, last=last) for first, last in ((5, 9), (9, 12), (9, 9)))
    assert find_shared_day(one, other) == find_shared_day(other, one) == date(2026, 11, 9)
    assert [find_shared_day(one, each) for each in (day, one, issue("A"))] == [None] * 3


MONEY = st.integers(-3, 3)


@settings(max_examples=200)
@given(st.lists(MONEY, min_size=2, max_size=5), st.data())
def test_statements_that_follow_are_never_taken_for_one(turns, data):
    """Of a chain of statements neighbours are two, or nobody can tell where one of them ends as it began."""
    balances = [0]
    for turn in turns:
        balances.append(balances[-1] + turn)
    chain = [issue(str(n), *balances[n : n + 2]) for n in range(len(turns))]
    n = data.draw(st.integers(0, len(chain) - 2))
    one, other = chain[n : n + 2]
    expected = {OTHER} if one.opening != one.closing and other.opening != other.closing else {OTHER, UNSURE}
    if one.opening == other.closing:
        # there and back: it begins like the first ended, and ends like the first began
        expected = {OTHER, UNSURE}
    assert relate(one, other) in expected
