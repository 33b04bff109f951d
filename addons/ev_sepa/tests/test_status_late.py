"""Answers that come while jobs have still to open documents, that say less than an earlier one, or contradict themselves.

Two bills to two hosts, 100 and 70 EUR, in one file; jobs wait where `ENOUGH` says that even one payment is many.
"""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import ev_payment_undo
from .bank_common import BankCase, answer, entry, statement
from .common import HOST_IBAN


class LateCase(BankCase):
    def setUp(self):
        super().setUp()
        self.first, self.second = self.make_bill("100.00"), self.make_bill("70.00", self.kiwi)
        self.batch = self.paid_batch(self.first, self.second)
        self.line, self.other = self.batch.line_ids.sorted("amount", reverse=True)

    @contextmanager
    def jobs_wait(self):
        """Nothing is undone at once; afterwards the jobs run."""
        with patch.object(ev_payment_undo, "ENOUGH", -1):
            yield
        self.batch.sudo()._job_undo()

    def say(self, *told, group="", block="", name="status.xml"):
        """A report; `told` are (payment, status)."""
        transactions = [(line.end_to_end_id, status, "", "") for line, status in told]
        return self.take(answer(self.batch.message_id, *transactions, group=group, block=block), name)

    def cancel(self):
        self.as_user(self.batch, self.maker)._ask_to_cancel("the bank was told")
        self.as_user(self.batch, self.approver).action_confirm_cancel()

    def assert_held(self, *bills):
        """Open, and not to be paid again before an approver knows."""
        again = self.propose(self.env["account.move"].union(*bills))
        self.assertEqual((again.line_count, set(again.held_ids.mapped("hold_code"))), (0, {"executed"}))
        self.assertTrue(all(bill.amount_residual for bill in bills))


@tagged("post_install", "-at_install")
class TestStatusLate(LateCase):
    def test_a_rejection_that_waits_outlives_its_own_reports_group_status(self):
        with self.jobs_wait():
            self.say((self.line, "RJCT"), (self.other, "ACCP"), group="ACCP")
            self.assertEqual((self.line.state, self.line.status_code), ("released", "RJCT"))
        self.assertEqual((self.line.state, self.other.state, self.line.contradicted), ("rejected", "accepted", False))
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (100, 0))

    def test_a_rejection_that_waits_outlives_later_reports(self):
        for status in ("ACTC", "PDNG"):
            with self.subTest(status), self.jobs_wait(), self.env.cr.savepoint() as point:
                self.say((self.line, "RJCT"), group="PART")
                self.say(group=status, block=self.line.block_id, name=f"{status}.xml")
                self.batch.sudo()._find_to_undo(9)._undo()
                self.assertEqual((self.line.state, self.line.contradicted), ("rejected", False))
                self.assertEqual((self.first.amount_residual, self.second.amount_residual), (100, 0))
                point.rollback()

    def test_executed_while_the_rejection_waits_is_a_contradiction(self):
        for told in ({"group": "ACSC"}, {"told": True}):
            with self.subTest(told), self.env.cr.savepoint() as point:
                with self.jobs_wait():
                    self.say((self.line, "RJCT"), group="PART")
                    if "group" in told:
                        self.say(group="ACSC", name="late.xml")
                    else:
                        self.say((self.line, "ACCP"), name="late.xml")
                self.assertEqual((self.line.state, self.line.contradicted), ("rejected", True))
                self.assert_held(self.first)
                point.rollback()

    def test_a_cancelled_file_that_the_bank_takes_all_the_same(self):
        self.cancel()
        self.assertEqual(self.first.amount_residual, 100)
        for status in ("ACCP", "ACSC"):
            with self.subTest(status), self.env.cr.savepoint() as point:
                self.say(group=status)
                self.assertEqual(self.batch.line_ids.mapped("contradicted"), [True, True])
                self.assertEqual(len(self.batch.activity_ids), 2)
                self.assert_held(self.first, self.second)
                point.rollback()

    def test_taken_while_the_cancelling_waits_for_its_job(self):
        with self.jobs_wait():
            self.cancel()
            self.say((self.line, "ACSC"))
            self.assertTrue(self.line.contradicted)
        self.assertEqual((self.line.state, self.other.contradicted), ("cancelled", False))
        self.assert_held(self.first)

    def test_a_file_rejected_after_the_bank_has_booked_a_payment(self):
        self.take_one(statement(entry("-100.00", end=self.line.end_to_end_id, iban=HOST_IBAN, ref="out")))
        self.say(group="RJCT")
        self.assertEqual((self.line.state, self.other.state), ("booked", "rejected"))
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 70))
        self.assertIn("contradicts itself", " ".join(self.batch.activity_ids.mapped("summary")))

    def test_a_report_that_contradicts_itself_opens_nothing(self):
        """The file is rejected, and one of its payments settled: that one counts."""
        for group, block in (("RJCT", ""), ("", "RJCT")):
            with self.subTest(group=group, block=block), self.env.cr.savepoint() as point:
                content = answer(
                    self.batch.message_id,
                    (self.line.end_to_end_id, "ACSC", "", ""),
                    group=group,
                    block=self.line.block_id,
                )
                if block:
                    told = f"<OrgnlPmtInfId>{self.line.block_id}</OrgnlPmtInfId>".encode()
                    self.assertIn(told, content)
                    content = content.replace(told, told + b"<PmtInfSts>RJCT</PmtInfSts>")
                self.take(content)
                self.assertEqual((self.line.state, self.other.state), ("accepted", "rejected"))
                self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 70))
                self.assertIn("Ask the bank", " ".join(self.batch.activity_ids.mapped("summary")))
                point.rollback()

    def test_of_many_contradicted_payments_the_rest_is_told_once(self):
        self.cancel()
        with patch("odoo.addons.ev_sepa.models.ev_payment_earlier.MOST_TOLD", 1):
            self.say(group="ACSC")
        told = self.batch.activity_ids.sorted("id").mapped("summary")
        self.assertEqual(len(told), 2)
        self.assertIn(f"2 payments of {self.batch.name}", told[1])
        self.assert_held(self.first, self.second)


