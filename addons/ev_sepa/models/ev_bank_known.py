"""Which entries of a bank's file were taken before, in whatever file.

A bank that gives references (`AcctSvcrRef`) says so itself, as long as it does not count anew. Of one that gives none, reports,
notifications and statements tell the same entry in words of their own, and each entry stands once in each family of files. Where
nobody can tell, the entry is taken as a twin, and a person decides.
"""

from collections import defaultdict, namedtuple
from datetime import date, timedelta
from decimal import Decimal

from odoo import fields
from odoo.tools import SQL

from ..iso20022.entry import given
from ..matching.same import LIKENESS, OTHER, SAME, UNSURE, Issue, Told, conflict, doubtful, plain, relate

# A bank's reference that comes again after this is another entry.
NEAR = timedelta(days=10)
STATEMENT, NOTIFICATION = "camt.053", "camt.054"

# An entry, the key it is kept under, the records that are it (none: it is new), whether it is perhaps one told before.
Found = namedtuple("Found", "entry key records is_twin")

# Records by a key of theirs, or by one that was made of it because another entry had it.
_BY_KEY = """
SELECT id FROM ev_bank_entry WHERE journal_id = %(journal)s AND (key = ANY(%(keys)s) OR other_key = ANY(%(keys)s))
 UNION
SELECT id FROM ev_bank_entry
 WHERE journal_id = %(journal)s AND date = ANY(%(days)s)
   AND (split_part(key, ':', 1) || ':' || split_part(key, ':', 2) = ANY(%(keys)s) OR facts->'keys' ?| %(keys)s)
"""


