"""What every contract's month must come to, from the texts and the sessions alone: `decimal`, `fractions`, no code of the addons.

The rules, as the contracts and `docs/accountants` say them. A session belongs to the month it ends in on its site's clock; the
wording in force on the local day it started applies. Prices that change in time are read slice by slice: the register at a border
lies on the straight line between the readings around it, slices are whole Wh, the largest remainders round up. Each session's
amount is kept to six decimals, half up; lines (one a wording, site, and kind of correction) are rounded to the cent, half up.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.e2e.proof.texts import Fixed, Spot, Tiers

CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
QUARTER = 900


@dataclass
class Expected:
    """Of one contract: sessions, Wh (credits negative), untaxed EUR charged and credited."""

    sessions: int
    wh: int
    charge: Decimal
    credit: Decimal


class ByHand:
    def __init__(self, world):
        self.world = world
        self.sites = {site.name: site for site in world.sites}
        self.stations = {station.identity: station for station in world.stations}
        self.zones = {site.name: ZoneInfo(site.tz) for site in world.sites}
        self.mine = [session for session in world.sessions if self._month_of_end(session) == world.month]

    def all(self):
        """{partner: Expected}"""
        return {contract.partner: self._of(contract) for contract in self.world.contracts}

    def _of(self, contract):
        sessions = [session for session in self.mine if self._is_of(contract, session)]
        rounded, charged = defaultdict(Decimal), set()
        for term in contract.terms:
            lines = self._lines(contract, term, sessions, charged)
            total = sum((amount.quantize(CENT, ROUND_HALF_UP) for amount in lines.values()), Decimal(0))
            exact = sum(lines.values(), Decimal(0))
            if term.minimum and exact < Decimal(term.minimum):
                total += (Decimal(term.minimum) - exact).quantize(CENT, ROUND_HALF_UP)
            if term.cap and exact > Decimal(term.cap):
                total += (Decimal(term.cap) - exact).quantize(CENT, ROUND_HALF_UP)
            rounded[term.direction] += total
        wh = sum(
            -session.energy if session.credit_of else session.energy for session in sessions if session.id in charged
        )
        return Expected(len(charged), wh, rounded["charge"], rounded["credit"])

    def _lines(self, contract, term, sessions, charged):
        """{what a line is about: exact sum}; notes which sessions were charged."""
        if term.basis == "charger_month":
            return self._charger_months(contract, term)
        if term.basis == "badge_month":
            badges = [uid for uid, (_kind, holder) in self.world.badges.items() if holder == contract.partner]
            return {"badges": len(badges) * Decimal(term.price.price)}
        lines, before = defaultdict(Decimal), {}
        counted = Decimal(0)
        for session in sorted(sessions, key=lambda session: (session.start, bool(session.credit_of))):
            if not self._matches(term, session):
                continue
            wording, price = self._wording(term, session)
            if isinstance(price, Tiers):
                if session.credit_of:
                    amount = -before[session.credit_of]
                else:
                    kwh = Decimal(session.energy) / 1000
                    amount = before[session.id] = _in_tiers(price, counted, kwh)
                    counted += kwh
                counted -= Decimal(session.energy) / 1000 if session.credit_of else 0
            else:
                amount = self._amount(term.basis, price, session)
                if amount is None:
                    continue
                amount = -amount if session.credit_of else amount
            correction = "credit" if session.credit_of else "replacement" if session.replaces else "regular"
            lines[wording, self.stations[session.station].site, correction] += amount
            charged.add(session.id)
        return lines

    # ------------------------------------------------------------------- which

    def _is_of(self, contract, session):
        if contract.role == "host":
            return self.sites[self.stations[session.station].site].host == contract.partner
        return self.world.badges[session.badge][1] == contract.partner

    def _matches(self, term, session):
        station = self.stations[session.station]
        return term.power_type in (None, station.power_type) and term.kind in (
            None,
            self.world.badges[session.badge][0],
        )

    def _wording(self, term, session):
        """(number of the wording, price) on the local day the session started."""
        day = self._local(session.start, session).date()
        wording, price = 0, term.price
        for number, (first, value) in enumerate(term.changes, 1):
            if day >= self.world.month.replace(day=first):
                wording, price = number, Fixed(value)
        return wording, price

    def _month_of_end(self, session):
        return self._local(session.stop, session).date().replace(day=1)

    def _local(self, moment, session):
        return datetime.fromtimestamp(moment, self.zones[self.stations[session.station].site])

    # ---------------------------------------------------------------- how much

    def _amount(self, basis, price, session):
        """EUR of one session, to six decimals; None where nothing is charged."""
        if basis == "session":
            return Decimal(price.price) if session.energy else None
        if basis == "revenue":
            return _round(self._revenue(session) * Decimal(price.price) / 100)
        if basis == "kwh":
            return self._energy_amount(price, session)
        seconds = session.charging if basis == "charging_minute" else session.idle
        return _round(Decimal(seconds) / 60 * Decimal(price.price))

    def _revenue(self, session):
        """What the holder's contract makes of a session."""
        holder = self.world.badges[session.badge][1]
        contract = next(contract for contract in self.world.contracts if contract.partner == holder)
        amounts = [
            self._amount(term.basis, self._wording(term, session)[1], session)
            for term in contract.terms
            if self._matches(term, session)
        ]
        return sum((amount for amount in amounts if amount is not None), Decimal(0))

    def _energy_amount(self, price, session):
        if isinstance(price, Fixed):
            return _round(Decimal(session.energy) / 1000 * Decimal(price.price))
        total = Decimal(0)
        for since, wh in self._slices(price, session):
            total += Decimal(wh) / 1000 * self._price_at(price, since, session)
        return _round(total)

    def _price_at(self, price, moment, session):
        if isinstance(price, Spot):
            index = Decimal(self.world.spot(moment // QUARTER))
            if price.zero_when_negative:
                index = max(index, Decimal(0))
            value = (index / 1000 * Decimal(price.factor) + Decimal(price.adder)) * (1 + Decimal(price.losses) / 100)
            value = max(value, Decimal(price.floor)) if price.floor else value
            return min(value, Decimal(price.cap)) if price.cap else value
        local = self._local(moment, session)
        for value, days, first, last in price.bands:
            if first < last and local.weekday() in days and first <= local.hour < last:
                return Decimal(value)
            # over midnight: it belongs to the day it starts on
            if first > last and local.hour >= first and local.weekday() in days:
                return Decimal(value)
            if first > last and local.hour < last and (local - timedelta(days=1)).weekday() in days:
                return Decimal(value)
        return Decimal(price.otherwise)

    def _slices(self, price, session):
        """[(since, whole Wh)] between the moments the price changes."""
        if not session.energy:
            return []
        curve = session.readings or ((session.start, session.meter), (session.stop, session.meter + session.energy))
        step = QUARTER if isinstance(price, Spot) else 3600
        borders = range((session.start // step + 1) * step, session.stop, step)
        # one slice as long as the price stays
        borders = [
            moment
            for moment in borders
            if self._price_at(price, moment, session) != self._price_at(price, moment - 1, session)
        ]
        cuts = [session.start, *borders, session.stop]
        exact = [_between(curve, since, until) for since, until in zip(cuts, cuts[1:], strict=False)]
        whole = [int(wh) for wh in exact]
        left = session.energy - sum(whole)
        for place in sorted(range(len(whole)), key=lambda place: (whole[place] - exact[place], place))[:left]:
            whole[place] += 1
        return list(zip(cuts, whole, strict=False))

    def _charger_months(self, contract, term):
        """{site: days in service of the days of the month, times the fee, per charger}"""
        lines = defaultdict(Decimal)
        days = (self.world.next_month - self.world.month).days
        for station in self.world.stations:
            if self.sites[station.site].host == contract.partner and term.power_type in (None, station.power_type):
                served = (self.world.next_month - max(self.world.month, station.since)).days
                if served > 0:
                    lines[station.site] += _round(Decimal(term.price.price) * served / days)
        return lines


def _between(curve, since, until):
    """Wh that flowed, exactly: straight lines between readings."""
    total = Fraction(0)
    for (before, low), (after, high) in zip(curve, curve[1:], strict=False):
        inside = min(after, until) - max(before, since)
        if inside > 0:
            total += Fraction((high - low) * inside, after - before)
    return total


def _in_tiers(price, counted, kwh):
    """EUR of the next kWh after those counted."""
    total, low = Decimal(0), Decimal(0)
    for until, value in price.tiers:
        high = Decimal(until) if until else counted + kwh
        inside = min(counted + kwh, high) - max(counted, low)
        if inside > 0:
            total += inside * Decimal(value)
        low = high
    return _round(total)


def _round(amount):
    return amount.quantize(MICRO, ROUND_HALF_UP)
