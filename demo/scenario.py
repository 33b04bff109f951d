"""A small operator and one month of its sessions, the same for the same month: three sites, seven stations, two hosts, an eMSP
and a fleet.

Pure data. The demo charges it through a simulated fleet; the end-to-end test works out by hand what it must come to.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
QUARTER = 900


@dataclass(frozen=True)
class Site:
    name: str
    host: str
    street: str
    zip: str
    city: str
    tz: str = "Europe/Paris"


@dataclass(frozen=True)
class Station:
    identity: str
    site: str
    ocpp: str
    vendor: str
    model: str
    power_type: str
    max_power_kw: int
    evses: int = 1
    commissioned: date = date(2024, 1, 1)

    @property
    def password(self):
        """Return the basic-auth password; the demo listens on the loopback interface only."""
        return f"demo-{self.identity.lower()}"


@dataclass(frozen=True)
class Token:
    uid: str
    kind: str
    profile: str | None = None
    partner: str | None = None


@dataclass(frozen=True)
class Term:
    name: str
    direction: str
    basis: str
    price: str
    power_type: str | None = None
    factor: str | None = None  # day-ahead price x factor + price


@dataclass(frozen=True)
class Contract:
    """With a host, for the sessions at its sites; with a client or an eMSP, for those of its tokens."""

    partner: str
    credit_document: str
    payment_term: str
    terms: tuple
    role: str = "host"


@dataclass(frozen=True)
class Session:
    """One past session: moments in UTC, registers in Wh; what it is worth is for others to say."""

    station: str
    evse: int
    token: str
    start: datetime
    stop: datetime
    meter_start: int
    meter_stop: int
    idle_seconds: int = 0
    quirks: tuple = field(default=())

    @property
    def energy(self):
        return self.meter_stop - self.meter_start

    def as_plan(self):
        """Return the session as the simulated station's plan has it."""
        return {
            "evse": self.evse,
            "token": self.token,
            "start": self.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "stop": self.stop.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "meter_start": self.meter_start,
            "meter_stop": self.meter_stop,
            "interval": QUARTER,
            "idle_seconds": self.idle_seconds,
            "quirks": list(self.quirks),
        }


OPERATOR = "Rhône Charge SAS"
BELLECOUR, CONFLUENCE = "Hôtel Bellecour SAS", "Confluence Retail SA"
OWN_IBAN = "FR7630006000011234567890189"
HOST_IBANS = {BELLECOUR: "FR7630004000031234567890143", CONFLUENCE: "FR1420041010050500013M02606"}

SITES = (
    Site("Hôtel Bellecour", BELLECOUR, "12 place Bellecour", "69002", "Lyon"),
    Site("Bellecour Annex", BELLECOUR, "3 rue Gasparin", "69002", "Lyon"),
    Site("Confluence Mall", CONFLUENCE, "112 cours Charlemagne", "69002", "Lyon"),
)
STATIONS = (
    Station("BEL-AC-1", "Hôtel Bellecour", "1.6", "Alfen", "Eve Double", "ac", 22, evses=2),
    Station("BEL-AC-2", "Hôtel Bellecour", "2.0.1", "Wallbox", "Pulsar Pro", "ac", 22),
    Station("BEL-DC-1", "Hôtel Bellecour", "2.0.1", "Alpitronic", "HYC50", "dc", 50),
    Station("ANX-AC-1", "Bellecour Annex", "1.6", "Schneider", "EVlink Pro", "ac", 22),
    Station("CON-DC-1", "Confluence Mall", "1.6", "ABB", "Terra 184", "dc", 180),
    Station("CON-DC-2", "Confluence Mall", "2.0.1", "Kempower", "S-Series", "dc", 180, evses=2),
    Station("CON-AC-1", "Confluence Mall", "2.0.1", "Alfen", "Eve Double", "ac", 22, evses=2),
)
PROFILES = (("visitor", "Visitor"), ("staff", "Staff"), ("fleet", "Fleet"))
EMSP = "Rolling Energy GmbH"
TAXIS = "Presto Taxis SARL"
TOKENS = (
    Token("04A2B6C1", "local", "visitor"),
    Token("04A2B6C2", "local", "visitor"),
    Token("04A2B6C3", "local", "staff"),
    Token("04D9E0F1", "local", "fleet", TAXIS),
    Token("DE8AAROAM1", "roaming", partner=EMSP),
    Token("DE8AAROAM2", "roaming", partner=EMSP),
    Token("PAYTERM01", "ad_hoc"),
)
UNKNOWN_TOKEN = "04FFFFFF"
CONTRACTS = (
    Contract(
        BELLECOUR,
        "self_bill",
        "net 30",
        (
            Term("Energy reimbursement AC", "credit", "kwh", "0.185400", "ac"),
            Term("Energy reimbursement DC", "credit", "kwh", "0.212750", "dc"),
            Term("Operation per session", "charge", "session", "0.350000"),
            Term("Operation per kWh", "charge", "kwh", "0.018500"),
            Term("Supervision AC charger", "charge", "charger_month", "8.900000", "ac"),
            Term("Supervision DC charger", "charge", "charger_month", "29.000000", "dc"),
        ),
    ),
    Contract(
        CONFLUENCE,
        "credit_note",
        "end of month",
        (
            Term("Energy reimbursement at spot", "credit", "kwh", "0.021500", factor="1.020000"),
            Term("Operation per session", "charge", "session", "0.420000"),
            Term("Operation per kWh", "charge", "kwh", "0.021000"),
            Term("Supervision AC charger", "charge", "charger_month", "7.500000", "ac"),
            Term("Supervision DC charger", "charge", "charger_month", "35.000000", "dc"),
        ),
    ),
    Contract(
        EMSP,
        "statement",
        "net 30",
        (
            Term("Roaming energy AC", "charge", "kwh", "0.450000", "ac"),
            Term("Roaming energy DC", "charge", "kwh", "0.590000", "dc"),
            Term("Start of session", "charge", "session", "0.500000"),
        ),
        role="emsp",
    ),
    Contract(
        TAXIS,
        "statement",
        "end of month",
        (Term("Charging", "charge", "kwh", "0.390000"),),
        role="client",
    ),
)