@tagged("post_install", "-at_install")
class TestRefusedByTheLedger(BankCase):
    """Two bills of 100 and 70 EUR, the second on an account that is archived: what it refuses does not stop the first."""

    def setUp(self):
        super().setUp()
        facts = {"name": "Payable 2", "code": "401200", "account_type": "liability_payable", "reconcile": True}
        self.account = self.env["account.account"].create(facts | {"company_ids": [Command.set(self.company.ids)]})
        self.kiwi.with_company(self.company).property_account_payable_id = self.account
        self.first, self.second = self.make_bill("100.00"), self.make_bill("70.00", self.kiwi)

    def assert_told_once(self, batch):
        told = [text for text in batch.activity_ids.mapped("summary") if "the ledger refuses it" in text]
        self.assertEqual(len(told), 1)
        self.assertIn(batch.line_ids.filtered(lambda line: line.partner_id == self.kiwi).end_to_end_id, told[0])

    def test_posting(self):
        batch = self.approve(self.propose(self.first | self.second))
        with patch("odoo.addons.ev_sepa.models.ev_payment_batch_release.ENOUGH", 1):
            self.as_user(batch, self.maker).action_release()
        self.account.active = False
        for _time in range(2):
            batch.sudo()._job_post()
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 70))
        self.assert_told_once(batch)
        self.account.active = True
        batch.sudo()._job_post()
        self.assertEqual((self.second.amount_residual, len(batch.line_ids.payment_id)), (0, 2))

    def test_opening_again(self):
        batch = self.paid_batch(self.first, self.second)
        self.account.active = False
        self.take(answer(batch.message_id, group="RJCT"))
        batch.sudo()._job_undo()
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (100, 0))
        self.assert_told_once(batch)
        self.account.active = True
        batch.sudo()._job_undo()
        self.assertEqual((self.second.amount_residual, batch.state), (70, "rejected"))


