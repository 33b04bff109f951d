"""Settle an exception by hand: choose what is open, see what is left of the amount, say where that goes."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.ev_payment_exact import exact_amounts

# Money and what is open of partners: nothing goes there without a document.
CLOSED_TYPES = ("asset_cash", "asset_receivable", "liability_payable")


class EvBankSettle(models.TransientModel):
    _name = "ev.bank.settle"
    _description = "Settle a Bank Entry"

    entry_id = fields.Many2one("ev.bank.entry", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="entry_id.company_id")
    journal_id = fields.Many2one(related="entry_id.journal_id")
    currency_id = fields.Many2one(related="entry_id.currency_id")
    amount = fields.Monetary(related="entry_id.amount")
    reason = fields.Char(related="entry_id.reason", string="Why It Waits")
    label = fields.Char(related="entry_id.label")
    counterparty_name = fields.Char(related="entry_id.counterparty_name")
    partner_id = fields.Many2one("res.partner", help="Narrows down what is open; a rest stays open on it.")
    show_all = fields.Boolean("Of All Partners")
    allowed_ids = fields.Many2many("account.move.line", compute="_compute_allowed_ids")
    line_ids = fields.Many2many(
        "account.move.line",
        "ev_bank_settle_line_rel",
        "wizard_id",
        "line_id",
        "Settles",
        domain="[('id', 'in', allowed_ids)]",
    )
    settled = fields.Monetary("Chosen", compute="_compute_rest")
    rest = fields.Monetary("Left", compute="_compute_rest")
    rest_way = fields.Selection(
        [
            ("partner", "Stays open on the partner's account"),
            ("fee", "Is the bank's fee"),
            ("account", "Goes to an account"),
        ],
        "What Is Left",
        default="partner",
        required=True,
    )
    account_id = fields.Many2one(
        "account.account",
        domain=f"[('account_type', 'not in', {CLOSED_TYPES!r}), ('company_ids', 'parent_of', company_id)]",
    )
    note = fields.Char("Reason", help="Why it goes to this account: it is written on the journal item.")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        entry = self.env["ev.bank.entry"].browse(values.get("entry_id"))
        if entry and "partner_id" in fields_list:
            values["partner_id"] = entry.partner_id.id
        return values

    @api.depends("partner_id", "show_all", "entry_id")
    def _compute_allowed_ids(self):
        for wizard in self:
            wizard.allowed_ids = self.env["account.move.line"].search(wizard._get_open_domain(), limit=500)

    def _get_open_domain(self):
        """Open lines of documents, and outstanding payments of the journal, in the entry's currency."""
        self.ensure_one()
        domain = [
            ("company_id", "=", self.company_id.id), ("parent_state", "=", "posted"), ("reconciled", "=", False),
            ("account_id.reconcile", "=", True), ("currency_id", "=", self.currency_id.id),
            ("amount_residual_currency", "!=", 0), ("account_id", "!=", self.journal_id.suspense_account_id.id),
            "|", ("account_id.account_type", "in", ("asset_receivable", "liability_payable")), "&",
            ("payment_id", "!=", False), ("journal_id", "=", self.journal_id.id),
        ]  # fmt: skip
        if self.partner_id and not self.show_all:
            domain.append(("partner_id", "child_of", self.partner_id.commercial_partner_id.id))
        return domain

    @api.depends("line_ids", "entry_id")
    def _compute_rest(self):
        for wizard in self:
            left = wizard._get_residuals()
            wizard.settled = float(sum(left.values(), Decimal(0)))
            wizard.rest = wizard.entry_id.currency_id.round(wizard.amount - wizard.settled)

    def _get_residuals(self):
        """{line id: what is open of it, exact}"""
        return exact_amounts(self.env, "account_move_line", self.line_ids._origin.ids, "amount_residual_currency")

    def _plan(self, entry):
        """(allocations, what is left): each line whole, the last of the entry's direction as far as the money goes."""
        amount = entry._get_exact_amount()
        residuals = self._get_residuals()
        ordered = sorted(self.line_ids, key=lambda line: (residuals[line.id] > 0) == (amount > 0))
        allocations, rest = [], amount
        for line in ordered:
            left = residuals[line.id]
            part = left if (left > 0) != (amount > 0) or abs(left) <= abs(rest) or self.rest_way == "fee" else rest
            if part:
                allocations.append([f"l:{line.id}", str(part)])
                rest -= part
        return allocations, rest

    def action_settle(self):
        """Settle the entry with what was chosen.

        :raises UserError: nothing was chosen, a line is not one of those that are open, or a rest has nowhere to go
        """
        self.ensure_one()
        entry = self.entry_id._begin_action()
        if self.line_ids - self.env["account.move.line"].search(
            [*self._get_open_domain(), ("id", "in", self.line_ids.ids)]
        ):
            raise UserError(self.env._("Something you chose is not open any more: choose again."))
        allocations, rest = self._plan(entry)
        if not allocations and self.rest_way != "account" and not (self.rest_way == "partner" and self.partner_id):
            raise UserError(
                self.env._("Choose what it settles, a partner to keep it for, or an account for all of it.")
            )
        entry.partner_id = self.partner_id or entry.partner_id
        fee, account = self._get_rest_way(rest)
        entry._settle_by_hand(allocations, str(fee), self.note or self.env._("Settled by hand."), account, self.note)
        return {"type": "ir.actions.act_window_close"}

    def _check_account(self):
        """:raises UserError: no account for a rest, of another company, or not in use any more"""
        accounts = self.env["account.account"]
        allowed = [
            ("id", "=", self.account_id.id),
            ("account_type", "not in", CLOSED_TYPES),
            *accounts._check_company_domain(self.company_id),
        ]
        if not accounts.search_count(allowed):
            raise UserError(
                self.env._(
                    "What is left cannot go to this account: choose one of %(company)s that is in use and is not for banks, "
                    "receivables or payables.",
                    company=self.company_id.display_name,
                )
            )

    def _get_rest_way(self, rest):
        """(fee, account or None) of what is left.

        :raises UserError: money that is too much is no fee; an account needs a reason
        """
        if self.rest_way == "fee":
            if rest >= 0:
                raise UserError(self.env._("Only what is missing can be the bank's fee."))
            return -rest, None
        if self.rest_way == "account" and rest:
            if not self.account_id or not self.note:
                raise UserError(self.env._("Choose the account for what is left, and write the reason."))
            self._check_account()
            return Decimal(0), self.account_id
        return Decimal(0), None


class EvBankAsk(models.TransientModel):
    """Leave an entry on the suspense account, and ask somebody about it."""

    _name = "ev.bank.ask"
    _description = "Ask About a Bank Entry"

    entry_ids = fields.Many2many(
        "ev.bank.entry", default=lambda self: self.env.context.get("active_ids"), required=True
    )
    question = fields.Char(required=True)
    user_id = fields.Many2one("res.users", "Ask", domain="[('share', '=', False)]")

    def action_ask(self):
        """Write the question on the entry, and an activity on its journal entry for whom it is for."""
        self.ensure_one()
        self.entry_ids.with_context(ev_question=self.question).action_park()
        for entry in self.entry_ids:
            if self.user_id and entry.move_id:
                entry.move_id.sudo().activity_schedule(
                    "mail.mail_activity_data_todo", summary=self.question, note=entry.reason, user_id=self.user_id.id
                )
        return {"type": "ir.actions.act_window_close"}
