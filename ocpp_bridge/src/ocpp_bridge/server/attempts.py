"""How often a wrong password may be tried: a few times at once, then once a second.

Counted per (remote address, identity), so that somebody who guesses elsewhere never delays the station itself.
A check costs 50 ms of a core (scrypt), and a guess must not be answered faster because its verdict is cached.
"""

from collections import OrderedDict

from ..clock import Clock

BURST, PER_SECOND, LIMIT = 5, 1.0, 10_000  # failures at once; tries a second after them; pairs remembered


class Attempts:
    """A token bucket a pair; full buckets are not kept, and of the rest the oldest are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()  # tries left, at

    def clean(self, remote: str, identity: str) -> bool:
        """No failure that still counts."""
        return self._left(remote, identity) >= BURST

    def take(self, remote: str, identity: str) -> bool:
        """False: too many failures, not now. A try that turns out right is given back by `forget`."""
        left = self._left(remote, identity)
        if left < 1:
            return False
        self._buckets.pop((remote, identity), None)
        self._buckets[remote, identity] = left - 1, self._clock.monotonic()
        if len(self._buckets) > LIMIT:
            self._buckets.popitem(last=False)
        return True

    def forget(self, remote: str, identity: str) -> None:
        self._buckets.pop((remote, identity), None)

    def _left(self, remote: str, identity: str) -> float:
        left, at = self._buckets.get((remote, identity), (BURST, 0.0))
        return min(BURST, left + (self._clock.monotonic() - at) * PER_SECOND)
