from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .dispute_common import DisputeCase


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
