from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexes import Expected, PriceIndexError, read_csv, say

BE = "Europe/Brussels"


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def starts(text, **expected):
    return [say(value.start, BE)[5:] for value in read_csv(text.encode(), Expected(**expected)).values]


def refused(text, **expected):
    with pytest.raises(PriceIndexError) as caught:
        read_csv(text if isinstance(text, bytes) else text.encode(), Expected(**expected))
    return caught.value.problems


@pytest.mark.parametrize(
    "text",
    [
        "start;end;price\n2026-01-01 00:00;2026-01-01 00:15;87,40\n",
        "start,end,price\n2026-01-01 00:00,2026-01-01 00:15,87.40\n",
        'start,end,price\n2026-01-01 00:00,2026-01-01 00:15,"87,40"\n',
        "Début\tFin\tPrix\r\n2026-01-01 00:00\t2026-01-01 00:15\t87,40\r\n",
        "Von;Bis;Preis [EUR/MWh]\n2026-01-01T00:00;2026-01-01T00:15;87,4\n",
        "from;to;Price (€/MWh);state\n2026-01-01T00:00+01:00;2025-12-31T23:15Z;87.40;final\n",
        "2026-01-01 00:00;2026-01-01 00:15;87,40;final\n",
        "\ufeffstart;end;price\n\n2026-01-01 00:00;2026-01-01 00:15;+87,400000\n\n",
        "unit;note;price;end;start;currency\nEUR/MWh;hello;87,40;2026-01-01 00:15;2026-01-01 00:00;EUR\n",
    ],
)
def test_one_value_however_it_is_written(text):
    expected = Expected(currency="EUR", unit="mwh")
    for content in (text.encode(), text.encode("utf-16")):
        assert read_csv(content, expected).values == (
            (at("2025-12-31 23:00"), at("2025-12-31 23:15"), Decimal("87.40"), True),
        )


def test_spreadsheets_save_latin_text():
    assert read_csv("Début;Fin;Prix\n2026-01-01 00:00;2026-01-01 00:15;1".encode("cp1252")).values


def test_state_of_each_value_or_of_all():
    text = "start;price;état\n2026-01;1;provisoire\n2026-02;2;définitif\n2026-03;3;\n"
    assert [value.final for value in read_csv(text.encode(), Expected(final=False)).values] == [False, True, False]


def test_length_is_the_distance_between_lines():
    hours = read_csv(b"2026-01-01 00:00;1\n2026-01-01 01:00;2\n2026-01-01 03:00;3")
    assert [value.end - value.start for value in hours.values] == [3600] * 3
    assert hours.gaps == ((at("2026-01-01 01:00"), at("2026-01-01 02:00")),)
    months = read_csv(b"2026-01-01;1\n2026-02-01;2\n2026-03-01;3").values
    assert months[-1].end == at("2026-03-31 22:00")
    quarters = read_csv(b"2026-01-01;1\n2026-04-01;2").values
    assert quarters[-1].end == at("2026-06-30 22:00")


def test_months_quarters_and_years_by_name():
    for text, end in (("2026-02", "2026-02-28 23:00"), ("2026-Q1", "2026-03-31 22:00"), ("2026", "2026-12-31 23:00")):
        [value] = read_csv(f"{text};87,4".encode()).values
        assert value.end == at(end)


def test_the_hour_that_happens_twice_is_told_by_order():
    text = "start;price\n" + "".join(f"2026-10-25 {hour};1\n" for hour in ("01:00", "02:00", "02:00", "03:00"))
    expected = ["10-25 01:00 +02:00", "10-25 02:00 +02:00", "10-25 02:00 +01:00", "10-25 03:00 +01:00"]
    assert starts(text) == expected
    head, *lines = text.splitlines()
    assert starts("\n".join([head, *lines[::-1]])) == expected, "newest first, too"


