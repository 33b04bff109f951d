from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .window_common import WindowCase


class DisputeCase(WindowCase):
    """In the window of three sessions of 5, 10 and 15 EUR; the second one is disputed."""

    def setUp(self):
        super().setUp()
        self.open_window()

    def dispute(self, *cdrs, reason="energy", comment="the car says 18 kWh", **values):
        return self.statement._dispute([Claim(cdr.id, reason, comment) for cdr in cdrs], self.emsp, **values).made

    def decide(self, disputes, outcome, answer="We looked at it."):
        disputes.with_user(self.accountant)._decide(outcome, answer)

    def close(self):
        self.statement.action_close_window()
        self.statement.action_approve()
        self.assertEqual(self.statement.state, "approved")

    def april(self):
        return self.prepare(2026, 4, self.contract)


@tagged("post_install", "-at_install")
class TestDispute(DisputeCase):
    def test_a_disputed_session_freezes_alone(self):
        dispute = self.dispute(self.cdrs[1])
        self.assertEqual((dispute.amount, dispute.state, dispute.frozen), (10, "open", True))
        self.assertEqual(str(dispute.deadline), "2026-04-12", "ten days after the second of April")
        self.close()
        # 5 + 15
        self.assertEqual(self.statement.total, 20)
        self.assertEqual(self.statement.charge_ids.cdr_id, self.cdrs[0] | self.cdrs[2])
        name = self.cdrs[1].external_id
        self.assertEqual(self.listed()[name], (10, True), "it stays on the list as it was shown")
        self.assertFalse(self.april().charge_ids, "and is on no statement until it is decided")

    def test_everything_disputed_leaves_nothing_to_invoice(self):
        self.dispute(*self.cdrs)
        self.close()
        self.assertEqual(self.statement.total, 0)
        self.assertFalse(self.statement.charge_ids)

    def test_the_host_is_paid_while_the_operator_carries_the_dispute(self):
        host = self.make_contract(("credit", "kwh", "0.2"))
        self.dispute(self.cdrs[1])
        # 60 kWh at 0.20
        self.assertEqual(self.prepare(2026, 3, host).total_credit, 12)

    def test_the_host_waits_where_it_carries_disputes(self):
        self.contract.dispute_carrier = "host"
        host = self.make_contract(("credit", "kwh", "0.2"))
        dispute = self.dispute(self.cdrs[1])
        march = self.prepare(2026, 3, host)
        # 10 + 30 kWh at 0.20
        self.assertEqual(march.total_credit, 8)
        march.action_approve()
        self.decide(dispute, "stands")
        # the 20 kWh come as late
        self.assertEqual(self.prepare(2026, 4, host).total_credit, 4)

    def test_a_charge_that_stands_is_on_this_statement_while_the_window_is_open(self):
        dispute = self.dispute(self.cdrs[1])
        self.decide(dispute, "stands")
        self.close()
        self.assertEqual(self.statement.total, 30)
        self.assertEqual(dispute.decided_by_id, self.accountant)

    def test_decided_later_it_is_on_the_next_one(self):
        dispute = self.dispute(self.cdrs[1])
        self.close()
        self.decide(dispute, "stands")
        april = self.april()
        self.assertEqual((april.total, april.charge_ids.cdr_id), (10, self.cdrs[1]))
        self.assertEqual(april.line_ids.correction, "late")

    def test_excluded_it_is_on_none(self):
        dispute = self.dispute(self.cdrs[1])
        self.decide(dispute, "excluded")
        self.close()
        self.assertEqual(self.statement.total, 20)
        self.assertFalse(self.april().charge_ids)

    def test_corrected_it_comes_with_its_credit_on_the_next_one(self):
        """18 kWh instead of 20: 10 - 10 + 9 EUR."""
        dispute = self.dispute(self.cdrs[1])
        with self.assertRaisesRegex(UserError, "is not corrected yet"):
            self.decide(dispute, "adjusted")
        self.env["ev.cdr.correct"].create(
            {"cdr_id": self.cdrs[1].id, "energy_wh": 18_000, "reason": "dispute"}
        ).action_correct()
        self.decide(dispute, "adjusted")
        self.assertTrue(dispute.frozen, "the original waits for its correction")
        self.close()
        self.assertEqual(self.statement.total, 20)
        self.assertFalse(dispute.frozen)
        april = self.april()
        self.assertEqual(april.total, 9)
        self.assertEqual(sorted(april.charge_ids.mapped("amount")), [-10, 9, 10])
        self.assertEqual(dispute.replacement_cdr_id.energy_wh, 18_000)

    def test_a_disputed_original_takes_its_correction_along(self):
        """10 kWh taken back and replaced by 8 kWh in the same month: 5 - 5 + 4 EUR; disputed, all three wait."""
        self.statement.action_withdraw_window()
        self.env["ev.cdr.correct"].create(
            {"cdr_id": self.cdrs[0].id, "energy_wh": 8_000, "reason": "meter read wrong"}
        ).action_correct()
        self.statement.action_compute()
        self.statement.action_open_window()
        self.assertEqual((self.statement.shown_count, self.statement.total), (5, 29))
        dispute = self.dispute(self.cdrs[0])
        self.close()
        # 20 and 30 kWh at 0.50
        self.assertEqual(self.statement.total, 25)
        self.assertEqual(sum(left for _amount, left in self.listed().values()), 3)
        self.decide(dispute, "stands")
        self.assertEqual(self.april().total, 4)

    def correct(self, cdr, energy):
        """A credit of a session and a replacement of other energy."""
        self.env["ev.cdr.correct"].create({"cdr_id": cdr.id, "energy_wh": energy, "reason": "x"}).action_correct()
        return cdr.replaced_by_ids

    def test_a_chain_of_corrections_goes_with_what_it_began_with(self):
        """20 kWh, corrected to 18, corrected to 17, and never charged: nothing of it is on any statement."""
        dispute = self.dispute(self.cdrs[1])
        self.close()
        self.correct(self.correct(self.cdrs[1], 18_000), 17_000)
        self.decide(dispute, "excluded")
        self.assertFalse(self.april().charge_ids)
        self.assert_parts(billed=2, excluded=5)

    def test_who_disputes_a_credit_disputes_what_it_takes_back(self):
        """10 EUR billed in March, corrected to 9 in April, the credit disputed: the replacement waits too."""
        self.close()
        self.correct(self.cdrs[1], 18_000)
        self.clock.move_to("2026-05-02 08:00:00")
        april = self.april()
        april.action_open_window()
        april._dispute([Claim(self.cdrs[1].credited_by_ids.id, "price")], self.emsp)
        april.action_close_window()
        april.action_approve()
        self.assertEqual((april.state, april.total), ("approved", 0))

    def test_the_host_is_not_left_with_what_falls_away(self):
        """It carries disputes and is paid already: a credit takes it back from both sides."""
        self.contract.dispute_carrier = "host"
        host = self.make_contract(("credit", "kwh", "0.2"))
        march = self.prepare(2026, 3, host)
        march.action_approve()
        dispute = self.dispute(self.cdrs[1])
        with self.assertRaisesRegex(UserError, f"is paid for session .* already \\({march.name}\\)"):
            self.decide(dispute, "excluded")
        self.assertEqual(dispute.state, "open")
        self.env["ev.cdr.correct"].create(
            {"cdr_id": self.cdrs[1].id, "replace": False, "reason": "not charged"}
        ).action_correct()
        self.decide(dispute, "adjusted")
        self.close()
        self.assertEqual(self.april().total, 0)
        # 20 kWh at 0.20 back
        self.assertEqual(self.prepare(2026, 4, host).total_credit, -4)

    def test_the_wizard_corrects_and_decides_in_one_go(self):
        dispute = self.dispute(self.cdrs[1])
        wizard = (
            self.env["ev.dispute.decide"]
            .with_user(self.accountant)
            .create({"dispute_ids": [(6, 0, dispute.ids)], "outcome": "adjusted"})
        )
        self.assertIn("taken back by a credit CDR", wizard.answer)
        with self.assertRaisesRegex(UserError, "nothing is changed yet"):
            wizard.action_decide()
        wizard.energy_wh = 18_000
        wizard.action_decide()
        self.assertEqual((dispute.outcome, dispute.replacement_cdr_id.energy_wh), ("adjusted", 18_000))

    def test_withdrawn_by_the_partner_it_is_charged(self):
        dispute = self.dispute(self.cdrs[1])
        dispute._withdraw()
        self.assertEqual((dispute.outcome, dispute.frozen), ("withdrawn", False))
        self.assertIn("withdrawn by the partner", self.statement.message_ids[0].body)
        self.assertFalse(self.statement.activity_ids, "nothing is left to answer")
        self.close()
        self.assertEqual(self.statement.total, 30)

    def test_withdrawing_the_window_keeps_disputes(self):
        dispute = self.dispute(self.cdrs[1])
        self.statement.action_withdraw_window()
        self.assertEqual((self.statement.state, self.statement.total), ("draft", 20))
        self.assertEqual(dispute.state, "open")
        self.decide(dispute, "stands")
        self.statement.action_compute()
        self.assertEqual(self.statement.total, 30)

    def test_a_disputed_session_is_pending_and_the_month_adds_up(self):
        """Three sessions of which two are billed; the disputed one waits, and never charged it is excluded."""
        dispute = self.dispute(self.cdrs[1])
        self.close()
        self.assert_parts(billed=2, pending=1)
        self.decide(dispute, "excluded")
        self.assert_parts(billed=2, excluded=1)

    def test_it_is_pending_also_where_the_host_is_paid(self):
        host = self.make_contract(("credit", "kwh", "0.2"))
        dispute = self.dispute(self.cdrs[1])
        self.close()
        self.prepare(2026, 3, host).action_approve()
        self.assert_parts(billed=2, pending=1)
        self.decide(dispute, "excluded")
        self.assert_parts(billed=3)

    def assert_parts(self, **expected):
        self.env.flush_all()
        month = self.env["ev.statement"].get_completeness(self.company.id, 2026, 3)
        self.assertTrue(month["adds_up"])
        found = {part: month[part]["count"] for part in ("billed", "draft", "pending", "quarantined", "excluded")}
        self.assertEqual(found, dict.fromkeys(found, 0) | expected)

    # ------------------------------------------------------------------ refusals

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

    # ------------------------------------------------------------------- telling

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
