from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

# Fewest decimals a quantity is printed with: energy to the Wh, money to the cent.
FEWEST = {"kwh": 3, "revenue": 2}


class AccountMove(models.Model):
    _inherit = "account.move"

    ev_statement_id = fields.Many2one(
        "ev.statement", "EV Statement", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    ev_annex_attachment_id = fields.Many2one("ir.attachment", "EV Sessions (XLSX)", readonly=True, copy=False)

    # ----------------------------------------------------------------- compute

    @api.depends("ev_statement_id")
    def _compute_show_reset_to_draft_button(self):
        """No button for what `button_draft` refuses."""
        res = super()._compute_show_reset_to_draft_button()
        self.filtered(lambda move: move.ev_statement_id and move.state == "posted").show_reset_to_draft_button = False
        return res

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        # looked at afterwards, so that a default in the context is seen too
        if not self.env.su and moves.filtered("ev_statement_id"):
            raise self._get_link_error()
        return moves

    def write(self, vals):
        if not self.env.su and {"ev_statement_id", "ev_annex_attachment_id"} & vals.keys():
            raise self._get_link_error()
        if vals.get("state", "posted") != "posted":
            self._check_ev_posted()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ev_posted(self):
        self._check_ev_posted()

    # ------------------------------------------------------------------ actions

    def button_draft(self):
        """A document of a statement is posted for good: a correction is a refund, or a line of the next statement."""
        self._check_ev_posted()
        return super().button_draft()

    def action_open_ev_statement(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.statement",
            "res_id": self.ev_statement_id.id,
            "view_mode": "form",
            "name": self.env._("EV Statement"),
        }

    def action_open_ev_charges(self):
        self.check_access("read")
        return self.ev_statement_id.action_open_charges()

    # ----------------------------------------------------------------- business

    def _check_ev_posted(self):
        """Refuse to take back what a statement was documented with, whoever asks.

        :raises UserError: names the document, its statement and the two ways to correct it
        """
        for move in self.sudo():
            if move.ev_statement_id and move.state == "posted":
                raise UserError(
                    self.env._(
                        "%(move)s was made from statement %(statement)s and stays as it is: reverse it, or correct the "
                        "sessions and the next statement makes up for it.",
                        move=move.name,
                        statement=move.ev_statement_id.name,
                    )
                )

    def _is_ev_paid(self):
        """Hook: whether a document is paid for good, so that its statement is settled."""
        self.ensure_one()
        return self.payment_state in ("paid", "in_payment") or (
            self.payment_state == "reversed" and not self._is_ev_taken_back()
        )

    def _is_ev_taken_back(self):
        """Whether its own credit note took it back. To core every invoice that only credit notes settle is reversed; what was
        set off against another document of the partner is paid."""
        self.ensure_one()
        return self.payment_state == "reversed" and self in self._get_reconciled_amls().move_id.reversed_entry_id

    def _get_link_error(self):
        return UserError(
            self.env._(
                "Which statement a document belongs to is set when the statement makes it, and never typed: use "
                "'Make Documents' on the statement."
            )
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    ev_statement_line_id = fields.Many2one(
        "ev.statement.line", "EV Statement Line", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su and lines.filtered("ev_statement_line_id"):
            raise self.env["account.move"]._get_link_error()
        return lines

    def write(self, vals):
        if not self.env.su and "ev_statement_line_id" in vals:
            raise self.env["account.move"]._get_link_error()
        return super().write(vals)

    def _get_ev_columns(self):
        """What the printed document shows of a line made from a statement: its true quantity with the unit, and its price.

        :return: {"name", "quantity", "price"} as text in the language of the environment, or None for any other line
        """
        self.ensure_one()
        line = self.ev_statement_line_id.sudo()
        if not line:
            return None
        if not line.quantity:  # a true-up, a minimum or a cap: there is nothing to count
            return {"name": line.name, "quantity": "", "price": ""}
        # a document turned round (a refund of a negative total) shows its quantities turned round too
        sign = -1 if self.price_subtotal * line.amount < 0 else 1
        quantity = formatLang(
            self.env, line.quantity * sign, digits=_count_decimals(line.quantity, FEWEST.get(line.basis, 0))
        )
        price = formatLang(self.env, line.price_unit, digits=_count_decimals(line.price_unit, 2))
        if line.basis == "revenue" and not line.is_average:
            price = f"{price} %"
        return {
            "name": line.name,
            "quantity": f"{quantity} {line._get_unit(line.quantity)}",
            "price": f"Ø {price}" if line.is_average else price,
        }


def _count_decimals(number, fewest):
    """How many decimals to show: all there are (six at most), and at least `fewest`."""
    return max(fewest, len(f"{number:.6f}".rstrip("0").split(".")[1]))
