from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .dispute_common import DisputeCase


@tagged("post_install", "-at_install")
class TestDisputeRefused(DisputeCase):
    """What makes no dispute, and no answer."""

    def test_once_open_once_decided(self):
        dispute = self.dispute(self.cdrs[1])
        again = self.statement._dispute([Claim(self.cdrs[1].id, "price", "")], self.emsp)
        self.assertEqual((len(again.made), again.known), (0, 1))
        self.decide(dispute, "stands")
        again = self.statement._dispute([Claim(self.cdrs[1].id, "price", "")], self.emsp)
        self.assertEqual((len(again.made), again.known), (0, 1), "the charge stands: it is not discussed for ever")

    def test_a_withdrawn_dispute_may_be_raised_again(self):
        self.dispute(self.cdrs[1])._withdraw()
        self.assertEqual(len(self.dispute(self.cdrs[1])), 1)

    def test_what_makes_no_dispute(self):
        stranger = self.make_sessions(5_000, token="04TEST01", day=25)
        for claims, author, name, message in (
            ([], self.emsp, "", "Choose the sessions"),
            ([Claim(stranger.id, "energy")], self.emsp, "", "are not on"),
            ([Claim(self.cdrs[0].id, "colour")], self.emsp, "", "Choose a reason"),
            ([Claim(self.cdrs[0].id, "other", "  ")], self.emsp, "", "Say what is wrong"),
            ([Claim(self.cdrs[0].id, "other", "x" * 4001)], self.emsp, "", "too long"),
            ([Claim(self.cdrs[0].id, "energy")], None, " ", "Enter your name"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.statement._dispute(claims, author, name)
        self.assertFalse(self.statement.dispute_ids)

    def test_after_the_lock_nothing_moves(self):
        self.statement.action_close_window()
        with self.assertRaisesRegex(UserError, "nothing moves any more"):
            self.dispute(self.cdrs[1])
        self.statement.action_approve()
        with self.assertRaisesRegex(UserError, "nothing moves any more"):
            self.dispute(self.cdrs[1])
        self.assertFalse(self.statement.dispute_ids)

    def test_an_answer_needs_words_and_comes_once(self):
        dispute = self.dispute(self.cdrs[1])
        with self.assertRaisesRegex(UserError, "Write an answer"):
            self.decide(dispute, "stands", " ")
        self.assertEqual(dispute.state, "open")
        self.decide(dispute, "stands")
        with self.assertRaisesRegex(UserError, "decided already"):
            self.decide(dispute, "excluded")
        self.assertEqual(dispute.outcome, "stands")

    def test_it_stays_on_file(self):
        dispute = self.dispute(self.cdrs[1])
        with self.assertRaises(AccessError):
            dispute.with_user(self.accountant).unlink()
        with self.assertRaisesRegex(UserError, "stays on file"):
            dispute.with_user(self.accountant).write({"amount": 0})
        with self.assertRaises(AccessError):
            self.env["ev.dispute"].with_user(self.accountant).create({})
        self.assertEqual(dispute.amount, 10)


@tagged("post_install", "-at_install")
class TestDisputeTold(DisputeCase):
    """Who is told what, and until when to answer."""

    def test_the_accountant_has_a_day_to_answer_by(self):
        self.dispute(self.cdrs[1])
        [activity] = self.statement.activity_ids
        self.assertEqual(str(activity.date_deadline), "2026-04-12")
        self.assertEqual(activity.user_id, self.accountant)
        self.assertIn("1 of the sessions", self.statement.message_ids[0].body)

    def test_overdue_is_told_once(self):
        dispute = self.dispute(self.cdrs[1])
        self.clock.move_to("2026-04-12 12:00:00")
        self.assertFalse(dispute.is_overdue)
        self.clock.move_to("2026-04-13 12:00:00")
        dispute.invalidate_recordset()
        self.assertTrue(dispute.is_overdue)
        self.assertEqual(self.env["ev.dispute"].search([("is_overdue", "=", True)]), dispute)
        for _twice in range(2):
            self.env["ev.statement"]._cron_overdue_disputes()
        overdue = self.statement.activity_ids.filtered(lambda activity: "by now" in activity.summary)
        self.assertEqual(len(overdue), 1)

    def test_the_partner_gets_the_answer(self):
        dispute = self.dispute(self.cdrs[1])
        self.decide(dispute, "stands", "The calibrated meter says 20 kWh.")
        message = self.statement.message_ids.filtered(lambda message: "calibrated" in message.body)
        self.assertEqual(message.notified_partner_ids, self.emsp)
        self.assertFalse(self.statement.activity_ids, "done")

    def test_numbers_of_the_statement(self):
        self.dispute(self.cdrs[1], self.cdrs[2])
        self.statement.invalidate_recordset()
        self.assertEqual(
            (self.statement.dispute_count, self.statement.open_dispute_count, self.statement.disputed_amount),
            (2, 2, 25),
        )


@tagged("post_install", "-at_install")
class TestDisputeUnderMinimum(DisputeCase):
    """0.50 EUR a kWh, at least 25 EUR a month: 60 kWh cost 30 EUR, 40 kWh cost 20 and 5 EUR to the minimum."""

    @classmethod
    def make_emsp_contract(cls, *terms, **values):
        return super().make_emsp_contract(("charge", "kwh", 0.5, {"period_minimum": 25}), **values)

    def test_what_the_whole_month_decides_is_worked_out_again(self):
        self.assertEqual(self.statement.total, 30)
        self.dispute(self.cdrs[1])
        self.close()
        self.assertEqual(self.statement.total, 25)
        self.assertEqual(self.statement._get_other_lines()[0][1], 5)
