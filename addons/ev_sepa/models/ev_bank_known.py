"""Which entries of a bank's file were taken before, in whatever file.

A bank that gives references (`AcctSvcrRef`) says so itself, as long as it does not count anew. Of one that gives none, reports,
notifications and statements tell the same entry in words of their own. Each entry stands once in each turn of the account, so
what is known is given to one entry at most, the surest first. Where nobody can tell, the entry is a twin: a person decides.
"""

from collections import defaultdict, namedtuple

from odoo import fields
from odoo.tools import SQL

from ..iso20022.entry import given
from ..matching.same import (
    FREE,
    OTHER,
    SAME,
    UNSURE,
    are_pages,
    conflict,
    differ,
    find_shared_day,
    link,
    may_go_on,
    nest,
    relate,
)
from .ev_bank_like import (
    BY_NEAR_REFERENCE,
    BY_OTHER_NUMBER,
    BY_OTHER_SUM,
    BY_REFERENCE,
    DOUBTS,
    LEVELS,
    NEAR,
    RENUMBERED,
    look_up,
    store_under,
)
from .ev_bank_number import doubt_references, find_renumbered
from .ev_bank_told import (
    NOTIFICATION,
    REPORT,
    STATEMENT,
    Stored,
    comparable,
    place_in_blocks,
    read_issue,
    read_own_blocks,
    tell_entry,
)

# An entry, the key it is kept under, the records that are it (none: it is new), the key of one that is perhaps the same.
Found = namedtuple("Found", "entry key records like")
# How a statement stands to another one (`SAME`, `OTHER`, `UNSURE`), and whether they may be two turns of the account.
Relation = namedtuple("Relation", "place goes_on")

