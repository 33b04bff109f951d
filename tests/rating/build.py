"""Short ways to write what the tests of the engine price."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rating import Fixed, IndexSeries, Session, Site, TermVersion, to_micro

PARIS = Site("site", "Europe/Paris")
QUARTER = 900


def at(text, timezone="UTC"):
    """Epoch seconds of a wall clock time such as 2026-03-01T08:00."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC).timestamp())


def fixed(price):
    return Fixed(to_micro(price))


def term(price, basis="kwh", direction="credit", key="v", name="t", **values):
    return TermVersion(key, name, direction, basis, price, **values)


def session(start, minutes=60, wh=10_000, key="s", timezone="Europe/Paris", **values):
    begin = at(start, timezone)
    return Session(key, "site", "station", begin, begin + 60 * minutes, wh, **values)


def series(start, prices, length=QUARTER, key="spot", name="Spot", timezone="UTC", finals=None):
    """Values of equal length one after the other; None leaves a gap. Prices as decimal text."""
    begin = at(start, timezone)
    rows = [(begin + i * length, begin + (i + 1) * length, to_micro(p)) for i, p in enumerate(prices) if p is not None]
    starts, ends, micros = zip(*rows, strict=True) if rows else ((), (), ())
    return IndexSeries(key, name, starts, ends, micros, tuple(finals or [True] * len(rows)))


def reader(*all_series):
    """What the engine asks for index values."""
    return lambda key, _start, _stop: next(one for one in all_series if one.key == key)
