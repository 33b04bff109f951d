"""Documents on their way to the bank: *In Payment* until it has booked them, and closed to every other payment meanwhile."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_ON_ITS_WAY = """
SELECT i.move_id, l.end_to_end_id, b.name
  FROM ev_payment_item i JOIN ev_payment_line l ON l.id = i.line_id JOIN ev_payment_batch b ON b.id = l.batch_id
 WHERE i.live AND l.state IN ('released', 'accepted') AND %s
"""


class AccountMove(models.Model):
    _inherit = "account.move"

    ev_payment_item_ids = fields.One2many("ev.payment.item", "move_id", "In Payments", readonly=True)
    ev_payment_batch_count = fields.Integer("Payment Batches", compute="_compute_ev_payment_batch_count")

    def _compute_ev_payment_batch_count(self):
        for move in self:
            move.ev_payment_batch_count = len(move.sudo().ev_payment_item_ids.batch_id)

    def action_open_ev_payment_batches(self):
        self.ensure_one()
        self.check_access("read")
        return self.ev_payment_item_ids.batch_id._get_records_action(name=self.env._("Payment Batches"))

    def write(self, vals):
        if vals.get("state", "posted") != "posted" and not self.env["account.payment"]._is_ev_posting():
            posted = self.filtered(lambda move: move.state == "posted")
            posted.line_ids._check_not_on_its_way()
            posted.origin_payment_id._check_ev_free()
        return super().write(vals)

    def _get_invoice_in_payment_state(self):
        """Community has no *In Payment*: here there is one, for what stands in a file the bank has not booked yet."""
        if self and self._is_on_its_way():
            return "in_payment"
        return super()._get_invoice_in_payment_state()

    def _is_ev_paid(self):
        """What stands in a file is paid when the bank has booked it, not before."""
        return super()._is_ev_paid() and not (self.payment_state == "in_payment" and self._is_on_its_way())

    def _is_on_its_way(self):
        """Whether one of these documents is in a file that was released, and not booked."""
        ids = [id_ for id_ in self._ids if isinstance(id_, int)]
        if not ids:
            return False
        self.env["ev.payment.line"].flush_model(["state"])
        self.env["ev.payment.item"].flush_model(["live", "move_id"])
        return bool(self.env.execute_query(SQL(_ON_ITS_WAY + " LIMIT 1", SQL("i.move_id = ANY(%s)", ids))))


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _check_not_on_its_way(self):
        """No other payment settles a document that stands in a file at the bank, and nobody opens it again by hand.

        :raises UserError: names the document and its batch
        """
        self.env["ev.payment.item"].flush_model(["live", "move_line_id"])
        self.env["ev.payment.line"].flush_model(["state"])
        found = self.env.execute_query(SQL(_ON_ITS_WAY + " LIMIT 1", SQL("i.move_line_id = ANY(%s)", self.ids)))
        for move_id, _end_to_end_id, batch in found:
            raise UserError(
                self.env._(
                    "%(document)s is in the bank file of %(batch)s: it is paid once. Import the bank's answer, or cancel "
                    "the batch.",
                    document=self.env["account.move"].sudo().browse(move_id).name,
                    batch=batch,
                )
            )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env["account.payment"]._is_ev_posting():
            ids = {vals[side] for vals in vals_list for side in ("debit_move_id", "credit_move_id") if vals.get(side)}
            self.env["account.move.line"].browse(ids)._check_not_on_its_way()
        return super().create(vals_list)

    def unlink(self):
        if not self.env["account.payment"]._is_ev_posting():
            (self.debit_move_id | self.credit_move_id)._check_not_on_its_way()
        return super().unlink()
