"""Whether two files tell of one and the same entry, and whether two statements tell of the same turn of the account.

A bank tells an entry in a notification, in the day's reports and in the statement, each time in words of its own; only what all
of them say can be compared. Statements follow one another: each booking stands in one of them, however much it is like another.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

SAME, OTHER, UNSURE, FREE = "same", "other", "unsure", "free"
# Words shorter than this prove nothing by standing inside longer ones.
ENOUGH_WORDS = 6
IBAN = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}")


@dataclass(frozen=True, slots=True)
class Told:
    """What one file says of an entry; of another file's with the same day and amount it is asked whether it is the same.

    :ivar blocks: of our files, of which it is the sum
    :ivar within: blocks and files of ours in which its payments are
    """

    ends: frozenset[str] = frozenset()
    words: str = ""
    name: str = ""
    account: str = ""
    reference: str = ""
    blocks: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()

    @property
    def is_silent(self):
        """Whether it is the sum alone."""
        return not (self.ends or self.words or self.name)


def plain(text):
    """Words as they are compared: without blanks and case, which banks change."""
    return "".join((text or "").split()).upper()


def conflict(one, other):
    """Whether both say something that is not of one entry: other end-to-end ids, other IBANs."""
    # one may tell the payments of a batch, the other the batch
    if len(one.ends) == len(other.ends) and not one.ends & other.ends and one.ends:
        return True
    # the same account may be told as IBAN by one and by its national number by the other
    return one.account != other.account and all(IBAN.fullmatch(told.account) for told in (one, other))


def same_ends(one, other):
    return bool(one.ends) and one.ends == other.ends


def same_words(one, other):
    return bool(one.words) and one.words == other.words and not other_references(one, other)


def one_is_silent(one, other):
    """A bank may tell the sum alone in one of them."""
    return (one.is_silent or other.is_silent) and not other_references(one, other)


def words_within(one, other):
    """`SVWZ+INVOICE 7` of the statement is `INVOICE 7` of the notification."""
    short, long = sorted((one.words, other.words), key=len)
    return len(short) >= ENOUGH_WORDS and short in long and not other_references(one, other)


def other_words(one, other):
    """Whether both have words, and those of neither stand in the other's."""
    return bool(one.words and other.words) and one.words not in other.words and other.words not in one.words


def differ(one, other):
    """Whether the bank's own reference, if both have it, may be counted anew: what else they say is not of one entry."""
    return conflict(one, other) or other_words(one, other) and not same_ends(one, other)


def doubtful(one, other):
    """Neither shown to be the same nor another one."""
    return same_ends(one, other) or not conflict(one, other) and not other_references(one, other)


def share_ends(one, other):
    """Of other sums: parts of it told one by one, or what is left after charges."""
    return bool(one.ends & other.ends)


def share_blocks(one, other):
    """Whether both are of one block of ours, told by its own id or by its payments'."""
    return not (one.blocks | one.within).isdisjoint(other.blocks | other.within)


def part_of_block(whole, part):
    """A block of ours booked as one, of which no payment is told, and a payment of it."""
    return not whole.ends and bool(whole.blocks & part.within)


def other_references(one, other):
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
    def has_days(self):
        return None not in (self.first, self.last)

    @property
    def balances(self):
        return self.opening, self.closing

    @property
    def has_balances(self):
        return None not in self.balances


def relate(one, other, linked=False, nested=False):
    """Whether an entry that stands in both is one (`SAME`), or two (`OTHER`), or nobody can tell (`UNSURE`).

    It is one where a statement is issued again, corrected, or taken of days that enclose the other's; it is two where one goes on
    from where the other ends, tells other days, or is another page of it.

    :param linked: whether statements between them lead from the end of one to the beginning of the other
    :param nested: whether statements lead from the beginning, or the end, of one to that of the other
    """
    same_name = one.identifier == other.identifier
    if _share_no_day(one, other):
        return OTHER
    if one.page and other.page and one.page != other.page:
        return OTHER if are_pages(one, other) else UNSURE
    if not (one.has_balances and other.has_balances):
        return SAME if same_name else UNSURE
    if one.balances == other.balances:
        # a turn of zero, or there and back, looks like the same one again
        surely = one.opening != one.closing or same_name and _are_of_the_same_days(one, other)
        return SAME if surely and not linked else UNSURE
    if _encloses(one, other) or _encloses(other, one):
        # an opening may be dated with the closing before it: what begins on the last day may go on from there
        is_part = nested and not linked and not follows(one, other)
        return UNSURE if may_go_on(one, other) and not is_part else SAME
    if follows(one, other):
        return OTHER if _meet(one, other) else UNSURE
    if one.opening == other.opening or same_name and one.closing == other.closing:
        swept = {one.opening, other.opening} & {one.closing, other.closing}
        return UNSURE if linked or swept else SAME
    # a day's may be of the turns that lead to its last one
    goes_on = linked and not nested and one.has_days and other.has_days
    return OTHER if goes_on and _meet(one, other) else UNSURE


