"""How far the bank's own references are believed: it may count them anew, or give what it tells again another one."""

from collections import Counter, defaultdict
from dataclasses import replace

from ..matching.same import conflict
from .ev_bank_like import number_stored, number_told


def doubt_references(waiting, stored):
    """Where all that is told contradicts the one stored under that reference, sum and day, the bank counts anew.

    What that one is told as under another reference is then no other entry. Several under one reference are a batch's.

    :param waiting: [(entry, what is told of it)]
    """
    claims, crowded = defaultdict(list), set()
    for entry, told in waiting:
        names = number_told(entry, told)
        ones = {one for name in names for one in stored.get(name, ())[:2]}
        if len(ones) == 1:
            claims[ones.pop()].append(told)
        else:
            crowded.update(names)
    for one, claimed in claims.items():
        if crowded.isdisjoint(number_stored(one)) and all(conflict(told, one.told) for told in claimed):
            one.told = replace(one.told, reference="")


def find_renumbered(told, same, others):
    """Where fewer kept their reference than may have got another one, the bank does not keep them.

    :param told: what is told of each entry
    :param same: {number: Stored}, what was found to be told again
    :param others: the same for what is told of that day and sum under another reference
    :return: set of places: what stands there is told under other references
    """
    has_kept = (one.place for number, one in same.items() if told[number].reference == one.told.reference != "")
    kept = Counter(has_kept)
    return {place for place, count in Counter(one.place for one in others.values()).items() if count > kept[place]}
