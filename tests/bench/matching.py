"""How long a day of a large account takes to match: movements against open items, all rules at work.

    python -m tests.bench.matching [MOVEMENTS] [ITEMS]

Of the movements a third names its document, a third only its partner, a sixth our end-to-end reference; the others name
nothing, the wrong amount, or many documents at once. Prints {"movements", "items", "seconds", "certain", "rules"}.
"""

import json
import sys
import time
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "addons" / "ev_sepa"))

from matching import DOCUMENT, PAYMENT, Movement, OpenItem, Settings, match

DAY = date(2026, 11, 1)


def make_items(random, count):
    """Three quarters documents of 2,000 partners, some with very many; a quarter payments under way, in blocks of 500."""
    items = []
    for key in range(count):
        amount, day = Decimal(random.randint(500, 500_000)) / 100, DAY - timedelta(random.randint(0, 60))
        if key % 4 == 3:
            items.append(
                OpenItem(key, PAYMENT, -amount, "EUR", key % 2000, (), day, f"EV{key:010d}", (f"BLOCK-{key // 500}",))
            )
            continue
        partner = 1 if key % 40 == 0 else random.randrange(2000)
        items.append(OpenItem(key, DOCUMENT, amount, "EUR", partner, (f"INV/2026/{key:05d}", f"RF{key:019d}"), day))
    return items


def make_movement(random, key, item, items):
    way, day = key % 6, DAY + timedelta(key % 30)
    if item.kind == PAYMENT:
        return Movement(key, item.residual, "EUR", day, end_to_end_ids=(item.end_to_end_id,))
    words = f"Rechnung {item.references[0]} vom {item.day} Kundennummer 2026-{item.partner}, vielen Dank {key}"
    if way in (0, 1):
        return Movement(key, item.residual, "EUR", day, text=words)
    if way in (2, 3):
        return Movement(key, item.residual, "EUR", day, text="Danke", partner=item.partner)
    if way == 4:
        return Movement(key, item.residual - Decimal("0.35"), "EUR", day, text=words, partner=item.partner)
    others = random.sample(items, 3)
    named = [other for other in others if other.kind == DOCUMENT]
    total = sum((other.residual for other in named), Decimal(key % 2))
    return Movement(key, total or Decimal(1), "EUR", day, text=" ".join(other.references[0] for other in named))


def main(movements=10_000, count=20_000):
    random = Random(6)
    items = make_items(random, count)
    chosen = random.sample(items, movements)
    moved = [make_movement(random, key, item, items) for key, item in enumerate(chosen)]
    start = time.perf_counter()
    decisions = match(moved, items, Settings(Decimal("1.00"), True))
    seconds = round(time.perf_counter() - start, 2)
    rules = Counter(decision.rule for decision in decisions)
    certain = sum(decision.certain for decision in decisions)
    print(json.dumps({"movements": movements, "items": count, "seconds": seconds, "certain": certain, "rules": rules}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
