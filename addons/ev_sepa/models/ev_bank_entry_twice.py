"""A twin that turns out to be one entry told twice: its bank line goes, as that money moved once.

The entry stays on file and says by whom; the one told first takes its place in the bank's statement.
"""

from odoo import models
from odoo.exceptions import UserError

from .ev_bank_entry import WAITING
from .ev_bank_told import comparable, read_own_blocks, tell_records
from .ev_own_work import OWN_WORK

OPEN = ("new", *WAITING)


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    def action_told_twice(self):
        """A person knows that these are entries told before, with all their parts.

        :raises AccessError: no payment maker
        :raises UserError: settled, or like no entry before it
        """
        # all parts of what the bank told as one
        domain = [("journal_id", "in", self.journal_id.ids), ("key", "in", self.mapped("key"))]
        for entry in self.search(domain)._begin_action():
            if not entry.is_twin:
                raise UserError(
                    self.env._(
                        "'%s' is like no entry before it: the bank moved this money. Match it, or leave it open.",
                        entry.label,
                    )
                )
            entry._drop()
        return True

    def _drop(self):
        self.ensure_one()
        line = self.statement_line_id.with_context(ev_bank_booking=OWN_WORK)
        self._find_told_instead()._take_place_of(self)
        self.suggestion_ids.unlink()
        self.write(
            {
                "state": "double",
                "rule": "exception",
                "reason": self.env._("Told twice, said %s: its bank line was taken back.", self.env.user.name),
                "settled_by_id": self.env.uid,
                "statement_line_id": False,
                "question": False,
                "decision": False,
            }
        )
        # core lets nothing go from a statement that adds up
        line.statement_id = False
        line.unlink()

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

    def _find_as_much(self):
        """What it is like, if it is of the same sum: a block and a payment of it may stand beside each other."""
        mine, first = self._find_told_as(self.key), self._find_told_as(self._get_like())
        sums = (comparable(sum(records.mapped("amount"))) for records in (mine, first))
        return first if len(set(sums)) == 1 else self.browse()

    def _find_told_instead(self):
        """What was told of the same money before: what it is like, and where that is a part of it, all that make its sum."""
        first = self._find_told_as(self._get_like())
        parts = self._find_payments()
        is_whole = comparable(sum(parts.mapped("amount"))) == comparable(self.amount)
        return parts if first and first <= parts and is_whole else first

    def _find_payments(self):
        """Those of which it may be the sum, told one by one: the payments that it names, or those of its block."""
        told = tell_records(self, [self.facts or {}])
        ends = told.ends or read_own_blocks(self.journal_id, [told])
        days = [day for day in (self.date, self.value_date) if day]
        return self.search(
            [
                ("journal_id", "=", self.journal_id.id),
                ("end_to_end_id", "in", list(ends)),
                "|",
                ("date", "in", days),
                ("value_date", "in", days),
                ("amount", "<" if self.amount < 0 else ">", 0),
                ("state", "!=", "double"),
                ("is_twin", "=", False),
                ("is_reversal", "=", False),
                ("return_code", "=", False),
            ]
        )

    def _take_place_of(self, twin):
        """Stand in the statement in which the twin stood."""
        free = self.filtered(lambda entry: not entry.statement_file_id)
        if twin.statement_file_id and free:
            free.write({"statement_file_id": twin.statement_file_id.id, "statement_index": twin.statement_index})
            own_work = free.statement_line_id.with_context(ev_bank_booking=OWN_WORK)
            own_work.statement_id = twin.statement_line_id.statement_id
