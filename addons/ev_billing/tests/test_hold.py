from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.ev_billing.rating import month

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestHold(EvBillingCommon):
    """A session kept out of billing is on no statement, and counts where it belongs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(("credit", "kwh", "0.10"))

    def count(self):
        return self.env["ev.statement"].get_completeness(self.company.id, 2026, 3)

    def test_held_waits_and_comes_as_late_when_released(self):
        held, kept = self.make_cdr("2026-03-05T08:00:00Z", 10_000), self.make_cdr("2026-03-06T08:00:00Z", 4_000)
        held._hold("held", "the driver contests it")
        march = self.prepare(2026, 3, self.contract)
        self.assertEqual(march.charge_ids.cdr_id, kept)
        self.assertEqual(self.count()["pending"], {"count": 1, "wh": 10_000})
        march.action_approve()
        held._release("the driver paid")
        april = self.prepare(2026, 4, self.contract)
        # 10 kWh at 0.10
        self.assertEqual(self.exact(april), {("credit kwh", held.external_id): (Decimal(10), Decimal(1))})
        self.assertEqual(april.line_ids.correction, "late")
        hold = held.ev_hold_ids
        self.assertEqual((hold.state, hold.release_reason), ("released", "the driver paid"))
        self.assertTrue(hold.released_by_id and hold.released_at)

    def test_excluded_is_never_billed_and_the_numbers_add_up(self):
        out = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.make_cdr("2026-03-06T08:00:00Z", 4_000)
        out._hold("excluded", "the fitter's test")
        self.prepare(2026, 3, self.contract).action_approve()
        self.assertFalse(self.prepare(2026, 4, self.contract).charge_ids)
        numbers = self.count()
        self.assertEqual(numbers["excluded"], {"count": 1, "wh": 10_000})
        self.assertEqual(numbers["billed"], {"count": 1, "wh": 4_000})
        self.assertTrue(numbers["adds_up"])
        self.assertEqual(numbers["counted"], {"count": 2, "wh": 14_000})
        rows = self.env["ev.statement"]._get_completeness_by_site(self.company, month(2026, 3))
        self.assertEqual(sorted(rows), [(self.site.id, "billed", 1, 4_000), (self.site.id, "excluded", 1, 10_000)])

    def test_approval_asks_to_compute_again(self):
        cdr = self.make_cdr("2026-03-05T08:00:00Z")
        march = self.prepare(2026, 3, self.contract)
        cdr._hold("held", "look again")
        with self.assertRaisesRegex(UserError, "changed since it was computed"):
            march.action_approve()
        self.assertEqual(march.state, "draft")
        march.action_compute()
        self.assertFalse(march.charge_ids)
        cdr._release("it is right")
        with self.assertRaisesRegex(UserError, "changed since it was computed"):
            march.action_approve()
        march.action_compute()
        march.action_approve()
        self.assertEqual(march.total_credit, 1.0)

    def test_billed_sessions_are_corrected_instead(self):
        cdr = self.make_cdr("2026-03-05T08:00:00Z")
        march = self.prepare(2026, 3, self.contract)
        march.action_approve()
        for refused in (lambda: cdr._hold("excluded", "too late"), lambda: cdr._release("too late")):
            with self.assertRaisesRegex(UserError, f"already billed on {march.name}: take it back with a credit CDR"):
                refused()
        self.assertFalse(cdr.ev_hold_ids)
        self.assertEqual(self.count()["billed"]["count"], 1)

    def test_credit_of_an_excluded_session_pays_nothing_back(self):
        cdr = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        cdr._hold("excluded", "a double")
        self.prepare(2026, 3, self.contract).action_approve()
        self.make_cdr("2026-03-05T08:00:00Z", 10_000, credit_of=cdr.external_id)
        fixed = self.make_cdr("2026-03-05T08:00:00Z", 6_000, replaces=cdr.external_id)
        april = self.prepare(2026, 4, self.contract)
        # only the replacement: 6 kWh at 0.10; what was never billed is not paid back
        self.assertEqual(self.exact(april), {("credit kwh", fixed.external_id): (Decimal(6), Decimal("0.6"))})
        april.action_approve()
        numbers = self.count()
        self.assertEqual(numbers["excluded"], {"count": 2, "wh": 0}, "the session and its credit")
        self.assertEqual(numbers["billed"], {"count": 1, "wh": 6_000})
        self.assertTrue(numbers["adds_up"])

    def test_release_bills_the_session_and_its_credit(self):
        cdr = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        cdr._hold("held", "wait")
        self.make_cdr("2026-03-05T08:00:00Z", 10_000, credit_of=cdr.external_id)
        self.assertFalse(self.prepare(2026, 3, self.contract).charge_ids)
        cdr._release("done")
        march = self.prepare(2026, 3, self.contract)
        self.assertEqual((len(march.charge_ids), march.total_credit), (2, 0.0))

    def test_a_new_decision_ends_the_old_one(self):
        cdr = self.make_cdr("2026-03-05T08:00:00Z")
        cdr._hold("held", "first")
        cdr._hold("excluded", "second")
        self.assertEqual(cdr.ev_hold_ids.sorted("id").mapped("state"), ["released", "excluded"])
        with self.assertRaisesRegex(UserError, "Say why"):
            cdr._hold("held", "  ")
        with self.assertRaisesRegex(UserError, "stays on file"):
            cdr.ev_hold_ids.unlink()
        cdr._release("after all")
        with self.assertRaisesRegex(UserError, "nothing to release"):
            cdr._release("again")
        self.assertEqual(cdr.ev_hold_ids.mapped("state"), ["released", "released"])

    def test_simulation_and_badge_fees_leave_it_out(self):
        fee = self.make_contract(("charge", "badge_month", "2", {"only_used": True}), partner=self.emsp, role="emsp")
        cdr = self.make_cdr("2026-03-05T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        span = month(2026, 3)
        self.assertEqual(self.contract._simulate(span).sessions, 1)
        self.assertEqual(self.prepare(2026, 3, fee).total_charge, 2.0)
        cdr._hold("excluded", "never happened")
        self.assertEqual(self.contract._simulate(span).sessions, 0)
        self.assertEqual(self.prepare(2026, 3, fee).total_charge, 0.0)

    def test_accountants_only(self):
        mine = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        cdr = self.make_cdr("2026-03-05T08:00:00Z")
        for group in ("ev_cpms.group_admin", "ev_billing.group_contract_admin", "account.group_account_readonly"):
            user = self.make_user(f"hold-{group}", f"{group},ev_cpms.group_cdr_reader", **mine)
            with self.assertRaises(AccessError):
                cdr.with_user(user)._hold("excluded", "x")
        accountant = self.make_user("hold-accountant", "account.group_account_invoice", **mine)
        cdr.with_user(accountant)._hold("held", "x")
        self.assertEqual(cdr.ev_hold_ids.user_id, accountant)
        self.assertFalse(self.env["ev.cdr.hold"].with_user(accountant).has_access("create"))
        self.assertFalse(self.env["ev.cdr.hold"].with_user(accountant).has_access("write"))
