"""Cancelling a released file: one person asks and says why, another agrees; then its documents are open again.

The file stays on file. A new batch of the same documents has new ids throughout, so that the bank takes it for what it is.
"""

from odoo import models
from odoo.exceptions import AccessError, UserError

from .ev_payment_batch import APPROVER, MAKER


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def action_cancel(self):
        """Cancel a batch that has no file yet; ask for a reason where it has one."""
        self._check_cancelling()
        if any(batch.state in ("released", "accepted", "partly") for batch in self):
            self.ensure_one()
            action = self.env["ir.actions.act_window"]._for_xml_id("ev_sepa.ev_payment_cancel_action")
            return dict(action, context={"default_batch_id": self.id})
        for batch in self:
            batch._lock("draft", "checked", "approved")
            batch.sudo()._cancel(self.env._("Cancelled before its file was written."))
        return True

    def _check_cancelling(self):
        if not (self.env.user.has_group(MAKER) or self.env.user.has_group(APPROVER)):
            raise AccessError(self.env._("Batches are cancelled by payment makers and approvers."))
        self.check_access("read")

    def _ask_to_cancel(self, reason):
        """The first of two: says that the bank was told not to execute it, and why.

        :raises UserError: no reason, asked already, or the bank has booked some of it
        """
        self._check_cancelling()
        self._lock("released", "accepted", "partly")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why %s is cancelled: it stays on file.", self.name))
        if self.cancel_asked_by_id:
            raise UserError(
                self.env._("%(user)s asked for it already: somebody else confirms.", user=self.cancel_asked_by_id.name)
            )
        self._refuse_booked()
        self.sudo().write({"cancel_reason": reason.strip(), "cancel_asked_by_id": self.env.uid})
        self._log(self.env._("Cancelling asked"), reason.strip())

    def action_confirm_cancel(self):
        """The second of two: open the documents again.

        :raises UserError: by the same person, or nobody asked
        """
        if not self.env.user.has_group(APPROVER):
            raise AccessError(self.env._("Cancelling a released file is confirmed by a payment approver."))
        self.check_access("read")
        for batch in self:
            batch._lock("released", "accepted", "partly")
            if not batch.cancel_asked_by_id:
                raise UserError(self.env._("Nobody asked to cancel %s: press Cancel and say why first.", batch.name))
            if batch.cancel_asked_by_id == self.env.user:
                raise UserError(self.env._("You asked to cancel %s: a second person confirms it.", batch.name))
            batch._refuse_booked()
            batch.sudo()._cancel(batch.cancel_reason)
        return True

    def action_withdraw_cancel(self):
        """Leave the batch as it is after all."""
        self._check_cancelling()
        for batch in self:
            batch._lock("released", "accepted", "partly")
            batch.sudo().write({"cancel_reason": False, "cancel_asked_by_id": False})
            batch._log(self.env._("Cancelling withdrawn"))
        return True

    def _refuse_booked(self):
        booked = self.sudo().line_ids.filtered(
            lambda line: line.state in ("booked", "returned") or line.payment_id.is_matched
        )
        booked |= self.sudo().line_ids.filtered("live")._find_named(by_batch=True)
        if booked:
            raise UserError(
                self.env._(
                    "The bank has booked %(count)s payments of %(batch)s already, e.g. %(line)s: it cannot be cancelled. "
                    "Money that comes back is booked as a return.",
                    count=len(booked),
                    batch=self.name,
                    line=booked[0].end_to_end_id,
                )
            )

    def _cancel(self, reason):
        self.ensure_one()
        self.write({"state": "cancelled", "cancelled_by_id": self.env.uid, "cancel_reason": reason})
        self.line_ids.filtered(lambda line: line.live and not line.payment_id)._set_state("cancelled")
        self._undo_or_enqueue()
        self._log(self.env._("Cancelled"), reason)
