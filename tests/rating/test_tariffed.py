"""A session of ours under an OCPI tariff: the engine's amount is the tariff's price, explained."""

from decimal import Decimal

from rating import Fixed, Rater, Tariffed, explain_session
from rating.ocpi import read_tariff

from .build import PARIS, session, term

# 0.50 to start, 0.40 per kWh, 6.00 per hour of parking
TARIFF = read_tariff(
    {
        "id": "T",
        "currency": "EUR",
        "elements": [
            {
                "price_components": [
                    {"type": "FLAT", "price": Decimal("0.50"), "step_size": 1},
                    {"type": "ENERGY", "price": Decimal("0.40"), "step_size": 1},
                    {"type": "PARKING_TIME", "price": Decimal("6"), "step_size": 300},
                ]
            }
        ],
    }
)


def charge_of(one, **values):
    version = term(Tariffed(TARIFF), "session", "charge", **values)
    charges = Rater([version], [PARIS]).rate([one])
    explained = explain_session(one, version, PARIS)
    if charges:
        assert explained.amount == charges[0].amount
        return charges[0].amount
    assert explained is None
    return None


def test_energy_start_and_parking():
    # 0.50 + 10 x 0.40 + 12 minutes of parking in steps of 5: 15 min x 6.00 = 1.50
    one = session("2026-03-02T10:00", 72, charging_seconds=3600, idle_seconds=720)
    assert charge_of(one) == Decimal("6.0")


def test_a_credit_mirrors_it():
    one = session("2026-03-02T10:00", 72, charging_seconds=3600, idle_seconds=720, sign=-1)
    assert charge_of(one) == Decimal("-6.0")


def test_a_session_without_energy_pays_its_start_and_its_parking():
    one = session("2026-03-02T10:00", 10, wh=0, charging_seconds=0, idle_seconds=600)
    # 0.50 + 10 minutes of parking at 6.00 an hour
    assert charge_of(one) == Decimal("1.5")


def test_idling_longer_than_the_session_leaves_no_time_to_charge():
    # one hour, two of idling said, charging unknown: 0 minutes of charging, never -60
    one = session("2026-03-02T10:00", 60, idle_seconds=7200)
    version = term(Fixed(1_000_000), "charging_minute", "charge")
    [charge] = Rater([version], [PARIS]).rate([one])
    assert (charge.quantity, charge.amount) == (0, 0)
    assert explain_session(one, version, PARIS).amount == 0
