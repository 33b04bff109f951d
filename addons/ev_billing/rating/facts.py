"""What the world says: sessions, places and things a fee can be counted on. Frozen, exact, free of any framework."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from .period import Span

PowerType = Literal["ac", "dc"]
Kind = Literal["local", "roaming", "ad_hoc"]


@dataclass(frozen=True, slots=True)
class Session:
    """The facts of one charging session that pricing may read.

    start, stop
        UTC epoch seconds
    wh
        energy in watt-hours, never negative
    sign
        -1 for a credit CDR: it mirrors its original, so it repeats the facts and turns the quantity round
    charging_seconds, idle_seconds
        charging comes first, idle time last; None where nobody measured it: then all of the session is charging
    readings
        register readings, a sequence of (UTC epoch seconds, Wh); empty means constant power
    revenue_micro
        what its sale terms made of it, in millionths of the currency (`revenue`); None where nobody knows
    original
        key of the session this one takes back
    period
        the billing period it is counted in by tiers, minimum guarantees and caps

    Field order is the row order of `Rater.rate_rows`.
    """

    key: Hashable
    site: Hashable
    station: Hashable
    start: int
    stop: int
    wh: int
    sign: int = 1
    power_type: PowerType | None = None
    kind: Kind | None = None
    profile: Hashable | None = None
    token: Hashable | None = None
    emsp: Hashable | None = None
    charging_seconds: int | None = None
    idle_seconds: int | None = None
    readings: tuple = ()
    revenue_micro: int | None = None
    original: Hashable | None = None
    period: Hashable | None = None

    def row(self) -> tuple:
        """The session as the plain tuple the fast path reads."""
        return tuple(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Site:
    """A place on the contract: its clock, the local days on which the contract covers it, its public holidays."""

    key: Hashable
    timezone: str
    covered: tuple[Span, ...] = (Span(),)
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a periodic fee is counted on, and the local days on which it counts.

    `basis` is the one it is counted under: a charger, a badge, a SIM card, a site, a user, or the contract itself. A subject
    that stands at a site counts only on the days on which the contract covers that site. `used` are the first days of the
    months in which it was used, where anybody asks.
    """

    key: Hashable
    basis: str
    active: tuple[Span, ...] = (Span(),)
    site: Hashable | None = None
    station: Hashable | None = None
    token: Hashable | None = None
    power_type: PowerType | None = None
    profile: Hashable | None = None
    used: frozenset[date] = frozenset()


def epoch(moment: datetime) -> int:
    """UTC epoch seconds of an aware datetime, or of a naive one that holds UTC (as Odoo's do)."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
