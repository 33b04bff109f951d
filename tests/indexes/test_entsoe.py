"""Documents are written here, small, after the schema and the published guide of the A44 document."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indexes import NoPricesError, PriceIndexError, Wanted, read_prices

BE, FR = "10YBE----------2", "10YFR-RTE------C"
NAMESPACE = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"
MIDNIGHT = "2026-03-01T23:00Z"


def at(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def series(points, start=MIDNIGHT, count=4, minutes=15, curve="A01", resolution=None, position=None, **other):
    """A TimeSeries of one period of ``count`` steps; ``points`` is {position: price}, or the prices from 1 on."""
    points = points if isinstance(points, dict) else dict(enumerate(points, start=1))
    end = datetime.fromtimestamp(at(start) + count * minutes * 60, UTC).strftime("%Y-%m-%dT%H:%MZ")
    zone, currency, unit = other.get("zone", BE), other.get("currency", "EUR"), other.get("unit", "MWH")
    body = "".join(
        f"<Point><position>{number}</position><price.amount>{price}</price.amount></Point>"
        for number, price in points.items()
    )
    sequence = "classificationSequence_AttributeInstanceComponent.position"
    return (
        f"<TimeSeries><mRID>1</mRID><in_Domain.mRID>{zone}</in_Domain.mRID><out_Domain.mRID>{zone}</out_Domain.mRID>"
        f"<currency_Unit.name>{currency}</currency_Unit.name><price_Measure_Unit.name>{unit}</price_Measure_Unit.name>"
        + (f"<{sequence}>{position}</{sequence}>" if position else "")
        + (f"<curveType>{curve}</curveType>" if curve else "")
        + f"<Period><timeInterval><start>{start}</start><end>{other.get('end', end)}</end></timeInterval>"
        f"<resolution>{resolution or f'PT{minutes}M'}</resolution>{body}</Period></TimeSeries>"
    )


def document(*all_series, namespace=NAMESPACE, kind="A44"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Publication_MarketDocument xmlns="{namespace}"><mRID>doc-1</mRID>'
        f"<type>{kind}</type>{''.join(all_series)}</Publication_MarketDocument>"
    ).encode()


def prices(*all_series, **wanted):
    return [str(value.price) for value in read_prices(document(*all_series), Wanted(**wanted)).values]


def refused(content, **wanted):
    with pytest.raises(PriceIndexError) as caught:
        read_prices(content if isinstance(content, bytes) else document(content), Wanted(**wanted))
    return str(caught.value)


# ---------------------------------------------------------------------- curves


def test_every_point_is_a_final_value():
    result = read_prices(document(series(["87.40", "-3.25", "0", "100"])))
    start = at(MIDNIGHT)
    assert result.values[1] == (start + 900, start + 1800, Decimal("-3.25"), True)
    assert (len(result.values), result.gaps, result.notes, result.reference) == (4, (), (), "doc-1")


def test_a03_carries_the_last_point_to_the_declared_end():
    assert prices(series({1: "10", 3: "20"}, count=6, curve="A03")) == ["10", "10", "20", "20", "20", "20"]


def test_a03_without_a_first_point_has_nothing_to_carry():
    result = read_prices(document(series({3: "20"}, count=4, curve="A03")))
    assert [str(value.price) for value in result.values] == ["20", "20"]
    assert result.gaps == ((at(MIDNIGHT), at(MIDNIGHT) + 1800),)


def test_a01_gap_is_reported_and_not_filled():
    result = read_prices(document(series({1: "10", 4: "40"}, curve=None)))  # A01 where none is said
    assert len(result.values) == 2
    assert result.gaps == ((at(MIDNIGHT) + 900, at(MIDNIGHT) + 2700),)


def test_points_out_of_order_are_sorted():
    assert prices(series({3: "30", 1: "10", 4: "40", 2: "20"})) == ["10", "20", "30", "40"]


@pytest.mark.parametrize(("start", "count"), [("2026-03-28T23:00Z", 92), ("2026-10-24T22:00Z", 100)])
def test_days_of_the_clock_changes(start, count):
    result = read_prices(document(series([str(number) for number in range(count)], start=start, count=count)))
    assert (len(result.values), result.gaps) == (count, ())


@pytest.mark.parametrize(("minutes", "resolution"), [(15, "PT15M"), (30, "PT30M"), (60, "PT60M"), (60, "PT1H")])
def test_resolutions(minutes, resolution):
    [value, _] = read_prices(document(series(["1", "2"], count=2, minutes=minutes, resolution=resolution))).values
    assert value.end - value.start == minutes * 60


def test_days_and_months_are_those_of_the_place():
    day = series(["1", "2"], start="2026-03-28T23:00Z", end="2026-03-30T22:00Z", resolution="P1D")
    assert [value.end - value.start for value in read_prices(document(day)).values] == [23 * 3600, 24 * 3600]
    month = series(["1"], start="2026-02-28T23:00Z", end="2026-03-31T22:00Z", resolution="P1M")
    assert len(read_prices(document(month)).values) == 1


def test_periods_and_series_add_up():
    second = series(["5"], start="2026-03-02T23:00Z", count=1)
    first = series(["1"], count=1)
    result = read_prices(document(second, first))
    assert [str(value.price) for value in result.values] == ["1", "5"]
    assert result.gaps == ((at(MIDNIGHT) + 900, at("2026-03-02T23:00Z")),)


# ------------------------------------------------------------------ duplicates


def test_identical_series_count_once_and_different_ones_are_named():
    one = series(["10", "20"], count=2)
    assert prices(one, one) == ["10", "20"]
    assert prices(one, series({1: "10.00", 2: "20"}, count=2, curve="A03")) == ["10", "20"]
    text = refused(document(one, series(["10", "21"], count=2)))
    assert text == "2026-03-02 00:15 +01:00 to 2026-03-02 00:30 +01:00 is given twice: 20.00 and 21.00."


def test_position_1_wins_over_other_auctions():
    one, two = series(["10"], count=1, position=1), series(["99"], count=1, position=2)
    assert prices(two, one) == ["10"]
    assert prices(two, series(["10"], count=1)) == ["10"]
    assert "1 series of another auction" in read_prices(document(one, two)).notes[0]
    # not even where the coupled auction has nothing: that would be another price
    assert "no prices to use" in refused(two)
    assert "is given twice" in refused(document(one, series(["11"], count=1)))


def test_two_resolutions_are_a_conflict_unless_one_is_asked_for():
    quarters, hour = series(["1", "2", "3", "4"]), series(["9"], count=1, minutes=60)
    assert "is given in steps of 15 minutes and of 60 minutes: say which one" in refused(document(quarters, hour))
    assert prices(quarters, hour, resolution="quarter_hour") == ["1", "2", "3", "4"]
    assert prices(hour, quarters, resolution="hour") == ["9"]


def test_hours_fill_the_time_before_there_were_quarters_and_never_the_reverse():
    hour = series(["9"], start="2026-03-01T22:00Z", count=1, minutes=60)
    quarters = series(["1", "2", "3", "4"])
    assert prices(hour, quarters, resolution="quarter_hour") == ["9", "1", "2", "3", "4"]
    result = read_prices(document(hour, quarters), Wanted(resolution="hour"))
    assert [str(value.price) for value in result.values] == ["9"]
    assert "15 minutes were left out" in result.notes[0]
    assert "no prices in steps of 60 minutes" in refused(quarters, resolution="hour")


# ---------------------------------------------------------------- expectations


def test_other_zones_are_left_out():
    mixed = document(series(["1"], count=1), series(["2"], count=1, zone=FR))
    result = read_prices(mixed, Wanted(bidding_zone=FR))
    assert ([str(value.price) for value in result.values], BE in result.notes[0]) == (["2"], True)
    assert "other bidding zones" in refused(series(["1"]), bidding_zone=FR)


def test_currency_and_unit_must_fit():
    assert "in GBP/MWH, not in EUR/MWH" in refused(series(["1"], currency="GBP"))
    assert "in EUR/KWH, not in EUR/MWH" in refused(series(["1"], unit="KWH"))
    assert prices(series(["1"], currency="PLN", count=1), currency="PLN") == ["1"]


def test_an_acknowledgement_says_there_are_none():
    content = b"""<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0">
        <Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>"""
    with pytest.raises(NoPricesError, match=r"no prices for this: No matching data found \(999\)"):
        read_prices(content)


@pytest.mark.parametrize("version", ["7:0", "7:3", "7:12"])
def test_any_version_7(version):
    namespace = NAMESPACE.rsplit(":", 2)[0] + ":" + version
    assert read_prices(document(series(["1"], count=1), namespace=namespace)).values


# ------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (series(["1", "2", "3", "4", "5"]), "Series 1, period 1: point 5 lies beyond its end 2026-03-02 01:00 +01:00"),
        (series({0: "1"}), "position '0' is not a number from 1"),
        (series({"x": "1"}), "position 'x'"),
        (series(["1,5"]), "point 1: price '1,5' is not a number"),
        (series(["NaN"]), "is not a number"),
        (series(["1E400"]), "is not a number"),
        (series(["0.1234567"]), "more than 6 decimals"),
        (series([""]), "price '' is not a number"),
        (series(["1"], resolution="P7D"), "resolution P7D is not known"),
        (series(["1"], curve="A05"), "curve type A05 is not known"),
        (series(["1"], end="2026-03-01T22:00Z"), "it ends"),
        (series(["1"], end="2026-03-01T23:10Z"), "not a whole number of steps"),
        (series(["1"], end="2026-03-02T00:00"), "its end '2026-03-02T00:00' is not a moment"),
        (series(["1"], end="9999-03-02T00:00Z"), "is not a moment"),
        (series([]), "every series in it is empty"),
        (document(), "no prices to use"),
        (document(series(["1"]), kind="A65"), "of type A65, not A44"),
        (document(series(["1"]), namespace="urn:other:7:3"), "not a Publication_MarketDocument"),
        (document(series(["1"]), namespace=NAMESPACE.replace(":7:", ":8:")), "version 7"),
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"hello", "not whole XML"),
        (b"{}", "not whole XML"),
        (document(series(["1"]))[:-30], "not whole XML"),
        (b"<html><body>", "a web page"),
        (b"<!DOCTYPE HTML PUBLIC><html>", "a web page"),
        (b"PK\x03\x04", "ZIP"),
    ],
)
def test_bad_documents_are_told_in_a_sentence(content, words):
    text = refused(content)
    assert words in text
    assert "Traceback" not in text and len(text) < 600


def test_one_position_twice():
    twice = series(["1"], count=1).replace(
        "</Period>", "<Point><position>1</position><price.amount>2</price.amount></Point></Period>"
    )
    assert "point 1 is given twice" in refused(twice)
    same = series(["1"], count=1).replace(
        "</Period>", "<Point><position>1</position><price.amount>1.0</price.amount></Point></Period>"
    )
    assert prices(same) == ["1"]


def test_all_problems_are_told():
    text = refused(document(series(["x", "y"]), series(["1"], unit="KWH")))
    assert len(text.splitlines()) == 3


# ------------------------------------------------------------------ hostile XML


def test_entities_and_external_files_are_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("41")
    body = document(series(["&x;"], count=1)).partition(b"?>")[2]
    for declaration in (
        f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>',
        '<!DOCTYPE d [<!ENTITY x "41">]>',
        '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p; <!ENTITY x "41">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">',
    ):
        text = refused(declaration.encode() + body)
        assert "DTD or entities" in text or "not whole XML" in text
        assert "41" not in text


def test_a_bomb_of_entities_does_not_go_off():
    entities = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
    bomb = f'<!DOCTYPE d [<!ENTITY e0 "boom">{entities}]>'.encode()
    text = refused(bomb + document(series(["&e11;"], count=1)).partition(b"?>")[2])
    assert "DTD or entities" in text or "not whole XML" in text


def test_size_depth_and_declared_length_are_limited():
    with pytest.raises(PriceIndexError, match="more than 100: take a shorter period"):
        read_prices(document(series(["1"])), max_bytes=100)
    assert "nested deeper" in refused(b"<a>" * 100 + b"</a>" * 100)
    assert "not whole XML" in refused(b"<a>" * 100_000)
    # ninety years of quarter-hours out of one point
    long = series({1: "1"}, start="2001-01-01T00:00Z", end="2091-01-01T00:00Z", curve="A03")
    assert "more than 400,000 values" in refused(long)
    ten = [
        series({1: "1"}, start=f"20{10 + year}-01-01T00:00Z", end=f"20{20 + year}-01-01T00:00Z", curve="A03")
        for year in (0, 10)
    ]
    assert "more than 400,000 values" in refused(document(*ten))


def test_comments_and_instructions_do_not_matter():
    content = document(series(["1"], count=1)).replace(b"<type>", b"<!-- <type>A65</type> --><?php x ?><type>")
    assert len(read_prices(content).values) == 1


def test_a_year_of_quarters_is_read_in_a_second():
    start = datetime(2025, 12, 31, 23, tzinfo=UTC)
    days = [
        series(
            [str(number % 97) for number in range(96)],
            start=(start + timedelta(days=day)).strftime("%Y-%m-%dT%H:%MZ"),
            count=96,
        )
        for day in range(365)
    ]
    result = read_prices(document(*days))
    assert (len(result.values), result.gaps) == (35_040, ())


@given(st.lists(st.sampled_from(["10", "-3.25", "0", "87.40"]), min_size=1, max_size=100), st.randoms())
def test_both_curve_types_say_the_same(given_prices, random):
    """A03 is A01 with the repeated points left out, in whatever order they stand."""
    points = list(enumerate(given_prices, start=1))
    kept = [point for point, before in zip(points, [None, *given_prices], strict=False) if point[1] != before]
    random.shuffle(kept)
    random.shuffle(points)
    every = series(dict(points), count=len(given_prices))
    short = series(dict(kept), count=len(given_prices), curve="A03")
    assert prices(every) == prices(short) == given_prices
    assert prices(every, short) == given_prices


@given(st.binary(max_size=200), st.integers(0, 1500), st.integers(1, 40))
def test_damaged_documents_are_read_or_refused_and_nothing_else(noise, at_byte, length):
    content = document(series(["87.40", "-3.25", "0", "100"]))
    damaged = content[:at_byte] + noise + content[at_byte + length :]
    try:
        read_prices(damaged)
    except PriceIndexError as error:
        assert 0 < len(str(error)) < 3000
