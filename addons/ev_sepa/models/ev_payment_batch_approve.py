"""Approving: by somebody who did not make it. From here on nothing of a batch changes: its fingerprint is compared again at
release, and a database trigger refuses any other value."""

from odoo import fields, models
from odoo.exceptions import UserError

from .ev_payment_batch import APPROVER, MAKER


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def action_approve(self):
        """Approve checked batches.

        :raises AccessError: no payment approver
        :raises UserError: made by the same person, not checked, or something changed since
        """
        self._check_role(APPROVER, self.env._("Approving"))
        for batch in self:
            batch._lock("checked")
            if batch._is_maker(self.env.user):
                raise UserError(
                    self.env._(
                        "%s was made, changed or checked by you: a second person approves it.",
                        batch.name,
                    )
                )
            batch.sudo()._approve()
        return True

    def _is_maker(self, user):
        """Whether a user had a hand in it; who really logged in counts, not whose rights the code has."""
        self.ensure_one()
        return user in self.maker_ids or user == self.create_uid

    def _approve(self):
        self.ensure_one()
        self._check_unchanged()
        self.write({"state": "approved", "approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()})
        self._log(self.env._("Approved"), self.env._("fingerprint %s", self.digest))

    def _check_unchanged(self):
        """Compare the batch, as it would be sent now, with what was checked.

        :return: the file as it would be sent, see `_make_trial`
        :raises UserError: names everything that is not as it was checked
        """
        trial = self._make_trial()
        differences = self._find_differences(trial)
        if differences:
            raise UserError(
                self.env._(
                    "%(batch)s is not what was checked:\n%(differences)s\nSet it back to draft and check it again.",
                    batch=self.name,
                    differences="\n".join(differences[:20]),
                )
            )
        return trial

    def action_back_to_draft(self):
        """Open an approved batch again, before its file exists; it is checked and approved anew."""
        if not self.env.user.has_group(APPROVER):
            self._check_role(MAKER, self.env._("Opening"))
        self.check_access("read")
        for batch in self:
            batch._lock("checked", "approved")
            values = {
                "state": "draft",
                "digest": False,
                "approved_by_id": False,
                "approved_at": False,
                "checked_at": False,
            }
            batch.sudo().write(values)
            batch._log(self.env._("Back to draft"))
        return True
