"""What a month must come to, worked out from the scenario and the contract texts alone: `decimal`, no code of the addons.

Rules, as the contracts say them: a session belongs to the month in which it ends on the site's clock; a kWh price applies to
the Wh on the meter; a price per session to those that delivered something; a monthly price to each charger in service.
Each session's amount is kept to 6 decimals, each document line rounded half up to the cent: one line a term and site.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from demo import scenario

CENT, MICRO = Decimal("0.01"), Decimal("0.000001")


@dataclass(frozen=True)
class Expected:
    """Of one host: sessions and Wh of the month, charged and credited untaxed EUR."""

    sessions: int
    wh: int
    charge: Decimal
    credit: Decimal


def hand_calculation(month, sessions):
    """Return {host: Expected} for ``month`` (its first day)."""
    return {contract.host: _of_host(month, contract, sessions) for contract in scenario.CONTRACTS}


def _of_host(month, contract, sessions):
    stations = {station.identity: station for station in scenario.STATIONS}
    sites = {site.name: site for site in scenario.SITES if site.host == contract.host}
    mine = [session for session in sessions if stations[session.station].site in sites
            and _month_of_end(session, sites[stations[session.station].site]) == (month.year, month.month)]  # fmt: skip
    sums = defaultdict(Decimal)
    for term in contract.terms:
        price = Decimal(term.price)
        for session in mine:
            station = stations[session.station]
            if term.power_type in (None, station.power_type) and term.basis != "charger_month":
                sums[term, station.site] += _amount(term.basis, session, price)
        for station in stations.values():
            if (
                term.basis == "charger_month"
                and station.site in sites
                and term.power_type in (None, station.power_type)
            ):
                sums[term, station.site] += price
    lines = {key: amount.quantize(CENT, ROUND_HALF_UP) for key, amount in sums.items()}
    return Expected(
        sessions=len(mine),
        wh=sum(session.energy for session in mine),
        charge=sum((amount for (term, _site), amount in lines.items() if term.direction == "charge"), Decimal(0)),
        credit=sum((amount for (term, _site), amount in lines.items() if term.direction == "credit"), Decimal(0)),
    )


def _amount(basis, session, price):
    if basis == "session":
        return price if session.energy else Decimal(0)
    return (Decimal(session.energy) / 1000 * price).quantize(MICRO, ROUND_HALF_UP)


def _month_of_end(session, site):
    end = session.stop.astimezone(ZoneInfo(site.tz))
    return end.year, end.month
