from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang


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

    def _get_ev_columns(self):
        """What the printed document shows of a line made from a statement: its true quantity with the unit, and its price.

        :return: {"name", "quantity", "price"} as text in the language of the environment, or None for any other line
        """
        self.ensure_one()
        line = self.ev_statement_line_id.sudo()
        if not line:
            return None
        # a document turned round (a refund of a negative total) shows its quantities turned round too
        sign = -1 if self.price_subtotal * line.amount < 0 else 1
        quantity = formatLang(
            self.env, line.quantity * sign, digits=_count_decimals(line.quantity, 3 if line.basis == "kwh" else 0)
        )
        return {
            "name": line.name,
            "quantity": f"{quantity} {line._get_unit(line.quantity)}",
            "price": formatLang(self.env, line.price_unit, digits=_count_decimals(line.price_unit, 2)),
        }


def _count_decimals(number, fewest):
    """How many decimals to show: all there are (six at most), and at least `fewest`."""
    return max(fewest, len(f"{number:.6f}".rstrip("0").split(".")[1]))
