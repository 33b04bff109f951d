from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .ev_statement import OPEN_STATES

ROLES = [("host", "Host"), ("client", "Client"), ("emsp", "eMSP"), ("agent", "Agent")]
PERIODICITIES = [("monthly", "Monthly"), ("quarterly", "Quarterly"), ("yearly", "Yearly"), ("ad_hoc", "Ad hoc")]
CREDIT_DOCUMENTS = [
    ("self_bill", "Self-billed invoice"),
    ("credit_note", "Credit note"),
    ("statement", "Statement only"),
]
# Facts that the contract's documents were made with.
SETTLED_FIELDS = ("partner_id", "role", "company_id", "currency_id", "date_start", "periodicity")
# Facts that say which sessions the contract sold, and for how much.
SOLD_FIELDS = ("partner_id", "role", "company_id", "currency_id", "date_start")


class EvContract(models.Model):
    """What one partner pays or is paid for charging sessions: the parties, the dates, the terms."""

    _name = "ev.contract"
    _description = "EV Charging Contract"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name desc, id desc"
    _check_company_auto = True

    name = fields.Char("Reference", required=True, copy=False, readonly=True, default=lambda self: self.env._("New"))
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Running"), ("ended", "Ended")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    role = fields.Selection(
        ROLES,
        required=True,
        default="host",
        tracking=True,
        help="Host: paid for the sessions on its sites. Client and eMSP: billed for its tokens' sessions.",
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    date_start = fields.Date("Start", required=True, default=fields.Date.context_today, tracking=True)
    date_end = fields.Date("End", tracking=True, help="The last day the contract covers; empty while it runs on.")
    periodicity = fields.Selection(PERIODICITIES, required=True, default="monthly")
    billing_day = fields.Integer(default=1, help="Day of the following month on which the statement is prepared.")
    payment_term_id = fields.Many2one("account.payment.term", "Payment Terms", check_company=True)
    recipient_ids = fields.Many2many(
        "res.partner",
        "ev_contract_recipient_rel",
        string="Accounting Recipients",
        help="Who gets the statements and documents; the partner itself when empty.",
    )
    credit_document = fields.Selection(
        CREDIT_DOCUMENTS,
        "Credits Are Made As",
        required=True,
        default="self_bill",
        tracking=True,
        help="The document for what the partner is owed. A self-billed invoice needs the partner's written mandate.",
    )
    mandate_date = fields.Date("Self-Billing Mandate Signed", tracking=True)
    mandate_reference = fields.Char(tracking=True)
    contest_days = fields.Integer("Days to Contest", default=10, help="Counted from the date of the document.")
    site_ids = fields.Many2many(
        "ev.site",
        "ev_contract_site_rel",
        check_company=True,
        help="Empty: every site this partner hosts (host), every site of the company (client, eMSP).",
    )
    token_ids = fields.Many2many(
        "ev.token",
        "ev_contract_token_rel",
        string="Badges",
        check_company=True,
        help="Client, eMSP: only sessions with these badges. Empty: every badge of the partner.",
    )
    term_ids = fields.One2many("ev.contract.term", "contract_id", "Terms", copy=True)
    version_ids = fields.One2many("ev.contract.term.version", "contract_id", "All Versions", readonly=True)
    statement_ids = fields.One2many("ev.statement", "contract_id", "Statements")
    statement_count = fields.Integer(compute="_compute_statement_count")
    waiting_message = fields.Text("Waiting for Prices", compute="_compute_waiting_message", groups="base.group_user")
    note = fields.Html("Internal Note", groups="base.group_user")

    _name_uniq = models.Constraint("UNIQUE(name, company_id)", "A contract with this reference already exists.")
    _dates_check = models.Constraint(
        "CHECK(date_end IS NULL OR date_start <= date_end)",
        "The contract's end lies before its start: correct one of the two dates.",
    )
    _billing_day_check = models.Constraint(
        "CHECK(billing_day BETWEEN 1 AND 28)", "The billing day must be between 1 and 28, a day every month has."
    )
    _contest_days_check = models.Constraint("CHECK(contest_days >= 0)", "The days to contest cannot be negative.")

    # ----------------------------------------------------------------- compute

    def _compute_statement_count(self):
        counts = dict(
            self.env["ev.statement"]._read_group([("contract_id", "in", self.ids)], ["contract_id"], ["__count"])
        )
        for contract in self:
            contract.statement_count = counts.get(contract, 0)

    def _compute_waiting_message(self):
        """What the latest statement could not price: later ones ask for all of it again, so it is the whole list."""
        for contract in self:
            latest = contract.sudo().statement_ids.sorted("period_start")[-1:]
            waiting = latest.gap_ids.filtered(lambda gap: not gap._is_filled())
            contract.waiting_message = "\n".join(waiting.mapped("name"))

    @api.depends("name", "partner_id.display_name")
    def _compute_display_name(self):
        for contract in self:
            contract.display_name = f"{contract.name} · {contract.partner_id.display_name or ''}".rstrip(" ·")

    @api.onchange("company_id")
    def _onchange_company_id(self):
        self.currency_id = self.company_id.currency_id

    # -------------------------------------------------------------- constraints

    @api.constrains("currency_id")
    def _check_currency(self):
        """Prices are in the contract's currency, and so is what they are made of."""
        self.term_ids.version_ids._check_currency()

    @api.constrains("date_start")
    def _check_one_offs(self):
        self.term_ids.version_ids._check_has_days()

    @api.constrains("date_end")
    def _check_date_end(self):
        """History never moves: no end before what is already billed."""
        for contract in self.filtered("date_end"):
            billed = [day for term in contract.term_ids if (day := term._get_last_billed_day())]
            if billed and contract.date_end < max(billed):
                raise ValidationError(
                    self.env._(
                        "%(contract)s is billed up to %(day)s: its End cannot be earlier.",
                        contract=contract.name,
                        day=max(billed),
                    )
                )

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        for vals in vals_list:
            if vals.get("name", self.env._("New")) == self.env._("New"):
                vals["name"] = self.env["ir.sequence"].sudo().next_by_code("ev.contract")
        contracts = super().create(vals_list)
        if not self.env.su and any(contract.state != "draft" for contract in contracts):
            raise self._get_state_error()
        running = contracts.filtered(lambda contract: contract.state == "active")
        for contract in running:
            contract._check_billable()
        running._check_sendable()
        return contracts

    def write(self, vals):
        if "state" in vals and not self.env.su:
            raise self._get_state_error()
        for contract in self:
            closed = contract.statement_ids.filtered(lambda statement: statement._is_closed())
            for name in SETTLED_FIELDS:
                if closed and name in vals and contract._is_changed(name, vals[name]):
                    raise UserError(
                        self.env._(
                            "%(contract)s: %(field)s cannot change any more, statement %(statement)s was made with it. "
                            "End this contract and make a new one.",
                            contract=contract.name,
                            field=self._fields[name].string,
                            statement=closed[0].name,
                        )
                    )
        self._check_sold(vals)
        result = super().write(vals)
        if "site_ids" in vals:
            self._check_sites_kept()
        if {"periodicity", "role", "term_ids"} & vals.keys():
            for contract in self.filtered(lambda contract: contract.state == "active"):
                contract._check_billable()
        if {"recipient_ids", "partner_id"} & vals.keys():
            self.filtered(lambda contract: contract.state == "active")._check_sendable()
        return result

    def _get_state_error(self):
        return UserError(self.env._("A contract's status is not typed: use its buttons Start, End and Reset to Draft."))

    def _check_sold(self, vals):
        """Refuse what would take back sales that revenue shares of other contracts are closed with."""
        names = [name for name in SOLD_FIELDS if name in vals]
        for contract in self if names or "date_end" in vals else ():
            closed = contract._get_sold_until()
            if not closed:
                continue
            changed = [name for name in names if contract._is_changed(name, vals[name])]
            end = fields.Date.to_date(vals.get("date_end"))
            if end and end < closed and (not contract.date_end or end < contract.date_end):
                changed.append("date_end")
            if changed:
                raise UserError(
                    self.env._(
                        "%(contract)s: revenue of its sales is shared out up to %(day)s, so its %(field)s cannot change for "
                        "those days. End it on that day or later, and make a new contract from the day after.",
                        contract=contract.name,
                        day=format_date(self.env, closed),
                        field=self._fields[changed[0]]._description_string(self.env),
                    )
                )

    def _get_sold_until(self):
        """The day up to which other contracts' revenue shares are settled on what this one sold, or None."""
        self.ensure_one()
        if self.state == "draft":
            return None
        days = [day for term in self.term_ids.filtered("is_sale") if (day := term._get_sold_until())]
        return max((day for day in days if day >= self.date_start), default=None)

    def _check_sites_kept(self):
        """A site left out could no longer be corrected: what is taken back there would reach no statement."""
        for contract in self.filtered("site_ids").sudo():
            lines = self.env["ev.statement.line"].sudo()
            domain = [
                ("statement_id.contract_id", "=", contract.id),
                ("statement_id.state", "not in", OPEN_STATES),
                ("site_id", "not in", contract.site_ids.ids),
            ]
            if line := lines.search(domain, limit=1):
                raise UserError(
                    self.env._(
                        "%(contract)s: %(site)s is on statement %(statement)s, so it has to stay among the contract's sites "
                        "for later corrections. To stop billing there, end the contract, or enter the site's next host.",
                        contract=contract.name,
                        site=line.site_id.name,
                        statement=line.statement_id.name,
                    )
                )

    def _is_changed(self, name, value):
        """Whether writing `value` would change that field."""
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_statements(self):
        for contract in self:
            if contract.statement_ids:
                raise UserError(
                    self.env._(
                        "%s has statements: end it and archive it instead of deleting it.", contract.display_name
                    )
                )
            contract._check_sales_kept()

    def _check_sales_kept(self):
        """Refuse to make as if the contract had never sold what revenue shares are closed with."""
        if closed := self._get_sold_until():
            raise UserError(
                self.env._(
                    "%(contract)s: revenue of its sales is shared out up to %(day)s, so it stays: end it and archive it instead.",
                    contract=self.display_name,
                    day=format_date(self.env, closed),
                )
            )

    # ------------------------------------------------------------------ actions

    def action_activate(self):
        """Start the contract, once it can really be billed."""
        self.check_access("write")
        for contract in self:
            contract._check_billable()
        self._check_sendable()
        self.sudo().state = "active"

    def action_end(self):
        """Stop the contract: today is its last day unless an end is already set."""
        self.check_access("write")
        for contract in self:
            if contract.state == "draft":
                raise UserError(self.env._("%s never ran: start it, or delete it.", contract.display_name))
            if not contract.date_end:
                contract.date_end = max(fields.Date.context_today(contract), contract.date_start)
        self.sudo().state = "ended"

    def action_reset_to_draft(self):
        self.check_access("write")
        for contract in self:
            if contract.sudo().statement_ids:
                raise UserError(self.env._("%s has statements: it cannot be a draft again.", contract.display_name))
            contract._check_sales_kept()
        self.sudo().state = "draft"

    def action_open_statements(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_statement_action")
        return dict(action, domain=[("contract_id", "in", self.ids)], context={})

    # ----------------------------------------------------------------- business

    def _get_invoice_partner(self):
        """The address documents go to: the partner's invoice contact, or the partner."""
        self.ensure_one()
        return self.env["res.partner"].browse(self.partner_id.address_get(["invoice"])["invoice"])
