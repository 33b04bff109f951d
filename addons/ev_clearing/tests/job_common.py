"""A queue whose jobs are taken one by one, and may die."""

from odoo.addons.queue_job.job import Job


class Killed(Exception):
    """The process died in the middle of a job: nothing of it is there."""


class JobCase:
    """For a test case: set `jobs_of` to the beginning of the jobs' identity keys."""

    jobs_of = ""
    # more than any test needs: with them nothing goes on
    most_jobs = 100

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.older_jobs = cls.env["queue.job"].search([]).ids

    def waiting(self):
        domain = [
            ("identity_key", "=like", f"{self.jobs_of}:%"),
            ("state", "=", "pending"),
            ("id", "not in", self.older_jobs),
        ]
        return self.env["queue.job"].search(domain, order="id")

    def work(self, kill=None):
        """Take jobs until none waits; let the process die at the end of job number ``kill``. Return how many were taken."""
        taken = 0
        while jobs := self.waiting():
            job = Job.load(self.env, jobs[0].uuid)
            taken += 1
            self.assertLess(taken, self.most_jobs, "nothing goes on")
            try:
                with self.env.cr.savepoint():
                    job.perform()
                    if taken == kill:
                        raise Killed
            except Killed:
                self.env.invalidate_all(flush=False)
                return taken
            job.set_done()
            job.store()
            self.env.flush_all()
            self.env.invalidate_all()
        return taken
