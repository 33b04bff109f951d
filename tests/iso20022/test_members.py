"""Membership of SEPA and the EEA is a matter of the day."""

from datetime import date

import pytest
from iso20022.members import get_memberships, is_eea, is_sepa

NOW = date(2026, 11, 23)


@pytest.mark.parametrize("country", ["AL", "ME", "MD", "MK"])
def test_members_since_october_2025(country):
    assert is_sepa(country, date(2025, 10, 7))
    assert not is_sepa(country, date(2025, 10, 5))
    assert not is_eea(country, NOW)


def test_serbia_is_expected_in_may_2026():
    assert not is_sepa("RS", date(2026, 4, 30))
    assert is_sepa("RS", date(2026, 5, 29))


@pytest.mark.parametrize("country", ["GB", "CH", "MC", "SM", "AD", "VA", "JE", "GG", "IM", "GI", "BL", "PM"])
def test_in_sepa_but_not_in_the_eea(country):
    assert is_sepa(country, NOW) and not is_eea(country, NOW)


@pytest.mark.parametrize("country", ["DE", "FR", "NO", "IS", "LI", "HR", "GP", "MQ", "GF", "RE", "YT", "MF", "AX"])
def test_in_both(country):
    assert is_sepa(country, NOW) and is_eea(country, NOW)


@pytest.mark.parametrize("country", ["US", "TR", "UA", "NC", "PF", "WF", "GL", "FO", "XX", ""])
def test_in_neither(country):
    assert not is_sepa(country, NOW) and not is_eea(country, NOW)


def test_the_united_kingdom_left_the_eea_and_stayed_in_sepa():
    assert is_eea("GB", date(2020, 12, 31))
    assert not is_eea("gb", date(2021, 1, 1))
    assert is_sepa("gb", date(2021, 1, 1))


def test_the_list_is_whole():
    sepa = {member.country for member in get_memberships() if member.area == "SEPA"}
    eea = {member.country for member in get_memberships() if member.area == "EEA"}
    # 41 countries: 27 EU + IS LI NO + CH GB MC SM AD VA + AL ME MD MK RS are 41; and 8 French, AX, GI, JE GG IM: 13 territories
    assert len(sepa) == 41 + 13
    # everybody who is in the EEA is in SEPA
    assert eea < sepa
    assert all(member.until is None or member.since < member.until for member in get_memberships())
