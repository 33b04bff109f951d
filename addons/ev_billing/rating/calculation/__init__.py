"""One calculation as a JSON document: what support needs to redo a charge on any machine.

A document holds the site, the session, the terms and the index values; `docs/developers/explain.md` shows one. Numbers that
must stay exact are decimal text, moments ISO 8601 with their distance from UTC.
"""

from .read import Calculation, CalculationError, read_calculation
from .write import write_calculation

__all__ = ["Calculation", "CalculationError", "read_calculation", "write_calculation"]
