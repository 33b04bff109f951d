"""The rules of clearing: what each looks at is in `catalogue`, how it looks in a small function (check, rule) -> Hits."""

from .catalogue import CATALOGUE
from .agreements import find_outside_agreement
from .dealers import find_dealer_gaps
from .hub_doubles import find_hub_doubles

# A pair that came through a hub and directly is told before it could be told as any double.
BEFORE_DOUBLES = {"hub_double": find_hub_doubles}
DETECTORS = {"agreement": find_outside_agreement, "dealer_evidence": find_dealer_gaps}

__all__ = ["BEFORE_DOUBLES", "CATALOGUE", "DETECTORS"]