@tagged("post_install", "-at_install")
class TestBookedAfterwards(LateCase):
    """What the bank books of payments that are over, or that it is about to reject."""

    def book_block(self, amount):
        return self.take_one(statement(entry(amount, block=self.line.block_id, iban="", ref="block")))

    def test_a_cancelled_file_booked_as_one_sum(self):
        self.cancel()
        booked = self.book_block("-170.00")
        self.assertEqual((booked.state, self.batch.line_ids.mapped("contradicted")), ("exception", [True, True]))
        self.assert_held(self.first, self.second)

    def test_a_rejected_payment_in_the_blocks_sum(self):
        self.say((self.line, "RJCT"), group="PART")
        booked = self.book_block("-170.00")
        self.assertEqual((booked.state, self.line.contradicted), ("exception", True))
        self.assert_held(self.first)

    def test_a_block_without_its_rejected_payment_is_settled(self):
        self.say((self.line, "RJCT"), group="PART")
        booked = self.book_block("-70.00")
        self.assertEqual((booked.state, self.other.state, self.line.contradicted), ("matched", "booked", False))

    def test_money_that_came_back_is_no_execution(self):
        self.say((self.line, "RJCT"), group="PART")
        end = self.line.end_to_end_id
        self.take_one(statement(entry("100.00", "back", end=end, code="AC04", iban=HOST_IBAN, ref="1"), name="A"))
        self.take_one(statement(entry("100.00", "back", end=end, iban=HOST_IBAN, ref="2"), name="B"))
        self.assertFalse(self.line.contradicted)

    def test_rejected_although_a_waiting_entry_names_it(self):
        """The bank's 175 for both of 100 + 70 wait for somebody: neither opens by a rejection, nor by cancelling."""
        ends = (self.line.end_to_end_id, self.other.end_to_end_id)
        waiting = self.take_one(statement(entry("-175.00", ends=ends, iban="", ref="sum")))
        self.assertEqual(waiting.state, "exception")
        self.say((self.line, "RJCT"), group="PART")
        self.assertEqual((self.line.state, self.first.amount_residual), ("released", 0))
        self.assertIn("contradicts itself", " ".join(self.batch.activity_ids.mapped("summary")))
        with self.assertRaisesRegex(UserError, "cannot be cancelled"):
            self.cancel()

    def test_not_cancelled_where_its_block_waits_for_somebody(self):
        self.book_block("-175.00")
        with self.assertRaisesRegex(UserError, "cannot be cancelled"):
            self.cancel()
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 0))

    def test_the_sum_of_a_block_told_before_the_rejection(self):
        """70 are booked before the report that says why they are not 170."""
        booked = self.book_block("-70.00")
        self.assertEqual(booked.state, "exception")
        self.say((self.line, "RJCT"), group="PART")
        self.assertEqual((self.line.state, self.first.amount_residual), ("rejected", 100))
        self.as_user(booked, self.maker).action_match_again()
        self.assertEqual((booked.state, self.other.state), ("matched", "booked"))

    def test_a_file_rejected_of_which_the_bank_moved_a_sum(self):
        """169 of 170 went out under the block's name, and wait for somebody: rejected or not, nothing opens."""
        for told in ({"group": "RJCT"}, {"told": True}):
            with self.subTest(told), self.env.cr.savepoint() as point:
                booked = self.book_block("-169.00")
                self.assertEqual(booked.state, "exception")
                # of one payment alone as well: the others are 70
                self.say(*() if "group" in told else ((self.line, "RJCT"),), group=told.get("group", "PART"))
                self.assertEqual(self.batch.line_ids.mapped("state"), ["released", "released"])
                self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 0))
                self.assertFalse(self.propose(self.first | self.second).line_ids)
                self.assertIn("contradicts itself", " ".join(self.batch.activity_ids.mapped("summary")))
                point.rollback()

    def test_a_report_that_explains_the_sum_by_two_rejections(self):
        """Of 100 + 70 + 30 the bank booked 30; one report rejects the 100 and the 70, for different reasons."""
        third = self.make_bill("30.00", self.make_partner("Plum SARL", "DE02120300000000202051"))
        bills = [self.make_bill("100.00"), self.make_bill("70.00", self.kiwi), third]
        batch = self.paid_batch(*bills)
        big, middle, small = batch.line_ids.sorted("amount", reverse=True)
        self.take_one(statement(entry("-30.00", block=small.block_id, iban="", ref="block")))
        told = (big.end_to_end_id, "RJCT", "AC04", "closed"), (middle.end_to_end_id, "RJCT", "AM05", "twice")
        self.take(answer(batch.message_id, *told, group="PART"), "status.xml")
        self.assertEqual([line.state for line in (big, middle, small)], ["rejected", "rejected", "released"])
        self.assertEqual([bill.amount_residual for bill in bills], [100, 70, 0])

    def test_a_payment_booked_alone_says_nothing_of_the_others_in_its_block(self):
        """The bank names the block in the entry of each payment: 100 are booked, 70 are rejected."""
        end, block = self.line.end_to_end_id, self.line.block_id
        self.take_one(statement(entry("-100.00", end=end, block=block, iban=HOST_IBAN, ref="out")))
        self.say((self.other, "RJCT"), group="PART")
        self.assertEqual((self.line.state, self.other.state), ("booked", "rejected"))
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 70))
