"""The run at work: jobs of OCA `queue_job`, one per contract and step, safe to lose, to repeat and to run side by side.

A job takes one step of one contract and enqueues the next, in one transaction: whatever dies, the step is either done with its
successor waiting, or not done and asked for again (by `queue_job`, which finds jobs whose process died, or by the cron). A step
that is done already is found done. Only documents are made many contracts a job, in a channel of one, because their journal
numbers one at a time and many moves a call cost a third. `_job_watch` waits for the others, checks what was computed and closes.

Where a step is refused (a missing mandate, somebody else at work) the contract waits with the reason; the others go on.
"""

from datetime import UTC

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from .ev_statement import ContractBusy, InputsMoved

# Seconds until a look at the others is worth it again.
POLL = 5
# Documents made by one job: enough to be cheap, few enough for a worker's time limit.
BATCH = 50


def identity(run, *parts):
    """The key under which a job waits at most once."""
    return ":".join(map(str, ("ev-run", run.id, *parts)))


class EvRunContract(models.Model):
    _inherit = "ev.run.contract"

    def _enqueue(self):
        """A job for the next step of each contract that has one and is not stopped; what was not released stays inside."""
        steps = self._get_job_steps()
        for item in self:
            if item.stopped or item.step not in steps or not (item.step == "prepare" or item.released_at):
                continue
            if item.step == "document":
                item.run_id._enqueue_documents()
                continue
            delayed = item.with_delay(
                priority=steps[item.step],
                identity_key=identity(item.run_id, item.id, item.step),
                description=f"{item.run_id.name} {item.contract_id.name}: {item.step}",
            )
            getattr(delayed, f"_job_{item.step}")()

    def _in_company(self):
        """The contract with its company's clock and accounts, whoever started the run."""
        company = self.company_id
        return self.with_company(company).with_context(tz=company._get_ev_zone().key, allowed_company_ids=company.ids)

    def _job_prepare(self):
        """Compute the contract's statement of the period that is due, unless that is done."""
        item = self._in_company()
        if not item.exists() or item.state != "due":
            return
        try:
            with self.env.cr.savepoint():
                statement = item.env["ev.statement"]._prepare_contract(item.contract_id, item.run_id._get_span())
        except (ContractBusy, UniqueViolation) as busy:
            # the same thing made twice at the same time: one of the two tries again, and finds it
            raise RetryableJobError(str(busy), seconds=POLL, ignore_retry=isinstance(busy, ContractBusy)) from busy
        except UserError as error:
            item._stop(str(error))
            return
        item._note(statement)

    def _job_approve(self):
        """Approve the released statement. What moved since it was checked is computed and checked again."""
        self._take_checked_step("approve", lambda statement: statement._approve())

    def _take_checked_step(self, step, take):
        """Take a step that needs the statement to be as it was checked and released; what is refused waits for another release.

        :param take: called with the statement
        """
        item = self._in_company()
        if item.step != step or not item.checked:
            return
        try:
            with self.env.cr.savepoint():
                take(item.statement_id)
        except ContractBusy as busy:
            raise RetryableJobError(str(busy), seconds=POLL, ignore_retry=True) from busy
        except InputsMoved:
            item._make_due()
        except UserError as error:
            item.write({"released_at": False, "released_by_id": False, "message": str(error)})
        item._enqueue()

    def _job_files(self):
        """Write the annex and print what is not printed yet."""
        self._take_step("files", lambda statement: statement._make_files())

    def _job_send(self):
        """Send the statement with its files, unless it is sent."""
        self._take_step("send", lambda statement: statement._send())

    def _take_step(self, step, take):
        """Take a step of the statement, unless it is taken; what it left undone stops the contract with the reason.

        :param take: called with the statement; may return {statement id: why it was left}
        """
        item = self._in_company()
        if item.step != step:
            return
        if not item.statement_id.try_lock_for_update(allow_referencing=True):
            raise RetryableJobError("Somebody else is at work on it.", seconds=POLL, ignore_retry=True)
        try:
            with self.env.cr.savepoint():
                left = take(item.statement_id) or {}
        except UserError as error:
            item._stop(str(error))
            return
        if item.step == step:
            item._stop(left.get(item.statement_id.id) or self.env._("This step did nothing: look at the statement."))
        item._enqueue()

    def _on_job_failed(self, exc_info=None, exc_name=None, exc_message=None):
        """A job that broke is for an administrator: the contract waits, and says where to look."""
        self._stop(
            self.env._(
                "Step '%(step)s' broke: %(error)s. Show this to your administrator (Job Queue), then try again.",
                step=self[:1].step,
                error=f"{exc_name}: {exc_message}",
            )
        )


