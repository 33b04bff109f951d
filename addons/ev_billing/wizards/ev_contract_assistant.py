"""A new contract in four steps: with whom, on what terms, how it is billed, and what it would have made.

Nothing but the assistant's own rows is stored before the last button: whatever a step has to try out (a partner's VAT number, a
price the engine refuses, last month under these terms) is tried inside a savepoint that is rolled back.
"""

from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.ev_contract import CREDIT_DOCUMENTS, PERIODICITIES, ROLES

STEPS = [
    ("partner", "1. Counterparty"),
    ("terms", "2. Economic Model"),
    ("billing", "3. Billing"),
    ("review", "4. Review"),
]


class EvContractAssistant(models.TransientModel):
    _name = "ev.contract.assistant"
    _description = "New Contract"
    _check_company_auto = True

    step = fields.Selection(STEPS, required=True, default="partner", readonly=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, readonly=False, precompute=True
    )
    role = fields.Selection(ROLES, required=True, default="host")

    site_ids = fields.Many2many(
        "ev.site",
        "ev_contract_assistant_site_rel",
        string="Sites",
        check_company=True,
        help="Empty: every site this partner hosts (host), every site of the company (client, eMSP).",
    )
    token_ids = fields.Many2many(
        "ev.token",
        "ev_contract_assistant_token_rel",
        string="Badges",
        check_company=True,
        help="Empty: all its badges.",
    )

    date_start = fields.Date(
        "Start", required=True, default=lambda self: fields.Date.add(fields.Date.context_today(self), months=1, day=1)
    )
    date_end = fields.Date("End", help="The last day the contract covers; empty while it runs on.")
    periodicity = fields.Selection(PERIODICITIES, required=True, default="monthly")
    billing_day = fields.Integer(default=1, help="Day of the following month on which the statement is prepared.")
    payment_term_id = fields.Many2one("account.payment.term", "Payment Terms", check_company=True)
    credit_document = fields.Selection(CREDIT_DOCUMENTS, "Credits Are Made As", required=True, default="self_bill")
    mandate_date = fields.Date("Self-Billing Mandate Signed")
    mandate_reference = fields.Char()
    contest_days = fields.Integer("Days to Contest", default=10, help="Counted from the date of the document.")

    # ----------------------------------------------------------------- compute

    @api.depends("company_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard.company_id.currency_id

    # ------------------------------------------------------------------ actions

    def action_next(self):
        """Check this step, then show the next one.

        :raises UserError: what has to change on this step, in words
        """
        self._check_admin()
        names = [name for name, _title in STEPS]
        following = names[min(names.index(self.step) + 1, len(names) - 1)]
        getattr(self, f"_check_{self.step}")()
        getattr(self, f"_enter_{following}")()
        self.step = following
        return self._reopen()

    def action_back(self):
        """Show the step before; what was entered stays."""
        self._check_admin()
        names = [name for name, _title in STEPS]
        self.step = names[max(names.index(self.step) - 1, 0)]
        return self._reopen()

    def action_create(self):
        """Make the draft contract and open it."""
        return self._finish(start=False)

    def action_create_start(self):
        """Make the contract, start it and open it."""
        return self._finish(start=True)

    def _finish(self, start):
        self._check_admin()
        # what was right some steps ago may have changed meanwhile
        for name, _title in STEPS[:-1]:
            getattr(self, f"_check_{name}")()
        contract = self._make_contract()
        if start:
            contract.action_activate()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.contract",
            "res_id": contract.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "name": self.env._("New Contract"),
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # ----------------------------------------------------------------- business

    def _check_admin(self):
        """Contracts are the contract administrators'."""
        self.ensure_one()
        self.check_access("write")
        self.env["ev.contract"].check_access("create")

    @contextmanager
    def _rehearse(self):
        """Whatever is made inside is gone afterwards: rows, cached values, and what waited to be written."""
        savepoint = self.env.cr.savepoint()
        try:
            yield self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True)
        finally:
            savepoint.close(rollback=True)

    def _check_billing(self):
        """:raises UserError: dates and days that cannot be."""
        if not 1 <= self.billing_day <= 28:
            raise UserError(self.env._("Billing Day: choose 1 to 28, a day every month has."))
        if self.date_end and self.date_end < self.date_start:
            raise UserError(self.env._("End lies before Start: correct one of the two dates."))
        if self.contest_days < 0:
            raise UserError(self.env._("Days to Contest cannot be negative."))
        with self._rehearse() as rehearsal:
            rehearsal._make_contract(rehearsal._get_rehearsal_name())

    def _check_review(self):
        """Nothing is asked there."""

    def _enter_billing(self):
        """The partner's own payment terms, until somebody chooses others."""
        if not self.payment_term_id:
            partner = self.partner_id.with_company(self.company_id)
            owed = all(row.direction == "charge" for row in self._get_used_rows())
            self.payment_term_id = (
                partner.property_payment_term_id if owed else partner.property_supplier_payment_term_id
            )

    def _get_rehearsal_name(self):
        """Given, so that a rehearsal uses up no number of the contracts' sequence; its own, so that two never wait."""
        return self.env._("New contract (%s)", self.id)

    def _make_contract(self, name=None):
        """The contract as entered, still a draft, with its partner, recipients and bank account.

        :param name: of a contract that will not stay; the next number when None
        :rtype: ev.contract
        """
        partner = self._make_partner()
        self._make_hosts(partner)
        contract = self.env["ev.contract"].create(
            dict(self._prepare_contract(partner), **({"name": name} if name else {}))
        )
        return contract

    def _prepare_contract(self, partner):
        badges = self.role in ("client", "emsp")
        return {
            "partner_id": partner.id,
            "role": self.role,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "recipient_ids": [Command.set(self._make_recipients(partner).ids)],
            "site_ids": [Command.set(self.site_ids.ids)],
            "token_ids": [Command.set(self.token_ids.ids if badges else [])],
            "date_start": self.date_start,
            "date_end": self.date_end,
            "periodicity": self.periodicity,
            "billing_day": self.billing_day,
            "payment_term_id": self.payment_term_id.id,
            "credit_document": self.credit_document,
            "mandate_date": self.mandate_date if self.credit_document == "self_bill" else False,
            "mandate_reference": self.mandate_reference if self.credit_document == "self_bill" else False,
            "contest_days": self.contest_days,
            "term_ids": [
                Command.create(row._prepare_term(number)) for number, row in enumerate(self._get_used_rows(), 1)
            ],
        }
