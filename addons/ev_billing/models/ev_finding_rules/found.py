"""What a rule hands over: plain facts, and a sentence about them."""

import hashlib
from collections import namedtuple

# money: (currency id, exact text) where the rule knows it; worked out from charges and missing energy otherwise.
# More of one rule in one month go into one finding that says how many.
MOST = 1000

Found = namedtuple(
    "Found",
    "key name date month wh count site station evse cdr other statement contract partner quarantine missing_wh severity "
    "money facts",
    defaults=(None,) * 16,
)
# total and wh say how many there are in all, where `found` holds the first MOST only
Hits = namedtuple("Hits", "found total wh")


def hits_of(found):
    """Hits of rules that group, and so know all of it."""
    found = list(found)
    return Hits(found[:MOST], len(found), sum(one.wh or 0 for one in found))


def fingerprint(found):
    """What a decision is made on: the numbers and records, not the words."""
    return hashlib.sha256(repr((found.wh, found.count, found.cdr, found.other, found.facts)).encode()).hexdigest()
