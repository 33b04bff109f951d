"""Documents on their way to the bank: *In Payment* until it has booked them, and closed to every other payment meanwhile."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ev_own_work import is_own_work

_ON_ITS_WAY = """
SELECT i.move_id, l.end_to_end_id, b.name
  FROM ev_payment_item i JOIN ev_payment_line l ON l.id = i.line_id JOIN ev_payment_batch b ON b.id = l.batch_id
 WHERE i.live AND l.state IN ('released', 'accepted') AND %s
"""
# What the bank has booked is not under way any more, and still not to be opened by hand: it would be paid again.
_BOOKED = """
SELECT i.move_id, l.end_to_end_id, b.name
  FROM account_partial_reconcile r
  JOIN ev_payment_item i ON i.move_line_id IN (r.debit_move_id, r.credit_move_id)
  JOIN ev_payment_line l ON l.id = i.line_id AND l.state = 'booked'
  JOIN ev_payment_batch b ON b.id = l.batch_id
  JOIN account_payment p ON p.id = l.payment_id
  JOIN account_move_line paid ON paid.move_id = p.move_id AND paid.id IN (r.debit_move_id, r.credit_move_id)
 WHERE r.id = ANY(%s) LIMIT 1
"""
# Payments of batches whose line on the account before the bank is among these journal items.
_OUTSTANDING = """
SELECT l.id, aml.id
  FROM account_move_line aml
  JOIN account_payment p ON p.move_id = aml.move_id AND p.outstanding_account_id = aml.account_id
  JOIN ev_payment_line l ON l.payment_id = p.id
 WHERE aml.id = ANY(%s) AND l.state IN ('released', 'accepted', 'booked')
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
            (posted.line_ids.matched_debit_ids | posted.line_ids.matched_credit_ids)._check_stays_paid()
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

    def _check_ev_whole(self, taken, residual):
        """A payment of a batch is booked as a whole.

        :param taken: exact, what a bank entry would settle of these lines
        :param residual: exact, what is open of them
        :raises UserError: a part of what is outstanding of it would stay there, and nothing tells of that any more
        """
        for line in self:
            payment = line.payment_id
            if (
                payment.sudo().ev_payment_line_ids
                and line.account_id == payment.outstanding_account_id
                and taken != residual
            ):
                raise UserError(
                    self.env._("%s is a payment of a batch: the bank moved all of it or nothing.", payment.display_name)
                )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        if self.env["account.payment"]._is_ev_posting():
            return super().create(vals_list)
        ids = {vals[side] for vals in vals_list for side in ("debit_move_id", "credit_move_id") if vals.get(side)}
        self.env["account.move.line"].browse(ids)._check_not_on_its_way()
        partials = super().create(vals_list)
        partials._find_ev_payments()._take_booked(max(partials.mapped("max_date"), default=None))
        return partials

    def unlink(self):
        if self.env["account.payment"]._is_ev_posting():
            return super().unlink()
        (self.debit_move_id | self.credit_move_id)._check_not_on_its_way()
        self._check_stays_paid()
        entries = self._find_ev_entries()
        entries._check_opens(self.env.user if not self.env.su else None)
        for entry in entries:
            entry._undo()
        # undoing took those of its bank line along
        left = self.exists()
        payments = left._find_ev_payments()
        result = super(AccountPartialReconcile, left).unlink()
        payments._take_unbooked()
        return result

    def _find_ev_entries(self):
        """Matched bank entries whose bank lines these reconcile, as superuser; none where they undo it themselves."""
        bank_lines = (self.debit_move_id | self.credit_move_id).statement_line_id
        return self.env["ev.bank.entry"].sudo() if is_own_work(self.env) else bank_lines._get_matched_entries()

    def _find_ev_payments(self):
        """Payments of batches that these settle with a bank line, in whatever screen: the bank has booked them."""
        items = self.debit_move_id | self.credit_move_id
        self.env["ev.payment.line"].flush_model(["state", "payment_id"])
        self.env["account.payment"].flush_model(["move_id", "outstanding_account_id"])
        found = self.env.execute_query(SQL(_OUTSTANDING, items.ids)) if items else ()
        settled = self.env["ev.payment.line"].sudo()
        for line_id, item_id in found:
            item = items.browse(item_id)
            others = (item.matched_debit_ids.debit_move_id | item.matched_credit_ids.credit_move_id).move_id
            if item.reconciled and others.statement_line_id:
                settled |= settled.browse(line_id)
        return settled

    def _check_stays_paid(self):
        """:raises UserError: it settles a document with a payment that the bank has booked"""
        self.env["ev.payment.line"].flush_model(["state", "payment_id"])
        self.env["account.payment"].flush_model(["move_id"])
        for move_id, end_to_end_id, batch in self.env.execute_query(SQL(_BOOKED, self.ids)):
            raise UserError(
                self.env._(
                    "%(document)s was paid by %(payment)s of %(batch)s, and the bank has booked it: opened again it would be "
                    "paid twice. When the money comes back, the bank's file opens it.",
                    document=self.env["account.move"].sudo().browse(move_id).name,
                    payment=end_to_end_id,
                    batch=batch,
                )
            )
