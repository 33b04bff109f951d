from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    ev_statement_id = fields.Many2one(
        "ev.statement", "EV Statement", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    ev_annex_attachment_id = fields.Many2one("ir.attachment", "EV Sessions (XLSX)", readonly=True, copy=False)

    def button_draft(self):
        """A document of a statement is posted for good: a correction is a refund, or a line of the next statement."""
        for move in self:
            if move.ev_statement_id:
                raise UserError(
                    self.env._(
                        "%(move)s was made from statement %(statement)s and stays as it is: reverse it, or correct the "
                        "sessions and the next statement makes up for it.",
                        move=move.name,
                        statement=move.ev_statement_id.name,
                    )
                )
        return super().button_draft()

    def action_open_ev_statement(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.statement",
            "res_id": self.ev_statement_id.id,
            "view_mode": "form",
            "name": self.env._("EV Statement"),
        }

    def action_open_ev_charges(self):
        return self.ev_statement_id.action_open_charges()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    ev_statement_line_id = fields.Many2one(
        "ev.statement.line", "EV Statement Line", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    def _get_ev_unit(self):
        """The unit of the quantity column, where the column holds the statement line's quantity."""
        self.ensure_one()
        line = self.ev_statement_line_id.sudo()
        return f" {line._get_unit()}" if line and abs(self.quantity) == abs(line.quantity) else ""
