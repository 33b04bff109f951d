"""One click from what is due to batches: from a run, chosen statements or documents, or everything due by a day."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..iso20022.calendar import next_target_day
from ..iso20022.model import CREDIT_TRANSFER, DIRECT_DEBIT
from ..models.ev_payment_batch import MAKER

DOCUMENTS = ("out_invoice", "out_refund", "in_invoice", "in_refund")


class EvPaymentPropose(models.TransientModel):
    _name = "ev.payment.propose"
    _description = "Propose Payments"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    move_ids = fields.Many2many("account.move", string="Documents", readonly=True)
    journal_id = fields.Many2one(
        "account.journal",
        "Pay From",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
    )
    has_instant = fields.Boolean("Bank Takes Instant Payments", related="journal_id.ev_bank_profile_id.has_instant")
    due_by = fields.Date(required=True, compute="_compute_due_by", store=True, precompute=True, readonly=False)
    execution_date = fields.Date(
        "Execution",
        required=True,
        compute="_compute_execution_date",
        store=True,
        precompute=True,
        readonly=False,
    )
    with_transfers = fields.Boolean("Pay What We Owe", default=True)
    with_debits = fields.Boolean("Collect by Direct Debit", default=True)
    instant = fields.Boolean("Instant Payments")
    item_count = fields.Integer("Open Documents", compute="_compute_found")
    found = fields.Char(compute="_compute_found")

    # ----------------------------------------------------------------- compute

    @api.depends("company_id")
    def _compute_journal_id(self):
        """The bank that has a profile, else the first with an account."""
        for wizard in self:
            journals = self.env["account.journal"].search(
                [("type", "=", "bank"), ("company_id", "=", wizard.company_id.id), ("bank_account_id", "!=", False)]
            )
            wizard.journal_id = (journals.filtered("ev_bank_profile_id") or journals)[:1]

    @api.depends("journal_id")
    def _compute_execution_date(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            profile = wizard.journal_id.ev_bank_profile_id
            day = profile._get_first_day(wizard.company_id, CREDIT_TRANSFER) if profile else next_target_day(today)
            wizard.execution_date = day

    @api.depends("execution_date")
    def _compute_due_by(self):
        for wizard in self:
            wizard.due_by = wizard.execution_date

    @api.depends("move_ids", "due_by", "company_id")
    def _compute_found(self):
        for wizard in self:
            items = wizard._find_items() if wizard.due_by and wizard.company_id else []
            owed = sum(item.amount > 0 for item in items)
            wizard.item_count = len(items)
            wizard.found = self.env._(
                "%(owed)s documents that we owe, %(due)s that partners owe us", owed=owed, due=len(items) - owed
            )

    # -------------------------------------------------------------------- whose

    @api.constrains("company_id", "journal_id")
    def _check_own(self):
        """Open items are read with all rights: company and bank are the user's, whatever a client sends.

        :raises AccessError: they are not
        """
        for wizard in self:
            if wizard.company_id not in self.env.companies:
                raise AccessError(
                    self.env._("Payments are proposed for companies that you work in: choose one of them.")
                )
            wizard.journal_id.check_access("read")
            if wizard.journal_id and wizard.journal_id.company_id != wizard.company_id:
                raise AccessError(
                    self.env._("%(company)s pays from a bank of its own.", company=wizard.company_id.display_name)
                )

    # ------------------------------------------------------------------ actions

    def action_propose(self):
        """Make the batches and show them.

        :raises UserError: nothing is due, or the bank journal lacks something
        """
        self.ensure_one()
        self._check_maker()
        kinds = [CREDIT_TRANSFER] * self.with_transfers + [DIRECT_DEBIT] * self.with_debits
        if not kinds:
            raise UserError(self.env._("Choose what to propose: payments, collections, or both."))
        items = self._find_items()
        batches = self.env["ev.payment.batch"]
        if items:
            batches = batches._propose(self.journal_id, self.execution_date, items, self.instant, kinds)
        if not batches:
            raise UserError(
                self.env._(
                    "Nothing to propose: %s; what is open is in a batch already, not due, or paid by the partners themselves.",
                    self.found,
                )
            )
        return batches._get_records_action(name=self.env._("Proposed Payments"))

    def _check_maker(self):
        if not self.env.user.has_group(MAKER):
            raise AccessError(self.env._("Payments are proposed by payment makers."))

    def _find_items(self):
        """The open items this proposal is about.

        :raises AccessError: they are not of the user's company
        """
        self._check_own()
        batches = self.env["ev.payment.batch"].sudo()
        scope = batches._scope_of_due(self.due_by)
        if self.move_ids:
            # chosen by hand: due or not
            scope = batches._scope_of_moves(self.move_ids)
        return batches._read_open_items(self.company_id, scope)

    # ------------------------------------------------------------- entry points

    @api.model
    def _open(self, moves, company):
        """The wizard for these documents."""
        self._check_maker()
        moves = moves.filtered(lambda move: move.move_type in DOCUMENTS and move.state == "posted")
        if not moves:
            raise UserError(self.env._("None of these is a posted invoice, bill or credit note: post them first."))
        if len(moves.company_id) > 1:
            raise UserError(self.env._("These documents are of several companies: propose them company by company."))
        wizard = self.create({"company_id": company.id, "move_ids": [(6, 0, moves.ids)]})
        return wizard._get_records_action(name=self.env._("Propose Payments"), target="new")


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_ev_propose_payments(self):
        """Propose payments of the chosen documents."""
        self.check_access("read")
        return self.env["ev.payment.propose"]._open(self, self.company_id[:1])


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def action_ev_propose_payments(self):
        """Propose payments of the chosen statements' documents."""
        self.check_access("read")
        return self.env["ev.payment.propose"]._open(self.document_ids, self.company_id[:1])


class EvRun(models.Model):
    _inherit = "ev.run"

    def action_ev_propose_payments(self):
        """Propose payments of the run's documents."""
        self.ensure_one()
        self.check_access("read")
        statements = self.env["ev.statement"].search([("run_id", "=", self.id)])
        return self.env["ev.payment.propose"]._open(statements.document_ids, self.company_id)
