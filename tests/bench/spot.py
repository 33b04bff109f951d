"""How fast the pricing engine makes spot-indexed charges: eight quarter-hours a session, each with its own price, on one core.

    python tests/bench/spot.py

The readings are taken five minutes off the quarters, so every border has to be interpolated. Beside the engine runs, over the
same numbers in the same run, a minimal loop of scaled integers: it walks the readings and multiplies; no filters, no checks of
the curve, no largest remainder (fractions of a Wh are cut off), no formula, no negative clause, no gaps, no marks.

Prints a list of {"name", "value", "unit", "limit", "ratio", "target", "met"}.
"""

import json
import random
import sys
import time
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addons" / "ev_billing"
sys.path.insert(0, str(ADDON))
# a sibling of this file is called rating.py: this folder must not come first
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

from rating import Indexed, IndexSeries, Rater, Session, Site, TermVersion, to_micro  # noqa: E402

SESSIONS = 100_000
FLOOR = 50_000
SITES = 50
QUARTER = 900
FIRST = 1_790_000_100 // QUARTER * QUARTER
QUARTERS = 40 * 96


def make_series(chance):
    starts = tuple(FIRST + QUARTER * number for number in range(QUARTERS))
    prices = tuple(chance.randrange(-50_000_000, 300_000_000, 10_000) for _quarter in starts)
    return IndexSeries("spot", "Spot", starts, tuple(start + QUARTER for start in starts), prices, (True,) * QUARTERS)


def make_rows(chance):
    """Sessions of 105 minutes that start ten minutes into a quarter: they touch eight."""
    rows = []
    for number in range(SESSIONS):
        start = FIRST + QUARTER * chance.randrange(30 * 96) + 600
        times = [start, *range(start + 600, start + 105 * 60, QUARTER), start + 105 * 60]
        registers = [chance.randrange(10**6)]
        for _reading in times[1:]:
            registers.append(registers[-1] + chance.randrange(200, 5_000))
        rows.append(
            Session(
                number,
                number % SITES,
                number % 400,
                start,
                times[-1],
                registers[-1] - registers[0],
                power_type="ac",
                kind="local",
                profile=number % 5,
                token=number % 1000,
                readings=[list(pair) for pair in zip(times, registers, strict=True)],
            ).row()
        )
    return rows


def walk(rows, prices):
    """The minimal loop: registers at the quarters by straight lines, times the price of each quarter."""
    made = []
    for row in rows:
        readings, stop = row[14], row[4]
        quarter = (row[3] - FIRST) // QUARTER
        border = FIRST + (quarter + 1) * QUARTER
        before, low = readings[0]
        last, total = low, 0
        for moment, register in readings:
            while border < moment and border < stop:
                at = low + (register - low) * (border - before) // (moment - before)
                total += (at - last) * prices[quarter]
                last, quarter, border = at, quarter + 1, border + QUARTER
            before, low = moment, register
        total += (low - last) * prices[quarter]
        made.append((row[0], (total + 500_000) // 1_000_000))
    return made


def measure(work):
    """Best of three, sessions a second."""
    best = float("inf")
    for _attempt in range(3):
        start = time.perf_counter()
        count = len(work())
        best = min(best, time.perf_counter() - start)
    assert count == SESSIONS
    return SESSIONS / best


def main():
    chance = random.Random(7)
    series, rows = make_series(chance), make_rows(chance)
    sites = [Site(number, "Europe/Paris") for number in range(SITES)]
    price = Indexed("spot", factor=to_micro("1.05"), adder=to_micro("0.012"))
    version = TermVersion("v", "energy", "credit", "kwh", price)

    speed = measure(lambda: list(Rater([version], sites, lambda *_ask: series).rate_rows(rows)))
    minimal = measure(lambda: walk(rows, series.micros))
    name = "rating: spot-indexed, 8 slices"
    report = [
        {
            "name": name,
            "value": round(speed),
            "unit": "sessions/s",
            "limit": FLOOR,
            "ratio": round(speed / FLOOR, 2),
            "target": 1.0,
            "met": speed >= FLOOR,
        },
        {
            "name": f"{name}, against a minimal integer loop",
            "value": round(speed),
            "unit": "sessions/s",
            "limit": round(minimal),
            "ratio": round(speed / minimal, 3),
            "target": 0.25,
            "met": speed >= 0.25 * minimal,
        },
    ]
    json.dump(report, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