# All entries of a window of days that have one of the sums, fingerprints, references, end-to-end ids or blocks; but what this
# statement told, as it tells each once.
_NEAR = """
WITH near AS (
    SELECT id, key, amount, split_part(key, ':', 1) AS print, split_part(other_key, ':', 1) AS other, facts->'keys' AS keys,
           facts->>'servicer' AS servicer, facts->'batches' AS batches, facts->'ends' AS ends, end_to_end_id
      FROM ev_bank_entry
     WHERE journal_id = %(journal)s AND date BETWEEN %(first)s AND %(last)s AND id != ALL(%(created)s))
SELECT near.key, array_agg(near.id ORDER BY near.id)
  FROM near GROUP BY near.key
HAVING sum(amount) = ANY(%(amounts)s)
    OR bool_or(print = ANY(%(prints)s) OR other = ANY(%(prints)s) OR keys ?| %(keys)s
               OR servicer = ANY(%(references)s) OR end_to_end_id = ANY(%(ends)s) OR ends ?| %(ends)s OR batches ?| %(blocks)s)
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
    :ivar used: keys of the records that are an entry of this statement, or of another notification in the file
    :ivar doubted: keys of those that such an entry is perhaps
    :ivar created: ids of what was stored of this statement
    """

    def __init__(self, file, journal, statements, message_id, before=None):
        """:param before: the same for the file's statement before this one"""
        self.file, self.journal, self.statements = file, journal, statements
        self.model = journal.env["ev.bank.entry"]
        self.family, self.issue = statements[-1]["family"], read_issue(statements[-1])
        self.message_id = message_id
        self.created, self.used, self.doubted = [], set(), set()
        if before and before.journal == journal and self.family == NOTIFICATION:
            # a file notifies of each once; reports repeat what they told, and of statements it is known which one told it
            self.used, self.doubted = before.used, before.doubted

    def find(self, entries):
        """:rtype: list[Found]"""
        self.model.flush_model()
        self.issues, self.relations, self.even_days = self._read_issues(entries), {}, {}
        told = [tell_entry(entry) for entry in entries]
        self.blocks = read_own_blocks(self.journal, told)
        stored = self._read_stored(entries)
        waiting = {number: (entry, place_in_blocks(told[number], self.blocks)) for number, entry in enumerate(entries)}
        doubt_references(waiting.values(), stored)
        same = self._give(waiting, stored, LEVELS, SAME, self.used)
        again, perhaps = self._find_renumbered(waiting, stored, told, same)
        same |= again
        unsure = self._give(waiting, stored, (*LEVELS, *DOUBTS), UNSURE, self.doubted) | perhaps
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

    def tells_beside(self, records):
        """Whether this statement tells that entry, too, or the statement that does is another turn of the account.

        :param records: of that entry; of none nothing is known
        """
        first = records[:1]
        if not first.statement_file_id or first.state == "double":
            return False
        return first.key in self.used or self._place(Stored(records, self._read_issue)) == OTHER

    def _give(self, waiting, stored, levels, verdict, given_to):
        """Find what the entries that wait are, or are perhaps: each stored one is given to one of them, the surest first.

        :param waiting: {number: (entry, what is told of it)}; those found are taken out
        :param given_to: keys that were given, added to
        :return: {number: Stored}
        """
        found = {}
        for like in levels if stored else ():
            for number, (entry, told) in list(waiting.items()):
                one = self._look(entry, told, stored, like, verdict)
                if not one:
                    continue
                found[number] = one
                del waiting[number]
                if like is not BY_OTHER_SUM:
                    # a sum may be like each of its parts
                    given_to.add(one.key)
        return found

    def _find_renumbered(self, waiting, stored, told, same):
        """What is told again under another reference, by a bank that does not keep them.

        :param told: what is told of each entry
        :param same: what was found to be told again
        :return: what surely is, and what perhaps is, each as `_give`
        """
        rest = dict(waiting)
        again = self._give(rest, stored, RENUMBERED, SAME, self.used)
        perhaps = self._give(rest, stored, (*RENUMBERED, BY_OTHER_NUMBER), UNSURE, self.doubted)
        places = find_renumbered(told, same, again | perhaps)
        for found, given_to in ((again, self.used), (perhaps, self.doubted)):
            for number, one in list(found.items()):
                if one.place in places:
                    del waiting[number]
                else:
                    given_to.discard(one.key)
                    del found[number]
        return again, perhaps

    def _look(self, entry, told, stored, like, verdict):
        """The first that is given to no entry yet, and of which the likeness says this; None where there is none."""
        for one in look_up(like, entry, told, stored):
            if one.key in self.used or verdict == UNSURE and one.key in self.doubted:
                continue
            # where it stands is asked first: of thousands with one sum that mostly says no at once
            if self._judge(entry, told, one, like) == verdict and like.holds(entry, told, one):
                return one
        return None

    def _judge(self, entry, told, one, like):
        """What a likeness proves, by where both stand."""
        place = one.place
        if one.only_on and entry.booked_on != one.only_on:
            return OTHER
        if place == OTHER:
            # pages may be cut anew
            is_moved = like is BY_REFERENCE and self._is_other_page(one) and not conflict(told, one.told)
            if is_moved:
                return UNSURE if differ(told, one.told) else SAME
            return OTHER
        if like in (*RENUMBERED, BY_OTHER_NUMBER):
            return self._judge_other_number(place, like)
        if like in DOUBTS:
            return OTHER if place == UNSURE else UNSURE
        if like is BY_REFERENCE:
            return self._judge_reference(entry, told, one)
        if like is BY_NEAR_REFERENCE:
            if place == UNSURE or place == SAME and self.family == REPORT:
                # a bank that counts anew
                return OTHER
            # what this family has told after another is stored in the other's words, which prove nothing
            is_first = place == FREE or one.family == self.family
            is_other = conflict(told, one.told) or is_first and differ(told, one.told)
            return UNSURE if is_other else SAME
        return UNSURE if place == UNSURE else SAME

    def _judge_reference(self, entry, told, one):
        """What the bank's own reference of that day and sum proves: it may be counted anew in each file, or statement."""
        if one.place != UNSURE:
            return UNSURE if conflict(told, one.told) else SAME
        if entry.booked_on and entry.booked_on != one.day:
            return OTHER
        goes_on = self.family == STATEMENT and one.issue and self._relate(one.issue).goes_on
        return UNSURE if goes_on or differ(told, one.told) else SAME

    def _judge_other_number(self, place, like):
        """What likeness under other references proves, of a bank that does not keep them."""
        if place == FREE:
            # as many are told by each family: to take one for the other is no loss
            return UNSURE if like is BY_OTHER_NUMBER else SAME
        return UNSURE if place == SAME and self.family == STATEMENT else OTHER

    # ------------------------------------------------------------------- placing

    def _place(self, one):
        """Whether this statement may tell once more what was told before, and whether only on one day (`one.only_on`).

        :return: `FREE`: files like this one have not told it; `SAME`: this very one did; `OTHER`: another one did, which has
            entries of its own; `UNSURE`
        """
        if one.is_double and one.family != self.family:
            # what a person took for told twice is no other file's entry
            return OTHER
        if self.family == STATEMENT:
            return self._place_in_statement(one) if one.issue else FREE
        if self.family not in one.families:
            return FREE
        if self.family == REPORT:
            return SAME
        if one.file == self.file:
            # a file notifies of each once
            return OTHER
        return SAME if self.message_id in one.messages else UNSURE

    def _place_in_statement(self, one):
        place = self._relate(one.issue).place
        if place == SAME and not self.issue.has_balances and one.records[0].statement_file_id == self.file:
            # two of one file, whatever their name
            return UNSURE
        if place == OTHER and self._may_share_day(one):
            one.only_on = one.day
            return UNSURE
        return place

    def _may_share_day(self, one):
        """Whether it is of the day on which one of both ends and the other begins, and both may have all of that: it is even."""
        if find_shared_day(self.issue, one.issue) != one.day:
            return False
        if one.issue not in self.even_days:
            first = one.records[0]
            domain = [
                ("statement_file_id", "=", first.statement_file_id.id),
                ("statement_index", "=", first.statement_index),
                ("date", "=", one.day),
                ("state", "!=", "double"),
            ]
            [(total,)] = self.model._read_group(domain, aggregates=["amount:sum"])
            self.even_days[one.issue] = not comparable(total)
        return self.even_days[one.issue]

    def _relate(self, issue):
        """How this statement stands to another one; asked of each entry, and the same for all of them.

        :rtype: Relation
        """
        if issue not in self.relations:
            both = self.issue, issue
            linked = link(self.issues, *both)
            nested = nest(self.issues, *both)
            place = relate(*both, linked=linked, nested=nested)
            follows_others = linked and not nested and not self._is_issued_again(issue)
            self.relations[issue] = Relation(place, follows_others or may_go_on(*both))
        return self.relations[issue]

    def _is_issued_again(self, issue):
        """Whether it is this very one: it has its name, which no other turn has, and its balances."""
        turns = {each.balances for each in (*self.issues, issue) if each.identifier == self.issue.identifier}
        return turns == {self.issue.balances}

    def _is_other_page(self, one):
        return one.issue is not None and are_pages(self.issue, one.issue)

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
        """{name: [Stored]}: what has a sum, a fingerprint, a reference, a payment or a block of these entries."""
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
                | self.blocks.keys()
            ),
            "blocks": list({block for blocks in self.blocks.values() for block in blocks}),
        }
        stored = defaultdict(list)
        rows = self.model.env.execute_query(SQL(_NEAR, **facts))
        # read together
        self.model.browse([id_ for _key, ids in rows for id_ in ids]).fetch(Stored.FIELDS)
        for _key, ids in rows:
            one = Stored(self.model.browse(ids), self._read_issue)
            one.place = self._place(one)
            if one.place == OTHER and not self._is_other_page(one):
                # another statement's
                continue
            one.told = place_in_blocks(one.told, self.blocks)
            for name in store_under(one):
                stored[name].append(one)
        return stored

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
