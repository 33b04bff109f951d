"""Results written down: rounding, the form of each version, and what differs from the CDR."""

from fractions import Fraction

import pytest
from rating.ocpi import Amount, Rounding, differences, price_cdr, price_object, read_cdr, report_object

from .build import cdr_json, component, element, report_of, tariff

MONDAY = "2026-03-02"
ONE = (60, {"ENERGY": 1})


def energy(price, **restrictions):
    return element(component("ENERGY", price), **restrictions)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [("0.00005", 4, "0.0001"), ("-0.00005", 4, "-0.0001"), ("0.00004999", 4, "0.0000"), ("2.5", 0, "3"), ("1/3", 2, "0.33"),
     ("2/3", 2, "0.67"), ("-1/3", 2, "-0.33"), ("-1/300000", 2, "0.00")],
)  # fmt: skip
def test_rounding_is_half_away_from_zero(value, decimals, expected):
    assert str(Rounding(decimals)(Fraction(value))) == expected


def test_another_rounding_may_be_chosen():
    assert str(Rounding(0, "ROUND_HALF_EVEN")(Fraction("2.5"))) == "2"
    assert str(Rounding(2, "ROUND_DOWN")(Fraction("0.999"))) == "0.99"
    report = report_of(tariff(energy("0.12345")), MONDAY, ONE)
    assert str(report_object(report, "2.1.1", Rounding(2))["total_cost"]) == "0.12"


def test_prices_in_the_form_of_each_version():
    amount = Amount(Fraction(1), ((Fraction(10), Fraction("0.1")), (None, Fraction("0.02"))))
    assert price_object(amount, "2.1.1") == 1
    assert price_object(amount, "2.2.1") == {"excl_vat": 1, "incl_vat": Fraction("1.12")}
    assert price_object(amount, "2.3.0") == {
        "before_taxes": 1,
        "taxes": [
            {"name": "VAT", "percentage": 10, "amount": Fraction("0.1")},
            {"name": "VAT", "amount": Fraction("0.02")},
        ],
    }


def test_differences_with_the_cdr():
    document = cdr_json(MONDAY, ONE, total_cost={"excl_vat": 2}, total_energy=1, total_time=3)
    found = differences(price_cdr(tariff(energy("1")), read_cdr(document), "UTC"), read_cdr(document))
    assert found == {
        "total_cost.before_tax": {"ours": 1, "theirs": 2, "difference": -1},
        "total_time": {"ours": 1, "theirs": 3, "difference": -2},
    }


def test_large_amounts_are_rounded_exactly():
    # thirty digits before the point: more than the default precision of Decimal
    assert str(Rounding(2)(Fraction(10**30) + Fraction("0.005"))) == "1" + "0" * 30 + ".01"