def test_a_quarter_missing_in_the_first_pass_is_not_taken_from_the_second():
    times = ["01:45", "02:00", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"]
    text = "\n".join(f"2026-10-25 {time};1" for time in times)
    document = read_csv(text.encode())
    assert document.gaps == ((at("2026-10-25 00:15"), at("2026-10-25 00:30")),)


def test_a_whole_day_of_100_and_of_92_quarters_in_local_time():
    double = ["00", "01", "02", "02", "03", *(f"{hour:02d}" for hour in range(4, 24))]
    skipped = [f"{hour:02d}" for hour in range(24) if hour != 2]
    for day, hours, count in (("2026-10-25", double, 100), ("2026-03-29", skipped, 92)):
        text = "\n".join(f"{day} {hour}:{minute:02d};1" for hour in hours for minute in (0, 15, 30, 45))
        document = read_csv(text.encode(), Expected(resolution="quarter_hour"))
        assert (len(document.values), document.gaps) == (count, ())


def test_ends_in_the_hour_that_happens_twice():
    text = "2026-10-25 01:30;2026-10-25 02:00;1\n2026-10-25 02:00;2026-10-25 02:30;2\n2026-10-25 02:30;2026-10-25 02:00;3\n"
    text += "2026-10-25 02:00;2026-10-25 02:30;4\n2026-10-25 02:30;2026-10-25 03:00;5\n"
    document = read_csv(text.encode())
    assert [value.end - value.start for value in document.values] == [1800] * 5
    assert document.gaps == ()


def test_offsets_need_no_order():
    text = "2026-10-25T02:00+01:00;2\n2026-10-25T02:00+02:00;1\n2026-10-25T03:00+01:00;3"
    assert [value.price for value in read_csv(text.encode()).values] == [1, 2, 3]


def test_order_does_not_matter_but_in_that_hour():
    assert starts("2026-01-01 02:00;1\n2026-01-01 00:00;1\n2026-01-01 01:00;1")[0] == "01-01 00:00 +01:00"
    text = "2026-10-25 00:00;1\n2026-10-25 05:00;1\n2026-10-25 04:00;1\n2026-10-25 02:00;1\n2026-10-25 06:00;1"
    assert "not in order of time" in refused(text)[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty."),
        ("\n \n", "The file is empty."),
        (";;\n;", "The file is empty."),
        ("2026-03-29", "Line 1: no column price"),
        ("start;price\n", "no values"),
        ("start;end\n2026-01-01;2026-01-02", "Line 1: no column price"),
        ("2026-03-29 02:15;1\n2026-03-29 03:00;1", "Line 1: 2026-03-29 02:15 does not exist"),
        ("29/03/2026 02:00;1", "Line 1: '29/03/2026 02:00' is not a moment"),
        ("2026-02-29;1\n2026-03-01;1", "Line 1: '2026-02-29' is not a moment"),
        ("1970-01-01;1", "not between 2000"),
        ("2026-13;1", "no month"),
        ("2026-01-01 00:00;2026-01-01 00:00;1", "Line 1: it ends before it starts"),
        ("2026-01;2026-02;1", "is a whole period"),
        ("2026-01-01 00:00;1", "How long a value lasts"),
        ("2026-01-01 00:00;1\n2026-01-01 00:07;1", "How long a value lasts"),
        ("2026-01;1\n2026-01;2", "is given twice: 1.00 and 2.00"),
        ("2026-01;1;final\n2026-01;1;provisional", "1.00 (provisional) and 1.00 (final)"),
        ("2026-01;1\n2026-Q1;2", "overlaps"),
        ("2026-01;1;maybe", "Line 1: 'maybe' is neither final nor provisional"),
        ("2026-01;", "Line 1: no price"),
        ("2026-01;1\n;1", "Line 2: no start"),
        ("2026-01;1.234,56", "thousands separator"),
        ("2026-01;1 234,56", "thousands separator"),
        ("2026-01;1,234\n2026-02;87.40", "decimal comma and others a decimal point"),
        ("2026-01;0,1234567", "more than 6 decimals"),
        ("2026-01;1E5", "not a number"),
        ("2026-01;NaN", "not a number"),
        ("2026-01;12345678901", "too large"),
        ("start,price\n2026-01,87,40", "3 columns where 2 are expected"),
        ("2026-01-01 00:00,87,4", "neither final nor provisional"),
        ("start;price;currency\n2026-01;1;GBP", "Line 2: the prices are in GBP, the index is in EUR."),
        ("start;price;unit\n2026-01;1;EUR/kWh", "Line 2: the prices are per kWh, the index is per mwh."),
        ("start;price (GBP/MWh)\n2026-01;1", "Line 1: the prices are in GBP"),
    ],
)
def test_bad_files_are_told_by_line(text, words):
    assert words in "\n".join(refused(text, currency="EUR", unit="mwh"))


