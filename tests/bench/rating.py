"""How fast the pricing engine makes fixed-price charges, on one core.

    python tests/bench/rating.py

Prints a list of {"name", "value", "unit", "limit", "ratio", "target", "met"}: the issue's floor of 100,000 charges a second,
and the same run's ratio to a minimal loop that does nothing but the multiplication, the rounding and the appending.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addons" / "ev_billing"
sys.path.insert(0, str(ADDON))
# this file is itself called rating.py: its folder must not come first
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

from rating import Filter, Fixed, Rater, Session, Site, Span, TermVersion, Totals, to_micro  # noqa: E402

SESSIONS = 300_000
FLOOR = 100_000
SITES = 50


def make_rows():
    """A month of sessions over sites, AC and DC, three kinds and five profiles."""
    kinds = ("local", "roaming", "ad_hoc")
    first = 1_790_000_000
    return [
        Session(
            number,
            number % SITES,
            number % 400,
            first + number * 8,
            first + number * 8 + 3600,
            5_000 + number * 7 % 60_000,
            1 if number % 500 else -1,
            "dc" if number % 5 == 0 else "ac",
            kinds[number % 3],
            number % 5,
        ).row()
        for number in range(SESSIONS)
    ]


def make_versions():
    """Three terms of two versions each, one of them filtered."""
    changed = date(2026, 10, 1)
    return [
        TermVersion((term, index), term, direction, basis, Fixed(to_micro(price)), span, restriction)
        for term, direction, basis, prices, restriction in (
            ("energy", "credit", "kwh", ("0.185000", "0.192500"), Filter()),
            ("commission", "charge", "kwh", ("0.030000", "0.031000"), Filter(power_type="ac")),
            ("session", "charge", "session", ("0.350000", "0.360000"), Filter()),
        )
        for index, (price, span) in enumerate(zip(prices, (Span(None, changed), Span(changed)), strict=True))
    ]


def measure(work):
    """Best of three: (charges a second, charges)."""
    best, count = float("inf"), 0
    for _attempt in range(3):
        start = time.perf_counter()
        count = work()
        best = min(best, time.perf_counter() - start)
    return count / best, count


def main():
    rows, versions = make_rows(), make_versions()
    sites = [Site(number, "Europe/Paris") for number in range(SITES)]

    def rate():
        return len(list(Rater(versions, sites).rate_rows(rows)))

    def rate_and_add():
        totals, count = Totals(), 0
        for _key, _term, version, quantity, amount, _marks, _counted in Rater(versions, sites).rate_rows(rows):
            totals.add(version, quantity, amount)
            count += 1
        totals.lines(2)
        return count

    def minimal():
        made, price = [], 185_000
        for _term in range(3):
            for number, _site, _station, _start, _stop, wh, sign, *_rest in rows:
                made.append((number, (wh * sign * price + 500) // 1000))
        return len(made)

    speed, count = measure(rate)
    added, _count = measure(rate_and_add)
    bare, _count = measure(minimal)
    report = [
        {
            "name": "rating: fixed-price charges",
            "value": round(speed),
            "unit": "charges/s",
            "limit": FLOOR,
            "ratio": round(speed / FLOOR, 2),
            "target": 1.0,
            "met": speed >= FLOOR,
        },
        {
            "name": "rating: charges added up to lines",
            "value": round(added),
            "unit": "charges/s",
            "limit": FLOOR,
            "ratio": round(added / FLOOR, 2),
            "target": 1.0,
            "met": added >= FLOOR,
        },
        {
            "name": "rating: against a minimal integer loop",
            "value": round(speed),
            "unit": "charges/s",
            "limit": round(bare),
            "ratio": round(speed / bare, 3),
            "target": 0.25,
            "met": speed >= 0.25 * bare,
        },
    ]
    assert count > 2 * SESSIONS
    json.dump(report, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
