"""Core payments that stand in a bank file: their amount, account and documents are the file's, whoever asks."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .ev_own_work import OWN_WORK, find_changed

FACTS = (
    "amount",
    "currency_id",
    "partner_id",
    "partner_bank_id",
    "journal_id",
    "payment_type",
    "date",
    "payment_reference",
    "memo",
    "partner_type",
    "destination_account_id",
    "outstanding_account_id",
    "payment_method_line_id",
    "move_id",
    "state",
)
# What reconciling makes of a payment's state; everything else is a step of the batch.
FOLLOWS = ("in_process", "paid")


class AccountPayment(models.Model):
    _inherit = "account.payment"

    ev_payment_line_ids = fields.One2many("ev.payment.line", "payment_id", "In Batch", readonly=True)
    ev_payment_batch_id = fields.Many2one("ev.payment.batch", "Payment Batch", compute="_compute_ev_payment_batch_id")

    @api.depends("ev_payment_line_ids.batch_id")
    def _compute_ev_payment_batch_id(self):
        for payment in self:
            payment.ev_payment_batch_id = payment.sudo().ev_payment_line_ids[:1].batch_id

    def write(self, vals):
        if any(name in vals for name in FACTS):
            self._check_ev_free(vals)
        return super().write(vals)

    def action_draft(self):
        self._check_ev_free()
        return super().action_draft()

    def action_cancel(self):
        self._check_ev_free()
        return super().action_cancel()

    def action_reject(self):
        self._check_ev_free()
        return super().action_reject()

    def unlink(self):
        self._check_ev_free()
        return super().unlink()

    @api.model
    def _is_ev_posting(self):
        """Whether this is the batch's own work."""
        return self.env.context.get("ev_payment_posting") is OWN_WORK

    def _check_ev_free(self, vals=None):
        """:raises UserError: the payment is in a bank file, and these values would make it another one"""
        if self._is_ev_posting():
            return
        for payment in self:
            line = payment.sudo().ev_payment_line_ids[:1]
            if line and (vals is None or payment._is_ev_changed(vals)):
                raise UserError(
                    self.env._(
                        "%(payment)s stands in the bank file of %(batch)s and stays as it is: cancel the batch, or import what "
                        "the bank answers.",
                        payment=payment.display_name,
                        batch=line.batch_id.name,
                    )
                )

    def _is_ev_changed(self, vals):
        self.ensure_one()
        return any(name != "state" or vals[name] not in FOLLOWS for name in find_changed(self, vals, FACTS))

    def action_open_ev_payment_batch(self):
        self.ensure_one()
        self.check_access("read")
        return self.ev_payment_batch_id._get_records_action(name=self.env._("Payment Batch"))
