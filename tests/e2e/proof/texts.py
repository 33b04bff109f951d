"""The contracts of the proof, as texts: who, for what, at which price. Plain data that says nothing of how it is worked out."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fixed:
    price: str


@dataclass(frozen=True)
class Spot:
    """Day-ahead price in EUR/MWh x factor + adder per kWh, with losses on top; then at least the floor, at most the cap."""

    factor: str
    adder: str
    losses: str = "0"
    floor: str | None = None
    cap: str | None = None
    zero_when_negative: bool = False


@dataclass(frozen=True)
class Bands:
    """Hours on the site's clock, first match wins: (price, weekdays with Monday 0, from hour, to hour excluded)."""

    bands: tuple
    otherwise: str


@dataclass(frozen=True)
class Tiers:
    """Each unit at the price of the tier it falls in, counted from the first of the month: (up to, price); 0 is without end."""

    tiers: tuple


@dataclass(frozen=True)
class Term:
    """What is credited or charged.

    :param basis: kwh, session, charging_minute, idle_minute, revenue (percent), charger_month, badge_month
    :param changes: ((day of the month, price), ...) from when the term has another wording
    """

    name: str
    direction: str
    basis: str
    price: object
    power_type: str | None = None
    kind: str | None = None
    minimum: str | None = None
    cap: str | None = None
    changes: tuple = ()


@dataclass(frozen=True)
class Contract:
    """:param credit_document: self_bill, credit_note or statement"""

    partner: str
    role: str
    terms: tuple
    credit_document: str = "self_bill"
    sites: tuple = field(default=())


DAY, NIGHT = ("0.31", (0, 1, 2, 3, 4), 6, 22), ("0.12", (0, 1, 2, 3, 4, 5, 6), 22, 6)
SUPERVISION = (
    Term("Supervision AC", "charge", "charger_month", Fixed("15"), power_type="ac"),
    Term("Supervision DC", "charge", "charger_month", Fixed("39.90"), power_type="dc"),
)
# Hosts take these models in turn.
HOST_MODELS = (
    (Term("Energy", "credit", "kwh", Fixed("0.1854")), Term("Session", "charge", "session", Fixed("0.35")), *SUPERVISION),
    (Term("Spot", "credit", "kwh", Spot("1.05", "0.012")), *SUPERVISION),
    (Term("Spot", "credit", "kwh", Spot("0.98", "0.0215", losses="3.5", floor="0.02", cap="0.14")),),
    (Term("Spot", "credit", "kwh", Spot("1", "0.01", zero_when_negative=True)),),
    (Term("Peak", "credit", "kwh", Bands((DAY, NIGHT), "0.2")), Term("Idle", "charge", "idle_minute", Fixed("0.02"))),
    (Term("Tiers", "credit", "kwh", Tiers(((2000, "0.21"), (4000, "0.17"), (0, "0.11")))),),
    (Term("Share", "credit", "revenue", Fixed("62.5"), kind="roaming"), Term("SIM", "charge", "session", Fixed("0.04"))),
    (Term("Energy", "credit", "kwh", Fixed("0.1"), minimum="2500"),
     Term("Operation", "charge", "charging_minute", Fixed("0.0031"), cap="120")),
    (Term("Energy", "credit", "kwh", Fixed("0.19"), changes=((15, "0.174"),)),
     Term("DC only", "charge", "kwh", Fixed("0.03"), power_type="dc")),
)  # fmt: skip
EMSP_MODELS = (
    (Term("Energy", "charge", "kwh", Fixed("0.49")), Term("Start", "charge", "session", Fixed("0.5"))),
    (Term("Energy", "charge", "kwh", Bands((("0.59", (0, 1, 2, 3, 4), 7, 20),), "0.41")),),
    (Term("Energy AC", "charge", "kwh", Fixed("0.44"), power_type="ac"),
     Term("Energy DC", "charge", "kwh", Fixed("0.64"), power_type="dc"),
     Term("Idle", "charge", "idle_minute", Fixed("0.1"))),
    (Term("Spot", "charge", "kwh", Spot("1.2", "0.24")),),
)  # fmt: skip
CLIENT_MODELS = (
    (Term("Energy", "charge", "kwh", Fixed("0.42")), Term("Badges", "charge", "badge_month", Fixed("3.9"))),
    (Term("Energy", "charge", "kwh", Tiers(((500, "0.5"), (0, "0.37")))),),
)
CREDIT_DOCUMENTS = ("self_bill", "credit_note", "statement")
