"""Some days of an account, told in as many ways as banks tell them: whatever comes in which order, nothing is lost or doubled.

Each bank is one that `bank_history` makes up of a number; what it has moved is what must be in the ledger.
"""

from collections import Counter
from random import Random

from odoo.tests import tagged

from .bank_history import Bank, choose_style
from .test_bank_told import ToldCase

BANKS = range(40)
# A reference of its own for each entry, the same in all files; statements of whole days, dated as exports are.
CLEAR = {
    "reference": "unique",
    "words": "prefixed",
    "swept": False,
    "twice": False,
    "opens": "same",
    "balances": True,
    "order": "told",
    "again": "same",
}
CLEAR_BANKS = range(1000, 1012)


@tagged("post_install", "-at_install")
class TestBankHistory(ToldCase):
    def take_history(self, bank):
        """Import all files; return the entries in the ledger."""
        files = self.env["ev.bank.file"].union(*self.take_all(*bank.files))
        self.assertEqual(set(files.mapped("state")), {"done"}, files.mapped("reason"))
        entries = self.env["ev.bank.entry"].search([("journal_id", "=", self.journal.id)])
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(entries.statement_line_id, lines)
        return entries.filtered("statement_line_id")

    def assert_moved(self, bank, entries):
        """Each movement is there; and there is no other one, but for those that a person is asked about."""
        moved = Counter(each.amount for each in bank.movements)
        taken = Counter(round(amount) for amount in entries.mapped("amount"))
        certain = Counter(round(entry.amount) for entry in entries if not entry.is_twin)
        self.assertEqual(moved - taken, Counter(), "lost")
        self.assertEqual(certain - moved, Counter(), "doubled")

    def test_nothing_is_lost_or_doubled(self):
        for number in BANKS:
            rnd = Random(number)
            style = choose_style(rnd)
            with self.subTest(number=number, style=style), self.env.cr.savepoint() as point:
                bank = Bank(rnd, style)
                self.assert_moved(bank, self.take_history(bank))
                point.rollback()
            self.env.invalidate_all()

    def test_a_bank_that_tells_clearly_asks_nothing(self):
        for number in CLEAR_BANKS:
            rnd = Random(number)
            style = choose_style(rnd, **CLEAR)
            with self.subTest(number=number, style=style), self.env.cr.savepoint() as point:
                bank = Bank(rnd, style)
                entries = self.take_history(bank)
                self.assert_moved(bank, entries)
                self.assertFalse(entries.filtered("is_twin"))
                point.rollback()
            self.env.invalidate_all()
