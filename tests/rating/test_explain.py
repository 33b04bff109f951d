from datetime import date
from decimal import Decimal

from rating import Fixed, Session, Site, Span, TermVersion, explain_period, explain_session, to_micro

START = 1_767_225_600  # 1 January 2026, 00:00 UTC: 01:00 in Paris
PARIS = Site("site", "Europe/Paris")


def kwh(price):
    return TermVersion("v", "t", "credit", "kwh", Fixed(to_micro(price)))


def test_steps_of_a_session_can_be_redone_by_hand():
    # 12.345 x 0.185432 = 2.28915804
    explanation = explain_session(Session("s", "site", "st", START, START, 12_345), kwh("0.185432"), PARIS)
    assert explanation.amount == Decimal("2.289158")
    assert [step.label for step in explanation.steps] == [
        "Start on the site's clock",
        "Energy",
        "Price in force at the start",
        "Product",
        "Amount",
    ]
    assert explanation.steps[-2].working == "12.345 kWh x 0.185432"
    assert explanation.steps[-1].working == "2.28915804, rounded half-up to 6 decimals"


def test_credit_says_that_it_mirrors():
    explanation = explain_session(Session("s", "site", "st", START, START, 1_000, -1), kwh("0.1"), PARIS)
    assert explanation.amount == Decimal("-0.1")
    assert any("mirrors" in step.working for step in explanation.steps)


def test_days_of_a_month():
    # 39.90 x 10 / 31 = 12.8709677...
    explanation = explain_period(
        Span(date(2026, 3, 22), date(2026, 4, 1)),
        TermVersion("v", "t", "charge", "charger_month", Fixed(to_micro("39.90"))),
    )
    assert explanation.amount == Decimal("12.870968")
    assert explanation.steps[0].working == "2026-03-22 to 2026-03-31, both included"
    assert explanation.steps[-2].working == "39.9 x 10 / 31"
