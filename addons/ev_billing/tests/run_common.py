"""A month with three contracts and a queue whose jobs are taken one by one, in any order, and may be killed."""

import random

from odoo.fields import Datetime

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job

from .common import EvBillingCommon


class Killed(Exception):
    """The process died in the middle of a job: nothing of it is there."""


class EvRunCommon(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Paris"
        cls.company.email = "billing@operator.example"
        cls.second = cls.env["res.partner"].create({"name": "Second Host", "is_company": True})
        cls.second_site = cls.make_site("Paris Test", cls.second)
        cls.make_station("T-AC-2", cls.second_site)
        cls.hosted = cls.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "0.35"))
        cls.make_token("DEEMSP01", "roaming", partner=cls.emsp)
        cls.other = cls.make_contract(("credit", "kwh", "0.20"), partner=cls.second, credit_document="statement")
        cls.roaming = cls.make_contract(("charge", "kwh", "0.40"), partner=cls.emsp, role="emsp")
        for day in (3, 4, 5):
            cls.make_cdr(
                f"2026-03-{day:02}T08:00:00Z", 10_000, meter_start=day * 10_000, meter_stop=day * 10_000 + 10_000
            )
        cls.make_cdr(
            "2026-03-05T08:00:00Z", 20_000, hours=2.0, station="T-AC-2", token={"uid": "DEEMSP01", "type": "RFID"}
        )

    @classmethod
    def start(cls, mode="review", month=3, contracts=None, **values):
        """The run of that month of 2026, its jobs waiting."""
        cls.company.write({"ev_run_mode": mode, **values})
        runs = cls.env["ev.run"].with_company(cls.company)
        return runs.browse(runs.start(cls.company.id, 2026, month, contracts.ids if contracts else None))

    def waiting(self):
        """The jobs that wait, oldest first."""
        return self.env["queue.job"].search(
            [("identity_key", "=like", "ev-run:%"), ("state", "=", "pending")], order="id"
        )

    def work(self, seed=None, kill=None):
        """Take jobs until none waits, like the job runner.

        :param seed: take them in that random order, not the oldest first
        :param kill: let the process die in the job with that number: nothing of it is kept, it still waits
        :return: how many jobs were taken
        """
        chance, taken, idle = random.Random(seed), 0, 0
        while jobs := self.waiting():
            # a job that waits for others comes after them, and no job waits for ever
            self.assertLess(idle, 50, f"nothing goes on: {jobs.mapped('name')}")
            job = Job.load(self.env, (chance.choice(jobs) if seed is not None else jobs[idle % len(jobs)]).uuid)
            taken += 1
            self._mark(job.set_started, job)
            try:
                with self.env.cr.savepoint():
                    job.perform()
                    if taken == kill:
                        raise Killed
            except (RetryableJobError, Killed):
                idle += 1
                self._mark(job.set_pending, job)
                continue
            idle = 0
            self._mark(job.set_done, job)
        return taken

    def _mark(self, state, job):
        """What the runner notes about a job, in a transaction of its own."""
        self.env.invalidate_all()
        state()
        job.store()
        self.env.flush_all()

    def steps(self, run):
        return {item.contract_id: item.step for item in run.contract_ids}

    def at(self, text):
        return Datetime.to_datetime(text)
