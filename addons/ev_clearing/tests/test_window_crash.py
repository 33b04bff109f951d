from contextlib import suppress

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.ev_billing.tests.run_common import EvRunCommon
from odoo.addons.ev_clearing.models.ev_disputing import Claim


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 04:00:00")
class TestWindowCrash(EvRunCommon):
    """A month on autopilot whose eMSP looks first: jobs may die at any moment, be lost, or come in any order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roaming.control_days = 7
        # a second session of 5 kWh, disputed below
        cls.disputed = cls.make_cdr(
            "2026-03-06T08:00:00Z", 5_000, station="T-AC-2", token={"uid": "DEEMSP01", "type": "RFID"}
        )

    def go_through(self, run, **options):
        """Work, let the partner dispute and approve, work on.

        :return: how many jobs were taken before, and in all
        """
        before = self.work(**options)
        statement = self.statement(run)
        if statement.state == "control" and not statement.window_closed_at:
            if not statement.dispute_ids:
                statement._dispute([Claim(self.disputed.id, "energy")], self.emsp)
            statement._approve_by_partner("Ada")
        options["kill"] = options.get("kill", 0) - before
        return before, before + self.work(**options)

    def statement(self, run):
        return run.contract_ids.filtered(lambda item: item.contract_id == self.roaming).statement_id

    def outcome(self, run):
        """What the run came to, what the partner was shown, and how often it was mailed."""
        statement = self.statement(run)
        listed = [(row.external_id, row.amount, row.left_out) for row in statement.session_ids]
        # numbers that a rolled back transaction took are not given again
        subjects = [message.subject.replace(statement.name, "") for message in statement.message_ids if message.subject]
        return run._get_summary(), sorted(listed), sorted(subjects)

    def undisturbed(self, run):
        with self.env.cr.savepoint(flush=False) as undo:
            jobs = self.go_through(run)
            expected = self.outcome(run)
            self.assertEqual(run.state, "closed")
            # 20 kWh x 0.40; the disputed 5 kWh are left out
            self.assertEqual((self.statement(run).total, self.statement(run).shown_count), (8, 2))
            undo.rollback()
        self.env.invalidate_all()
        return jobs, expected

    def test_killed_in_any_job_the_window_ends_the_same(self):
        run = self.start("autopilot", contracts=self.roaming)
        (before, jobs), expected = self.undisturbed(run)
        self.assertGreater(jobs, before, "there is work after the window too")
        for number in range(1, jobs + 1):
            with self.subTest(killed_in=number), self.env.cr.savepoint(flush=False) as undo:
                self.go_through(run, kill=number)
                self.assertEqual(self.outcome(run), expected)
                undo.rollback()
            self.env.invalidate_all()

    def test_in_any_order_and_with_every_job_lost_the_window_ends_the_same(self):
        run = self.start("autopilot", contracts=self.roaming)
        _jobs, expected = self.undisturbed(run)
        for seed in range(4):
            with self.subTest(seed=seed), self.env.cr.savepoint(flush=False) as undo:
                self.waiting().sudo().unlink()
                run._go_on()
                with suppress(StopIteration):
                    self.go_through(run, seed=seed)
                self.waiting().sudo().unlink()
                run._go_on()
                self.work(seed=seed)
                self.assertEqual(self.outcome(run), expected)
                undo.rollback()
            self.env.invalidate_all()
