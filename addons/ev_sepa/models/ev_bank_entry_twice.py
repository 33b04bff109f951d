"""A twin that turns out to be one entry told twice: its bank line goes, as that money moved once.

The entry stays on file and says by whom; the one told first takes its place in the bank's statement.
"""

from odoo import models
from odoo.exceptions import UserError

from .ev_bank_entry import WAITING
from .ev_bank_told import read_own_blocks, tell_records
from .ev_own_work import OWN_WORK


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
        (self._find_told_first() | self._find_block_told())._take_place_of(self)
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

        These have got their place in a statement a moment ago; later another file that overlaps it proves nothing.

        :param known: what that statement tells
        :return: twins that wait, to be decided on anew
        """
        real = self.filtered(lambda entry: entry._is_open_twin() and known.tells_beside(entry._find_told_first()))
        # or it is their like that has got its place now
        domain = [("journal_id", "in", self.journal_id.ids), ("is_twin", "=", True), ("state", "in", WAITING)]
        keys = set(self.mapped("key"))
        for twin in self.search(domain):
            if (twin.facts or {}).get("like") in keys and known.tells_beside(twin):
                real |= twin
        real.write({"is_twin": False})
        return real.filtered(lambda entry: entry.state in WAITING)

    def _is_open_twin(self):
        return self.is_twin and self.state in ("new", *WAITING)

    def _find_told_first(self):
        """What it is like, by what was found when it was read; for what was read earlier nothing."""
        like = (self.facts or {}).get("like")
        return self.search([("journal_id", "=", self.journal_id.id), ("key", "=", like)]) if like else self.browse()

    def _find_block_told(self):
        """Where it is the sum of a block of ours, the payments of that block which were told one by one."""
        told = tell_records(self, [self.facts or {}])
        if told.ends or not told.blocks:
            return self.browse()
        return self.search(
            [
                ("journal_id", "=", self.journal_id.id),
                ("end_to_end_id", "in", list(read_own_blocks(self.journal_id, [told]))),
                ("date", "in", [day for day in (self.date, self.value_date) if day]),
                ("state", "!=", "double"),
                ("is_reversal", "=", False),
            ]
        )

    def _take_place_of(self, twin):
        """Stand in the statement in which the twin stood."""
        free = self.filtered(lambda entry: not entry.statement_file_id)
        if twin.statement_file_id and free:
            free.write({"statement_file_id": twin.statement_file_id.id, "statement_index": twin.statement_index})
            own_work = free.statement_line_id.with_context(ev_bank_booking=OWN_WORK)
            own_work.statement_id = twin.statement_line_id.statement_id
