"""Whether two files tell of one and the same entry, and whether two statements tell of the same turn of the account.

A bank tells an entry in a notification, in the day's reports and in the statement, each time in words of its own; only what all
of them say can be compared. Statements follow one another: each booking stands in one of them, however much it is like another.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SAME, OTHER, UNSURE, FREE = "same", "other", "unsure", "free"
# Words shorter than this prove nothing by standing inside longer ones.
ENOUGH_WORDS = 6
IBAN = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}")


@dataclass(frozen=True, slots=True)
class Told:
    """What one file says of an entry; of another file's with the same day and amount it is asked whether it is the same."""

    ends: frozenset[str] = frozenset()
    words: str = ""
    name: str = ""
    account: str = ""
    reference: str = ""


def plain(text):
    """Words as they are compared: without blanks and case, which banks change."""
    return "".join((text or "").split()).upper()


def conflict(one, other):
    """Whether both say something that is not of one entry: other end-to-end ids, other IBANs."""
    if one.ends and other.ends and not one.ends & other.ends:
        return True
    # the same account may be told as IBAN by one and by its national number by the other
    return one.account != other.account and all(IBAN.fullmatch(told.account) for told in (one, other))


def same_ends(one, other):
    return bool(one.ends) and one.ends == other.ends


def same_words(one, other):
    return bool(one.words) and one.words == other.words and not _other_references(one, other)


def one_is_silent(one, other):
    """A bank may tell the sum alone in one of them."""
    silent = any(not (told.ends or told.words or told.name) for told in (one, other))
    return silent and not _other_references(one, other)


def words_within(one, other):
    """`SVWZ+INVOICE 7` of the statement is `INVOICE 7` of the notification."""
    short, long = sorted((one.words, other.words), key=len)
    return len(short) >= ENOUGH_WORDS and short in long and not _other_references(one, other)


def doubtful(one, other):
    """Neither shown to be the same nor another one."""
    return not conflict(one, other) and not _other_references(one, other)


def _other_references(one, other):
    return bool(one.reference and other.reference and one.reference != other.reference)


# From the surest to the least sure.
LIKENESS = (same_ends, same_words, one_is_silent, words_within)


@dataclass(frozen=True, slots=True)
class Issue:
    """One statement as the bank issued it: its days and balances, None where the bank gives none."""

    identifier: str
    page: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    first: date | None = None
    last: date | None = None

    @property
    def balances(self):
        return self.opening, self.closing

    @property
    def has_balances(self):
        return None not in self.balances


def relate(one, other):
    """Whether an entry that stands in both is one (`SAME`), or two (`OTHER`), or nobody can tell (`UNSURE`).

    It is one where a statement is issued again, corrected, or taken of overlapping days; it is two where one statement goes on
    from where the other ends, or is another page of it.
    """
    balances = one.has_balances and other.has_balances
    if one.page and other.page and one.page != other.page:
        same = one.identifier == other.identifier or balances and one.balances == other.balances
        return OTHER if same else UNSURE
    if one.identifier == other.identifier:
        return OTHER if balances and follows(one, other) else SAME
    if not balances:
        return UNSURE
    if _share_days(one, other):
        return SAME
    if one.opening == other.opening:
        # where a turn is zero, the next one begins alike
        return UNSURE if one.opening in (one.closing, other.closing) else SAME
    return OTHER if follows(one, other) else UNSURE


def follows(one, other):
    """Whether one of both goes on from where the other ends, and begins elsewhere."""
    if not (one.has_balances and other.has_balances) or one.opening == other.opening or one.closing == other.closing:
        return False
    return one.opening == other.closing or one.closing == other.opening


def _share_days(one, other):
    """Whether their days overlap by more than the one on which the first may end and the second begin."""
    if None in (one.first, one.last, other.first, other.last):
        return False
    return max(one.first, other.first) < min(one.last, other.last)
