from odoo.fields import Date
from odoo.tests import tagged

from .run_common import EvRunCommon


@tagged("post_install", "-at_install")
class TestRunDue(EvRunCommon):
    """A contract is due on its billing day at 00:30 on its company's clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"ev_run_mode": "review", "ev_run_since": "2026-03-10"})

    def due(self, moment):
        """{month of a run: contracts} that were started at a moment in UTC."""
        runs = self.env["ev.run"]._start_due(self.company, self.at(moment))
        return {run.name: run.contract_ids.contract_id for run in runs}

    def test_half_past_midnight_on_the_companys_clock(self):
        # 1 April 2026 00:30 in Paris (summer time) is 31 March 22:30 UTC
        self.assertFalse(self.due("2026-03-31 22:29:59"))
        self.assertEqual(self.due("2026-03-31 22:30:00"), {"2026-03": self.hosted | self.other | self.roaming})

    def test_winter_time(self):
        # 1 March 2026 00:30 in Paris is 28 February 23:30 UTC
        self.company.ev_run_since = "2026-02-10"
        self.assertFalse(self.due("2026-02-28 23:29:59"))
        self.assertIn("2026-02", self.due("2026-02-28 23:30:00"))

    def test_each_contract_has_its_billing_day(self):
        self.other.billing_day = 5
        self.assertEqual(self.due("2026-04-01 06:00:00"), {"2026-03": self.hosted | self.roaming})
        self.assertFalse(self.due("2026-04-04 06:00:00"), "what is in the run is not started again")
        self.assertEqual(self.due("2026-04-05 06:00:00"), {"2026-03": self.hosted | self.roaming | self.other})

    def test_after_days_of_darkness_nothing_is_forgotten(self):
        self.other.billing_day = 28
        self.due("2026-04-01 06:00:00")
        # dark from 27 April to 2 May: March's late contract and all of April
        self.roaming.billing_day = 3
        self.assertEqual(
            self.due("2026-05-02 06:00:00"),
            {"2026-03": self.hosted | self.other | self.roaming, "2026-04": self.hosted},
        )

    def test_a_whole_month_in_the_dark_is_made_up_for(self):
        for contract in (self.hosted, self.other, self.roaming):
            contract.billing_day = 28
        # dark from 27 April to 2 May: March was due on 28 April, April is not yet
        self.assertEqual(set(self.due("2026-05-02 06:00:00")), {"2026-03"})

    def test_months_before_the_switch_are_left_to_people(self):
        self.company.ev_run_since = "2026-04-10"
        self.assertFalse(self.due("2026-04-20 06:00:00"), "March ended before the switch")
        self.assertEqual(set(self.due("2026-05-01 06:00:00")), {"2026-04"})

    def test_ad_hoc_and_drafts_wait_for_a_button(self):
        self.other.periodicity = "ad_hoc"
        draft = self.make_contract(("credit", "kwh", "0.1"), activate=False)
        started = self.due("2026-04-01 06:00:00")["2026-03"]
        self.assertEqual(started, self.hosted | self.roaming)
        self.assertNotIn(draft, started)

    def test_manual_companies_are_left_alone(self):
        self.company.ev_run_mode = "manual"
        with self.enter_registry_test_mode():
            self.env.ref("ev_billing.ir_cron_run").method_direct_trigger()
        self.assertFalse(self.env["ev.run"].search([("company_id", "=", self.company.id)]))

    def test_cron_starts_and_goes_on(self):
        since = Date.add(Date.context_today(self.company), months=-2)
        self.company.ev_run_since = since
        with self.enter_registry_test_mode():
            self.env.ref("ev_billing.ir_cron_run").method_direct_trigger()
        run = self.env["ev.run"].search([("company_id", "=", self.company.id)], order="date_from desc", limit=1)
        # whatever today is, last month is over since 00:30 on the 1st; on the 1st before that, nothing is due
        first = Date.add(Date.context_today(self.company).replace(day=1), months=-1)
        if run:
            self.assertEqual(run.date_from, first)
            self.waiting().unlink()
            with self.enter_registry_test_mode():
                self.env.ref("ev_billing.ir_cron_run").method_direct_trigger()
            self.assertTrue(self.waiting(), "what was lost waits again")
