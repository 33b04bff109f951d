"""Which entries of a bank's file were taken before, in whatever file.

A bank that gives references (`AcctSvcrRef`) says so itself, as long as it does not count anew each month. Of one that gives none,
a notification and the statement after it tell the same entry in more or fewer words, and each entry stands once in each of them.
"""

from collections import defaultdict, namedtuple
from datetime import timedelta

from ..iso20022.entry import given

# A bank's reference that comes again after this is another entry.
NEAR = timedelta(days=10)
STATEMENT, NOTIFICATION = "camt.053", "camt.054"

# An entry, the key it is kept under, the records that are it (none: it is new), whether it is perhaps one told before.
Found = namedtuple("Found", "entry key records is_twin")


class Known:
    """:ivar family: of the file that is read
    :ivar own: (message id, identifiers of its statements): by them a file sent once more is told from another one
    """

    def __init__(self, journal, family, message_id, identifiers):
        self.journal, self.family = journal, family
        self.own = message_id, set(identifiers)
        self.model = journal.env["ev.bank.entry"]

    def find(self, entries):
        """:rtype: list[Found]"""
        stored = self._read_stored(entries)
        # what an entry is known by its own key is no other one's
        unclaimed = self._read_unclaimed(entries, {entry.key for entry in entries} & stored.keys())
        return [self._find(entry, stored, unclaimed) for entry in entries]

    def _find(self, entry, stored, unclaimed):
        key, records = entry.key, stored.get(entry.key, self.model)
        if given(entry.servicer_reference):
            if records and abs(records[0].date - _day(entry, records[0].date)) > NEAR:
                key = _dated(entry)
                records = stored.get(key, self.model)
            return Found(entry, key, records, False)
        if records and self._is_twin(records):
            key = self._get_twin_key(entry)
            records = stored.get(key, self.model)
            return Found(entry, key, records, True)
        return Found(entry, key, records or self._claim(entry, unclaimed), False)

    # -------------------------------------------------------------------- read

    def _read_stored(self, entries):
        """{key: records}, by the keys of both families."""
        keys = {key for entry in entries for key in (entry.key, _dated(entry), self._get_twin_key(entry))}
        domain = [("journal_id", "=", self.journal.id), "|", ("key", "in", list(keys)), ("other_key", "in", list(keys))]
        stored = {}
        for record in self.model.search(domain):
            for key in filter(None, (record.key, record.other_key)):
                stored[key] = stored.get(key, self.model) | record
        return stored

    def _read_unclaimed(self, entries, taken):
        """What only the other family has told so far, of the days of entries without a reference.

        :param taken: keys that are not to be claimed
        :return: {(day, cents): [records of one entry, ...]}
        """
        days = {_day(entry) for entry in entries if not given(entry.servicer_reference)} - {None}
        if not days or self.family not in (STATEMENT, NOTIFICATION):
            return {}
        other = NOTIFICATION if self.family == STATEMENT else STATEMENT
        domain = [
            ("journal_id", "=", self.journal.id),
            ("date", "in", list(days)),
            ("other_key", "=", False),
            ("key", "not in", list(taken)),
        ]
        if self.family == STATEMENT:
            # an earlier part of this statement may have it already
            domain.append(("statement_file_id", "=", False))
        unclaimed = defaultdict(list)
        for records in self.model.search([*domain, ("file_id.kind", "=", other)], order="id").grouped("key").values():
            unclaimed[records[0].date, _cents(sum(records.mapped("amount")))].append(records)
        return unclaimed

    # ------------------------------------------------------------------- decide

    def _is_twin(self, records):
        """Whether another notification told an entry like this: perhaps it came twice, perhaps it was told twice."""
        file = records[0].file_id
        message_id, identifiers = self.own
        told = {statement["identifier"] for statement in file.statements or ()}
        return (
            self.family == file.kind == NOTIFICATION
            and not records[0].statement_file_id
            and file.message_id != message_id
            and not told & identifiers
        )

    def _get_twin_key(self, entry):
        return f"{entry.key}:{self.own[0]}"

    def _claim(self, entry, unclaimed):
        """What the other family told of it: the same day and amount, and no other words. Each once."""
        alike = unclaimed.get((_day(entry), _cents(entry.amount)), [])
        for position, records in enumerate(alike):
            if _agree(entry, records):
                return alike.pop(position)
        return self.model


def _day(entry, default=None):
    return entry.booked_on or entry.value_on or default


def _cents(amount):
    return round(amount * 100)


def _dated(entry):
    return f"{entry.key}:{_day(entry)}"


def _agree(entry, records):
    """Whether one of both says nothing but the amount, or both say the same."""
    says = any(detail.end_to_end_id or detail.text_lines or detail.name for detail in entry.details)
    said = any(
        record.facts["ends"] or record.facts["references"] or record.counterparty_name or record.text
        for record in records
    )
    return not says or not said or records[0].key.split(":")[0] == entry.fingerprint[:40]
