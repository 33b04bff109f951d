"""Steps of one session under one version."""

from decimal import Decimal
from fractions import Fraction

from ..curve import mark_names
from ..errors import SessionError
from ..facts import Session, Site
from ..money import MICRO, from_micro
from ..period import local_day
from ..pricers import get_time
from ..prices import Fixed, Indexed, Tariffed, Tiered
from ..terms import UNITS, TermVersion
from ..tiers import split_units, tier_of
from ..tracks import DAY, ReadIndex, no_index
from .slices import energies, find_borders, price_at
from .steps import Explanation, Step, clock, half_up, micro, plain
from .tariff import explain_tariff


def explain_session(
    session: Session,
    version: TermVersion,
    site: Site,
    read_index: ReadIndex = no_index,
    counted_micro: int | None = None,
) -> Explanation | None:
    """Steps of one session under one version, or None where the version makes no charge of it.

    :param counted_micro: where the charge stands in its period's tiers; needed where the version has tiers
    """
    day = local_day(session.start, site.timezone)
    facts = (
        session.site,
        session.station,
        session.power_type,
        session.kind,
        session.profile,
        session.token,
        session.emsp,
    )
    if day not in version.valid or not version.filter.accepts(*facts):
        return None
    counts = session.wh or version.count_zero_energy or isinstance(version.price, Tariffed)
    if version.basis == "session" and not counts:
        return None
    steps = [Step("Start on the site's clock", f"{day.isoformat()} ({site.timezone})", day.isoformat())]
    quantity = _explain_quantity(session, version, steps)
    if quantity is None:
        return Explanation((*steps, Step("Revenue", "nobody knows it yet", "waits")), Decimal(0), None)
    if session.sign < 0:
        steps.append(Step("Credit CDR", "mirrors its original: the quantity is negative", _in_units(quantity, version)))
    series = None
    if isinstance(version.price, Indexed):
        series = read_index(version.price.index, session.start - DAY, session.stop + DAY)
    if isinstance(version.price, Tariffed):
        exact = session.sign * explain_tariff(session, version.price.tariff, site, steps)
    elif isinstance(version.price, Tiered):
        exact = _explain_tiers(version, quantity, counted_micro, steps)
    elif version.basis in ("session", "revenue"):
        exact = _explain_start(session, version, site, quantity, series, steps)
    elif version.basis == "kwh" and isinstance(version.price, Fixed):
        exact = _explain_fixed(version, quantity, steps)
    else:
        exact = _explain_slices(session, version, site, series, steps)
    if exact is None:
        return Explanation(tuple(steps), half_up(quantity), None)
    amount = half_up(exact)
    steps.append(Step("Amount", f"{plain(exact)}, rounded half-up to 6 decimals", amount))
    return Explanation(tuple(steps), half_up(quantity), amount)


def _in_units(quantity: Fraction, version: TermVersion) -> str:
    return f"{plain(quantity)} {UNITS[version.basis]}"


def _explain_quantity(session: Session, version: TermVersion, steps: list) -> Fraction | None:
    """The quantity, with the step that says where it comes from; None where the revenue is not known."""
    if version.basis == "kwh":
        quantity = Fraction(session.wh, 1000)
        steps.append(Step("Energy", f"{session.wh} Wh / 1000", _in_units(quantity, version)))
    elif version.basis == "session":
        quantity = Fraction(1)
        steps.append(Step("Sessions", "one session", "1 session"))
    elif version.basis == "revenue":
        if session.revenue_micro is None:
            return None
        revenue = micro(session.revenue_micro)
        steps.append(Step("Revenue of the session", "what its sale terms make", from_micro(session.revenue_micro)))
        return revenue  # signed already: the sale terms saw the credit too
    else:
        since, until = get_time(session.row(), version.basis)
        quantity = Fraction(until - since, 60)
        name = "Charging time" if version.basis == "charging_minute" else "Idle time"
        steps.append(Step(name, f"{until - since} s / 60", _in_units(quantity, version)))
    return quantity * session.sign


def _explain_fixed(version, quantity, steps):
    price = micro(version.price.micro)
    _add_price(version, plain(price), steps)
    steps.append(Step("Product", f"{_in_units(quantity, version)} x {plain(price)}", plain(quantity * price)))
    return quantity * price


def _add_price(version, words, steps):
    since = version.valid.start or "the beginning"
    unit = "% of revenue" if version.basis == "revenue" else f"per {UNITS[version.basis]}"
    steps.append(Step("Price in force at the start", f"version from {since}", f"{words} {unit}"))


def _explain_start(session, version, site, quantity, series, steps):
    """The price that the start of the session finds."""
    found = price_at(version.price, site, session.start, series)
    _add_price(version, found.words, steps)
    if found.value is None:
        return None
    if version.basis == "revenue":
        steps.append(
            Step("Product", f"{plain(quantity)} x {plain(found.value)} / 100", plain(quantity * found.value / 100))
        )
        return quantity * found.value / 100
    steps.append(
        Step("Product", f"{_in_units(quantity, version)} x {plain(found.value)}", plain(quantity * found.value))
    )
    return quantity * found.value


def _explain_slices(session, version, site, series, steps):
    """One step per slice; what they come to, or None where a price is missing."""
    borders = find_borders(version.price, site, session.start, session.stop, series)
    if version.basis == "kwh":
        amounts, marks = energies(session, borders)
        unit, per = "Wh", 1000
    else:
        since, until = get_time(session.row(), version.basis)
        edges, marks = [session.start, *borders, session.stop], 0
        amounts = [max(0, min(until, end) - max(since, begin)) for begin, end in zip(edges, edges[1:], strict=False)]
        unit, per = "s", 60
    if marks:
        steps.append(Step("Meter readings", "not as they should be", ", ".join(mark_names(marks)).replace("_", " ")))
    total, missing = Fraction(0), False
    edges = [session.start, *borders, session.stop]
    for begin, end, amount in zip(edges, edges[1:], amounts, strict=False):
        if not amount and len(amounts) > 1:
            continue
        found = price_at(version.price, site, begin, series)
        label = f"{clock(begin, site.timezone)} to {clock(end, site.timezone)}"
        if found.value is None:
            missing = missing or bool(amount)
            steps.append(Step(label, f"{amount} {unit}: {found.words}", "waits" if amount else "0"))
            continue
        product = Fraction(amount, per) * found.value
        total += product
        steps.append(Step(label, f"{amount} {unit} / {per} x ({found.words})", plain(product)))
    return None if missing else total * session.sign


def _explain_tiers(version, quantity, counted_micro, steps):
    """The tiers a charge touches."""
    if counted_micro is None:
        raise SessionError(f"Term {version.term} has tiers: say how much its period had counted (counted_micro).")
    unit, quantity = UNITS[version.basis], Fraction(half_up(quantity))  # tiers count in millionths of a unit
    if version.price.volume:
        price = micro(tier_of(version.price, counted_micro).micro)
        steps.append(Step("Total of the period", f"{plain(micro(counted_micro))} {unit}", f"{plain(price)} per {unit}"))
        steps.append(Step("Product", f"{_in_units(quantity, version)} x {plain(price)}", plain(quantity * price)))
        return quantity * price
    steps.append(
        Step("Counted before it in the period", "by start of session", f"{plain(micro(counted_micro))} {unit}")
    )
    total = Fraction(0)
    for part, price in split_units(version.price, counted_micro, int(quantity * MICRO)):
        product = micro(part) * micro(price)
        total += product
        steps.append(Step("Tier", f"{plain(micro(part))} {unit} x {plain(micro(price))}", plain(product)))
    return total
