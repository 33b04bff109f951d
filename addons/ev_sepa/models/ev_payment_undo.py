"""Payments that did not happen, rejected by the bank or cancelled by us: their documents are open again, a hundred at once.

What is to be undone is read off batch and payments, never remembered: killed in between, it goes on. Until a payment is undone
its documents stay closed.
"""

from odoo import fields, models

from ..iso20022.reason import STATUSES
from .ev_payment_line_post import ENOUGH

REJECTED = tuple(code for code, standing in STATUSES.items() if standing == "rejected")


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _undo_or_enqueue(self):
        """Undo at once what is few; many go in jobs."""
        for batch in self:
            waiting = batch._find_to_undo(ENOUGH + 1)
            if len(waiting) <= ENOUGH:
                waiting._do_apart(lambda lines: lines._undo())
            else:
                batch._enqueue_undoing()

    def _find_to_undo(self, limit, after=0):
        """Live payments of a cancelled batch, or that the bank rejected."""
        domain = [("batch_id", "in", self.ids), ("id", ">", after), ("state", "in", ("released", "accepted"))]
        if self.state != "cancelled":
            domain.append(("status_code", "in", REJECTED))
        return self.env["ev.payment.line"].sudo().search(domain, limit=limit, order="id")

    def _enqueue_undoing(self, after=0):
        for batch in self:
            batch.with_delay(
                identity_key=f"ev-payment:{batch.id}:undo:{after or ''}",
                description=self.env._("%s: open the documents again", batch.name),
            )._job_undo(after)

    def _job_undo(self, after=0):
        """Undo some payments, then ask for the next: safe to kill and to repeat.

        :param after: id of the last one that was tried
        """
        if not self.exists():
            return
        waiting = self._find_to_undo(ENOUGH, after)
        waiting.with_company(self.company_id)._do_apart(lambda lines: lines._undo())
        if len(waiting) == ENOUGH:
            # another key: this job still runs under its own
            self._enqueue_undoing(waiting[-1].id)

    def _cron_post(self):
        """What no job undoes any more is asked for again, too."""
        result = super()._cron_post()
        lines = self.env["ev.payment.line"].sudo()
        live = [("state", "in", ("released", "accepted"))]
        undone = ["|", ("batch_id.state", "=", "cancelled"), ("status_code", "in", REJECTED)]
        for (batch,) in lines._read_group(live + undone, ["batch_id"]):
            batch._enqueue_undoing()
        return result


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _undo(self):
        """Open the documents again, and say what became of the payments."""
        for batch in self.batch_id:
            lines = self.filtered(lambda line, batch=batch: line.batch_id == batch)
            if batch.state == "cancelled":
                lines._undo_payments(fields.Date.context_today(self), batch.cancel_reason, "canceled")
                lines._set_state("cancelled")
            else:
                for line in lines:
                    line._reject(line.reason_code, line.reason)
            batch._follow_lines()
