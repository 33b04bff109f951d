"""What a statement owes its neighbours: other periods, reopened ones, late values, late fees. Sites are in Paris."""

from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.ev_billing.rating import Span

from .test_prices import PricesCommon

# calendar months on the Paris clock, in UTC
DECEMBER = ("2025-11-30T23:00", "2025-12-31T23:00")
JANUARY = ("2025-12-31T23:00", "2026-01-31T23:00")
FEBRUARY = ("2026-01-31T23:00", "2026-02-28T23:00")
MARCH = ("2026-02-28T23:00", "2026-03-31T22:00")
APRIL = ("2026-03-31T22:00", "2026-04-30T22:00")


@tagged("post_install", "-at_install")
class TestReviewStatements(PricesCommon):
    def bill_ad_hoc(self, contract, first, last):
        span = Span(date.fromisoformat(first), date.fromisoformat(last))
        return self.env["ev.statement"]._prepare_ad_hoc(contract, span)

    def summary(self, statement):
        return [(line.correction, str(line.origin_period or ""), line.amount) for line in statement.line_ids]

    # ------------------------------------------------------------- periodicity

    def test_a_longer_draft_gives_way_to_months(self):
        contract = self.make_contract(
            ("charge", "site_month", 10), ("credit", "kwh", 1), periodicity="quarterly", start="2026-01-01"
        )
        for month in ("01", "02", "03"):
            self.make_cdr(f"2026-{month}-05T08:00:00Z")
        # three months x 10
        self.assertEqual(self.prepare(2026, 3, contract).total_charge, 30.0)
        contract.periodicity = "monthly"
        for month, end in ((1, "2026-01-31"), (2, "2026-02-28"), (3, "2026-03-31")):
            statement = self.prepare(2026, month, contract)
            # one month at 10, and one session of 10 kWh at 1.00
            self.assertEqual((statement.total_charge, statement.total_credit), (10.0, 10.0))
            self.assertEqual(str(statement.period_end), end)

    def test_a_month_in_the_middle_of_a_longer_draft(self):
        contract = self.make_contract(("charge", "site_month", 10), periodicity="quarterly", start="2026-01-01")
        self.prepare(2026, 3, contract)
        contract.periodicity = "monthly"
        february = self.prepare(2026, 2, contract)
        self.assertEqual((contract.statement_ids, february.total_charge), (february, 10.0))

    def test_a_draft_of_days_over_two_months_gives_way(self):
        contract = self.make_contract(("charge", "site_month", 31), periodicity="ad_hoc", start="2026-02-15")
        draft = self.bill_ad_hoc(contract, "2026-02-15", "2026-03-16")
        contract.periodicity = "monthly"
        self.assertEqual(self.prepare(2026, 3, contract).total_charge, 31.0)
        self.assertFalse(draft.exists())

    def test_days_on_an_approved_statement_are_refused_by_name(self):
        contract = self.make_contract(("charge", "site_month", 31), periodicity="ad_hoc", start="2026-02-15")
        closed = self.bill_ad_hoc(contract, "2026-02-15", "2026-03-16")
        closed.action_approve()
        self.env.flush_all()
        self.env.cr.execute("UPDATE ev_contract SET periodicity = 'monthly' WHERE id = %s", [contract.id])
        contract.invalidate_recordset()
        with self.assertRaisesRegex(UserError, f"{closed.name} is approved and bills the days"):
            self.prepare(2026, 3, contract)
        self.assertTrue(closed.exists())

    # ---------------------------------------------------------------- true-ups

    def make_provisional(self, *months, cap=0):
        """An index with those months at 100 EUR/MWh, provisional, and a contract that pays it for 10 kWh in each."""
        index = self.make_monthly()
        self.store(index, *((*month, "100") for month in months), final=False)
        terms = self.indexed(index, **({"period_cap": cap} if cap else {}))
        return index, self.make_contract(("credit", "kwh", 0, terms), start=months[0][1][:8] + "01")

    def test_a_true_up_survives_months_approved_out_of_order(self):
        index, contract = self.make_provisional(DECEMBER, JANUARY, FEBRUARY)
        for day in ("2025-12-05", "2026-01-05", "2026-02-05"):
            self.make_cdr(f"{day}T08:00:00Z")
        december = self.prepare(2025, 12, contract)
        december.action_approve()
        january = self.prepare(2026, 1, contract)
        self.store(index, (*DECEMBER, "150"))
        february = self.prepare(2026, 2, contract)
        february.action_approve()
        # 10 kWh x 0.10: the draft of January lies between, so February leaves December alone
        self.assertEqual(february.total_credit, 1.0)
        january.action_compute()
        # 10 kWh x 0.10, and 10 kWh x 0.05 of December
        self.assertEqual(self.summary(january), [("regular", "", 1.0), ("true_up", "2025-12-01", 0.5)])
        self.assert_explained(january)
        january.action_approve()
        self.assertFalse(self.prepare(2026, 3, contract).line_ids, "never twice")

    def test_what_was_looked_at_is_not_rated_again(self):
        index, contract = self.make_provisional(JANUARY)
        self.make_cdr("2026-01-05T08:00:00Z")
        self.prepare(2026, 1, contract).action_approve()
        # final at the same price: nothing to bring, but somebody has to look once
        self.store(index, (*JANUARY, "100"))
        self.prepare(2026, 2, contract).action_approve()

        def refuse(*_args):
            raise AssertionError("rated again")

        self.patch(self.registry["ev.statement"], "_true_up_sessions", refuse)
        self.assertFalse(self.prepare(2026, 3, contract).blocking_message)

    def test_the_true_up_of_a_late_session_counts_in_its_own_month(self):
        index, contract = self.make_provisional(JANUARY, cap=1.2)
        self.prepare(2026, 1, contract).action_approve()
        self.make_cdr("2026-01-05T08:00:00Z")
        february = self.prepare(2026, 2, contract)
        # late, 10 kWh x 0.10
        self.assertEqual(self.summary(february), [("late", "2026-01-01", 1.0)])
        february.action_approve()
        self.store(index, (*JANUARY, "200"))
        march = self.prepare(2026, 3, contract)
        # 10 kWh x 0.10 more make 2.00 in January, which may make 1.20
        self.assertEqual(self.summary(march), [("true_up", "2026-01-01", 1.0), ("limit", "2026-01-01", -0.8)])

    # --------------------------------------------------------------- reopening

    def trued_up_january(self):
        index, contract = self.make_provisional(JANUARY)
        self.make_cdr("2026-01-05T08:00:00Z")
        january = self.prepare(2026, 1, contract)
        january.action_approve()
        self.store(index, (*JANUARY, "150"))
        return january, self.prepare(2026, 2, contract)

    def test_a_statement_that_a_draft_corrects_can_be_reopened(self):
        january, february = self.trued_up_january()
        self.assertEqual(february.total_credit, 0.5)
        january.action_reset_to_draft()
        self.assertFalse(february.line_ids)
        january.action_compute()
        # 10 kWh x 0.15
        self.assertEqual(january.total_credit, 1.5)

    def test_a_statement_that_an_approved_one_corrects_stays(self):
        january, february = self.trued_up_january()
        february.action_approve()
        with self.assertRaisesRegex(UserError, f"{february.name} is approved and bills its final prices"):
            january.action_reset_to_draft()
        (january | february).action_reset_to_draft()
        january.action_compute()
        self.assertEqual((january.total_credit, february.total_credit), (1.5, 0.0))

    # -------------------------------------------------------------------- fees

    def test_a_fee_approved_without_its_price_comes_later(self):
        index = self.make_monthly(unit="points")
        contract = self.make_contract(
            ("charge", "month", 0, self.indexed(index)), ("credit", "kwh", 1), start="2026-03-01"
        )
        march = self.prepare(2026, 3, contract)
        march.action_approve_without_prices()
        april = self.prepare(2026, 4, contract)
        self.assertEqual((april.gap_ids.charge_count, len(april.line_ids)), (2, 0))
        self.store(index, (*MARCH, "100"), (*APRIL, "200"))
        april.action_compute()
        self.assertEqual(self.summary(april), [("regular", "", 200.0), ("late", "2026-03-01", 100.0)])
        self.assert_explained(april)
        april.action_approve()
        # reopened, March leaves to April what is charged there
        march.action_reset_to_draft()
        march.action_compute()
        self.assertFalse(march.line_ids)
        march.action_approve()
        self.assertFalse(self.prepare(2026, 5, contract).line_ids, "May has no value, March is charged")

    def test_a_reopened_month_takes_its_fee_back_from_a_draft(self):
        index = self.make_monthly(unit="points")
        contract = self.make_contract(("charge", "month", 0, self.indexed(index)), start="2026-03-01")
        march = self.prepare(2026, 3, contract)
        march.action_approve_without_prices()
        self.store(index, (*MARCH, "100"), (*APRIL, "200"))
        april = self.prepare(2026, 4, contract)
        self.assertEqual(april.total_charge, 300.0)
        march.action_reset_to_draft()
        march.action_compute()
        self.assertEqual((march.total_charge, april.total_charge), (100.0, 200.0))

    def test_the_fee_of_a_badge_that_was_used_comes_with_its_late_session(self):
        contract = self.make_contract(
            ("charge", "badge_month", 3, {"only_used": True}), ("charge", "kwh", 1), partner=self.emsp, role="client",
            start="2026-03-01",
        )  # fmt: skip
        self.prepare(2026, 3, contract).action_approve()
        self.make_cdr("2026-03-05T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        april = self.prepare(2026, 4, contract)
        # the badge of March, and its session of 10 kWh x 1.00
        self.assertEqual(sorted(self.summary(april)), [("late", "2026-03-01", 3.0), ("late", "2026-03-01", 10.0)])
        self.assert_explained(april)
        april.action_approve()
        self.assertFalse(self.prepare(2026, 5, contract).line_ids, "once")

    def test_the_late_fee_of_a_badge_counts_on_in_the_tiers_of_its_month(self):
        tiers = [{"until": 1, "price": 5}, {"until": 0, "price": 2}]
        self.make_token("04SECOND", "local", partner=self.emsp)
        contract = self.make_contract(
            ("charge", "badge_month", 0, {"only_used": True, "price_kind": "tiered",
                                          "tier_ids": [Command.create(tier) for tier in tiers]}),
            partner=self.emsp, role="client", start="2026-03-01",
        )  # fmt: skip
        self.make_cdr("2026-03-05T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        march = self.prepare(2026, 3, contract)
        # the first badge of the month at 5
        self.assertEqual(march.total_charge, 5.0)
        march.action_approve()
        self.make_cdr("2026-03-06T08:00:00Z", token={"uid": "04SECOND", "type": "RFID"})
        april = self.prepare(2026, 4, contract)
        # the second at 2
        self.assertEqual(self.summary(april), [("late", "2026-03-01", 2.0)])
        self.assert_explained(april)

    # ------------------------------------------------------------ ended, ad hoc

    def bill_after(self, contract):
        values = {"contract_id": contract.id, "date_from": "2026-04-01", "date_to": "2026-04-30"}
        return self.env["ev.statement.ad_hoc"].create(values).action_bill()

    def test_late_sessions_of_an_ended_contract_are_billed_ad_hoc(self):
        contract = self.make_contract(
            ("credit", "kwh", 1), periodicity="ad_hoc", start="2026-03-01", date_end="2026-03-31"
        )
        march = self.bill_ad_hoc(contract, "2026-03-01", "2026-04-01")
        march.action_approve()
        self.assertIn("nothing came late", self.bill_after(contract)["params"]["message"])
        self.assertEqual(contract.statement_ids, march)
        self.make_cdr("2026-03-05T08:00:00Z")
        late = self.env["ev.statement"].browse(self.bill_after(contract)["res_id"])
        # 10 kWh x 1.00
        self.assertEqual(self.summary(late), [("late", "2026-03-01", 10.0)])

    def test_days_before_an_ad_hoc_contract_are_refused(self):
        contract = self.make_contract(("credit", "kwh", 1), periodicity="ad_hoc", start="2026-05-01")
        with self.assertRaisesRegex(UserError, "does not run on these days"):
            self.bill_after(contract)

    def test_what_an_ended_contract_waits_for_stays_in_sight(self):
        index = self.make_index()
        contract = self.make_contract(
            ("credit", "kwh", 0, self.indexed(index)), start="2026-03-01", date_end="2026-03-31"
        )
        self.prepare(2026, 3, contract).action_approve()
        self.make_cdr("2026-03-05T08:00:00Z")
        april = self.prepare(2026, 4, contract)
        self.assertEqual(april.gap_ids.charge_count, 1)
        self.assertIn("1 charges", contract.waiting_message)

    # -------------------------------------------------------------------- gaps

    def fill_gaps(self, statement):
        with self.enter_registry_test_mode():
            self.env.ref("ev_billing.ir_cron_fill_gaps").method_direct_trigger()
        statement.invalidate_recordset()

    def test_what_is_waited_for_may_have_holes_between(self):
        index = self.make_index()
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index)))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.make_cdr("2026-03-20T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        self.store(index, ("2026-03-01T08:00", "2026-03-01T09:00", "100"))
        self.fill_gaps(march)
        # 10 kWh x 0.10; the other still waits
        self.assertEqual((march.total_credit, march.gap_ids.charge_count), (1.0, 1))
        self.store(index, ("2026-03-20T08:00", "2026-03-20T09:00", "100"))
        self.fill_gaps(march)
        self.assertEqual((march.total_credit, len(march.gap_ids)), (2.0, 0))
        self.patch(self.registry["ev.statement"], "_compute_charges", lambda _self: self.fail("computed again"))
        self.fill_gaps(march)

    def test_a_share_that_waits_for_the_price_of_its_sale_clears_itself(self):
        index = self.make_index()
        share = self.make_contract(("credit", "revenue", 10))
        self.make_contract(("charge", "kwh", 0, self.indexed(index)), partner=self.emsp, role="emsp")
        self.make_cdr("2026-03-05T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        march = self.prepare(2026, 3, share)
        self.assertIn("their sale waits for index values", march.gap_ids.name)
        self.store(index, ("2026-03-05T08:00", "2026-03-05T09:00", "1000"))
        self.fill_gaps(march)
        # 10 % of 10 kWh x 1.00
        self.assertEqual((march.total_credit, len(march.gap_ids)), (1.0, 0))

    def test_a_share_without_a_sale_is_looked_at_every_hour(self):
        share = self.make_contract(("credit", "revenue", 10))
        self.make_cdr("2026-03-05T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        march = self.prepare(2026, 3, share)
        self.make_contract(("charge", "kwh", 1), partner=self.emsp, role="emsp")
        march.computed_at -= timedelta(hours=2)
        self.fill_gaps(march)
        self.assertEqual((march.total_credit, len(march.gap_ids)), (1.0, 0))