def spot_price(moment):
    """Return the day-ahead price of the quarter-hour that begins at ``moment`` (UTC), in EUR/MWh: low at noon, some negative."""
    hour = moment.hour + moment.minute / 60
    wave = 62 + 38 * abs(hour - 13) / 13
    chance = random.Random(f"{moment:%Y-%m-%dT%H:%M}")
    sunday = 75 if moment.weekday() == 6 and 10 <= hour < 14 else 0
    return f"{wave - sunday + chance.uniform(-12, 12):.2f}"


def previous_month(today):
    """Return the first day of the month before ``today``."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_end(month):
    """Return the first day of the month after ``month``."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def local(day, clock):
    """Return the UTC moment of a Paris wall clock time."""
    return datetime.combine(day, clock, PARIS).astimezone(UTC)


def month_of_sessions(month, per_evse=8):
    """Return every session of the operator around ``month``, station by station in the order they happened.

    Some cross midnight, one each crosses the month's two borders, some are what real chargers do on a bad day.
    """
    return [session for station in STATIONS for evse in range(1, station.evses + 1)
            for session in _evse_month(month, station, evse, per_evse)]  # fmt: skip


def unregistered_session(month):
    """Return a session on a third connector of BEL-AC-1 that nobody entered in Odoo: it waits in quarantine."""
    start = local(month + timedelta(days=11), time(14, 5))
    return Session("BEL-AC-1", 3, TOKENS[0].uid, start, start + timedelta(hours=2), 5_000, 17_400)


def _evse_month(month, station, evse, count):
    """Fill one EVSE's month: ``count`` sessions on different days, the register running on between them."""
    chance = random.Random(f"{month}/{station.identity}/{evse}")
    days = (month_end(month) - month).days
    register = chance.randrange(100_000, 9_000_000)
    sessions = []
    for number, day in enumerate(sorted(chance.sample(range(1, days - 1), count))):
        start = local(month + timedelta(days=day), time(chance.randrange(6, 22), chance.randrange(60)))
        register, session = _session(chance, station, evse, start, register, number)
        sessions.append(session)
    return _border_sessions(month, station, evse, sessions)


def _session(chance, station, evse, start, register, number):
    minutes = chance.randrange(12, 55) if station.power_type == "dc" else chance.randrange(70, 420)
    power = station.max_power_kw * chance.uniform(0.3, 0.8)
    energy = int(power * 1000 * minutes / 60)
    idle = chance.choice((0, 0, 600, 1500))
    token = chance.choice(TOKENS).uid
    quirks = {2: ("offline",), 4: ("retry_stop",), 5: ("retry_start",), 6: ("late_update",)}.get(number, ())
    if number == 3:
        energy, idle = 0, 0  # plugged in, never charged
    if number == 7 and station.identity.endswith("AC-1") and evse == 1:
        token = UNKNOWN_TOKEN
    stop = start + timedelta(minutes=minutes, seconds=idle)
    session = Session(station.identity, evse, token, start, stop, register, register + energy, idle, quirks)
    return register + energy, session


def _border_sessions(month, station, evse, sessions):
    """On one EVSE, add a session that ends in the month (billed) and one that ends after it (not yet)."""
    if (station.identity, evse) != ("BEL-AC-1", 1):
        return sessions
    before, after = sessions[0].meter_start, sessions[-1].meter_stop
    token = TOKENS[2].uid
    first = Session(station.identity, evse, token, local(month - timedelta(days=1), time(22, 40)), local(month, time(1, 10)),
                    before - 18_321, before)  # fmt: skip
    last_day = month_end(month) - timedelta(days=1)
    last = Session(station.identity, evse, token, local(last_day, time(23, 15)), local(month_end(month), time(0, 45)),
                   after, after + 12_007)  # fmt: skip
    return [first, *sessions, last]
