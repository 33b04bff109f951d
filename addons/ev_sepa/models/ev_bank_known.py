"""Which entries of a bank's file were taken before, in whatever file.

A bank that gives references (`AcctSvcrRef`) says so itself, as long as it does not count anew. Of one that gives none, reports,
notifications and statements tell the same entry in words of their own. Each entry stands once in each turn of the account, so
what is known is given to one entry at most, the surest first. Where nobody can tell, the entry is a twin: a person decides.
"""

from collections import defaultdict, namedtuple
from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from ..iso20022.entry import given
from ..matching.same import (
    FREE,
    LIKENESS,
    OTHER,
    SAME,
    UNSURE,
    conflict,
    doubtful,
    link,
    relate,
    same_ends,
    share_ends,
    words_within,
)
from .ev_bank_told import REPORT, STATEMENT, Stored, comparable, read_issue, tell_entry

# A bank's reference that comes again after this is another entry; what is told before or after another family tells it.
NEAR = timedelta(days=10)
# A notification may be of a day on which the bank does not book.
WEEKEND = timedelta(days=4)

# An entry, the key it is kept under, the records that are it (none: it is new), the key of one that is perhaps the same.
Found = namedtuple("Found", "entry key records like")

# All entries of a window of days that have one of the sums, fingerprints, references or end-to-end ids; but what this statement
# told, as it tells each once.
_NEAR = """
WITH near AS (
    SELECT id, key, amount, split_part(key, ':', 1) AS print, split_part(other_key, ':', 1) AS other, facts->'keys' AS keys,
           facts->>'servicer' AS servicer, end_to_end_id
      FROM ev_bank_entry
     WHERE journal_id = %(journal)s AND date BETWEEN %(first)s AND %(last)s AND id != ALL(%(created)s))
SELECT near.key, array_agg(near.id ORDER BY near.id)
  FROM near GROUP BY near.key
HAVING sum(amount) = ANY(%(amounts)s)
    OR bool_or(print = ANY(%(prints)s) OR other = ANY(%(prints)s) OR keys ?| %(keys)s
               OR servicer = ANY(%(references)s) OR end_to_end_id = ANY(%(ends)s))
 ORDER BY min(near.id)
"""
_TAKEN = "SELECT key FROM ev_bank_entry WHERE journal_id = %(journal)s AND key = ANY(%(keys)s)"
_ISSUES = """
SELECT DISTINCT statement_file_id, statement_index FROM ev_bank_entry
 WHERE journal_id = %(journal)s AND date BETWEEN %(first)s AND %(last)s AND statement_file_id IS NOT NULL
"""


