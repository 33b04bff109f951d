"""A twin that turns out to be one entry told twice: its bank line goes, as that money moved once.

The entry stays on file and says by whom; the one told first takes its place in the bank's statement.
"""

from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError

from .ev_bank_entry import WAITING
from .ev_bank_like import WEEKEND
from .ev_bank_told import comparable, place_in_blocks, read_own_blocks, tell_records
from .ev_own_work import OWN_WORK

OPEN = ("new", *WAITING)


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    def action_told_twice(self):
        """A person knows that these are entries told before, with all their parts.

        :raises AccessError: no payment maker
        :raises UserError: settled, like no entry before it, or told beside it in one statement
        """
        # all parts of what the bank told as one
        domain = [("journal_id", "in", self.journal_id.ids), ("key", "in", self.mapped("key"))]
        entries, real = self.search(domain)._begin_action(), self.browse()
        for parts in entries.grouped("key").values():
            parts._check_told_twice()
            for part in parts:
                real |= part._drop()
        real.filtered(lambda entry: entry.state in WAITING).action_match_again()
        return True

    def _check_told_twice(self):
        """:raises UserError: these parts of an entry are money of their own"""
        entry = self[0]
        if not entry.is_twin:
            raise UserError(
                self.env._(
                    "'%s' is like no entry before it: the bank moved this money. Match it, or leave it open.",
                    entry.label,
                )
            )
        if entry._stands_beside(entry._find_told_first()):
            raise UserError(
                self.env._(
                    "The bank's statement has both '%s' and the entry that it is like: this money was moved twice. Match it, "
                    "or leave it open.",
                    entry.label,
                )
            )

    def _drop(self):
        """Take its bank line back.

        :return: those that have got its place, and turn out to be no twins there
        """
        self.ensure_one()
        line = self.statement_line_id.with_context(ev_bank_booking=OWN_WORK)
        kept = self._find_told_instead()
        real = kept._take_place_of(self)
        if self._is_as_much_as(kept) and len(set(kept.mapped("key"))) == 1:
            # who tells it in these words tells that one
            kept._remember(self.key, self.file_id.kind, self.file_id.message_id)
        self.suggestion_ids.unlink()
        self.write(
            {
                "state": "double",
                "rule": "exception",
                "reason": self._explain_drop(kept),
                "settled_by_id": self.env.uid,
                "statement_line_id": False,
                "question": False,
                "decision": False,
            }
        )
        # core lets nothing go from a statement that adds up
        line.statement_id = False
        line.unlink()
        return real

    def _explain_drop(self, kept):
        """What became of it, and by how much the bank's line in the ledger is another one now."""
        said = self.env._("Told twice, said %s: its bank line was taken back.", self.env.user.name)
        if not kept or self._is_as_much_as(kept):
            return said
        differs = self.env._(
            "This is of %(told)s, and what was told before of %(kept)s: book the difference.",
            told=self.currency_id.format(sum(self._find_told_as(self.key).mapped("amount"))),
            kept=self.currency_id.format(sum(kept.mapped("amount"))),
        )
        return f"{said} {differs}"

    def _take_for_real(self, known):
        """Twins of which a statement has an entry beside the one they are like: the money came twice.

        Asked once, of entries that have got their place in a statement just now: what overlaps it later proves nothing.

        :param self: those entries; twins, and what waiting twins are like
        :param known: what that statement tells
        :return: twins that wait, to be decided on anew
        """
        real = self.filtered(lambda entry: entry._is_open_twin() and known.tells_beside(entry._find_as_much()))
        # or it is their like that has got its place now
        keys = set(self.mapped("key"))
        domain = [("journal_id", "in", self.journal_id.ids), ("is_twin", "=", True), ("state", "in", OPEN)]
        for twin in self.search(domain):
            if twin._get_like() in keys and twin._find_as_much() and known.tells_beside(twin):
                real |= twin
        real.write({"is_twin": False})
        return real.filtered(lambda entry: entry.state in WAITING)

    def _is_open_twin(self):
        return self.is_twin and self.state in OPEN

    def _get_like(self):
        """The key of what it is like, as found when it was read; None where it was read before that was kept."""
        return (self.facts or {}).get("like")

    def _find_told_as(self, key):
        """All parts of an entry."""
        return self.search([("journal_id", "=", self.journal_id.id), ("key", "=", key)]) if key else self.browse()

    def _find_told_first(self):
        """What it is like; where a person took that for told twice, what that is like."""
        first = self._find_told_as(self._get_like())
        while first[:1].state == "double":
            first = first._find_told_as(first[0]._get_like())
        return first

    def _stands_beside(self, first):
        """Whether one and the same statement has both, and as much of each."""
        mine, theirs = ((records[:1].statement_file_id, records[:1].statement_index) for records in (self, first))
        return bool(mine[0]) and mine == theirs and self._is_as_much_as(first)

    def _find_as_much(self):
        """What it is like, if it is of the same sum: a block and a payment of it may stand beside each other."""
        first = self._find_told_as(self._get_like())
        return first if self._is_as_much_as(first) else self.browse()

    def _is_as_much_as(self, records):
        """Whether all its parts are of the sum of these."""
        sums = (comparable(sum(told.mapped("amount"))) for told in (self._find_told_as(self.key), records))
        return len(set(sums)) == 1

    def _find_told_instead(self):
        """What was told of the same money before: what it is like, and where that is a part of it, all that make its sum."""
        mine, first = self._find_told_as(self.key), self._find_told_first()
        for distance in (timedelta(0), WEEKEND):
            parts = mine._find_payments(distance)
            if first and first <= parts and self._is_as_much_as(parts):
                return parts
        return first

    def _find_payments(self, distance):
        """Those of which an entry may be the sum, told one by one: the payments that it names, or those of its block.

        :param self: all its parts
        :param distance: from its day of booking or of value
        """
        told = tell_records(self, [record.facts or {} for record in self])
        blocks = read_own_blocks(self.journal_id, [told])
        told = place_in_blocks(told, blocks)
        ends = told.ends or [end for end, ids in blocks.items() if not told.blocks.isdisjoint(ids)]
        days = [day for record in self for day in (record.date, record.value_date) if day]
        return self.search(
            [
                ("journal_id", "=", self.journal_id.id),
                ("end_to_end_id", "in", list(ends)),
                ("date", ">=", min(days) - distance),
                ("date", "<=", max(days) + distance),
                ("amount", "<" if sum(self.mapped("amount")) < 0 else ">", 0),
                ("state", "!=", "double"),
                ("is_twin", "=", False),
                ("is_reversal", "=", False),
                ("return_code", "=", False),
            ]
        )

    def _take_place_of(self, twin):
        """Stand in the statement in which the twin stood.

        :return: those that stand there beside what they are like, which makes them money of their own
        """
        real = self.browse()
        free = self.filtered(lambda entry: not entry.statement_file_id)
        if twin.statement_file_id and free:
            free.write({"statement_file_id": twin.statement_file_id.id, "statement_index": twin.statement_index})
            own_work = free.statement_line_id.with_context(ev_bank_booking=OWN_WORK)
            own_work.statement_id = twin.statement_line_id.statement_id
            real = free.filtered(lambda entry: entry.is_twin and entry._stands_beside(entry._find_told_first()))
            real.is_twin = False
        return real
