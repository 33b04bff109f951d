"""Why a charge is what it is, in steps a person can redo with a pocket calculator.

Nothing is stored per charge: sessions and used versions never change, so the steps are worked out again when somebody asks,
by plain decimal arithmetic that shares no code with the fast path. Amount explained and amount stored must be equal.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .model import UNITS, Session, TermVersion
from .money import from_micro
from .period import Span, local_day, month_of

_SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the calculation: what it is, how it is worked out, what comes out."""

    label: str
    working: str
    result: Decimal | str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps and the amount they end in (unrounded, six decimals)."""

    steps: tuple[Step, ...]
    quantity: Decimal
    amount: Decimal


def _half_up(value: Decimal) -> Decimal:
    return value.quantize(_SIX, ROUND_HALF_UP)


def _plain(value: Decimal) -> str:
    """The number as a person writes it: no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def explain_session(session: Session, version: TermVersion, timezone: str) -> Explanation | None:
    """Steps of one session under one version, or None where the version makes no charge of it."""
    price = from_micro(version.price_micro)
    day = local_day(session.start, timezone)
    facts = (session.site, session.station, session.power_type, session.kind, session.profile)
    if day not in version.valid or not version.filter.accepts(*facts):
        return None
    unit = UNITS[version.basis]
    steps = [Step("Start on the site's clock", f"{day.isoformat()} ({timezone})", day.isoformat())]
    if version.basis == "kwh":
        quantity = Decimal(session.wh) / 1000 * session.sign
        steps.append(Step("Energy", f"{session.wh} Wh / 1000", f"{_plain(Decimal(session.wh) / 1000)} kWh"))
    elif session.wh or version.count_zero_energy:
        quantity = Decimal(session.sign)
        steps.append(Step("Sessions", "one session", "1 session"))
    else:
        return None
    if session.sign < 0:
        steps.append(Step("Credit CDR", "mirrors its original: the quantity is negative", f"{_plain(quantity)} {unit}"))
    amount = _half_up(quantity * price)
    steps.append(
        Step(
            "Price in force at the start",
            f"version from {version.valid.start or 'the beginning'}",
            f"{_plain(price)} per {unit}",
        )
    )
    steps.append(Step("Amount", f"{_plain(quantity)} {unit} x {_plain(price)}, rounded half-up to 6 decimals", amount))
    return Explanation(tuple(steps), quantity, amount)


def explain_period(span: Span, version: TermVersion) -> Explanation:
    """Steps of one station's piece of a month under one version."""
    price = from_micro(version.price_micro)
    whole = month_of(span.start)
    unit = UNITS[version.basis]
    last = span.end.toordinal() - 1
    amount = _half_up(price * span.days / whole.days)
    return Explanation(
        steps=(
            Step(
                "Days in service under this price",
                f"{span.start.isoformat()} to {span.end.fromordinal(last).isoformat()}, both included",
                f"{span.days} days",
            ),
            Step("Days of the month", f"{whole.start:%Y-%m}", f"{whole.days} days"),
            Step("Price", f"version from {version.valid.start or 'the beginning'}", f"{_plain(price)} per {unit}"),
            Step("Amount", f"{_plain(price)} x {span.days} / {whole.days}, rounded half-up to 6 decimals", amount),
        ),
        quantity=_half_up(Decimal(span.days) / whole.days),
        amount=amount,
    )
