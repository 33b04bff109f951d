"""Steps of a fee per period, and of a minimum guarantee or cap."""

from decimal import Decimal
from fractions import Fraction

from ..facts import Site
from ..limits import Limits
from ..money import MICRO, from_micro
from ..period import Span, midnight, month_of
from ..periodic import UTC_SITE
from ..prices import Indexed, Tiered
from ..terms import MONTHLY_BASES, UNITS, TermVersion
from ..tracks import DAY, ReadIndex, no_index
from .session import _explain_tiers
from .slices import price_at
from .steps import Explanation, Step, half_up, micro, plain


def explain_period(
    span: Span,
    version: TermVersion,
    period: Span | None = None,
    site: Site = UTC_SITE,
    read_index: ReadIndex = no_index,
    counted_micro: int | None = None,
) -> Explanation:
    """Steps of one subject's piece of a month, or of the billing period for the basis `period`.

    :param period: the billing period; the basis `period` needs it
    """
    unit, steps = UNITS[version.basis], []
    quantity = micro(version.quantity_micro)
    if quantity != 1:
        steps.append(Step("Quantity", "as agreed", f"{plain(quantity)} {unit}"))
    if version.basis == "one_off":
        steps.append(Step("Due", "once, on the first day of its version", span.start.isoformat()))
        days, of = 1, 1
    else:
        whole = month_of(span.start) if version.basis in MONTHLY_BASES else period
        days, of = span.days, whole.days
        last = span.end.fromordinal(span.end.toordinal() - 1)
        steps += [
            Step(
                "Days counted under this price",
                f"{span.start.isoformat()} to {last.isoformat()}, both included",
                f"{days} days",
            ),
            Step(
                "Days of the whole", f"{whole.start.isoformat()} to {whole.end.isoformat()}, end excluded", f"{of} days"
            ),
        ]
    pro_rata = quantity * days / of
    if isinstance(version.price, Tiered):
        exact = _explain_tiers(version, Fraction(half_up(pro_rata)), counted_micro, steps)
    else:
        exact = _explain_price(span, version, site, read_index, steps, quantity, days, of)
    if exact is None:
        return Explanation(tuple(steps), half_up(pro_rata), None)
    amount = half_up(exact)
    steps.append(Step("Amount", f"{plain(exact)}, rounded half-up to 6 decimals", amount))
    return Explanation(tuple(steps), half_up(pro_rata), amount)


def _explain_price(span, version, site, read_index, steps, quantity, days, of):
    first, series = midnight(span.start, site.timezone), None
    if isinstance(version.price, Indexed):
        series = read_index(version.price.index, first - DAY, first + DAY)
    found = price_at(version.price, site, first, series)
    since = version.valid.start or "the beginning"
    steps.append(Step("Price", f"version from {since}", f"{found.words} per {UNITS[version.basis]}"))
    if found.value is None:
        return None
    exact = found.value * quantity * days / of
    working = plain(found.value) + (f" x {plain(quantity)}" if quantity != 1 else "")
    steps.append(Step("Product", working + (f" x {days} / {of}" if of != 1 else ""), plain(exact)))
    return exact


def explain_limit(limits: Limits, made_micro: int, adjusted_micro: int = 0) -> Explanation:
    """Steps of the charge that keeps a term within its minimum guarantee and cap.

    :param made_micro: what the term made in the period, in millionths
    :param adjusted_micro: what earlier statements already adjusted for that period
    """
    made, amount = from_micro(made_micro), from_micro(limits.adjustment(made_micro) - adjusted_micro)
    steps = [Step("Made in the period", "the term's charges, before rounding", made)]
    for name, limit in (("Minimum guarantee", limits.minimum), ("Cap", limits.cap)):
        if limit is not None:
            steps.append(Step(name, "for the days it is in force", from_micro(limit)))
    if adjusted_micro:
        steps.append(Step("Adjusted before", "on earlier statements", from_micro(adjusted_micro)))
    steps.append(Step("Amount", "what is missing to the minimum, or too much for the cap", amount))
    return Explanation(tuple(steps), Decimal(MICRO).scaleb(-6), amount)
