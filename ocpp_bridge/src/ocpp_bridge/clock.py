"""The one clock, and the two ways a moment is written."""

import time
from datetime import UTC, datetime


class Clock:
    """UTC epoch seconds and a monotonic counter. Tests put their own in place."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


def iso(epoch: float) -> str:
    """`2026-10-03T08:15:00Z`: whole seconds, UTC, as OCPP and the CDR contract want it."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def compact(epoch: float) -> str:
    """`20261003T081500Z`: a moment inside an identifier."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y%m%dT%H%M%SZ")
