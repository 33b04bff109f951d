from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..rating import Span


class EvStatementAdHoc(models.TransientModel):
    """Choose days, get a contract's draft statement over them."""

    _name = "ev.statement.ad_hoc"
    _description = "Bill These Days"

    contract_id = fields.Many2one(
        "ev.contract",
        required=True,
        ondelete="cascade",
        domain=[("periodicity", "=", "ad_hoc"), ("state", "in", ("active", "ended"))],
    )
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("To", required=True, help="Included.")

    @api.model
    def default_get(self, fields_list):
        self.check_access("create")
        values = super().default_get(fields_list)
        contract = (
            self.env["ev.contract"].browse(values.get("contract_id") or self.env.context.get("active_id")).exists()
        )
        if contract:
            yesterday = fields.Date.subtract(fields.Date.context_today(self), days=1)
            first = contract._get_unbilled_day()
            # after its end, only what came late: up to yesterday
            end = contract.date_end if contract.date_end and first <= contract.date_end else yesterday
            last = min(end, yesterday)
            values.update(contract_id=contract.id, date_from=first, date_to=max(first, last))
        return values

    def action_bill(self):
        """Make the draft and open it.

        :raises UserError: days or a contract that cannot be billed so
        """
        self.ensure_one()
        statements, contract = self.env["ev.statement"], self.contract_id
        statements.check_access("write")
        contract.check_access("read")
        if contract.periodicity != "ad_hoc":
            raise UserError(self.env._("%s has its own periods: prepare its months instead.", contract.display_name))
        if contract.state == "draft":
            raise UserError(self.env._("%s does not run yet: start it first.", contract.display_name))
        if self.date_to < self.date_from:
            raise UserError(self.env._("To lies before From: correct one of the two days."))
        span = Span(self.date_from, self.date_to + timedelta(days=1))
        if self.date_to < contract.date_start:
            raise UserError(self.env._("%s does not run on these days: choose others.", contract.display_name))
        # accountants make no statements by hand: this is the way
        statement = statements.sudo()._prepare_ad_hoc(contract.sudo(), span)
        if not contract._get_span() & span and not statement._is_closed() and statement._is_empty():
            # after the end, only what came late is billed: there was nothing
            statement.unlink()
            return self._get_nothing_action()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.statement",
            "res_id": statement.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _get_nothing_action(self):
        """Close the window and say that there is nothing to bill."""
        message = {
            "message": self.env._(
                "%s ended before these days, and nothing came late: there is nothing to bill.",
                self.contract_id.display_name,
            ),
            "type": "info",
            "next": {"type": "ir.actions.act_window_close"},
        }
        return {"type": "ir.actions.client", "tag": "display_notification", "params": message}
