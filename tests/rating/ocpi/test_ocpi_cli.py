"""The command line, as a person runs it: three versions, three wrappings, and everything that can be wrong."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[3] / "addons" / "ev_billing"

ELEMENTS = [
    {
        "price_components": [
            {"type": "FLAT", "price": 0.5, "vat": 20, "step_size": 1},
            {"type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 1},
            {"type": "PARKING_TIME", "price": 2.0, "vat": 20, "step_size": 900},
        ]
    }
]
PERIODS = [
    {
        "start_date_time": "2026-03-02T10:00:00Z",
        "dimensions": [{"type": "ENERGY", "volume": 20}, {"type": "TIME", "volume": 1}],
    },
    {"start_date_time": "2026-03-02T11:00:00Z", "dimensions": [{"type": "PARKING_TIME", "volume": 0.6667}]},
]
TARIFF = {
    "2.1.1": {"id": "12", "currency": "EUR", "elements": ELEMENTS},
    "2.2.1": {"country_code": "DE", "party_id": "ALL", "id": "12", "currency": "EUR", "elements": ELEMENTS},
    "2.3.0": {"id": "12", "currency": "EUR", "elements": ELEMENTS, "tax_included": "NO"},
}
COMMON = {"id": "cdr-1", "currency": "EUR", "start_date_time": "2026-03-02T10:00:00Z", "charging_periods": PERIODS}
CDR = {
    "2.1.1": {
        **COMMON,
        "stop_date_time": "2026-03-02T11:40:00Z",
        "location": {"country": "BEL", "time_zone": "Europe/Brussels"},
        "total_cost": 7.0,
        "total_energy": 20,
        "total_time": 1.6667,
    },
    "2.2.1": {
        **COMMON,
        "end_date_time": "2026-03-02T11:40:00Z",
        "cdr_location": {"country": "NLD"},
        "total_cost": {"excl_vat": 7.0, "incl_vat": 7.9},
        "total_energy": 20,
        "total_time": 1.6667,
    },
    "2.3.0": {
        **COMMON,
        "end_date_time": "2026-03-02T11:40:00Z",
        "cdr_location": {"country": "FRA"},
        "total_cost": {"before_taxes": 7.0, "taxes": [{"name": "VAT", "amount": 0.9}]},
        "total_energy": 20,
        "total_time": 1.6667,
    },
}


def run(folder, tariff, cdr, *options):
    """Run the command on two documents (objects or raw text). :returns: exit code, stdout, stderr."""
    names = []
    for name, document in (("tariff.json", tariff), ("cdr.json", cdr)):
        path = folder / name
        if document is not None:
            path.write_text(document if isinstance(document, str) else json.dumps(document))
        names.append(str(path))
    done = subprocess.run(
        [sys.executable, "-m", "rating", "price-ocpi", *names, *options],
        cwd=ADDON,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def priced(folder, tariff, cdr, *options):
    code, out, errors = run(folder, tariff, cdr, *options)
    assert (code, errors) == (0, "")
    return json.loads(out, parse_float=Decimal)


# 0.50 + 20 x 0.25 + 0.75 h x 2.00 = 7.00 and 0.60 + 5.50 + 1.80 = 7.90


def test_2_1_1_prints_plain_numbers(tmp_path):
    result = priced(tmp_path, TARIFF["2.1.1"], CDR["2.1.1"])
    assert result["total_cost"] == 7
    assert result["total_fixed_cost"] == Decimal("0.5")
    assert result["total_time"] == Decimal("1.6667")
    assert result["billed_parking_time"] == Decimal("0.75")


def test_2_2_1_prints_prices_without_and_with_vat(tmp_path):
    result = priced(tmp_path, TARIFF["2.2.1"], CDR["2.2.1"])
    assert result["total_cost"] == {"excl_vat": 7, "incl_vat": Decimal("7.9")}
    assert result["total_energy_cost"] == {"excl_vat": 5, "incl_vat": Decimal("5.5")}
    assert result["total_parking_cost"] == {"excl_vat": Decimal("1.5"), "incl_vat": Decimal("1.8")}
    assert result["total_time_cost"] == result["total_reservation_cost"] == {"excl_vat": 0, "incl_vat": 0}
    assert result["total_energy"] == result["billed_energy"] == 20
    assert result["total_parking_time"] == Decimal("0.6667")
    assert "differences" not in result


def test_2_3_0_prints_taxes_by_percentage(tmp_path):
    # 20 %: 0.10 on the fee and 0.30 on parking; 10 %: 0.50 on the energy
    result = priced(tmp_path, TARIFF["2.3.0"], CDR["2.3.0"])
    assert result["total_cost"] == {
        "before_taxes": 7,
        "taxes": [
            {"name": "VAT", "percentage": 20, "amount": Decimal("0.4")},
            {"name": "VAT", "percentage": 10, "amount": Decimal("0.5")},
        ],
    }


def test_periods_say_which_element_priced_what(tmp_path):
    result = priced(tmp_path, TARIFF["2.2.1"], CDR["2.2.1"])
    fee, energy, time = result["periods"][0]["dimensions"]
    assert (fee["type"], fee["element"]) == ("FLAT", 0)
    assert (energy["price"], energy["cost"]["excl_vat"]) == (Decimal("0.25"), 5)
    assert (time["type"], time["element"]) == ("TIME", None)


def test_numbers_are_printed_without_float_noise(tmp_path):
    _, out, _ = run(tmp_path, TARIFF["2.2.1"], CDR["2.2.1"])
    assert '"excl_vat": 7.0000' in out and '"volume": 0.6667' in out and "e-" not in out.lower().replace("note-", "")


@pytest.mark.parametrize(
    "wrap", [lambda one: [one], lambda one: {"data": [one], "status_code": 1000}, lambda one: {"data": one}]
)
def test_lists_and_responses_are_unwrapped(tmp_path, wrap):
    result = priced(tmp_path, wrap(TARIFF["2.2.1"]), wrap(CDR["2.2.1"]))
    assert result["total_cost"]["excl_vat"] == 7


def test_several_cdrs_give_a_list(tmp_path):
    results = priced(tmp_path, TARIFF["2.2.1"], [CDR["2.2.1"], CDR["2.2.1"]])
    assert [result["total_cost"]["excl_vat"] for result in results] == [7, 7]


def test_the_tariff_valid_at_the_start_is_chosen(tmp_path):
    dear = [{"price_components": [{"type": "ENERGY", "price": 9, "step_size": 1}]}]
    old = {**TARIFF["2.2.1"], "id": "old", "elements": dear, "end_date_time": "2026-03-02T10:00:00Z"}
    result = priced(tmp_path, [old, TARIFF["2.2.1"]], CDR["2.2.1"])
    assert (result["tariff_id"], result["total_cost"]["excl_vat"]) == ("12", 7)


def test_compare_shows_only_what_differs(tmp_path):
    same = priced(tmp_path, TARIFF["2.2.1"], CDR["2.2.1"], "--compare")
    assert same["differences"] == {}
    theirs = {**CDR["2.2.1"], "total_cost": {"excl_vat": 7.1, "incl_vat": 7.9}}
    result = priced(tmp_path, TARIFF["2.2.1"], theirs, "--compare")
    assert result["differences"] == {
        "total_cost.before_tax": {"ours": 7, "theirs": Decimal("7.1"), "difference": Decimal("-0.1")}
    }


def test_timezone_option_overrides_the_country(tmp_path):
    # 10:00 UTC is 11:00 in Amsterdam but 19:00 in Tokyo: the evening price applies there alone
    tariff = {**TARIFF["2.2.1"], "elements": [EVENING, *ELEMENTS]}
    assert priced(tmp_path, tariff, CDR["2.2.1"])["total_energy_cost"]["excl_vat"] == 5
    assert priced(tmp_path, tariff, CDR["2.2.1"], "--timezone", "Asia/Tokyo")["total_energy_cost"]["excl_vat"] == 20


def test_a_version_given_goes_before_the_shape(tmp_path):
    bare = {key: value for key, value in CDR["2.2.1"].items() if key != "total_cost"}
    assert isinstance(priced(tmp_path, TARIFF["2.1.1"], bare, "--version", "2.1.1")["total_cost"], Decimal | int)


DEEP = "[" * 200_000
SPANISH = {**CDR["2.2.1"], "cdr_location": {"country": "ESP"}}
EVENING = {
    "price_components": [{"type": "ENERGY", "price": 1, "step_size": 1}],
    "restrictions": {"start_time": "18:00"},
}


def test_a_tariff_that_never_looks_at_the_clock_needs_none(tmp_path):
    assert priced(tmp_path, TARIFF["2.2.1"], SPANISH) == priced(tmp_path, TARIFF["2.2.1"], CDR["2.2.1"])


@pytest.mark.parametrize(
    ("tariff", "cdr", "options", "words"),
    [
        (None, CDR["2.2.1"], (), "tariff.json: cannot be read"),
        (TARIFF["2.2.1"], None, (), "cdr.json: cannot be read"),
        ("not json", CDR["2.2.1"], (), "is not JSON"),
        (DEEP, CDR["2.2.1"], (), "nested too deeply"),
        ('{"id": ' * 100_000, CDR["2.2.1"], (), "nested too deeply"),
        ('{"id": NaN}', CDR["2.2.1"], (), "NaN is not a number of JSON"),
        ('{"id": ' + "9" * 5000 + "}", CDR["2.2.1"], (), "id is "),
        ("[]", CDR["2.2.1"], (), "list is empty"),
        ("42", CDR["2.2.1"], (), "no object"),
        ({}, CDR["2.2.1"], (), "elements is missing"),
        ({**TARIFF["2.2.1"], "elements": []}, CDR["2.2.1"], (), "elements is empty"),
        (TARIFF["2.2.1"], {}, (), "charging_periods is missing"),
        (TARIFF["2.2.1"], "[1, 2]", (), "no object"),
        ({**TARIFF["2.2.1"], "currency": "CHF"}, CDR["2.2.1"], (), "in CHF and the CDR in EUR"),
        (TARIFF["2.2.1"], CDR["2.2.1"], ("--timezone", "Europe/Atlantis"), "Time zone 'Europe/Atlantis'"),
        (TARIFF["2.2.1"], CDR["2.2.1"], ("--timezone", "Europe"), "Time zone 'Europe'"),
        (TARIFF["2.2.1"], CDR["2.2.1"], ("--timezone", "../../etc/passwd"), "Time zone"),
        ({**TARIFF["2.2.1"], "elements": [EVENING, *ELEMENTS]}, SPANISH, (), "country ESP has several"),
        ({**TARIFF["2.2.1"], "end_date_time": "2026-01-01T00:00:00Z"}, CDR["2.2.1"], (), "No tariff is valid"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, tariff, cdr, options, words):
    code, out, errors = run(tmp_path, tariff, cdr, *options)
    assert (code, out) == (2, "")
    assert words in errors and errors.count("\n") == 1 and "Traceback" not in errors


def test_text_that_is_not_utf_8(tmp_path):
    (tmp_path / "tariff.json").write_bytes(b"\xff\xfe\x00")
    code, _, errors = run(tmp_path, None, CDR["2.2.1"])
    assert code == 2 and "not text in UTF-8" in errors


def test_unknown_version_is_refused_by_the_command_line(tmp_path):
    code, _, errors = run(tmp_path, TARIFF["2.2.1"], CDR["2.2.1"], "--version", "9.9")
    assert code == 2 and "invalid choice" in errors
