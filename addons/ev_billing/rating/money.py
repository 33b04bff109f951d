"""Exact scaled arithmetic: every price, amount and quantity is an integer.

Units
    micro
        a price or an amount in millionths of the currency unit (0.185000 EUR = 185,000 micro)
    quantity micro
        a quantity in millionths of its unit (1 Wh = 0.001 kWh = 1,000)

Rounding is commercial half-up, half *away from zero*: 0.5 -> 1 and -0.5 -> -1. The symmetry matters: a credit CDR is then
exactly its original with the sign changed.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from .errors import PriceError

DECIMALS = 6
MICRO = 10**DECIMALS
_QUANTUM = Decimal(1).scaleb(-DECIMALS)


def to_micro(price: "Decimal | int | str") -> int:
    """Read an exact decimal as an integer number of millionths.

    :param price: `Decimal`, `int` or decimal text such as ``"0.185"``; binary floats are refused, they are not exact.
    :raises PriceError: not a finite decimal, or more than six decimals.
    """
    if not isinstance(price, Decimal | int | str) or isinstance(price, bool):
        raise PriceError(f"Price {price!r} is a {type(price).__name__}: give a Decimal, an int or decimal text.")
    try:
        value = Decimal(price)
        scaled = value.scaleb(DECIMALS)
        micro = int(scaled)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise PriceError(f"Price {price!r} is not a decimal number: write it like 0.185000.") from error
    if micro != scaled:
        raise PriceError(f"Price {price} has more than {DECIMALS} decimals: round it in the contract, not here.")
    return micro


def from_micro(micro: int) -> Decimal:
    """Give millionths back as a `Decimal` with exactly six decimals."""
    return Decimal(micro).scaleb(-DECIMALS).quantize(_QUANTUM)


def divide_half_up(numerator: int, denominator: int) -> int:
    """Integer division rounded half away from zero. `denominator` must be positive."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((denominator - 2 * numerator) // (2 * denominator))


def round_line(amount_micro: int, currency_decimals: int) -> Decimal:
    """Round the sum of a line's charges, once, to the currency's decimals.

    :param amount_micro: sum of the unrounded charges, in millionths.
    :param currency_decimals: 2 for EUR, 0 for JPY, 3 for TND; at most six.
    """
    if not 0 <= currency_decimals <= DECIMALS:
        raise PriceError(f"A currency with {currency_decimals} decimals cannot be billed: at most {DECIMALS}.")
    step = 10 ** (DECIMALS - currency_decimals)
    quantum = Decimal(1).scaleb(-currency_decimals)
    return Decimal(divide_half_up(amount_micro, step)).scaleb(-currency_decimals).quantize(quantum, ROUND_HALF_UP)
