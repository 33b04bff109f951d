"""`step_size`: quantities are billed in whole steps, once per session (OCPI 2.2.1 10.3.1 step_size, 11.4.2).

Rules
    1. ENERGY is rounded up once: the session's total, in the step of the last ENERGY component used; the difference is billed at
       that component's price.
    2. TIME and PARKING_TIME are rounded up once between them: the parking total if a parking component was used, the charging
       total otherwise.
    3. Reserved time is rounded up on its own.
    4. A step of 0 is none, and so is a total of 0 or below. FLAT has no steps.
    5. The wire tells time in hours of a few decimals, so 10 minutes arrive as 0.1667 h = 600.12 s. Less than a whole second over
       a step starts no new step.
"""

from dataclasses import replace
from fractions import Fraction

from .report import Piece

# step_size counts these: Wh in a kWh, seconds in an hour
_UNITS = {"ENERGY": 1000, "TIME": 3600, "PARKING_TIME": 3600, "RESERVATION_TIME": 3600}


def rounded_up(quantity: Fraction, step_size: int, dimension: str) -> Fraction:
    """A session total (kWh or hours) in whole steps."""
    unit = _UNITS[dimension]
    if not step_size or quantity <= 0:
        return quantity
    count = quantity * unit
    if dimension != "ENERGY":
        count = Fraction(count.numerator // count.denominator)
    return max(quantity, Fraction(-(-count // step_size) * step_size, unit))


def with_steps(periods: list[list[Piece]]) -> list[list[Piece]]:
    """The pieces of every period, with the steps' difference added to the last piece used of each dimension."""
    last: dict[str, tuple[int, int]] = {}
    for number, pieces in enumerate(periods):
        for position, piece in enumerate(pieces):
            if piece.component is not None and piece.quantity and piece.dimension in _UNITS:
                last[piece.dimension] = (number, position)
    if "PARKING_TIME" in last:
        last.pop("TIME", None)
    result = [list(pieces) for pieces in periods]
    for dimension, (number, position) in last.items():
        used = sum(piece.quantity for pieces in periods for piece in pieces if piece.dimension == dimension)
        piece = result[number][position]
        extra = rounded_up(used, piece.component.step_size, dimension) - used
        result[number][position] = replace(piece, billed=piece.billed + extra)
    return result
