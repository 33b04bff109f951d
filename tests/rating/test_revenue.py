from decimal import Decimal

import pytest
from rating import MICRO, Rater, Seller, TermError, Tier, Tiered, explain_session

from .build import PARIS, fixed, session, term


def test_a_session_earns_what_its_sale_terms_make():
    # 10 kWh x 0.45 + 1.00 a session - 0.05 discount a kWh
    seller = Seller(
        [
            term(fixed("0.45"), direction="charge", key="energy", name="energy"),
            term(fixed("1"), "session", "charge", key="start", name="start"),
            term(fixed("0.05"), direction="credit", key="discount", name="discount"),
        ],
        [PARIS],
    )
    assert seller.earn([session("2026-03-02T10:00").row()]) == {"s": 5_000_000}


def test_percent_of_the_revenue():
    # 20 % of 5.00
    version = term(fixed("20"), "revenue")
    one = session("2026-03-02T10:00", revenue_micro=5 * MICRO)
    [charge] = Rater([version], [PARIS]).rate([one])
    assert (charge.quantity, charge.amount) == (Decimal(5), Decimal(1))
    assert explain_session(one, version, PARIS).amount == charge.amount


def test_a_credit_shares_the_negative_revenue():
    version = term(fixed("20"), "revenue")
    [charge] = Rater([version], [PARIS]).rate([session("2026-03-02T10:00", sign=-1, revenue_micro=-5 * MICRO)])
    assert charge.amount == Decimal(-1)


def test_a_revenue_nobody_knows_waits():
    version, one = term(fixed("20"), "revenue"), session("2026-03-02T10:00")
    [charge] = Rater([version], [PARIS]).rate([one])
    assert charge.amount is None
    assert explain_session(one, version, PARIS).amount is None


@pytest.mark.parametrize(
    "wrong",
    [
        term(fixed("20"), "revenue"),
        term(fixed("20"), "charger_month"),
        term(Tiered((Tier(None, 1),))),
    ],
)
def test_circles_are_impossible(wrong):
    with pytest.raises(TermError, match="sale"):
        Seller([wrong], [PARIS])
