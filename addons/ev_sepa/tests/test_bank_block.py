"""A file's block booked as one sum in one place, and its payments told one by one in another: 100 and 70, or 170 EUR."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .bank_common import entry
from .test_bank_days import DaysCase, of_days
from .test_bank_told import notified


@tagged("post_install", "-at_install")
class TestBankBlock(DaysCase):
    def setUp(self):
        super().setUp()
        lime = self.make_partner("Lime", "BE71096123456769")
        self.batch = self.propose(self.make_bill("100.00", self.kiwi) | self.make_bill("70.00", lime))
        self.release(self.batch)
        self.lines = self.batch.line_ids.sorted("amount", reverse=True)
        self.singles = "".join(
            entry(f"-{line.amount:.2f}", end=line.end_to_end_id, iban=line.partner_bank_id.sanitized_acc_number)
            for line in self.lines
        )

    def make_sum(self, name):
        return entry("-170.00", block=name, iban="")

    def make_statement(self, *entries):
        return of_days("S", *entries, turn=(170, 0), days=(25, 25))

    def test_the_sum_then_its_payments(self):
        for name in (self.lines[0].block_id, self.batch.message_id):
            with self.subTest(name), self.env.cr.savepoint() as point:
                self.assert_taken_without(self.make_statement(self.make_sum(name)))
                twins = self.assert_taken_without(notified(self.singles), twins=2)
                self.assertEqual(self.lines.mapped("state"), ["booked", "booked"])
                self.as_user(twins, self.maker).action_told_twice()
                self.assert_taken(-170)
                point.rollback()
            self.env.invalidate_all()

    def test_the_payments_then_their_sum(self):
        """Told twice, the statement has the payments in its stead and adds up."""
        self.take(notified(self.singles))
        self.assertEqual(self.lines.mapped("state"), ["booked", "booked"])
        twin = self.assert_taken_without(self.make_statement(self.make_sum(self.lines[0].block_id)), twins=1)
        held = twin.statement_line_id.statement_id
        self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([-100, -70], True))
        self.assert_taken(-100, -70)

    def test_another_block_is_another_sum(self):
        self.take(notified(self.singles))
        other = self.take_one(self.make_statement(self.make_sum("PAY-ELSE-1")))
        self.assertFalse(other.is_twin)
        with self.assertRaisesRegex(UserError, "like no entry before it"):
            self.as_user(other, self.maker).action_told_twice()

    def test_what_comes_back_is_no_part_of_it(self):
        self.take(self.make_statement(self.make_sum(self.lines[0].block_id)))
        back = entry("70.00", end=self.lines[1].end_to_end_id, iban="BE71096123456769", code="AC04")
        self.assert_taken_without(notified(back))
        self.assertEqual(self.lines.mapped("state"), ["booked", "returned"])
