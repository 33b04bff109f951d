"""Steps, and how numbers are written in them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from ..money import MICRO
from ..period import zone

SIX = Decimal("0.000001")
# wide enough for every exact product that is shown
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the calculation: what it is, how it is worked out, what comes out."""

    label: str
    working: str
    result: Decimal | str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps and the amount they end in (unrounded, six decimals); None where a price is missing."""

    steps: tuple[Step, ...]
    quantity: Decimal
    amount: Decimal | None


def half_up(value: Decimal | Fraction) -> Decimal:
    """To six decimals, half away from zero."""
    if isinstance(value, Fraction):
        scaled = abs(value) * MICRO
        whole = int(scaled) + (1 if scaled - int(scaled) >= Fraction(1, 2) else 0)
        return Decimal(whole if value >= 0 else -whole).scaleb(-6).quantize(SIX, context=_WIDE)
    return value.quantize(SIX, ROUND_HALF_UP, context=_WIDE)


def plain(value: Decimal | Fraction) -> str:
    """The number as a person writes it: no exponent, no trailing zeros; a fraction that never ends is cut at 12 decimals."""
    if isinstance(value, Fraction):
        value = _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
        if value != round(value, 12):
            return f"{round(value, 12):f}..."
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def micro(value: int) -> Fraction:
    """Millionths as an exact number."""
    return Fraction(value, MICRO)


def clock(moment: int, timezone: str) -> str:
    """The site's clock at an instant: the time, with seconds where there are any."""
    local = datetime.fromtimestamp(moment, tz=UTC).astimezone(zone(timezone))
    return local.strftime("%H:%M:%S" if local.second else "%H:%M")