def test_binary_files_are_refused():
    assert "save it as CSV" in refused(b"PK\x03\x04xlsx")[0]
    assert "not text" in refused(b"a;b\n\0\1\2;3")[0]
    with pytest.raises(PriceIndexError, match="more than 10: split it"):
        read_csv(b"x" * 11, max_bytes=10)


def test_all_problems_are_collected_and_fifty_shown():
    problems = refused("start;price\n" + "2026-01-01 00:00;x\n" * 80)
    assert len(problems) == 80
    assert problems[0].startswith("Line 2:") and problems[-1].startswith("Line 81:")
    text = str(PriceIndexError(problems))
    assert len(text.splitlines()) == 51
    assert text.endswith("... and 30 more.")


def test_lines_must_fit_the_resolution_that_is_asked_for():
    hours = "2026-01-01 00:00;1\n2026-01-01 01:00;1\n2026-01-01 02:00;1"
    assert "60 minutes apart" in refused(hours, resolution="quarter_hour")[0]
    assert "no step of a month starts then" in refused("2026-01-02 00:00;1", resolution="month")[0]


def test_identical_lines_count_once():
    assert len(read_csv(b"2026-01;1\n2026-01;1,0\n2026-02;2").values) == 2


@given(
    # Lord Howe's clock changes by half an hour
    st.sampled_from([BE, "Europe/London", "Atlantic/Azores", "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
    st.integers(at("2020-01-01 00:00") // 900, at("2030-01-01 00:00") // 900),
    st.integers(2, 300),
    st.booleans(),
)
def test_local_times_in_order_are_read_back_whatever_the_clock_does(zone, first, count, newest_first):
    # at least a whole day, so that the lines around the hour that happens twice are there
    epochs = [(first + number) * 900 for number in range(count + 96)]
    lines = [f"{datetime.fromtimestamp(epoch, ZoneInfo(zone)):%Y-%m-%d %H:%M};{epoch % 97}" for epoch in epochs]
    # a file that begins or ends in the middle of that hour cannot say which one it is
    if any(to_two(epochs[edge], zone) for edge in (0, -1)):
        return
    text = "\n".join(lines[::-1] if newest_first else lines)
    result = read_csv(text.encode(), Expected(timezone=zone, resolution="quarter_hour"))
    assert [value.start for value in result.values] == epochs
    assert result.gaps == ()


def to_two(epoch, zone):
    """Whether the clock shows that time twice."""
    local = datetime.fromtimestamp(epoch, ZoneInfo(zone))
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_nothing_else(content):
    try:
        read_csv(content)
    except PriceIndexError as error:
        assert str(error)


PIECES = [
    *"0123456789-:;,. \n\t\"'",
    "start",
    "end",
    "price",
    "final",
    "p",
    "\n",
    ";",
    "2026-03-29 ",
    "2026-10-25 02:15",
    "2026-Q1",
]
PIECES += [
    "2099-12-31T23:59",
    "2000-01-01T00:00+14:00",
    "02:00",
    "T02:30:00.5Z",
    "2026-02",
    "EUR/MWh",
    "currency",
    "unit",
    "GBP",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    try:
        read_csv(text.encode())
    except PriceIndexError as error:
        assert str(error)