class Known:
    """What was taken before, for one statement of a file that is read piece by piece.

    :ivar own: (message id, identifiers of the file's statements): by them a notification sent once more is told from another one
    :ivar buckets: {(day, cents): [(records of one entry, what was told of it)]} of what only other families have told
    """

    def __init__(self, file, journal, statements, message_id):
        self.file, self.journal, self.statements = file, journal, statements
        self.model = journal.env["ev.bank.entry"]
        self.family, self.issue = statements[-1]["family"], _read_issue(statements[-1])
        self.own = message_id, {statement["identifier"] for statement in statements}
        self.buckets, self.days, self.used = defaultdict(list), set(), set()

    def find(self, entries):
        """:rtype: list[Found]"""
        groups = self._read_groups(entries)
        found = [self._judge(entry, groups.get(entry.key, {})) for entry in entries]
        # what an entry is known by its own key is no other one's
        self.used |= {records[0].key for _entry, _key, records, _twin in found if records}
        fresh = [number for number, one in enumerate(found) if not one.records]
        self._read_buckets([entries[number] for number in fresh])
        waiting = {number: _tell_entry(entries[number]) for number in fresh if self._get_buckets(entries[number])}
        for like in LIKENESS:
            for number, told in list(waiting.items()):
                if records := self._claim(entries[number], told, like):
                    found[number] = found[number]._replace(records=records, is_twin=False)
                    del waiting[number]
        for number, told in waiting.items():
            if self._claim(entries[number], told, doubtful):
                found[number] = found[number]._replace(is_twin=True)
        return found

    # -------------------------------------------------------- by their own keys

    def _read_groups(self, entries):
        """{key of an entry: {key of records: records}}"""
        keys = {entry.key for entry in entries}
        days = {day for entry in entries for day in self._get_days(entry)}
        self.model.flush_model()
        facts = {"journal": self.journal.id, "keys": list(keys), "days": list(days)}
        rows = self.model.env.execute_query(SQL(_BY_KEY, **facts))
        groups = defaultdict(dict)
        for record in self.model.browse(sorted(id_ for (id_,) in rows)):
            theirs = (record.key, record.other_key, *((record.facts or {}).get("keys") or ()))
            for key in {":".join(key.split(":")[:2]) for key in theirs if key} & keys:
                groups[key][record.key] = groups[key].get(record.key, self.model) | record
        return groups

    def _judge(self, entry, groups):
        """What records with the entry's key mean for it; its own key first."""
        verdicts = set()
        for key in sorted(groups, key=lambda key: key != entry.key):
            verdict = self._compare(entry, groups[key])
            if verdict == SAME:
                return Found(entry, key, groups[key], False)
            verdicts.add(verdict)
        return Found(entry, self._get_free_key(entry, groups), self.model, UNSURE in verdicts)

    def _get_free_key(self, entry, groups):
        if not groups:
            return entry.key
        by_day = f"{entry.key}:{max(self._get_days(entry))}"
        by_file = f"{entry.key}:{self.file.id}"
        return by_file if by_day in groups or not given(entry.servicer_reference) else by_day

    def _compare(self, entry, records):
        """Whether records with the entry's key are the entry: `SAME`, `OTHER` or `UNSURE`."""
        record, file = records[0], records[0].file_id
        if conflict(_tell_entry(entry), _tell_records(records)):
            return OTHER
        if record.state == "double" and self.family != file.kind:
            # what a person took for told twice is no other file's entry
            return OTHER
        if given(entry.servicer_reference):
            apart = abs(record.date - (entry.booked_on or entry.value_on or record.date))
            exact = self.family == file.kind == STATEMENT
            return OTHER if apart > (timedelta(0) if exact else NEAR) else SAME
        if self.family == STATEMENT and record.statement_file_id:
            there = self.statements if record.statement_file_id == self.file else record.statement_file_id.statements
            return relate(self.issue, _read_issue(there[record.statement_index]))
        if self.family == file.kind == NOTIFICATION and not record.statement_file_id:
            message_id, identifiers = self.own
            told = {statement["identifier"] for statement in file.statements or ()}
            # another notification told an entry like this: perhaps it came twice, perhaps it was told twice
            return SAME if file.message_id == message_id or told & identifiers else UNSURE
        return SAME

    # --------------------------------------------------- by what others tell

    def _read_buckets(self, entries):
        """What files of other families have told of the days of these entries, and none of this family yet."""
        days = {day for entry in entries for day in self._get_days(entry)} - self.days
        if not days:
            return
        self.days |= days
        domain = [("journal_id", "=", self.journal.id), ("file_id.kind", "!=", self.family)]
        domain += ["|", ("date", "in", list(days)), ("value_date", "in", list(days))]
        domain.append(("state", "!=", "double"))
        domain.append(("statement_file_id" if self.family == STATEMENT else "other_key", "=", False))
        for records in self.model.search(domain, order="id").grouped("key").values():
            cents = _cents(sum(records.mapped("amount")))
            for day in {records[0].date, records[0].value_date} - {False}:
                self.buckets[day, cents].append((records, _tell_records(records)))

    def _get_buckets(self, entry):
        """Those of the entry's days and amount that hold anything."""
        keys = ((day, _cents(entry.amount)) for day in sorted(self._get_days(entry)))
        return [self.buckets[key] for key in keys if self.buckets.get(key)]

    def _claim(self, entry, told, like):
        """The first that is like what is told of the entry, and is no other entry's from then on; none where there is none."""
        for bucket in self._get_buckets(entry):
            for position, (records, theirs) in enumerate(bucket):
                if records[0].key not in self.used and like(told, theirs) and not conflict(told, theirs):
                    self.used.add(records[0].key)
                    del bucket[position]
                    return records
        return self.model

    def _get_days(self, entry):
        return entry.days or {fields.Date.context_today(self.file)}


def _tell_entry(entry):
    sides = {part.party for part in entry.parts if not part.is_charge}
    name, account, _bic = sides.pop() if len(sides) == 1 else ("", "", "")
    return Told(
        ends=frozenset(detail.end_to_end_id for detail in entry.details if given(detail.end_to_end_id)),
        words=plain("".join(part.text for part in entry.parts)),
        name=name,
        account=plain(account),
        reference=entry.servicer_reference if given(entry.servicer_reference) else "",
    )


def _tell_records(records):
    """The same of what is kept of an entry, one record for each of its parts."""
    sides = {(record.counterparty_name, record.counterparty_account) for record in records if not record.is_charge}
    name, account = sides.pop() if len(sides) == 1 else ("", "")
    facts = [record.facts or {} for record in records]
    texts = (record.text or "" for record, said in zip(records, facts, strict=True) if said.get("has_text", True))
    return Told(
        ends=frozenset(end for said in facts for end in said.get("ends") or ()),
        words=plain("".join(texts)),
        name=name or "",
        account=plain(account),
        reference=facts[0].get("servicer") or "",
    )


def _read_issue(facts):
    """What a file remembers of one of its statements."""
    opening, closing = (None if facts[name] is None else Decimal(facts[name]) for name in ("opening", "closing"))
    first, last = (date.fromisoformat(facts[name]) if facts.get(name) else None for name in ("first", "last"))
    return Issue(facts["identifier"], facts.get("page") or "", opening, closing, first, last)


def _cents(amount):
    return round(amount * 100)
