"""Documents of three versions in, every problem named by its path; and what was written reads back."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from rating import RatingError
from rating.ocpi import (
    DocumentError,
    OcpiError,
    PriceLimit,
    cdr_version,
    parse,
    read_cdr,
    read_tariff,
    render,
    tariff_version,
    unwrapped,
    write_tariff,
)

from .build import cdr_json, component, element, tariff_json

ENERGY = component("ENERGY", "0.25", "10")
SESSION = (60, {"ENERGY": 20})


def problems(read, document, version=None):
    with pytest.raises(DocumentError) as caught:
        read(document, version)
    return caught.value.problems


def with_component(**fields):
    return tariff_json(element({**ENERGY, **fields}))


def with_restriction(**fields):
    return tariff_json(element(ENERGY, **fields))


C, R = "elements[0].price_components[0].", "elements[0].restrictions."


@pytest.mark.parametrize(
    ("document", "start"),
    [
        ({**tariff_json(element(ENERGY)), "currency": None}, "currency is missing"),
        ({**tariff_json(element(ENERGY)), "id": 12}, "id is 12: give a text"),
        ({**tariff_json(element(ENERGY)), "id": "x" * 37}, "id has 37 characters"),
        ({**tariff_json(element(ENERGY)), "currency": "EURO"}, "currency is 'EURO'"),
        ({**tariff_json(element(ENERGY)), "type": "CHEAP"}, "type is 'CHEAP': use one of AD_HOC_PAYMENT"),
        (tariff_json(), "elements is empty"),
        ({**tariff_json(), "elements": {}}, "elements is an object: give a list"),
        ({**tariff_json(), "elements": ["x"]}, "elements[0] is 'x': give an object"),
        ({**tariff_json(), "elements": [{}]}, "elements[0].price_components is missing"),
        (tariff_json(element()), "elements[0].price_components is empty"),
        (with_component(type="POWER"), f"{C}type is 'POWER': use one of FLAT, ENERGY"),
        (with_component(price=None), f"{C}price is missing"),
        (with_component(price="much"), f"{C}price is 'much'"),
        (with_component(price=True), f"{C}price is True"),
        (with_component(price=0.25), f"{C}price is 0.25: give an exact decimal"),
        (with_component(price=Decimal("NaN")), f"{C}price is NaN"),
        (with_component(price=Decimal("1e999999999")), f"{C}price is 1E+999999999: give a number of at most"),
        (with_component(price=Decimal("1e-999999999")), f"{C}price is 1E-999999999: give at most 12 decimals"),
        (with_component(price="9" * 5000), f"{C}price is '99999"),
        (with_component(price=10**5000), f"{C}price is 1000"),
        (with_component(step_size=-1), f"{C}step_size is -1: give a number that is not negative"),
        (with_component(step_size=Decimal("1.5")), f"{C}step_size is 1.5: give a whole number"),
        (with_component(step_size=None), f"{C}step_size is missing"),
        (with_component(vat=101), f"{C}vat is 101: give a percentage"),
        (tariff_json(element(ENERGY, ENERGY)), "elements[0].price_components[1].type is a second ENERGY"),
        (with_restriction(start_time="24:00"), f"{R}start_time is '24:00': give a time from 00:00"),
        (with_restriction(end_time="9:00"), f"{R}end_time is '9:00'"),
        (with_restriction(start_date="2026-02-30"), f"{R}start_date is '2026-02-30': give an existing date"),
        (with_restriction(start_date="2026-02-02", end_date="2026-02-02"), f"{R}start_date 2026-02-02 is not before"),
        (with_restriction(min_kwh=2, max_kwh=1), f"{R}min_kwh 2 is not below max_kwh 1"),
        (with_restriction(min_duration=60, max_duration=60), f"{R}min_duration 60 is not below max_duration 60"),
        (with_restriction(min_power=-1), f"{R}min_power is -1"),
        (with_restriction(day_of_week=["FUNDAY"]), f"{R}day_of_week[0] is 'FUNDAY'"),
        (with_restriction(day_of_week="MONDAY"), f"{R}day_of_week is 'MONDAY': give a list"),
        (with_restriction(reservation="RESERVATION"), "elements[0].price_components[0].type is ENERGY: a reservation"),
        (with_restriction(reservation="MAYBE"), f"{R}reservation is 'MAYBE'"),
        (with_restriction(max_kW=5), f"{R}max_kW is not a restriction of OCPI"),
        ({**tariff_json(), "elements": [{"price_components": [ENERGY], "tariff_restrictions": {"max_kwh": 1}}]},
         "elements[0].tariff_restrictions is not a field of OCPI: rename it"),
        (tariff_json(element(ENERGY), start_date_time="soon"), "start_date_time is 'soon': give a date and time"),
        (tariff_json(element(ENERGY), start_date_time="2026-W01-1T00:00"), "start_date_time is '2026-W01-1T00:00'"),
        (tariff_json(element(ENERGY), start_date_time="2026-02-01T00:00:00Z", end_date_time="2026-01-01T00:00:00Z"),
         "start_date_time 2026-02-01T00:00:00+00:00 is not before end_date_time"),
        (tariff_json(element(ENERGY), min_price=1), "min_price is 1: give an object"),
        (tariff_json(element(ENERGY), min_price={}), "min_price.excl_vat is missing"),
        (tariff_json(element(ENERGY), min_price={"excl_vat": 2, "incl_vat": 1}), "min_price.incl_vat 1 is below excl_vat 2"),
        (tariff_json(element(ENERGY), min_price={"excl_vat": 2}, max_price={"excl_vat": 1}),
         "min_price 2 before tax is above max_price 1"),
        (tariff_json(element(ENERGY), tax_included="MAYBE"), "tax_included is 'MAYBE'"),
    ],
)  # fmt: skip
def test_each_problem_of_a_tariff_names_its_path(document, start):
    assert [problem for problem in problems(read_tariff, document) if problem.startswith(start)]


def test_all_problems_are_reported_and_each_is_one_sentence():
    document = tariff_json(
        element({**ENERGY, "step_size": -1}, max_kW=1), element(ENERGY), element({"type": "X"}), currency="E"
    )
    found = problems(read_tariff, document)
    assert [problem.split(" ")[0] for problem in found] == [
        "currency",
        "elements[0].price_components[0].step_size",
        "elements[0].restrictions.max_kW",
        "elements[2].price_components[0].step_size",
        "elements[2].price_components[0].type",
        "elements[2].price_components[0].price",
    ]
    assert all(problem.endswith(".") and "\n" not in problem for problem in found)


@pytest.mark.parametrize("document", [None, [], "x", 1, Decimal(1)])
def test_what_is_no_object_is_refused(document):
    for read in (read_tariff, read_cdr):
        with pytest.raises(RatingError, match="give a JSON object"):
            read(document)


def test_hostile_documents_give_a_sentence():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert problems(read_tariff, {**tariff_json(), "elements": deep})[0].startswith("elements[0] is a list")
    many = problems(read_tariff, tariff_json(*[{}] * 20_000))
    assert many == ("elements has 20000 items: give at most 1000.",)
    assert len(problems(read_tariff, tariff_json(*[{}] * 900))) == 100


def test_versions_are_told_by_their_shape():
    assert tariff_version({"id": "1", "currency": "EUR", "elements": []}) == "2.1.1"
    assert tariff_version({"country_code": "NL", "elements": []}) == "2.2.1"
    assert tariff_version({"country_code": "NL", "tax_included": "YES"}) == "2.3.0"
    assert tariff_version({"min_price": {"before_taxes": 1}}) == "2.3.0"
    assert cdr_version({"stop_date_time": "", "total_cost": 4}) == "2.1.1"
    assert cdr_version({"end_date_time": "", "total_cost": {"excl_vat": 4}}) == "2.2.1"
    assert cdr_version({"end_date_time": "", "total_cost": {"before_taxes": 4}}) == "2.3.0"
    with pytest.raises(DocumentError, match="2.4 is not known|'2.4' is not known"):
        read_tariff(tariff_json(element(ENERGY)), "2.4")


def test_2_1_1_prices_may_be_text_as_in_its_own_example():
    read = read_tariff(
        {"id": "12", "currency": "eur", "elements": [element({"type": "TIME", "price": "2.00", "step_size": 300})]}
    )
    assert (read.currency, read.elements[0].price_components[0].price) == ("EUR", Decimal(2))


def test_what_does_not_touch_the_price_may_be_missing():
    read = read_tariff({"currency": "EUR", "elements": [element(ENERGY)]})
    assert (read.id, read.name, read.last_updated) == (None, "The tariff (without id)", None)


def test_every_restriction_is_read():
    day = {"start_time": "22:00", "end_time": "06:30", "start_date": "2026-01-01", "end_date": "2026-02-01"}
    read = read_tariff(
        with_restriction(**day, min_kwh=1, max_kwh=Decimal("2.5"), min_current=6, max_power=11, min_duration=60,
                         max_duration=3600, day_of_week=["SUNDAY", "MONDAY", "MONDAY"])
    ).elements[0].restrictions  # fmt: skip
    assert (read.start_time, read.end_time) == (time(22), time(6, 30))
    assert (read.start_date, read.end_date) == (date(2026, 1, 1), date(2026, 2, 1))
    assert (read.min_kwh, read.max_kwh, read.min_current, read.max_power) == (1, Decimal("2.5"), 6, 11)
    assert (read.min_duration, read.max_duration) == (60, 3600)
    assert read.day_of_week == ("MONDAY", "SUNDAY")


def test_tax_included_and_limits_are_written_and_read_back_in_2_3_0():
    document = {
        "id": "12", "currency": "CAD", "tax_included": "YES", "min_price": {"before_taxes": 1, "after_taxes": 2},
        "elements": [element(component("TIME", "2.10"))],
    }  # fmt: skip
    read = read_tariff(document)
    assert (read.tax_included, read.min_price) == ("YES", PriceLimit(Decimal(1), Decimal(2)))
    assert read_tariff(write_tariff(read, "2.3.0")) == read
    with pytest.raises(OcpiError, match="2.2.1 cannot say"):
        write_tariff(read, "2.2.1")
    with pytest.raises(OcpiError, match="not 2.1.1"):
        write_tariff(read, "2.1.1")


def test_2_2_1_says_that_no_tax_applies_by_leaving_the_percentage_out():
    read = read_tariff({**tariff_json(element(ENERGY)), "tax_included": "N/A"})
    assert "vat" not in write_tariff(read, "2.2.1")["elements"][0]["price_components"][0]


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"start_date_time": None}, "start_date_time is missing"),
        ({"end_date_time": "2026-03-01T00:00:00Z"}, "start_date_time 2026-03-02T00:00:00+00:00 is after end_date_time"),
        ({"end_date_time": "9999-12-31T23:59:59Z"}, "end_date_time is in the year 9999"),
        ({"start_date_time": "1970-1-1T00:00:00Z"}, "start_date_time is '1970-1-1T00:00:00Z'"),
        ({"charging_periods": []}, "charging_periods is empty"),
        ({"currency": None}, "currency is missing"),
        ({"credit": True}, "credit_reference_id is missing"),
        ({"credit": "yes"}, "credit is 'yes': give true or false"),
        ({"tariffs": [{"id": "1"}]}, "tariffs[0].currency is missing"),
        ({"total_cost": {"incl_vat": 3}}, "total_cost.excl_vat is missing"),
    ],
)  # fmt: skip
def test_each_problem_of_a_cdr_names_its_path(change, start):
    document = {**cdr_json("2026-03-02", SESSION), **change}
    assert [problem for problem in problems(read_cdr, document) if problem.startswith(start)]


@pytest.mark.parametrize(
    ("rows", "start"),
    [
        ([{"start_date_time": "2026-03-02T00:00:00Z"}], "charging_periods[0].dimensions is missing"),
        ([{"dimensions": []}], "charging_periods[0].start_date_time is missing"),
        ([{"start_date_time": "2026-03-01T00:00:00Z", "dimensions": []}], "charging_periods[0].start_date_time 2026-03-01"),
        ([{"start_date_time": "2026-03-02T00:00:00Z", "dimensions": [{"type": "LOVE", "volume": 1}]}],
         "charging_periods[0].dimensions[0].type is 'LOVE'"),
        ([{"start_date_time": "2026-03-02T00:00:00Z", "dimensions": [{"type": "TIME", "volume": -1}]}],
         "charging_periods[0].dimensions[0].volume is -1"),
        ([{"start_date_time": "2026-03-02T00:00:00Z", "dimensions": [{"type": "TIME", "volume": 1}] * 2}],
         "charging_periods[0].dimensions[1].type is a second TIME"),
        ([{"start_date_time": "2026-03-02T00:00:00Z", "dimensions": [{"type": "TIME", "volume": 1}]}] * 2,
         "charging_periods[1].start_date_time 2026-03-02T00:00:00+00:00 is that of another period"),
    ],
)  # fmt: skip
def test_each_problem_of_a_charging_period_names_its_path(rows, start):
    document = {**cdr_json("2026-03-02", SESSION), "charging_periods": rows}
    assert [problem for problem in problems(read_cdr, document) if problem.startswith(start)]


def test_a_2_1_1_cdr():
    cdr = read_cdr(
        {
            "id": "12345",
            "start_date_time": "2015-06-29T21:39:09Z",
            "stop_date_time": "2015-06-29T23:37:32Z",
            "location": {"country": "BE", "time_zone": "Europe/Brussels"},
            "currency": "EUR",
            "tariffs": [{"id": "12", "currency": "EUR", "elements": [element(component("TIME", "2.00", None, 300))]}],
            "charging_periods": [
                {
                    "start_date_time": "2015-06-29T21:39:09Z",
                    "dimensions": [{"type": "TIME", "volume": Decimal("1.973")}],
                }
            ],
            "total_cost": Decimal("4.00"),
        }
    )
    assert (cdr.version, cdr.country, cdr.timezone) == ("2.1.1", "BE", "Europe/Brussels")
    assert (cdr.start, cdr.end) == (
        datetime(2015, 6, 29, 21, 39, 9, tzinfo=UTC),
        datetime(2015, 6, 29, 23, 37, 32, tzinfo=UTC),
    )
    assert cdr.totals == {"total_cost": (Decimal(4), None)}
    assert cdr.tariffs[0].id == "12"


def test_a_time_without_zone_is_utc_and_an_offset_is_honoured():
    for written in ("2026-03-02T00:00:00", "2026-03-02T00:00:00.000Z", "2026-03-02T01:00:00+01:00"):
        assert read_cdr({**cdr_json("2026-03-02", SESSION), "start_date_time": written}).start.isoformat() == (
            "2026-03-02T00:00:00+00:00"
        )


def test_average_power_is_used_only_where_lowest_and_highest_are_not_told():
    document = cdr_json("2026-03-02", (60, {"POWER": 7, "MAX_POWER": 11, "CURRENT": 16}))
    [period] = read_cdr(document).periods
    assert (period.min_power, period.max_power, period.min_current, period.max_current) == (7, 11, 16, 16)


def test_json_text_keeps_every_digit():
    assert render(parse('{"a": 0.1000000000000000055, "b": [1e-7, {}], "c": null}')) == (
        '{\n  "a": 0.1000000000000000055,\n  "b": [\n    0.0000001,\n    {}\n  ],\n  "c": null\n}'
    )


def test_a_tariff_that_has_a_field_named_data_is_no_response():
    assert unwrapped({"id": "1", "data": 5}) == [{"id": "1", "data": 5}]
