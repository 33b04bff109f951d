from contextlib import suppress
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.job import Job

from .run_common import EvRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 04:00:00")
class TestRun(EvRunCommon):
    """From sessions to what went out, by jobs that may die at any moment."""

    def test_review_first_waits_for_one_click(self):
        run = self.start()
        self.assertEqual(set(self.steps(run).values()), {"prepare"})
        self.work()
        self.assertEqual(set(self.steps(run).values()), {"review"})
        self.assertEqual(set(run.statement_ids.mapped("state")), {"draft"})
        self.assertFalse(run.statement_ids.document_ids)
        self.assertEqual(run.state, "open")
        run.action_release()
        self.work()
        self.assertEqual(set(self.steps(run).values()), {"done"})
        # three sessions x 10 kWh x 0.10 = 3.00 and 3 x 0.35 = 1.05; 20 kWh x 0.20 = 4.00; 20 kWh x 0.40 = 8.00
        totals = {
            item.contract_id: (item.statement_id.total_credit, item.statement_id.total_charge)
            for item in run.contract_ids
        }
        self.assertEqual(totals, {self.hosted: (3.0, 1.05), self.other: (4.0, 0), self.roaming: (0, 8.0)})
        self.assertEqual(
            sorted(run.statement_ids.document_ids.mapped("move_type")), ["in_invoice", "out_invoice", "out_invoice"]
        )
        self.assertTrue(all(run.statement_ids.mapped("sent_at")))
        self.assertEqual((run.state, run.days_to_close), ("closed", 0))

    def test_autopilot_goes_out_by_itself(self):
        run = self.start("autopilot")
        self.work()
        self.assertEqual((run.state, set(self.steps(run).values())), ("closed", {"done"}))
        # the day on the company's clock, on which it was released
        self.assertEqual(set(map(str, run.statement_ids.document_ids.mapped("invoice_date"))), {"2026-04-01"})

    def test_a_human_looks_above_the_limit(self):
        # 4.00 of the second host and 8.00 of the eMSP; the first host's 3.00 is below
        run = self.start("autopilot", ev_human_limit=3.0)
        self.work()
        self.assertEqual(self.steps(run), {self.hosted: "done", self.other: "review", self.roaming: "review"})
        self.assertEqual(run.state, "open")
        run.action_release()
        self.work()
        self.assertEqual((run.state, set(self.steps(run).values())), ("closed", {"done"}))

    def test_started_twice_nothing_is_doubled(self):
        run = self.start("autopilot")
        self.assertEqual(self.start("autopilot"), run)
        jobs = self.waiting()
        self.assertEqual(len(jobs), len(set(jobs.mapped("identity_key"))), "a job waits once")
        self.work()
        documents, mails = run.statement_ids.document_ids, run.statement_ids.message_ids
        self.start("autopilot")
        run.action_go_on()
        self.work()
        self.assertEqual(run.statement_ids.document_ids, documents)
        self.assertEqual(run.statement_ids.message_ids, mails)
        self.assertEqual(len(run.contract_ids), 3)

    def test_killed_in_any_job_the_run_ends_the_same(self):
        run = self.start("autopilot")
        with self.env.cr.savepoint(flush=False) as undo:
            jobs = self.work()
            expected = run._get_summary()
            self.assertEqual((run.state, expected.count('"sent": true')), ("closed", 3))
            undo.rollback()
        self.env.invalidate_all()
        self.assertGreater(jobs, 10)
        for number in range(1, jobs + 1):
            with self.subTest(killed=number), self.env.cr.savepoint(flush=False) as undo:
                self.work(kill=number)
                self.assertEqual(run._get_summary(), expected)
                self.assertEqual(run.state, "closed")
                undo.rollback()
            self.env.invalidate_all()

    def test_in_any_order_and_with_every_job_lost_the_run_ends_the_same(self):
        run = self.start("autopilot")
        with self.env.cr.savepoint(flush=False) as undo:
            self.work()
            expected = run._get_summary()
            undo.rollback()
        self.env.invalidate_all()
        for seed in range(5):
            with self.subTest(seed=seed), self.env.cr.savepoint(flush=False) as undo:
                self.waiting().unlink()
                run._go_on()
                self.work(seed=seed)
                self.assertEqual(run._get_summary(), expected)
                undo.rollback()
            self.env.invalidate_all()

    def test_one_contract_is_computed_again_alone(self):
        run = self.start()
        self.work()
        mine, others = run.contract_ids.filtered(lambda item: item.contract_id == self.other), run.contract_ids
        before = {item: item.statement_id.computed_at for item in others}
        self.make_cdr("2026-03-06T08:00:00Z", 5_000, station="T-AC-2", token={"uid": "DEEMSP01", "type": "RFID"})
        with freeze_time("2026-04-01 05:00:00"):
            mine.action_compute_again()
            self.assertEqual(self.steps(run)[self.other], "prepare")
            self.work()
        # 25 kWh x 0.20
        self.assertEqual(mine.statement_id.total_credit, 5.0)
        for item in others - mine:
            self.assertEqual(item.statement_id.computed_at, before[item])

    def test_a_session_that_comes_between_check_and_approval_is_computed_and_checked_first(self):
        run = self.start()
        self.work()
        run.action_release()
        self.make_cdr("2026-03-06T08:00:00Z", 5_000, station="T-AC-2", token={"uid": "DEEMSP01", "type": "RFID"})
        self.work()
        self.assertEqual(
            self.steps(run),
            {self.hosted: "done", self.other: "review", self.roaming: "review"},
            "whoever released them saw other numbers",
        )
        self.assertEqual(
            run.contract_ids.filtered(lambda item: item.contract_id == self.other).statement_id.total_credit, 5.0
        )

    def test_what_stops_one_contract_is_said_and_the_others_go_on(self):
        self.hosted.mandate_date = False
        run = self.start("autopilot")
        self.work()
        self.assertEqual(self.steps(run), {self.hosted: "document", self.other: "done", self.roaming: "done"})
        stopped = run.contract_ids.filtered("stopped")
        self.assertEqual(stopped.contract_id, self.hosted)
        self.assertIn("Self-Billing Mandate Signed", stopped.message)
        run._go_on()
        self.work()
        self.assertTrue(stopped.stopped, "nothing is tried again before somebody says so")
        self.hosted.mandate_date = "2026-01-01"
        stopped.action_try_again()
        self.work()
        self.assertEqual((run.state, stopped.step, stopped.message), ("closed", "done", False))

    def test_a_job_that_breaks_says_where_to_look(self):
        run = self.start("autopilot")

        def broken(statement):
            raise ZeroDivisionError("by somebody's module")

        self.patch(self.registry["ev.statement"], "_make_files", broken)
        # not assertRaises, which would take back what the jobs before it did
        with suppress(ZeroDivisionError):
            self.work()
            self.fail("the step did not break")
        job = self.env["queue.job"].search([("identity_key", "=like", "ev-run:%:files"), ("state", "=", "started")])
        Job.load(self.env, job.uuid).on_fail(
            {"exc_info": "...", "exc_name": "ZeroDivisionError", "exc_message": "by somebody's module"}
        )
        broken_items = run.contract_ids.filtered("stopped")
        self.assertEqual((len(broken_items), broken_items.step), (1, "files"))
        self.assertIn("ZeroDivisionError: by somebody's module", broken_items.message)
        self.assertEqual(broken_items.statement_id.state, "documented")

    def test_documents_that_break_stop_their_batch(self):
        run = self.start("autopilot")

        def broken(statements, day):
            raise ZeroDivisionError("by somebody's module")

        self.patch(self.registry["ev.statement"], "_post_documents_apart", broken)
        with suppress(ZeroDivisionError):
            self.work()
            self.fail("the step did not break")
        job = self.env["queue.job"].search([("identity_key", "=like", "ev-run:%:documents"), ("state", "=", "started")])
        Job.load(self.env, job.uuid).on_fail({"exc_info": "...", "exc_name": "ZeroDivisionError", "exc_message": "x"})
        waiting = run.contract_ids.filtered(lambda item: item.step == "document")
        self.assertTrue(waiting)
        self.assertTrue(all(waiting.mapped("stopped")))
        self.assertIn("Step 'document' broke: ZeroDivisionError: x", waiting[0].message)

    def test_done_by_hand_is_done(self):
        run = self.start()
        self.work()
        statement = run.statement_ids.filtered(lambda statement: statement.contract_id == self.other)
        statement.action_approve()
        statement.document("2026-04-01")
        self.assertEqual(self.steps(run)[self.other], "send")
        run.action_release()
        self.work()
        self.assertEqual(set(self.steps(run).values()), {"done"})
        self.assertEqual(len(run.statement_ids), 3)

    def test_prepared_by_hand_belongs_to_the_run(self):
        [statement] = self.prepare(2026, 3, self.hosted)
        self.assertEqual(statement.run_id.name, "2026-03")
        run = self.start()
        self.assertEqual(run, statement.run_id)
        self.work()
        self.assertEqual(len(run.contract_ids), 3)
        self.assertEqual(len(run.statement_ids), 3)

    def test_closed_run_opens_again_for_a_contract_that_comes_later(self):
        run = self.start("autopilot", contracts=self.hosted | self.other)
        self.work()
        self.assertEqual(run.state, "closed")
        closed = run.summary_hash
        self.assertTrue(closed)
        self.start("autopilot")
        self.assertEqual((run.state, run.closed_at), ("open", False))
        with freeze_time("2026-04-05 04:00:00"):
            self.work()
        # from the evening of 31 March to 5 April
        self.assertEqual((run.state, run.days_to_close), ("closed", 4))
        self.assertNotEqual(run.summary_hash, closed)

    def test_month_that_is_not_over_waits(self):
        run = self.start("autopilot", month=4)
        self.work()
        self.assertEqual(set(self.steps(run).values()), {"review"})
        with self.assertRaisesRegex(UserError, "nothing is ready"):
            run.action_release()
        self.assertEqual(set(run.statement_ids.mapped("state")), {"draft"})

    def test_contract_without_a_period_is_nothing(self):
        # a quarterly contract has no period that ends in February
        self.other.periodicity = "quarterly"
        run = self.start(month=2)
        self.work()
        self.assertEqual(self.steps(run)[self.other], "nothing")
        self.assertNotIn(self.other, run.statement_ids.contract_id)

    def test_dead_queue_is_seen(self):
        self.start()
        runs = self.env["ev.run"]
        self.assertFalse(runs._has_dead_queue())
        with freeze_time("2026-04-01 04:11:00"):
            self.assertTrue(runs._has_dead_queue(), "jobs wait for eleven minutes and nobody takes them")
            counts = runs._count_jobs(runs.search([("company_id", "=", self.company.id)]))
            # three contracts and the watch
            self.assertEqual(list(counts.values()), [{"pending": 4}])

    def test_autopilot_goes_on_once_a_finding_is_decided(self):
        self.ingest(self.make_item("2026-03-07T08:00:00Z", station="NOBODY"))
        run = self.start("autopilot")
        self.work()
        self.assertEqual(set(self.steps(run).values()), {"review"}, "a session in quarantine stops all of it")
        with self.assertRaisesRegex(UserError, "in quarantine"):
            run.action_release()
        with self.assertRaisesRegex(UserError, "in quarantine"):
            run.contract_ids[0].action_release()
        self.assertFalse(run.contract_ids.filtered("released_at"))
        self.env["ev.finding"].search([("company_id", "=", self.company.id)])._accept("seen")
        run._go_on()
        self.work()
        self.assertEqual((run.state, set(self.steps(run).values())), ("closed", {"done"}))

    def test_what_is_computed_anew_is_checked_anew(self):
        run = self.start()
        self.work()
        item = run.contract_ids.filtered(lambda item: item.contract_id == self.other)
        self.assertTrue(item.checked)
        item.statement_id.action_compute()
        self.assertFalse(item.checked)
        run._go_on()
        self.work()
        self.assertTrue(item.checked)

    def test_a_month_that_does_not_add_up_cannot_be_released(self):
        run = self.start("autopilot")
        counted = self.registry["ev.statement"]._count_again

        def one_more(statements, *args):
            """As if a session were stored that nothing was found about."""
            count, wh = counted(statements, *args)
            return count + 1, wh + 1_000

        with self.patch_counting(one_more):
            self.work()
            self.assertEqual(set(self.steps(run).values()), {"review"}, "the autopilot waits")
            with self.assertRaisesRegex(UserError, "does not add up: 5 sessions and 51000 Wh are stored"):
                run.action_release()
            with self.assertRaisesRegex(UserError, "does not add up"):
                run.contract_ids[0].action_release()
        self.assertFalse(run.contract_ids.filtered("released_at"))
        run.action_check()
        run.action_release()
        self.work()
        self.assertEqual(run.state, "closed")

    def patch_counting(self, count):
        return patch.object(self.registry["ev.statement"], "_count_again", count)
