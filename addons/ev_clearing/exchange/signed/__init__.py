"""Signed meter data: whether the meter's signature holds, and whether it says the same energy as the session."""

from .judge import Verdict, judge
from .ocpi import to_signed_data

__all__ = ["Verdict", "judge", "to_signed_data"]