class Known:
    """What was taken before, for one statement of a file that is read piece by piece.

    :ivar message_id: by it a notification sent once more is told from another one
    :ivar used: keys of the records that were given to an entry, of this statement or of another one in the file
    :ivar created: ids of what was stored of this statement
    """

    def __init__(self, file, journal, statements, message_id, before=None):
        """:param before: the same for the file's statement before this one"""
        self.file, self.journal, self.statements = file, journal, statements
        self.model = journal.env["ev.bank.entry"]
        self.family, self.issue = statements[-1]["family"], read_issue(statements[-1])
        self.message_id = message_id
        self.created, self.used = [], before.used if before and before.journal == journal else set()
        if self.family == REPORT or self.issue.has_balances and self.issue in map(read_issue, statements[:-1]):
            # reports of the day repeat what they told; so does a statement that stands in the file twice
            self.used = set()

    def find(self, entries):
        """:rtype: list[Found]"""
        self.model.flush_model()
        self.issues, self.relations = self._read_issues(entries), {}
        stored = self._read_stored(entries)
        told = {number: tell_entry(entry) for number, entry in enumerate(entries)} if stored else {}
        choices = {number: self._find_choices(entries[number], stored) for number in told}
        same, unsure = {}, {}
        for verdict, levels, found in ((SAME, LEVELS, same), (UNSURE, (*LEVELS, *DOUBTS), unsure)):
            for like in levels:
                for number, facts in told.items():
                    if number not in same and number not in unsure:
                        one = self._look(entries[number], facts, choices[number], like, verdict)
                        if one:
                            found[number] = one
                            if like is not _by_other_sum:
                                # a sum may be like each of its parts
                                self.used.add(one.key)
        free = self._find_free_keys(entries)
        return [
            Found(
                entry,
                free[number],
                same[number].records if number in same else self.model,
                unsure[number].key if number in unsure else None,
            )
            for number, entry in enumerate(entries)
        ]

    def _look(self, entry, told, choices, like, verdict):
        """The first that is given to no entry yet, and of which the likeness says this; None where there is none."""
        for one in choices:
            if one.key not in self.used and like(entry, told, one) and self._judge(entry, told, one, like) == verdict:
                return one
        return None

    def _judge(self, entry, told, one, like):
        """What a likeness proves, by where both stand."""
        place = self._place(one)
        if like is _by_reference and place == OTHER and self._is_other_page(one):
            # pages may be cut anew
            return SAME
        if place == OTHER:
            return OTHER
        if like in DOUBTS:
            return OTHER if place == UNSURE else UNSURE
        if like is _by_reference:
            booked_elsewhere = place == UNSURE and entry.booked_on and entry.booked_on != one.day
            return OTHER if booked_elsewhere else SAME
        if like is _by_near_reference:
            if place == UNSURE or place == SAME and self.family == REPORT:
                # a bank that counts anew
                return OTHER
            return UNSURE if place == FREE and conflict(told, one.told) else SAME
        return UNSURE if place == UNSURE else SAME

    # ------------------------------------------------------------------- placing

    def _place(self, one):
        """Whether this statement may tell once more what was told before.

        :return: `FREE`: files like this one have not told it; `SAME`: this very one did; `OTHER`: another one did, which has
            entries of its own; `UNSURE`
        """
        if one.is_double and one.family != self.family:
            # what a person took for told twice is no other file's entry
            return OTHER
        if self.family == STATEMENT:
            if one.issue is None:
                return FREE
            return self._relate(one.issue)
        if self.family not in one.families:
            return FREE
        if self.family == REPORT:
            return SAME
        if one.file == self.file:
            # a file notifies of each once
            return OTHER
        return SAME if self.message_id in one.messages else UNSURE

    def _relate(self, issue):
        """How this statement stands to another one; asked of each entry, and the same for all of them."""
        if issue not in self.relations:
            self.relations[issue] = relate(self.issue, issue, link(self.issues, self.issue, issue))
        return self.relations[issue]

    def _is_other_page(self, one):
        mine, theirs = self.issue, one.issue
        return bool(theirs and mine.page and theirs.page and mine.page != theirs.page)

    def _read_issues(self, entries):
        """Statements of the account near the days of these entries."""
        if self.family != STATEMENT:
            return []
        first, last = self._get_window(entries)
        rows = self.model.env.execute_query(SQL(_ISSUES, journal=self.journal.id, first=first, last=last))
        files = self.model.env["ev.bank.file"]
        return [self._read_issue(files.browse(file), index) for file, index in rows]

    def _read_issue(self, file, index):
        statements = self.statements if file == self.file else file.statements or ()
        return read_issue(statements[index]) if index < len(statements) else read_issue({"identifier": ""})

    # ------------------------------------------------------------------- reading

    def _read_stored(self, entries):
        """{by what it is found: [Stored]}: a sum, a fingerprint, a reference or an end-to-end id."""
        first, last = self._get_window(entries)
        facts = {
            "journal": self.journal.id,
            "created": self.created,
            "first": first,
            "last": last,
            "amounts": list({entry.amount for entry in entries}),
            "prints": list({entry.key.split(":")[0] for entry in entries}),
            "keys": list({entry.key for entry in entries}),
            "references": list({entry.servicer_reference for entry in entries if given(entry.servicer_reference)}),
            "ends": list(
                {detail.end_to_end_id for entry in entries for detail in entry.details if given(detail.end_to_end_id)}
            ),
        }
        stored = defaultdict(list)
        rows = self.model.env.execute_query(SQL(_NEAR, **facts))
        # read together
        self.model.browse([id_ for _key, ids in rows for id_ in ids]).fetch(Stored.FIELDS)
        for _key, ids in rows:
            one = Stored(self.model.browse(ids), self._read_issue)
            for name in {one.sum, *one.prints, one.told.reference, *one.told.ends} - {""}:
                stored[name].append(one)
        return stored

    def _find_choices(self, entry, stored):
        """What the entry may be: the one under its own key first."""
        ends = (detail.end_to_end_id for detail in entry.details)
        names = entry.key.split(":")[0], comparable(entry.amount), entry.servicer_reference, *ends
        found = {one.key: one for name in names for one in stored.get(name, ())}
        return sorted(found.values(), key=lambda one: one.key != entry.key)

    def _get_window(self, entries):
        """The first and the last day on which they may have been told."""
        days = {day for entry in entries for day in entry.days or (fields.Date.context_today(self.file),)}
        return min(days) - NEAR, max(days) + NEAR

    def _find_free_keys(self, entries):
        """[the key under which each entry is kept if it is new]"""
        keys = [entry.key for entry in entries]
        rows = self.model.env.execute_query(SQL(_TAKEN, journal=self.journal.id, keys=keys))
        taken = {key for (key,) in rows}
        return [f"{key}:{self.file.id}" if key in taken else key for key in keys]


