"""The steps of a mandate: activated by a second person, suspended, cancelled for good, expired."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .ev_payment_batch import APPROVER, MAKER


class EvSepaMandate(models.Model):
    _inherit = "ev.sepa.mandate"

    def action_activate(self):
        """Put mandates in force, or in force again.

        :raises AccessError: no payment approver
        :raises UserError: entered by the same person, cancelled, expired, or not complete
        """
        if not self.env.user.has_group(APPROVER):
            raise AccessError(self.env._("Mandates are activated by payment approvers."))
        self.check_access("read")
        for mandate in self:
            mandate._lock("draft", "suspended")
            mandate._check_activatable()
            mandate.sudo()._activate()
        return True

    def _lock(self, *states):
        """Take the mandate for one step.

        :raises UserError: it is in none of `states`
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute("SELECT state FROM ev_sepa_mandate WHERE id = %s FOR UPDATE", (self.id,))
        self.invalidate_recordset(["state"])
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(mandate)s is %(state)s: this step is for %(states)s.",
                    mandate=self.reference,
                    state=labels[self.state],
                    states=", ".join(labels[state] for state in states),
                )
            )

    def _check_activatable(self):
        mandate = self.sudo()
        if self.env.user in (mandate.changed_by_id, mandate.create_uid):
            raise UserError(
                self.env._(
                    "%s was entered or changed by you: a second person activates it, with the signed paper in hand.",
                    mandate.reference,
                )
            )
        missing = mandate._find_missing()
        if missing:
            raise UserError(
                self.env._("%(mandate)s cannot be used: %(missing)s", mandate=mandate.reference, missing=missing)
            )

    def _find_missing(self):
        """What a mandate lacks to be in force, as a sentence, or None."""
        if not self.signed_on:
            return self.env._("the day of signature is missing.")
        if not self.partner_bank_id:
            return self.env._("the debtor's account is missing.")
        if problem := self._get_account_problem():
            return problem
        if self.scheme == "B2B" and not self.confirmed_on:
            return self.env._("the debtor's bank has not confirmed it (B2B).")
        if self._is_expired(self._get_today()):
            return self.env._("its last collection is 36 months ago; ask the debtor to sign a new one.")
        return None

    def _activate(self):
        self.ensure_one()
        number = self.partner_bank_id.sanitized_acc_number
        values = {
            "state": "active",
            "suspended_note": False,
            "activated_by_id": self.env.uid,
            "activated_at": fields.Datetime.now(),
            "iban": number,
        }
        if not self.activated_at:
            values |= {"known_reference": self.reference, "known_iban": number}
        self.write(values)
        self._log_step(self.env._("Activated for %s.", self.partner_bank_id.acc_number))

    def action_suspend(self):
        """Collect nothing under these mandates until somebody activates them again."""
        self._check_maker()
        for mandate in self:
            mandate._lock("active")
            mandate._suspend(self.env._("Suspended by %s.", self.env.user.name))
        return True

    def _suspend(self, note):
        """Collect nothing more under these mandates; `note` says why."""
        for mandate in self.sudo():
            if mandate.state in ("active", "draft"):
                mandate.write({"state": "suspended", "suspended_note": note})
                mandate._log_step(self.env._("Suspended: %s", note))

    def action_cancel(self):
        """End mandates for good: the debtor took them back, or they are not wanted any more."""
        self._check_maker()
        for mandate in self:
            mandate._lock("draft", "active", "suspended", "expired")
            mandate.sudo().write({"state": "cancelled"})
            mandate._log_step(self.env._("Cancelled by %s.", self.env.user.name))
        return True

    def _check_maker(self):
        if not (self.env.user.has_group(MAKER) or self.env.user.has_group(APPROVER)):
            raise AccessError(self.env._("Mandates are kept by payment makers and approvers."))
        self.check_access("read")

    def action_open_collections(self):
        self.ensure_one()
        self.check_access("read")
        lines = self.env["ev.payment.line"]
        lines.check_access("read")
        lines = lines.search([("mandate_id", "=", self.id)])
        return lines._get_records_action(name=self.env._("Collections"))

    def _log_step(self, text):
        self.sudo().message_post(body=text, author_id=self.env.user.partner_id.id)

    @api.model
    def _cron_expire(self):
        """Mandates that no bank takes any more: unused for 36 months, or used up."""
        for mandate in self.sudo().search([("state", "in", ("active", "suspended"))]):
            if mandate._is_expired(mandate._get_today()) or mandate._is_used_up(booked=True):
                mandate.write({"state": "expired"})
                mandate._log_step(self.env._("Expired."))
