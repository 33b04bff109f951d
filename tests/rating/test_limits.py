from datetime import date

import pytest
from rating import MICRO, Span, TermError, explain_limit, limits_of, month

from .build import fixed, term

MARCH = month(2026, 3)


def limits(version, covered=None):
    return limits_of(version, MARCH, covered or [Span()])


def test_what_is_missing_to_the_minimum_is_added():
    found = limits(term(fixed("0.1"), minimum_micro=100 * MICRO))
    assert found.adjustment(80 * MICRO) == 20 * MICRO
    assert found.adjustment(100 * MICRO) == found.adjustment(120 * MICRO) == 0


def test_what_is_too_much_for_the_cap_is_taken_off():
    found = limits(term(fixed("0.1"), cap_micro=100 * MICRO))
    assert found.adjustment(130 * MICRO) == -30 * MICRO
    assert found.adjustment(100 * MICRO) == found.adjustment(0) == 0


def test_part_of_a_period_brings_part_of_the_limit():
    # contract from 22 March: 10 of 31 days of 310
    found = limits(term(fixed("0.1"), minimum_micro=310 * MICRO), covered=[Span(date(2026, 3, 22))])
    assert found.minimum == 100 * MICRO


def test_each_wording_has_its_days_share_of_its_own_limit():
    # 10 days of 310 and 21 days of 620
    old = term(fixed("0.1"), key="old", minimum_micro=310 * MICRO, valid=Span(None, date(2026, 3, 11)))
    new = term(fixed("0.1"), key="new", minimum_micro=620 * MICRO, valid=Span(date(2026, 3, 11)))
    assert (limits(old).minimum, limits(new).minimum) == (100 * MICRO, 420 * MICRO)


def test_no_limits_is_none():
    assert limits(term(fixed("0.1"))) is None
    assert limits(term(fixed("0.1"), minimum_micro=1, valid=Span(date(2026, 4, 1)))) is None


def test_the_explanation_ends_in_the_adjustment():
    found = limits(term(fixed("0.1"), minimum_micro=100 * MICRO))
    assert explain_limit(found, 80 * MICRO).amount == 20
    # 15 were added before a late session of 5 came in: 85 made, 15 needed, 20 given: 5 back
    assert explain_limit(found, 85 * MICRO, 20 * MICRO).amount == -5


@pytest.mark.parametrize("wrong", [{"cap_micro": -1}, {"minimum_micro": -1}, {"minimum_micro": 2, "cap_micro": 1}])
def test_limits_that_make_no_sense_are_refused(wrong):
    with pytest.raises(TermError):
        term(fixed("1"), **wrong)
