"""Tiers, limits and revenue shares where periods, wordings and statements meet. Numbers by hand."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.ev_billing.rating import Span

from .test_prices import PricesCommon


@tagged("post_install", "-at_install")
class TestReviewLimits(PricesCommon):
    def tiers(self, volume=False, **values):
        steps = [Command.create({"until": 100, "price": 1.0}), Command.create({"until": 0, "price": 0.1})]
        return {"price_kind": "tiered", "tier_mode": "volume" if volume else "graduated", "tier_ids": steps, **values}

    def test_two_tiered_terms_count_apart_also_for_late_sessions(self):
        self.check_two_tiered_terms(volume=False)

    def test_two_terms_by_volume_count_apart_also_for_late_sessions(self):
        self.check_two_tiered_terms(volume=True)

    def check_two_tiered_terms(self, volume):
        contract = self.make_contract(
            ("credit", "kwh", 0, self.tiers(volume, power_type="ac")),
            ("credit", "kwh", 0, self.tiers(volume, power_type="dc")),
        )
        first = self.make_cdr("2026-03-01T08:00:00Z", 60_000, hours=4)
        march = self.prepare(2026, 3, contract)
        self.assertEqual(march.total_credit, 60.0)
        march.action_approve()
        late = self.make_cdr("2026-03-02T08:00:00Z", 20_000, hours=2)
        # 60 kWh are counted already: units 61 to 80, all at 1.00
        april = self.prepare(2026, 4, contract)
        self.assertEqual(april.total_credit, 20.0)
        self.assert_explained(april)
        april.action_approve()
        self.make_cdr("2026-03-01T08:00:00Z", 60_000, hours=4, credit_of=first.external_id)
        self.make_cdr("2026-03-02T08:00:00Z", 20_000, hours=2, credit_of=late.external_id)
        self.assertEqual(self.prepare(2026, 5, contract).total_credit, -80.0)

    def test_a_month_prepared_after_a_later_one_gets_its_minimum_once(self):
        contract = self.make_contract(("credit", "kwh", "1", {"period_minimum": 50}), start="2026-01-01")
        self.make_cdr("2026-01-10T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        # January's 10, 40 to its minimum, 50 for March
        self.assertEqual(march.total_credit, 100.0)
        march.action_approve()
        self.assertEqual(self.prepare(2026, 1, contract).total_credit, 0.0)

    def test_days_billed_ad_hoc_are_periods_of_their_own(self):
        contract = self.make_contract(
            ("credit", "kwh", 0, self.tiers()), ("charge", "session", "6", {"period_minimum": 50}), periodicity="ad_hoc"
        )
        statements = self.env["ev.statement"]
        for day in ("01", "02"):
            self.make_cdr(f"2026-03-{day}T08:00:00Z", 60_000, hours=4)
        march = statements._prepare_ad_hoc(contract, Span(*self.days("2026-03-01", "2026-04-01")))
        # 100 x 1.00 + 20 x 0.10; 12 and 38 to the minimum
        self.assertEqual((march.total_credit, march.total_charge), (102.0, 50.0))
        march.action_approve()
        self.make_cdr("2026-04-01T08:00:00Z", 20_000, hours=2)
        april = statements._prepare_ad_hoc(contract, Span(*self.days("2026-04-01", "2026-05-01")))
        self.assertEqual((april.total_credit, april.total_charge), (20.0, 50.0))
        self.assert_explained(april)

    def days(self, *texts):
        return [self.env["ev.contract"]._fields["date_start"].to_date(text) for text in texts]

    def test_a_cap_never_reaches_back_over_an_older_wording(self):
        contract = self.make_contract(("charge", "kwh", "1"), start="2026-03-01")
        contract.term_ids.version_ids = [Command.create({"date_from": "2026-03-16", "price": 1.0, "period_cap": 31})]
        for day in ("01", "02", "03", "04", "05", "06", "20", "21"):
            self.make_cdr(f"2026-03-{day}T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        # 60 under the old wording; 20 of the new one's 31 x 16 / 31 = 16
        self.assertEqual(march.total_charge, 76.0)
        self.assert_explained(march)

    def test_context_keys_change_nothing(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), start="2026-01-01")
        self.make_cdr("2026-01-10T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        march.with_context(ev_simulation=True).action_compute()
        self.assertEqual(march.total_credit, 1.0)
        index = self.make_index()
        waiting = self.make_contract(("charge", "kwh", 0, self.indexed(index)))
        self.make_cdr("2026-03-10T08:00:00Z")
        statement = self.prepare(2026, 3, waiting)
        with self.assertRaisesRegex(UserError, "wait for a price"):
            statement.with_context(ev_approve_with_gaps=True).action_approve()


@tagged("post_install", "-at_install")
class TestReviewRevenue(PricesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = {"uid": "04TEST02", "type": "RFID"}
        cls.share = cls.make_contract(("credit", "revenue", "10"))

    def test_a_sale_that_changed_asks_for_a_new_computation(self):
        sale = self.make_contract(("charge", "kwh", "0.50"), partner=self.emsp, role="emsp")
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        march = self.prepare(2026, 3, self.share)
        self.assertEqual(march.total_credit, 0.5)
        sale.term_ids.version_ids.price = 0.80
        with self.assertRaisesRegex(UserError, "compute it again"):
            march.action_approve()
        march.action_compute()
        self.assertEqual(march.total_credit, 0.8)

    def test_a_share_of_a_provisional_sale_is_trued_up(self):
        index = self.make_monthly()
        self.make_contract(("charge", "kwh", 0, self.indexed(index)), partner=self.emsp, role="emsp")
        cdr = self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        self.store(index, ("2026-02-28T23:00", "2026-03-31T22:00", "1000"), final=False)
        march = self.prepare(2026, 3, self.share)
        # 10 % of 10 kWh x 1.00
        self.assertEqual((march.total_credit, march.line_ids.provisional), (1.0, True))
        march.action_approve()
        self.store(index, ("2026-02-28T23:00", "2026-03-31T22:00", "2000"))
        april = self.prepare(2026, 4, self.share)
        self.assertEqual((april.total_credit, april.line_ids.correction), (1.0, "true_up"))
        self.assert_explained(april)
        april.action_approve()
        self.assertFalse(self.prepare(2026, 5, self.share).line_ids)
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold, credit_of=cdr.external_id)
        self.assertEqual(
            self.prepare(2026, 6, self.share).total_credit + self.prepare(2026, 5, self.share).total_credit, -2.0
        )

    def test_a_credit_takes_back_the_revenue_that_was_shared(self):
        sale = self.make_contract(("charge", "kwh", "0.50"), partner=self.emsp, role="emsp")
        cdr = self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        self.prepare(2026, 3, self.share).action_approve()
        sale.action_end()
        self.env.cr.execute("UPDATE ev_contract SET state = 'draft' WHERE id = %s", [sale.id])
        self.env.invalidate_all()
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold, credit_of=cdr.external_id)
        april = self.prepare(2026, 4, self.share)
        self.assertEqual((april.total_credit, len(april.gap_ids)), (-0.5, 0))