# How an entry is found to be one that is stored, the surest first: (entry, what is told of it, stored) -> whether it is.


def _by_reference(entry, told, one):
    return _by_near_reference(entry, told, one) and _share_day(entry, one)


def _by_near_reference(entry, told, one):
    if not given(entry.servicer_reference) or comparable(entry.amount) != one.sum:
        return False
    # what was stored before references were kept has it in its fingerprint
    return told.reference == one.told.reference or entry.key.split(":")[0] in one.prints


def _by_print(entry, told, one):
    """The very same words, day and sum."""
    numbered = given(entry.servicer_reference)
    return not numbered and entry.key.split(":")[0] in one.prints and not conflict(told, one.told)


def _by_words(like):
    def is_like(entry, told, one):
        return _is_of_its_day(entry, one) and like(told, one.told) and not conflict(told, one.told)

    return is_like


def _by_doubt(entry, told, one):
    return _is_of_its_day(entry, one) and doubtful(told, one.told)


def _by_words_near(entry, told, one):
    """Told on Saturday, and booked on Monday; but a reference of its own makes it another one."""
    if comparable(entry.amount) != one.sum or conflict(told, one.told) or told.reference and one.told.reference:
        return False
    return same_ends(told, one.told) or words_within(told, one.told) and _is_near(entry, one, WEEKEND)


def _by_other_sum(entry, told, one):
    """The same reference, or payments of it, with another sum: corrected, charged, or told in parts; not what came back."""
    goes_back = (entry.amount > 0) != (one.sum > 0)
    if goes_back or comparable(entry.amount) == one.sum or not _share_day(entry, one):
        return False
    return bool(told.reference and told.reference == one.told.reference) or share_ends(told, one.told)


def _is_of_its_day(entry, one):
    return comparable(entry.amount) == one.sum and _share_day(entry, one)


def _share_day(entry, one):
    """Whether they are of one day; what tells none may be of any."""
    return bool(entry.days & one.days) or not entry.days or not one.days


def _is_near(entry, one, distance):
    return any(abs(mine - theirs) <= distance for mine in entry.days for theirs in one.days)


# A reference says it by itself, whatever else is told; words only of the same day and sum.
LEVELS = (_by_reference, _by_near_reference, _by_print, *map(_by_words, LIKENESS))
DOUBTS = (_by_doubt, _by_words_near, _by_other_sum)
