from odoo import api, fields, models
from odoo.exceptions import UserError


class EvPaymentEvent(models.Model):
    """Who took which step of a batch, and when. Written by the steps, never changed (a database trigger refuses too)."""

    _name = "ev.payment.event"
    _description = "Trail of a Payment Batch"
    _order = "id"
    _rec_name = "step"

    batch_id = fields.Many2one("ev.payment.batch", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="batch_id.company_id")
    step = fields.Char(required=True, readonly=True)
    note = fields.Text(readonly=True)
    routine = fields.Boolean(readonly=True, help="Proposing and checking: what else happened keeps the batch on file.")
    user_id = fields.Many2one("res.users", "By", required=True, readonly=True, ondelete="restrict")
    date = fields.Datetime("On", required=True, readonly=True, default=fields.Datetime.now)

    # pylint: disable=method-required-super
    def write(self, vals):
        raise UserError(self.env._("The trail of a batch is what happened: it does not change."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The trail of a batch stays on file."))


class EvPaymentFinding(models.Model):
    """What is wrong with a batch's file, in words, before it exists. Made by checking, replaced by the next check."""

    _name = "ev.payment.finding"
    _description = "Finding on a Payment Batch"
    _order = "severity, line_id, id"
    _rec_name = "message"

    batch_id = fields.Many2one("ev.payment.batch", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="batch_id.company_id", store=True, index=True)
    line_id = fields.Many2one("ev.payment.line", "Payment", readonly=True, index="btree_not_null", ondelete="cascade")
    partner_id = fields.Many2one(related="line_id.partner_id")
    severity = fields.Selection([("error", "Stops It"), ("warning", "Look at It")], required=True, readonly=True)
    code = fields.Char("Rule", required=True, readonly=True)
    message = fields.Text("What Is Wrong", required=True, readonly=True)
    source = fields.Char("Where It Is Written", readonly=True)
    where = fields.Char("In the File", readonly=True)
