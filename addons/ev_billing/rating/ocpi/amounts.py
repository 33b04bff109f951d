"""Money before and after tax, exact: nothing is rounded until it is written down."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from .model import PriceComponent, PriceLimit, TaxIncluded

_EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Rounding:
    """How results are written: OCPI says nothing about it (OCPI 2.3.0 11), so it is the reader's choice.

    Half-up means half away from zero: a credit is then exactly its original with the sign changed.
    """

    decimals: int = 4
    mode: str = ROUND_HALF_UP

    def __call__(self, value: Fraction) -> Decimal:
        """The exact value, rounded once."""
        scaled = value * 10**self.decimals
        whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
        digit = Decimal(0)
        if rest:
            # one digit says on which side of the half the rest lies: rounding a rounded quotient would round twice
            side = 2 * rest - scaled.denominator
            digit = Decimal("0.5") if side == 0 else Decimal("0.9") if side > 0 else Decimal("0.1")
        signed = _EXACT.add(whole, digit).copy_sign(Decimal(-1 if scaled < 0 else 1))
        rounded = signed.quantize(Decimal(1), self.mode, _EXACT)
        # adding zero turns -0 into 0
        return _EXACT.add(_EXACT.scaleb(rounded, -self.decimals), 0)


WIRE = Rounding()


@dataclass(frozen=True, slots=True)
class Amount:
    """Money before tax (`net`) and the taxes on it: pairs of (percentage or None, amount), by falling percentage."""

    net: Fraction = Fraction(0)
    taxes: tuple[tuple[Fraction | None, Fraction], ...] = ()

    @property
    def gross(self) -> Fraction:
        """Money after tax."""
        return self.net + sum(amount for _, amount in self.taxes)

    def __add__(self, other: "Amount") -> "Amount":
        return total((self, other))

    def __neg__(self) -> "Amount":
        return Amount(-self.net, tuple((rate, -amount) for rate, amount in self.taxes))


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum, with the taxes of one percentage together."""
    net, taxes = Fraction(0), {}
    for amount in amounts:
        net += amount.net
        for rate, tax in amount.taxes:
            taxes[rate] = taxes.get(rate, 0) + tax
    ordered = sorted(taxes.items(), key=lambda item: (item[0] is not None, item[0] or 0), reverse=True)
    return Amount(net, tuple(ordered))


def priced(quantity: Fraction, component: PriceComponent, tax_included: TaxIncluded) -> Amount:
    """Quantity x price, with the component's tax.

    Where the prices include tax (2.3.0 `tax_included` YES) the tax is taken out of them; where none applies (N/A) a percentage
    is not looked at. A component without percentage has no tax (OCPI 2.2.1 11.4.2).
    """
    value = quantity * Fraction(component.price)
    if component.vat is None or tax_included == "N/A":
        return Amount(value)
    rate = Fraction(component.vat)
    net = value if tax_included == "NO" else value * Fraction(100, 100 + rate)
    return Amount(net, ((rate, net * rate * Fraction(1, 100)),))


def limited(amount: Amount, lowest: PriceLimit | None, highest: PriceLimit | None) -> Amount:
    """The amount inside the tariff's limits, before and after tax each on its own (OCPI 2.2.1 11.3.1, the two notes).

    A limit that says nothing about the price after tax changes that price in the same proportion, or to the same amount where
    there is no proportion.
    """
    for limit, choose in ((lowest, max), (highest, min)):
        if limit is None:
            continue
        net = choose(amount.net, Fraction(limit.net))
        gross = amount.gross
        if limit.gross is not None:
            gross = choose(gross, Fraction(limit.gross))
        elif net != amount.net:
            gross = gross * Fraction(net, amount.net) if amount.net else net
        if (net, gross) != (amount.net, amount.gross):
            # which percentage the change belongs to, nobody can say
            amount = Amount(net, ((None, gross - net),))
    return amount
