"""A suggestion, by one click, in the OCA's screen: its counterparts are put there, and Reconcile books them."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError


class EvBankSuggestion(models.Model):
    _inherit = "ev.bank.suggestion"

    currency_id = fields.Many2one(related="entry_id.currency_id")
    settled_amount = fields.Monetary("Settles", compute="_compute_settled")
    is_return = fields.Boolean("Returned Payment", compute="_compute_settled")

    @api.depends("allocations")
    def _compute_settled(self):
        for suggestion in self:
            suggestion.settled_amount = float(suggestion._get_total())
            suggestion.is_return = any(key.startswith("r:") for key, _amount in suggestion.allocations)

    def _get_total(self):
        """What it settles in all, exact."""
        return sum((Decimal(amount) for _key, amount in self.allocations), Decimal(0))

    def action_prefill(self):
        """Put its counterparts into the OCA's screen. A payment that came back has no counterpart there: it is booked at once.

        :raises UserError: something moved since it was suggested
        """
        self.ensure_one()
        self.check_access("read")
        if self.is_return:
            return self.action_apply()
        entry = self.entry_id._begin_action()
        suggestion = self.sudo()
        parts = entry._read_parts(suggestion.allocations)
        if not parts:
            raise UserError(
                self.env._(
                    "What '%(label)s' would settle is not open any more as it was: look at it again with Match Again.",
                    label=entry.label,
                )
            )
        line = entry.statement_line_id.with_env(self.env)
        line.check_access("write")
        partners = (
            self.env["account.move.line"].union(*(item for item, _part in parts)).partner_id.commercial_partner_id
        )
        if not line.partner_id and len(partners) == 1:
            line.partner_id = partners
        line.reconcile_data_info = line._prepare_suggested_data(parts, Decimal(suggestion.fee or 0))
        return True
