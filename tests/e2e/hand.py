"""What a month must come to, worked out from the scenario and the contract texts alone: `decimal`, no code of the addons.

Rules, as the contracts say them: a session belongs to the month in which it ends on the site's clock; a kWh price applies to
the Wh on the meter, a spot price to what was on the meter in each quarter-hour; a price per session to those that delivered
something; a monthly price to each charger in service. Each session's amount is kept to 6 decimals, each document line rounded
half up to the cent: one line a term and site.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from demo import scenario

CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
QUARTER = 900
STATIONS = {station.identity: station for station in scenario.STATIONS}
SITES = {site.name: site for site in scenario.SITES}
HOLDERS = {token.uid: token.partner for token in scenario.TOKENS}


@dataclass(frozen=True)
class Expected:
    """Of one partner: sessions and Wh of the month, charged and credited untaxed EUR."""

    sessions: int
    wh: int
    charge: Decimal
    credit: Decimal


def hand_calculation(month, sessions, readings):
    """Return {partner: Expected} for ``month`` (its first day).

    :param readings: {(station, evse, start): [(epoch, Wh)]}, what the meters said during each session
    """
    return {contract.partner: _of_partner(month, contract, sessions, readings) for contract in scenario.CONTRACTS}


def _of_partner(month, contract, sessions, readings):
    mine = [
        session
        for session in sessions
        if _is_of(contract, session) and _month_of_end(session) == (month.year, month.month)
    ]
    sums = defaultdict(Decimal)
    for term in contract.terms:
        for session in mine:
            station = STATIONS[session.station]
            if term.power_type in (None, station.power_type) and term.basis != "charger_month":
                sums[term, station.site] += _amount(term, session, readings)
        for station in scenario.STATIONS:
            if (
                term.basis == "charger_month"
                and SITES[station.site].host == contract.partner
                and term.power_type in (None, station.power_type)
            ):
                sums[term, station.site] += Decimal(term.price)
    lines = {key: amount.quantize(CENT, ROUND_HALF_UP) for key, amount in sums.items()}
    return Expected(
        sessions=len(mine),
        wh=sum(session.energy for session in mine),
        charge=sum((amount for (term, _site), amount in lines.items() if term.direction == "charge"), Decimal(0)),
        credit=sum((amount for (term, _site), amount in lines.items() if term.direction == "credit"), Decimal(0)),
    )


def _is_of(contract, session):
    """A host answers for its sites, anybody else for its tokens."""
    if contract.role == "host":
        return SITES[STATIONS[session.station].site].host == contract.partner
    return HOLDERS.get(session.token) == contract.partner


def _amount(term, session, readings):
    price = Decimal(term.price)
    if term.basis == "session":
        return price if session.energy else Decimal(0)
    if term.factor:
        curve = readings[session.station, session.evse, session.start]
        return _at_spot(curve, Decimal(term.factor), price).quantize(MICRO, ROUND_HALF_UP)
    return (Decimal(session.energy) / 1000 * price).quantize(MICRO, ROUND_HALF_UP)


def _at_spot(curve, factor, adder):
    """Each quarter-hour's Wh x (its day-ahead price / 1000 x factor + adder), added up exactly."""
    total = Decimal(0)
    for quarter, wh in _by_quarter(curve).items():
        spot = Decimal(scenario.spot_price(datetime.fromtimestamp(quarter * QUARTER, tz=UTC)))
        total += Decimal(wh) / 1000 * (spot / 1000 * factor + adder)
    return total


def _by_quarter(curve):
    """{quarter-hour since 1970: whole Wh}: straight lines between readings; the largest remainders round up."""
    exact = defaultdict(Fraction)
    for (since, low), (until, high) in zip(curve, curve[1:], strict=False):
        for quarter in range(since // QUARTER, (until - 1) // QUARTER + 1):
            inside = min(until, (quarter + 1) * QUARTER) - max(since, quarter * QUARTER)
            exact[quarter] += Fraction((high - low) * inside, until - since)
    whole = {quarter: int(wh) for quarter, wh in exact.items()}
    left = curve[-1][1] - curve[0][1] - sum(whole.values())
    for quarter in sorted(exact, key=lambda quarter: (whole[quarter] - exact[quarter], quarter))[:left]:
        whole[quarter] += 1
    return whole


def _month_of_end(session):
    site = SITES[STATIONS[session.station].site]
    end = session.stop.astimezone(ZoneInfo(site.tz))
    return end.year, end.month
