"""How an entry of a file is found to be one that is stored: under which names it is looked up, and what must hold.

What is stored is looked up by name: compared with each entry is only what has one with it in common.
"""

from collections import namedtuple
from dataclasses import replace
from datetime import timedelta
from itertools import chain

from ..iso20022.entry import given
from ..matching.same import (
    LIKENESS,
    UNSURE,
    conflict,
    doubtful,
    other_references,
    part_of_block,
    same_ends,
    share_blocks,
    share_ends,
    words_within,
)
from .ev_bank_told import comparable

# A bank's reference that comes again after this is another entry; what is told before or after another family tells it.
NEAR = timedelta(days=10)
# A notification may be of a day on which the bank does not book: from Maundy Thursday to Tuesday.
WEEKEND = timedelta(days=5)

# Where to look: (entry, what is told of it) -> names. Whether it is: (entry, what is told of it, stored) -> bool.
Like = namedtuple("Like", "names holds")


def store_under(one):
    """The names of what is stored; *certain* is one of which it is known how the statement being read stands to it."""
    told = one.told
    yield "key", one.key
    yield from (("print", print_) for print_ in one.prints)
    yield from (("end", end) for end in told.ends)
    yield from (("block", block) for block in told.blocks | told.within)
    if told.reference:
        yield "reference", told.reference
        yield from number_stored(one)
    if told.words:
        yield "words", one.sum, told.words
    yield "sum", one.sum
    yield from (("day", one.sum, day) for day in one.days or (None,))
    if told.is_silent:
        yield "silent", one.sum
    if one.place != UNSURE:
        yield "certain", one.sum


def number_stored(one):
    """The names under which what shares its reference, sum and day finds it, see `number_told`."""
    number = ("number", one.told.reference, one.sum)
    return [number, *((*number, day) for day in one.days or (None,))]


def number_told(entry, told):
    """What shares the bank's reference, the sum and a day is stored under one of these names."""
    if not told.reference:
        return []
    number = ("number", told.reference, comparable(entry.amount))
    return [(*number, day) for day in (*sorted(entry.days), None)] if entry.days else [number]


def look_up(like, entry, told, stored):
    """What may be the entry: the one under its own key first.

    :param stored: {name: [Stored]}
    """
    names = (("key", entry.key), *like.names(entry, told))
    return chain.from_iterable(stored.get(name, ()) for name in names)


def _by_print(entry, told):
    return [("print", entry.key.split(":")[0])]


def _by_reference(entry, told):
    if not told.reference:
        return []
    # many payments may have one reference; what was stored before references were kept has it in its fingerprint
    return [*_by_end(entry, told), ("reference", told.reference), *_by_print(entry, told)]


def _by_end(entry, told):
    return [("end", end) for end in sorted(told.ends)]


def _by_words(entry, told):
    return [("words", comparable(entry.amount), told.words)]


def _by_day(entry, told):
    """What tells no day may be of any."""
    total = comparable(entry.amount)
    return [("day", total, day) for day in (*sorted(entry.days), None)] if entry.days else [("sum", total)]


def _by_silence(entry, told):
    return _by_day(entry, told) if told.is_silent else [("silent", comparable(entry.amount))]


def _by_certain(entry, told):
    return [("certain", comparable(entry.amount))]


def _by_part(entry, told):
    blocks = [("block", block) for block in sorted(told.blocks | told.within)]
    return [*_by_reference(entry, told), *_by_end(entry, told), *blocks]


def _has_near_reference(entry, told, one):
    return _has_reference(entry, told, one) and _is_near(entry, one, NEAR)


def _share_reference(entry, told, one):
    """Whether both have the bank's reference, the sum and a day in common."""
    return _has_reference(entry, told, one) and _share_day(entry, one)


def _has_reference(entry, told, one):
    if not told.reference or comparable(entry.amount) != one.sum:
        return False
    return told.reference == one.told.reference or entry.key.split(":")[0] in one.prints