class EvRun(models.Model):
    _inherit = "ev.run"

    def _go_on(self):
        """Enqueue whatever can be done now. Safe at any time, any number of times."""
        for run in self:
            run.contract_ids._enqueue()
            run._enqueue_watch()

    def _enqueue_documents(self, seconds=None):
        self.with_delay(
            priority=self.contract_ids._get_job_steps()["document"],
            eta=seconds,
            identity_key=identity(self, "documents"),
            description=f"{self.name}: documents",
        )._job_documents()

    def _enqueue_watch(self):
        self.with_delay(identity_key=identity(self, "watch"), description=f"{self.name}: checks, close")._job_watch()

    def _job_documents(self):
        """Make the documents of the next statements that are released and approved, dated as on the day of their release."""
        run = self.with_company(self.company_id).with_context(allowed_company_ids=self.company_id.ids)
        domain = [("run_id", "=", self.id), ("step", "=", "document"), ("stopped", "=", False)]
        items = run.env["ev.run.contract"].search(domain, order="id", limit=BATCH)
        if not items:
            return
        # a contract that somebody else holds waits for the next round
        free = items.contract_id.try_lock_for_update(allow_referencing=True)
        busy = items.filtered(lambda item: item.contract_id not in free)
        items -= busy
        for day, batch in items.grouped(lambda item: run._get_day(item.released_at)).items():
            left = batch.statement_id._post_documents_apart(day)
            for item in batch.filtered(lambda item, left=left: item.statement_id.id in left):
                item._stop(left[item.statement_id.id])
            batch._enqueue()
        self._enqueue_documents(POLL if busy else None)

    def _job_watch(self):
        """Wait until all is computed, check it, let out what may go out, and close when all is out."""
        if self.state == "closed":
            return
        # nobody pressed for what it releases
        self = self.with_user(SUPERUSER_ID)
        items = self.contract_ids.filtered(lambda item: not item.stopped)
        if items.filtered(lambda item: item.step == "prepare"):
            raise RetryableJobError("Contracts are still being computed.", seconds=POLL, ignore_retry=True)
        unchecked = items.filtered(lambda item: not item.checked)
        if unchecked:
            self._check()
        # what was found may have been decided on since it was checked
        if self._release_by_itself() or unchecked:
            self._go_on()
            return
        steps = items._get_job_steps()
        if items.filtered(lambda item: item.released_at and item.step in steps):
            raise RetryableJobError("Statements are still going out.", seconds=POLL, ignore_retry=True)
        self._close_if_done()

    def _get_day(self, moment):
        """The company's calendar day of a moment (naive UTC)."""
        return moment.replace(tzinfo=UTC).astimezone(self.company_id._get_ev_zone()).date()

    def _on_documents_failed(self, exc_info=None, exc_name=None, exc_message=None):
        """Nobody knows which of the batch broke it: all of them wait, and say where to look."""
        domain = [("run_id", "=", self.id), ("step", "=", "document"), ("stopped", "=", False)]
        batch = self.env["ev.run.contract"].search(domain, order="id", limit=BATCH)
        batch._on_job_failed(exc_info, exc_name, exc_message)

    def _on_job_failed(self, exc_info=None, exc_name=None, exc_message=None):
        """Said on the run: no single contract is to blame."""
        self.message_post(
            body=self.env._(
                "A step of this run broke: %s. Show this to your administrator (Job Queue), then press Go On.",
                f"{exc_name}: {exc_message}",
            )
        )

    def action_go_on(self):
        """Enqueue again whatever waits: after a crash, or a job that broke."""
        self._check_accountant()
        self.sudo()._go_on()
        return True

    @api.model
    def _count_jobs(self, runs):
        """{run id: {state of the job: count}} of the jobs that are not done."""
        found = self.env.execute_query(
            SQL(
                """SELECT split_part(identity_key, ':', 2)::int, state, count(*) FROM queue_job
                    WHERE identity_key LIKE 'ev-run:%%' AND state NOT IN ('done', 'cancelled')
                      AND split_part(identity_key, ':', 2) = ANY(%s) GROUP BY 1, 2""",
                [str(run_id) for run_id in runs.ids],
            )
        )
        result = {run_id: {} for run_id in runs.ids}
        for run_id, state, count in found:
            result[run_id][state] = count
        return result

    @api.model
    def _has_dead_queue(self):
        """Whether jobs of runs wait for minutes though nothing keeps them: nobody runs the queue."""
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=10)
        domain = [("identity_key", "=like", "ev-run:%"), ("state", "=", "pending"), ("date_created", "<", since)]
        queue = self.env["queue.job"].sudo()
        waiting = queue.search_count([*domain, "|", ("eta", "=", False), ("eta", "<", since)], limit=1)
        return bool(waiting) and not queue.search_count([("date_started", ">", since)], limit=1)
