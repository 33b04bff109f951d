from datetime import UTC, date, datetime

import pytest
from rating import RatingError, SessionError, Span, effective, intersect, local_day, midnight, month, month_of


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_midnight_follows_the_clock_change():
    # 25 October 2026 has 25 hours in Paris, 29 March 2026 has 23
    assert midnight(date(2026, 10, 26), "Europe/Paris") - midnight(date(2026, 10, 25), "Europe/Paris") == 25 * 3600
    assert midnight(date(2026, 3, 30), "Europe/Paris") - midnight(date(2026, 3, 29), "Europe/Paris") == 23 * 3600
    assert midnight(date(2026, 7, 1), "Europe/Paris") == at("2026-06-30T22:00:00")


def test_day_that_begins_at_one_oclock():
    # Beirut's clocks go forward at midnight: 29 March 2026 begins at 01:00 = 28 March 22:00 UTC
    start = midnight(date(2026, 3, 29), "Asia/Beirut")
    assert start == at("2026-03-28T22:00:00")
    assert local_day(start, "Asia/Beirut") == date(2026, 3, 29)
    assert local_day(start - 1, "Asia/Beirut") == date(2026, 3, 28)


def test_months_meet_without_gap_or_overlap():
    for zone in ("Europe/Paris", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"):
        for number in range(1, 12):
            assert month(2026, number).epochs(zone)[1] == month(2026, number + 1).epochs(zone)[0]


def test_leap_february():
    assert month(2028, 2).days == 29
    assert month_of(date(2028, 2, 29)) == month(2028, 2)


def test_unknown_zone_says_so():
    with pytest.raises(SessionError, match="Europe/Atlantis"):
        midnight(date(2026, 1, 1), "Europe/Atlantis")


def test_spans_meet():
    march = month(2026, 3)
    assert march & Span(date(2026, 3, 10)) == Span(date(2026, 3, 10), date(2026, 4, 1))
    assert march & Span(None, date(2026, 3, 1)) is None
    assert date(2026, 3, 31) in march
    assert date(2026, 4, 1) not in march
    assert intersect([march], [Span(), Span(date(2026, 5, 1))]) == [march]


def test_open_span_has_no_number_of_days():
    with pytest.raises(RatingError, match="open"):
        _ = Span(date(2026, 1, 1)).days


def test_effective_dated_value():
    changes = [(date(2026, 1, 1), "first"), (date(2026, 3, 1), "second")]
    assert effective(changes, date(2025, 12, 31)) is None
    assert effective(changes, date(2026, 2, 28)) == "first"
    assert effective(changes, date(2026, 3, 1)) == "second"
