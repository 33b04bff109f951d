"""Whatever comes: no item beyond its residual, no movement but whole, no difference by the order things came in."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from matching import DOCUMENT, PAYMENT, RETURN, Movement, OpenItem, Settings, match

CENTS = st.integers(-400, 400).filter(bool).map(lambda cents: Decimal(cents) / 100)
DAYS = st.integers(1, 5).map(lambda day: date(2026, 11, day))
PARTNERS = st.sampled_from([None, 1, 2])
CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "USD"])
ENDS = st.sampled_from(["E1", "E2", "E3", ""])
BATCHES = st.sampled_from([(), ("B1",), ("B1", "B2")])
NUMBERS = st.sampled_from(["INV/2026/00001", "INV/2026/00002", "INV/2026/00003", "12345", "05"])


@st.composite
def items(draw):
    found = []
    for key in range(draw(st.integers(0, 9))):
        kind = draw(st.sampled_from([DOCUMENT, DOCUMENT, PAYMENT, RETURN]))
        facts = (
            draw(CENTS),
            draw(CURRENCIES),
            draw(PARTNERS),
            (draw(NUMBERS),) if kind == DOCUMENT else (),
            draw(DAYS),
        )
        ways = ("", ()) if kind == DOCUMENT else (draw(ENDS), draw(BATCHES))
        found.append(OpenItem(key, kind, *facts, *ways))
    return found


@st.composite
def movements(draw):
    return [
        Movement(
            key,
            draw(CENTS),
            draw(CURRENCIES),
            draw(DAYS),
            end_to_end_ids=tuple(end for end in draw(st.lists(ENDS, max_size=2)) if end),
            batches=draw(BATCHES),
            text=" ".join(draw(st.lists(NUMBERS, max_size=3))),
            partner=draw(PARTNERS),
            charges=draw(st.sampled_from([Decimal(0), Decimal("0.50")])),
            is_return=draw(st.booleans()),
            is_charge=draw(st.sampled_from([False, False, True])),
        )
        for key in range(draw(st.integers(0, 6)))
    ]


RULES = st.builds(Settings, tolerance=st.sampled_from([Decimal(0), Decimal(1)]), partial=st.booleans())


def assert_within(item, amount):
    """The amount is of the item's sign, and no more than what is open."""
    assert (amount > 0) == (item.residual > 0)
    assert abs(amount) <= abs(item.residual)


@settings(max_examples=400, deadline=None)
@given(movements(), items(), RULES)
def test_sums_hold(moved, open_items, rules):
    by_id, used = {item.id: item for item in open_items}, defaultdict(Decimal)
    for movement, decision in zip(moved, match(moved, open_items, rules), strict=True):
        assert decision.movement == movement.id
        assert decision.certain == (decision.rule != "exception")
        if decision.certain:
            assert sum(amount for _key, amount in decision.allocations) == movement.amount + decision.fee
            assert (
                0
                <= decision.fee
                <= max(rules.tolerance, movement.charges, -movement.amount if movement.is_charge else 0)
            )
        else:
            assert (decision.allocations, decision.fee) == ((), 0)
        keys = [key for key, _amount in decision.allocations]
        assert len(keys) == len(set(keys))
        for key, amount in decision.allocations:
            used[key] += amount
            assert by_id[key].currency == movement.currency
            assert decision.rule == "partial" or amount == by_id[key].residual or by_id[key].kind == DOCUMENT
    for key, amount in used.items():
        assert_within(by_id[key], amount)


@settings(max_examples=200, deadline=None)
@given(movements(), items(), RULES)
def test_suggestions_fit_what_is_open(moved, open_items, rules):
    by_id = {item.id: item for item in open_items}
    for movement, decision in zip(moved, match(moved, open_items, rules), strict=True):
        for suggestion in decision.suggestions:
            rest = movement.amount + suggestion.fee - sum(amount for _key, amount in suggestion.allocations)
            assert rest == 0 or (rest > 0) == (movement.amount > 0)
            for key, amount in suggestion.allocations:
                assert_within(by_id[key], amount)


@settings(max_examples=200, deadline=None)
@given(st.data(), movements(), items(), RULES)
def test_the_order_things_came_in_changes_nothing(data, moved, open_items, rules):
    mixed = match(data.draw(st.permutations(moved)), data.draw(st.permutations(open_items)), rules)
    assert {decision.movement: decision for decision in mixed} == {
        d.movement: d for d in match(moved, open_items, rules)
    }
