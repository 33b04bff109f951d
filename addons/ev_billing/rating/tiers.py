"""Tiers: the more a term has counted in a billing period, the other the price.

Rules
    1. Graduated: each unit has the price of the tier it falls in. Sessions count in the order in which they started, so a charge
       can say which units of the period it is: `counted` is the quantity before it.
    2. Volume: every unit has the price of the tier that the period's total reaches; `counted` is that total.
    3. What comes late counts on top of what its period already counted; what is already billed is not priced again.
    4. A credit takes back the very units of its original, at their prices.
"""

from .money import MICRO, divide_half_up
from .prices import Tiered


def price_units(price: Tiered, counted: int, quantity: int) -> int:
    """Amount in millionths of `quantity` (millionths of the unit, may be negative), half-up once.

    :param counted: graduated: the quantity before; volume: the period's total
    """
    if price.volume:
        return divide_half_up(quantity * tier_of(price, counted).micro, MICRO)
    return divide_half_up(_up_to(price, counted + quantity) - _up_to(price, counted), MICRO)


def tier_of(price: Tiered, total: int):
    """The tier a total reaches; a total exactly on a border is still in the lower tier."""
    for tier in price.tiers:
        if tier.until is None or total <= tier.until:
            return tier
    raise AssertionError("the last tier is open to the top")


def split_units(price: Tiered, counted: int, quantity: int) -> list[tuple[int, int]]:
    """(quantity, price) of each tier that a graduated charge touches, quantities in its own sign."""
    low, high = sorted((counted, counted + quantity))
    sign, parts, floor = (1 if quantity >= 0 else -1), [], None
    for tier in price.tiers:
        lower = low if floor is None else max(low, floor)
        upper = high if tier.until is None else min(high, tier.until)
        if upper > lower:
            parts.append((sign * (upper - lower), tier.micro))
        floor = tier.until
    return parts


def _up_to(price: Tiered, total: int) -> int:
    """Exact amount of the first `total` units, in millionths of millionths. Units below zero have the first tier's price."""
    amount, floor = 0, None
    for tier in price.tiers:
        upper = total if tier.until is None else min(total, tier.until)
        if floor is None:
            amount = upper * tier.micro
        elif upper > floor:
            amount += (upper - floor) * tier.micro
        floor = tier.until
    return amount
