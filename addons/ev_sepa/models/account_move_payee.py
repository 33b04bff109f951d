"""How the payee knows a document."""

from odoo import models

PURCHASES = ("in_invoice", "in_refund")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_payee_number(self):
        """Its payment reference; else a vendor's own number (`ref`); else ours, which self-billed documents are known by: their
        `ref` is the statement's. `ev_payment_open_item` says the same in SQL.
        """
        self.ensure_one()
        if self.payment_reference:
            return self.payment_reference
        vendors = self.move_type in PURCHASES and self.ref != self.ev_statement_id.sudo().name
        return vendors and self.ref or self.name
