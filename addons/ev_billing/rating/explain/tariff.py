"""Steps of one session under an OCPI tariff: what each element priced."""

from fractions import Fraction

from ..facts import Session, Site
from ..pricers import price_by_tariff
from .steps import Step, clock, plain

UNITS = {"ENERGY": "kWh", "TIME": "h", "PARKING_TIME": "h", "FLAT": "session"}


def explain_tariff(session: Session, tariff, site: Site, steps: list) -> Fraction:
    """Add the steps of the tariff; the exact price of the session before taxes, without sign."""
    report, _marks = price_by_tariff(session.row(), tariff, site.timezone)
    total = Fraction(0)
    for priced in report.periods:
        since = clock(int(priced.period.start.timestamp()), site.timezone)
        for piece in priced.pieces:
            if piece.component is None:
                continue
            unit, price = UNITS.get(piece.dimension, "h"), piece.component.price
            words = f"{plain(piece.quantity)} {unit}"
            if piece.billed != piece.quantity:
                words += f", in steps {plain(piece.billed)} {unit}"
            words += f" x {plain(price)}"
            label = f"From {since}: {piece.dimension.lower().replace('_', ' ')} (element {piece.element + 1})"
            steps.append(Step(label, words, plain(piece.cost.net)))
            total += piece.cost.net
    if total != report.total_cost.net:
        steps.append(
            Step("Price limits of the tariff", f"{plain(total)} is held within them", plain(report.total_cost.net))
        )
    return Fraction(report.total_cost.net)
