"""Which tariff prices a session, and by which clock."""

from dataclasses import replace

import pytest
from rating.ocpi import COUNTRY_CLOCKS, TariffChoiceError, TimezoneError, read_cdr, select_tariff, timezone_of
from rating.period import zone

from .build import cdr_json, component, element, tariff

MONDAY = "2026-03-02"
ONE = (60, {"ENERGY": 1})


def energy(price, **restrictions):
    return element(component("ENERGY", price), **restrictions)


def cdr(**fields):
    return read_cdr(cdr_json(MONDAY, ONE, **fields))


def valid(identity, start=None, end=None):
    return tariff(energy("1"), id=identity, start_date_time=start, end_date_time=end)


def test_the_tariff_valid_at_the_start_is_selected():
    old = valid("old", end="2026-03-02T00:00:00Z")
    new = valid("new", start="2026-03-02T00:00:00Z")
    assert select_tariff([old, new], cdr()).id == "new"
    with pytest.raises(TariffChoiceError, match="No tariff is valid at the session's start 2026-03-02"):
        select_tariff([old], cdr())
    with pytest.raises(TariffChoiceError, match="No tariff is given"):
        select_tariff([], cdr())


def test_the_tariff_the_periods_name_goes_first():
    session = cdr()
    named = replace(session, periods=tuple(replace(period, tariff_id="b") for period in session.periods))
    assert select_tariff([valid("a"), valid("b")], named).id == "b"
    # a name nobody knows does not hinder
    assert select_tariff([valid("a")], named).id == "a"


def test_a_session_has_one_tariff():
    session = read_cdr(cdr_json(MONDAY, ONE, ONE))
    changed = tuple(replace(period, tariff_id=name) for period, name in zip(session.periods, "ab", strict=True))
    with pytest.raises(TariffChoiceError, match="changes tariff"):
        select_tariff([valid("a"), valid("b")], replace(session, periods=changed))


def test_timezone_is_given_told_or_the_countrys_only_one():
    assert timezone_of(cdr()) == "Europe/Amsterdam"
    assert timezone_of(cdr(), "Asia/Tokyo") == "Asia/Tokyo"
    assert timezone_of(cdr(cdr_location={"country": "ESP", "time_zone": "Atlantic/Canary"})) == "Atlantic/Canary"
    with pytest.raises(TimezoneError, match="country USA has several"):
        timezone_of(cdr(cdr_location={"country": "USA"}))
    with pytest.raises(TimezoneError, match="names no country"):
        timezone_of(cdr(cdr_location={}))
    with pytest.raises(TimezoneError, match="'Mars/Base' is not known"):
        timezone_of(cdr(), "Mars/Base")


def test_every_clock_of_the_table_exists():
    assert len(COUNTRY_CLOCKS) > 100
    for name in COUNTRY_CLOCKS.values():
        zone(name)
