from datetime import UTC, datetime

import pytest
from indexes import PriceIndexError, edge_after, edge_before, find_resolution, is_interval, say

BE = "Europe/Brussels"


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("moment", "resolution", "start", "end"),
    [
        ("2026-03-10 12:07", "quarter_hour", "2026-03-10 12:00", "2026-03-10 12:15"),
        ("2026-03-10 12:37", "hour", "2026-03-10 12:00", "2026-03-10 13:00"),
        # the day the clock skips an hour has 23, the day it repeats one has 25
        ("2026-03-29 12:00", "day", "2026-03-28 23:00", "2026-03-29 22:00"),
        ("2026-10-25 12:00", "day", "2026-10-24 22:00", "2026-10-25 23:00"),
        # months begin at local midnight: 23:00 UTC in winter, 22:00 in summer
        ("2026-03-10 12:00", "month", "2026-02-28 23:00", "2026-03-31 22:00"),
        ("2024-02-29 12:00", "month", "2024-01-31 23:00", "2024-02-29 23:00"),
        ("2025-12-31 23:00", "month", "2025-12-31 23:00", "2026-01-31 23:00"),
        ("2026-05-10 12:00", "quarter", "2026-03-31 22:00", "2026-06-30 22:00"),
        ("2026-12-10 12:00", "quarter", "2026-09-30 22:00", "2026-12-31 23:00"),
        ("2026-05-10 12:00", "year", "2025-12-31 23:00", "2026-12-31 23:00"),
    ],
)
def test_interval_of_a_moment(moment, resolution, start, end):
    assert (edge_before(at(moment), resolution, BE), edge_after(at(moment), resolution, BE)) == (at(start), at(end))
    assert is_interval(at(start), at(end), resolution, BE)
    assert find_resolution(at(start), at(end), BE) == resolution


def test_hours_of_a_zone_half_an_hour_off_begin_on_its_clock():
    # 12:30 in Kolkata is 07:00 UTC; its hour began at 12:00, 06:30 UTC
    assert edge_before(at("2026-01-01 07:00"), "hour", "Asia/Kolkata") == at("2026-01-01 06:30")


def test_odd_spans_have_no_resolution():
    start = at("2026-01-01 00:00")
    for end in (start, start - 900, start + 600, start + 7200, start + 400 * 86400):
        assert find_resolution(start, end, BE) is None


def test_moments_are_said_without_doubt():
    assert say(at("2026-10-25 00:30"), BE) == "2026-10-25 02:30 +02:00"
    assert say(at("2026-10-25 01:30"), BE) == "2026-10-25 02:30 +01:00"
    assert say(at("2026-10-25 01:30")) == "2026-10-25 01:30 +00:00"


def test_unknown_timezones_are_refused():
    with pytest.raises(PriceIndexError, match="no timezone 'Mars/Base'"):
        say(0, "Mars/Base")
