from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rating import Span, month_of


class EvContractTerminate(models.TransientModel):
    """The last day of a contract, why, and its closing statement."""

    _name = "ev.contract.terminate"
    _description = "Terminate a Contract"

    contract_id = fields.Many2one("ev.contract", required=True, ondelete="cascade")
    date_end = fields.Date("Last Day", required=True, default=fields.Date.context_today)
    reason = fields.Text(required=True)
    explanation = fields.Char(compute="_compute_explanation")

    @api.model
    def default_get(self, fields_list):
        self.check_access("create")
        values = super().default_get(fields_list)
        contract = (
            self.env["ev.contract"].browse(values.get("contract_id") or self.env.context.get("active_id")).exists()
        )
        values["contract_id"] = contract.id
        if contract.date_end:
            values["date_end"] = contract.date_end
        return values

    @api.depends("date_end", "contract_id")
    def _compute_explanation(self):
        for wizard in self:
            wizard.explanation = wizard.date_end and wizard.contract_id and wizard._explain()

    def _explain(self):
        """What becomes of the days up to the end, before anybody agrees to it."""
        if self._is_over():
            return self.env._("The closing statement is made now, as a draft for the accountants.")
        if self.contract_id.periodicity == "ad_hoc":
            return self.env._("The closing statement is made with Bill These Days, once that day is over.")
        month = format_date(self.env, self.date_end, date_format="MMMM yyyy")
        return self.env._("The closing statement comes when %s is prepared.", month)

    def _is_over(self):
        """Whether the period of the closing statement is over; ad hoc, that is the last day itself."""
        today = fields.Date.context_today(self)
        if self.contract_id.periodicity == "ad_hoc":
            return self.date_end < today
        return month_of(self.date_end).end <= today

    def action_terminate(self):
        """Set the end, say why, and make the closing statement where its period is over.

        :raises UserError: the contract never ran, or the end lies in days that are billed
        """
        self.ensure_one()
        contract = self.contract_id
        contract.check_access("write")
        if contract.state == "draft":
            raise UserError(self.env._("%s never ran: delete it instead.", contract.display_name))
        if self.date_end < contract.date_start:
            raise UserError(self.env._("Last Day lies before %s began: choose a later one.", contract.name))
        contract.date_end = self.date_end
        contract.message_post(
            body=self.env._(
                "Terminated, last day %(day)s: %(reason)s", day=format_date(self.env, self.date_end), reason=self.reason
            )
        )
        if self.date_end < fields.Date.context_today(self):
            contract.action_end()
        statement = self._make_closing() if self._is_over() else self.env["ev.statement"]
        if not statement:
            return {"type": "ir.actions.act_window_close"}
        action = contract.action_open_statements()
        return dict(action, domain=[("id", "in", statement.ids)], context={})

    def _make_closing(self):
        """The closing statement. Statements are the accountants'; this draft is made for them, whoever ends the contract."""
        contract, statements = self.contract_id, self.env["ev.statement"]
        if contract.periodicity != "ad_hoc":
            return statements._prepare_month(contract.company_id, self.date_end.year, self.date_end.month, contract)
        first = contract._get_unbilled_day()
        if first > self.date_end:
            return statements
        return statements.sudo()._prepare_ad_hoc(contract.sudo(), Span(first, self.date_end + timedelta(days=1)))


class EvContract(models.Model):
    _inherit = "ev.contract"

    def _get_unbilled_day(self):
        """The first day that is on none of the contract's statements."""
        self.ensure_one()
        last = max(self.sudo().statement_ids.mapped("period_end"), default=None)
        return last + timedelta(days=1) if last else self.date_start