def follows(one, other):
    """Whether one of both goes on from where the other ends, and begins elsewhere."""
    if not (one.has_balances and other.has_balances) or one.opening == other.opening or one.closing == other.closing:
        return False
    return one.opening == other.closing or one.closing == other.opening


def may_go_on(one, other):
    """Whether one of both may go on from the other, or from one that is missing between them.

    They begin and end elsewhere, and are of the same days, or share only that on which one ends and the other begins.
    """
    if not (one.has_balances and other.has_balances) or one.opening == other.opening or one.closing == other.closing:
        return False
    if not (one.has_days and other.has_days) or _are_of_the_same_days(one, other):
        return True
    return one.last == other.first or other.last == one.first


def are_pages(one, other):
    """Whether they are two pages of one statement."""
    if not (one.page and other.page) or one.page == other.page or _share_no_day(one, other):
        return False
    return one.identifier == other.identifier or one.has_balances and one.balances == other.balances


def find_shared_day(one, other):
    """The day on which one ends and the other begins, where both are of further days; None where there is none such."""
    if not (one.has_days and other.has_days):
        return None
    before, after = sorted((one, other), key=lambda issue: (issue.first, issue.last))
    return after.first if before.first < before.last == after.first < after.last else None


def link(issues, one, other):
    """Whether some of the issues lead from the end of one to the beginning of the other, turn by turn.

    :param issues: of the account, near their days
    """
    if not (one.has_balances and other.has_balances):
        return False
    turns = _read_turns(issues, one, other, _is_between)
    return _leads(turns, one.closing, other.opening) or _leads(turns, other.closing, one.opening)


def nest(issues, one, other):
    """Whether some of the issues lead from the beginning of one to that of the other, or from end to end: it is a part of it.

    What is told after a longer one may go on beyond it, and is no part of it.

    :param issues: of the account, near their days
    :param one: the one that is being read
    """
    if not (one.has_balances and other.has_balances):
        return False
    turns = _read_turns(issues, one, other, _is_within)
    if _are_of_the_same_days(one, other):
        return _lead_into(turns, one, other) or _lead_into(turns, other, one)
    return _encloses(one, other) and _lead_into(turns, one, other)


def _lead_into(turns, whole, part):
    return _leads(turns, whole.opening, part.opening) or _leads(turns, part.closing, whole.closing)


def _read_turns(issues, one, other, is_near):
    """The balances of those near both, but not theirs."""
    turns = {each.balances for each in issues if each.has_balances and is_near(each, one, other)}
    return turns - {one.balances, other.balances}


def _leads(turns, start, end):
    """Whether at least one turn leads from one balance to another."""
    reached, waiting = set(), [start]
    while waiting:
        here = waiting.pop()
        for opening, closing in turns:
            if opening == here and closing not in reached:
                reached.add(closing)
                waiting.append(closing)
    return end in reached


def _share_no_day(one, other):
    return one.has_days and other.has_days and (one.last < other.first or other.last < one.first)


def _encloses(one, other):
    """Whether the days of one are more than the other's; an opening may be dated a day before its statement's first."""
    if not (one.has_days and other.has_days) or one.first > other.first or one.last < other.last:
        return False
    return one.last > other.last or one.first < other.first - timedelta(days=1)


def _is_between(issue, one, other):
    """Whether its days are not before, and not after, those of both."""
    if not (issue.has_days and one.has_days and other.has_days):
        return True
    firsts, lasts = sorted((one.first, other.first)), sorted((one.last, other.last))
    return firsts[0] <= issue.first <= firsts[1] and lasts[0] <= issue.last <= lasts[1]


def _is_within(issue, one, other):
    """Whether its days are among those of both."""
    if not (issue.has_days and one.has_days and other.has_days):
        return True
    return min(one.first, other.first) <= issue.first and issue.last <= max(one.last, other.last)


def _are_of_the_same_days(one, other):
    return (one.first, one.last) == (other.first, other.last)


def _meet(one, other):
    """Whether they share no more than the day on which one may end and the other begin, or are of the same days."""
    if not (one.has_days and other.has_days) or _are_of_the_same_days(one, other):
        return True
    return max(one.first, other.first) >= min(one.last, other.last)