def _has_print(entry, told, one):
    """The very same words, day and sum."""
    numbered = given(entry.servicer_reference)
    return not numbered and entry.key.split(":")[0] in one.prints and not conflict(told, one.told)


def _is_like(like):
    def holds(entry, told, one):
        return _is_of_its_day(entry, one) and like(told, one.told) and not conflict(told, one.told)

    return holds


def _is_renumbered(like):
    """As much alike, but for the bank's own references, which say that they are two."""
    is_like = _is_like(like)

    def holds(entry, told, one):
        return other_references(told, one.told) and is_like(entry, replace(told, reference=""), one)

    return holds


def _has_other_number(entry, told, one):
    """Nothing but the bank's own reference says that they are two."""
    return _is_of_its_day(entry, one) and other_references(told, one.told) and not conflict(told, one.told)


def _is_doubtful(entry, told, one):
    return _is_of_its_day(entry, one) and doubtful(told, one.told)


def _has_words_near(entry, told, one):
    """Told on Saturday, and booked on Monday; but a reference of its own makes it another one, if it is no block of ours."""
    if comparable(entry.amount) != one.sum or conflict(told, one.told):
        return False
    is_near = _is_near(entry, one, WEEKEND)
    if is_near and share_blocks(told, one.told):
        return True
    if told.reference and one.told.reference:
        return False
    return same_ends(told, one.told) or is_near and words_within(told, one.told)


def _has_other_sum(entry, told, one):
    """The same reference, or payments of it, with another sum: corrected, charged, or told in parts; not what came back."""
    mine, theirs = comparable(entry.amount), one.sum
    goes_back = (mine > 0) != (theirs > 0)
    if goes_back or mine == theirs:
        return False
    # a charge may bear its block's id, too
    whole, part = (told, one.told) if abs(mine) > abs(theirs) else (one.told, told)
    shares_ends = share_ends(told, one.told)
    # of one payment: with charges, but not those alone
    is_near_sum = 2 * min(abs(mine), abs(theirs)) > max(abs(mine), abs(theirs))
    is_sum = shares_ends and (len(told.ends) != len(one.told.ends) or is_near_sum)
    if part_of_block(whole, part) or told.within and is_sum:
        # our own ids come once: the bank may book the sum on another day than it notifies of the payments
        return _is_near(entry, one, WEEKEND)
    same_reference = bool(told.reference) and told.reference == one.told.reference
    return (same_reference or shares_ends) and _share_day(entry, one)


def _is_of_its_day(entry, one):
    return comparable(entry.amount) == one.sum and _share_day(entry, one)


def _share_day(entry, one):
    """Whether they are of one day; what tells none may be of any."""
    return not entry.days.isdisjoint(one.days) or not entry.days or not one.days


def _is_near(entry, one, distance):
    """Whether they are of near days; what tells none may be of any."""
    if not (entry.days and one.days):
        return True
    return any(abs(mine - theirs) <= distance for mine in entry.days for theirs in one.days)


BY_REFERENCE = Like(_by_reference, _share_reference)
BY_NEAR_REFERENCE = Like(_by_reference, _has_near_reference)
BY_OTHER_SUM = Like(_by_part, _has_other_sum)
BY_OTHER_NUMBER = Like(_by_day, _has_other_number)
LIKE_BY_NAMES = tuple(zip(LIKENESS, (_by_end, _by_words, _by_silence, _by_day), strict=True))

# A reference says it by itself, whatever else is told; words only of the same day and sum. The surest first.
LEVELS = (
    BY_REFERENCE,
    BY_NEAR_REFERENCE,
    Like(_by_print, _has_print),
    *(Like(names, _is_like(like)) for like, names in LIKE_BY_NAMES),
)
# Of a bank that gives what it tells again another reference.
RENUMBERED = tuple(Like(names, _is_renumbered(like)) for like, names in LIKE_BY_NAMES)
DOUBTS = (Like(_by_day, _is_doubtful), Like(_by_certain, _has_words_near), BY_OTHER_SUM)
