"""What was approved does not change and is paid once, whoever asks: through RPC, other screens, and SQL."""

from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EvSepaCommon

FROZEN = {
    "amount": "999",
    "iban": "'DE89370400440532013000'",
    "account_name": "'Mallory'",
    "remittance": "'x'",
    "end_to_end_id": "'x'",
    "partner_id": "1",
    "address": "'{}'",
}


@tagged("post_install", "-at_install")
class TestBatchGuard(EvSepaCommon):
    def assert_refused(self, query, *arguments):
        """The database refuses, and goes on."""
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute(query, arguments)
        self.env.invalidate_all()

    def test_database_refuses_to_change_an_approved_payment(self):
        batch = self.approve(self.propose(self.make_bill("10")))
        line = batch.line_ids
        before = line.read()
        for column, value in FROZEN.items():
            self.assert_refused(f"UPDATE ev_payment_line SET {column} = {value} WHERE id = %s", line.id)
        self.assert_refused("DELETE FROM ev_payment_line WHERE id = %s", line.id)
        self.assert_refused("UPDATE ev_payment_item SET amount = 1 WHERE line_id = %s", line.id)
        self.assert_refused("DELETE FROM ev_payment_item WHERE line_id = %s", line.id)
        self.assertEqual(line.read(), before)

    def test_database_refuses_to_change_a_released_file(self):
        batch = self.paid_batch(self.make_bill("10"))
        for column in ("message_id", "file_sha256", "digest"):
            self.assert_refused(f"UPDATE ev_payment_batch SET {column} = 'x' WHERE id = %s", batch.id)
        self.assert_refused("UPDATE ev_payment_batch SET state = 'draft' WHERE id = %s", batch.id)
        self.assert_refused("DELETE FROM ev_payment_batch WHERE id = %s", batch.id)
        self.assert_refused("UPDATE ev_payment_event SET step = 'x' WHERE batch_id = %s", batch.id)
        self.assert_refused("DELETE FROM ev_payment_event WHERE batch_id = %s", batch.id)
        self.assertEqual(batch.state, "released")

    def test_database_refuses_a_second_live_payment_of_a_document(self):
        batch = self.propose(self.make_bill("10"))
        item = batch.line_ids.item_ids
        self.assert_refused(
            """INSERT INTO ev_payment_item (line_id, move_line_id, move_id, company_id, amount, live)
               SELECT l.id, %s, %s, l.company_id, 1, true FROM ev_payment_line l WHERE l.id = %s""",
            item.move_line_id.id,
            item.move_id.id,
            self.propose(self.make_bill("20")).line_ids.id,
        )
        self.assertEqual(self.env["ev.payment.item"].search_count([("move_line_id", "=", item.move_line_id.id)]), 1)

    def test_a_document_in_a_batch_is_proposed_once(self):
        bill = self.make_bill("10")
        self.propose(bill)
        self.assertFalse(self.propose(bill))

    def test_rpc_writes_nothing(self):
        batch = self.propose(self.make_bill("10"))
        line = self.as_user(batch.line_ids, self.second)
        for record, values in (
            (line, {"amount": 1}),
            (line, {"partner_bank_id": False}),
            (line.item_ids, {"amount": 1}),
            (self.as_user(batch, self.second), {"state": "approved"}),
            (self.as_user(batch, self.second), {"maker_ids": [(5,)]}),
            (self.as_user(batch, self.second), {"digest": "x"}),
        ):
            with self.assertRaises(UserError):
                record.write(values)
        with self.assertRaises(UserError):
            self.as_user(self.env["ev.payment.batch"], self.second).create({"journal_id": self.journal.id})
        with self.assertRaises(UserError):
            self.as_user(self.env["ev.payment.event"], self.second).create({"batch_id": batch.id, "step": "Approved"})
        self.assertEqual((batch.state, batch.line_ids.amount), ("draft", 10))

    def test_what_is_in_a_file_is_not_paid_by_hand(self):
        bill = self.make_bill("10")
        self.paid_batch(bill)
        with self.assertRaises(UserError):
            self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids).create(
                {"journal_id": self.journal.id}
            ).action_create_payments()
        self.assertEqual(bill.amount_residual, 0)

    def test_a_window_opened_before_the_release_pays_nothing_after_it(self):
        bill = self.make_bill("10")
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids)
        wizard = wizard.create({"journal_id": self.journal.id})
        batch = self.paid_batch(bill)
        with self.assertRaisesRegex(UserError, "it is paid once"):
            wizard.action_create_payments()
        batch.line_ids._take_booked(batch.execution_date)
        with self.assertRaisesRegex(UserError, "settled since this window was opened"):
            wizard.action_create_payments()
        payments = self.env["account.payment"].search([("partner_id", "=", self.host.id)])
        self.assertEqual(payments, batch.line_ids.payment_id)

    def test_nobody_opens_a_paid_document_again(self):
        bill = self.make_bill("10")
        batch = self.paid_batch(bill)
        payment = batch.line_ids.payment_id
        steps = {
            "unreconcile": lambda: bill.line_ids.remove_move_reconcile(),
            "bill to draft": lambda: bill.button_draft(),
            "payment to draft": lambda: payment.action_draft(),
            "cancel": lambda: payment.action_cancel(),
            "reject": lambda: payment.action_reject(),
            "delete": lambda: payment.unlink(),
            "change": lambda: payment.write({"amount": 5}),
            "entry to draft": lambda: payment.move_id.button_draft(),
            "forged context": lambda: (
                payment.sudo(False).with_user(self.second).with_context(ev_payment_posting=True).action_cancel()
            ),
            "entry reversed": lambda: payment.move_id._reverse_moves(cancel=True),
        }
        for name, step in steps.items():
            with self.subTest(name), self.assertRaises(UserError):
                step()
        self.assertEqual((bill.amount_residual, payment.amount, payment.state), (0, 10, "in_process"))

    def test_what_waits_for_posting_is_closed_to_other_payments(self):
        bill = self.make_bill("10")
        batch = self.approve(self.propose(bill))
        # a release whose job has not posted yet
        with self.without_posting():
            self.as_user(batch, self.maker).action_release()
        self.assertEqual((batch.state, bill.amount_residual), ("released", 10))
        with self.assertRaisesRegex(UserError, "it is paid once"):
            self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids).create(
                {"journal_id": self.journal.id}
            ).action_create_payments()
        batch.sudo()._job_post()
        self.assertEqual((bill.amount_residual, bill.payment_state), (0, "in_payment"))
        batch.sudo()._job_post()
        self.assertEqual(
            self.env["account.payment"].search_count([("payment_reference", "=", batch.line_ids.end_to_end_id)]), 1
        )

    def without_posting(self):
        """As if the worker died between the release and the job."""
        return patch.object(type(self.env["ev.payment.batch"]), "_post_or_enqueue", lambda batch: None)
