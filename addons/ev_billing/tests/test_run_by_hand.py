from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Date
from odoo.tests import tagged

from odoo.addons.queue_job.job import Job

from .run_common import EvRunCommon


@tagged("post_install", "-at_install")
class TestRunByHand(EvRunCommon):
    """What people do between the jobs: nothing goes out that nobody looked at, and nothing stays behind."""

    def item(self, run, contract):
        return run.contract_ids.filtered(lambda item: item.contract_id == contract)

    def take(self, run, name):
        """Take the waiting jobs of one kind only."""
        for record in self.waiting().filtered(lambda job: job.method_name == name):
            job = Job.load(self.env, record.uuid)
            self._mark(job.set_started, job)
            job.perform()
            self._mark(job.set_done, job)

    def double(self, start, energy=20_000):
        """A session and its double at the second host."""
        for minutes in ("00", "01"):
            self.make_cdr(
                f"{start}:{minutes}:00Z", energy, hours=2.0, station="T-AC-2", token={"uid": "DEEMSP01", "type": "RFID"}
            )

    @freeze_time("2026-04-01 04:00:00")
    def test_late_sessions_are_checked_in_their_own_month(self):
        self.make_cdr("2026-02-05T08:00:00Z", 10_000)
        self.prepare(2026, 2).action_approve()
        self.double("2026-02-10T08")
        run = self.start("autopilot")
        self.work()
        self.assertEqual(run._get_months(), [Date.to_date("2026-02-01"), Date.to_date("2026-03-01")])
        found = self.env["ev.finding"].search([("company_id", "=", self.company.id), ("rule", "=", "double")])
        self.assertEqual((len(found), str(found.month)), (1, "2026-02-01"))
        self.assertEqual(self.steps(run), {self.hosted: "done", self.other: "review", self.roaming: "review"})

    @freeze_time("2026-04-01 04:00:00")
    def test_a_quarter_is_checked_in_each_of_its_months(self):
        self.other.periodicity = "quarterly"
        self.double("2026-01-10T08")
        run = self.start("autopilot", contracts=self.other)
        self.work()
        self.assertEqual([str(month) for month in run._get_months()], ["2026-01-01", "2026-02-01", "2026-03-01"])
        self.assertEqual(self.steps(run), {self.other: "review"})
        self.assertEqual(run.statement_ids.state, "draft")

    @freeze_time("2026-04-01 04:00:00")
    def test_a_released_statement_computed_again_waits_for_another_look(self):
        run = self.start()
        self.work()
        self.item(run, self.other).action_release()
        self.assertEqual(self.steps(run)[self.other], "approve")
        self.double("2026-03-10T08")
        self.item(run, self.other).statement_id.action_compute()
        self.assertEqual((self.steps(run)[self.other], self.item(run, self.other).checked), ("review", False))
        self.work()
        self.assertEqual(self.item(run, self.other).statement_id.state, "draft")
        self.assertEqual(self.steps(run)[self.other], "review")
        with self.assertRaisesRegex(UserError, "nothing is ready"):
            self.item(run, self.other).action_release()

    @freeze_time("2026-04-01 04:00:00")
    def test_what_a_person_opened_again_stays_open(self):
        run = self.start("autopilot")
        self.take(run, "_job_prepare")
        self.take(run, "_job_watch")
        self.take(run, "_job_approve")
        statement = self.item(run, self.other).statement_id
        self.assertEqual((statement.state, self.steps(run)[self.other]), ("approved", "document"))
        statement.action_reset_to_draft()
        run._go_on()
        self.work()
        self.assertEqual((statement.state, self.steps(run)[self.other]), ("draft", "review"))
        self.assertIn("Reset to draft by", self.item(run, self.other).message)
        self.item(run, self.other).action_release()
        self.work()
        self.assertEqual((run.state, self.steps(run)[self.other]), ("closed", "done"))

    @freeze_time("2026-04-01 04:00:00")
    def test_the_autopilot_waits_for_the_billing_day(self):
        self.other.billing_day = 28
        run = self.start("autopilot")
        self.work()
        self.assertEqual(self.steps(run), {self.hosted: "done", self.other: "review", self.roaming: "done"})
        with freeze_time("2026-04-28 04:00:00"):
            run._go_on()
            self.work()
        self.assertEqual((run.state, self.steps(run)[self.other]), ("closed", "done"))

    @freeze_time("2026-04-01 04:00:00")
    def test_approved_by_hand_while_it_waits_to_be_computed(self):
        run = self.start()
        self.work()
        item = self.item(run, self.other)
        item.action_compute_again()
        item.statement_id.action_approve()
        self.work()
        self.assertEqual((item.state, item.step), ("prepared", "review"))
        run.action_release()
        self.work()
        self.assertEqual(run.state, "closed")

    @freeze_time("2026-04-01 04:00:00")
    def test_a_closed_run_opens_for_what_comes_late_for_an_ended_contract(self):
        self.other.date_end = "2026-02-28"
        self.other.action_end()
        run = self.start("autopilot", contracts=self.hosted | self.other | self.roaming)
        self.work()
        # its March session has no host contract any more
        self.env["ev.finding"].search([("company_id", "=", self.company.id), ("blocking", "=", True)])._accept("seen")
        run._go_on()
        self.work()
        self.assertEqual((run.state, self.steps(run)[self.other]), ("closed", "nothing"))
        self.make_cdr("2026-02-10T08:00:00Z", 10_000, station="T-AC-2")
        self.prepare(2026, 3, self.other)
        self.assertEqual((run.state, self.steps(run)[self.other]), ("open", "review"))
        run._go_on()
        self.work()
        self.assertEqual((run.state, self.steps(run)[self.other]), ("closed", "done"))

    @freeze_time("2026-04-01 04:00:00")
    def test_by_hand_too_nothing_is_approved_while_the_month_is_stopped(self):
        self.ingest(self.make_item("2026-03-07T08:00:00Z", station="NOBODY"))
        run = self.start()
        self.work()
        with self.assertRaisesRegex(UserError, "in quarantine"):
            run.statement_ids.action_approve()
        self.assertEqual(set(run.statement_ids.mapped("state")), {"draft"})

    def test_a_month_ends_where_the_clocks_are_behind(self):
        # by SQL: a site with sessions keeps its timezone
        self.env.cr.execute("UPDATE ev_site SET tz = 'America/Martinique' WHERE id = %s", [self.second_site.id])
        self.env.invalidate_all()
        run = self.start()
        self.work()
        # 1 April 00:30 in Paris is 31 March 18:30 in Martinique, where it ends at 04:00 UTC
        with freeze_time("2026-03-31 22:30:00"):
            self.assertTrue(self.item(run, self.hosted).statement_id._is_over())
            self.assertFalse(self.item(run, self.other).statement_id._is_over())
            with self.assertRaisesRegex(UserError, "can be approved from the day after"):
                self.item(run, self.other).statement_id.action_approve()
        with freeze_time("2026-04-01 04:00:00"):
            self.assertTrue(self.item(run, self.other).statement_id._is_over())

    def test_a_deleted_draft_makes_its_contract_due_again(self):
        run = self.start()
        self.work()
        self.item(run, self.other).statement_id.unlink()
        self.assertEqual((len(run.contract_ids), self.steps(run)[self.other]), (3, "prepare"))
        run._go_on()
        self.work()
        self.assertEqual(self.item(run, self.other).statement_id.total_credit, 4.0)

    @freeze_time("2026-04-01 04:00:00")
    def test_documents_wait_for_a_contract_in_other_hands(self):
        run = self.start("autopilot")
        for name in ("_job_prepare", "_job_watch", "_job_approve"):
            self.take(run, name)
        lock, busy = self.registry["ev.contract"].try_lock_for_update, self.other

        def held(contracts, **options):
            return lock(contracts - busy, **options)

        with patch.object(self.registry["ev.contract"], "try_lock_for_update", held):
            self.take(run, "_job_documents")
        self.assertEqual(self.item(run, self.other).step, "document")
        self.assertFalse(self.item(run, self.other).stopped)
        self.work()
        self.assertEqual(run.state, "closed")
