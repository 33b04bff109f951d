"""An operator with 24 sites and a month of 20,000 sessions, made up from its first day alone: pure data.

Each EVSE's sessions follow each other on one register. Some cross quarter-hours, bands, midnight, the month's borders and the
nights the clocks change; some have no readings, no energy, time without charging; some are taken back and corrected.
"""

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.e2e.proof.texts import CLIENT_MODELS, CREDIT_DOCUMENTS, EMSP_MODELS, HOST_MODELS, Contract

HOSTS, EMSPS, CLIENTS = 22, 8, 8
BADGES = 6
ZONES = ("Europe/Paris", "Europe/Paris", "Europe/Lisbon", "Europe/Helsinki")
SINCE = date(2023, 1, 1)
QUARTER = 900


@dataclass(frozen=True)
class Site:
    name: str
    host: str
    tz: str


@dataclass(frozen=True)
class Station:
    """:param since: in service from that day on"""

    identity: str
    site: str
    power_type: str
    max_power_kw: int
    evses: int
    since: date


@dataclass(frozen=True)
class Session:
    """Moments in UTC epoch seconds, registers in Wh. A credit repeats what it takes back."""

    id: str
    station: str
    evse: int
    badge: str
    start: int
    stop: int
    meter: int
    energy: int
    charging: int
    idle: int
    readings: tuple
    credit_of: str | None = None
    replaces: str | None = None


class World:
    """:param month: its first day; :param sessions: about how many sessions it has"""

    def __init__(self, month, sessions=20_000):
        self.month, self.wanted = month, sessions
        self.chance = random.Random(f"{month} {sessions}")
        self.sites = [Site(f"Site {n:02}", f"Host {n % HOSTS:02}", ZONES[n % len(ZONES)]) for n in range(HOSTS + 2)]
        self.stations = [
            station for number, site in enumerate(self.sites) for station in self._make_stations(number, site)
        ]
        self.badges = self._make_badges()
        self.contracts = self._make_contracts()
        self.sessions = self._make_sessions()

    @property
    def next_month(self):
        return (self.month + timedelta(days=32)).replace(day=1)

    def _make_stations(self, number, site):
        """An AC double, an AC single that may be new in the middle of the month, a DC."""
        new = self.month + timedelta(days=number % 20) if number % 3 == 0 else SINCE
        yield Station(f"P{number:02}-A", site.name, "ac", 22, 2, SINCE)
        yield Station(f"P{number:02}-B", site.name, "ac", 11, 1, new)
        yield Station(f"P{number:02}-D", site.name, "dc", 150, 1, SINCE)

    def _make_badges(self):
        """{uid: (kind, holder or None)}"""
        badges = {f"L{number:03}": ("local", None) for number in range(20)}
        badges |= {f"E{n:02}{b}": ("roaming", f"eMSP {n:02}") for n in range(EMSPS) for b in range(BADGES)}
        return badges | {f"C{n:02}{b}": ("local", f"Client {n:02}") for n in range(CLIENTS) for b in range(BADGES)}

    def _make_contracts(self):
        hosts = [
            Contract(
                f"Host {n:02}", "host", HOST_MODELS[n % len(HOST_MODELS)], CREDIT_DOCUMENTS[n % len(CREDIT_DOCUMENTS)]
            )
            for n in range(HOSTS)
        ]
        emsps = [Contract(f"eMSP {n:02}", "emsp", EMSP_MODELS[n % len(EMSP_MODELS)]) for n in range(EMSPS)]
        return (
            hosts
            + emsps
            + [Contract(f"Client {n:02}", "client", CLIENT_MODELS[n % len(CLIENT_MODELS)]) for n in range(CLIENTS)]
        )

    def tz_of(self, station):
        return next(site.tz for site in self.sites if site.name == station.site)

    # ---------------------------------------------------------------- sessions

    def _make_sessions(self):
        evses = [(station, number) for station in self.stations for number in range(1, station.evses + 1)]
        first, last = (
            int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) for day in (self.month, self.next_month)
        )
        span, made = last - first + 6 * 3600, []
        each = self.wanted / len(evses)
        uids = sorted(self.badges)
        for station, number in evses:
            since = datetime.combine(station.since, datetime.min.time(), ZoneInfo(self.tz_of(station)))
            # from the last hours of the month before to the first of the one after
            now, meter, turn = max(first - 3 * 3600, int(since.timestamp()) + 60), self.chance.randrange(10**7), 0
            while now < last + 3 * 3600:
                pause = self.chance.randrange(60, 2 * int(span / each * 0.45))
                length = self.chance.randrange(300, 2 * int(span / each * 0.5))
                now += pause
                session = self._make_session(station, number, turn, now, length, meter, self.chance.choice(uids))
                if datetime.fromtimestamp(session.stop, ZoneInfo(self.tz_of(station))).date() >= self.month:
                    made += [session, *self._correct(session)]
                now, meter, turn = session.stop, meter + session.energy, turn + 1
        return made

    def _make_session(self, station, evse, turn, start, length, meter, badge):
        idle = self.chance.choice((0, 0, 0, length // 5))
        charging = length - idle
        power = station.max_power_kw * self.chance.uniform(0.2, 0.9)
        energy = 0 if self.chance.random() < 0.01 else int(power * 1000 * charging / 3600)
        readings = () if self.chance.random() < 0.1 else self._read(start, charging, length, meter, energy)
        key = f"{station.identity}:{evse}:{turn}"
        return Session(
            key, station.identity, evse, badge, start, start + length, meter, energy, charging, idle, readings
        )

    def _read(self, start, charging, length, meter, energy):
        """A register that rises unevenly, read when the session starts, about every quarter of an hour, and when it stops."""
        moments = [start]
        while moments[-1] + 1_000 < start + length:
            moments.append(moments[-1] + self.chance.randrange(600, 1_000))
        moments = [*moments[1:-1], start + length] if len(moments) > 1 else [start + length]
        share = sorted(self.chance.random() for _moment in moments[:-1])
        rises = [int(energy * part) for part in share] if charging else [0] * (len(moments) - 1)
        return (
            (start, meter),
            *((moment, meter + rise) for moment, rise in zip(moments, [*rises, energy], strict=True)),
        )

    def _correct(self, session):
        """One in three hundred: taken back, and right this time."""
        if not session.energy or self.chance.random() > 1 / 300:
            return []
        energy = session.energy * 9 // 10
        facts = {name: getattr(session, name) for name in Session.__dataclass_fields__}
        credit = Session(**{**facts, "id": f"{session.id}-credit", "credit_of": session.id})
        right = {"id": f"{session.id}-right", "energy": energy, "readings": (), "replaces": session.id}
        return [credit, Session(**{**facts, **right})]

    # ------------------------------------------------------------------ prices

    def spot(self, quarter):
        """The day-ahead price of a quarter-hour, EUR/MWh, as text. Windy, sunny days of spring go below zero."""
        hour, day = quarter / 4 % 24, quarter // 96
        sun = max(0.0, math.sin((hour - 6) / 12 * math.pi)) * (110 if self.month.month == 5 else 35)
        return f"{78 + 9 * math.sin(day) - sun + 22 * math.sin((hour - 13) / 12 * math.pi) + quarter % 7:.2f}"
