"""The run of a month: every contract due, from its sessions to the documents that went out.

    compute -> check -> release -> approve -> document -> files -> send

Each contract of a run is an `ev.run.contract`, which knows its next step from what is there already; so a step is taken once, may
be taken again, and goes on after a crash wherever it was (`ev_run_job`). A human releases what was checked, or the autopilot does
for what nothing was found about (`ev_run_release`). When everything is out the run closes, with a summary that is the same for
the same sessions and terms, however often and in whatever order the jobs ran (`ev_run_summary`).
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ..rating import month_of
from .res_company import RUN_MODES

# What people may change of a run; all else is its own steps'.
TYPED = {"mode", "human_limit"}


class EvRun(models.Model):
    _name = "ev.run"
    _description = "Month-End Run"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char("Month", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("First Day", required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], required=True, readonly=True, default="open", tracking=True
    )
    mode = fields.Selection(RUN_MODES, required=True, tracking=True)
    human_limit = fields.Monetary("A Human Looks Above", tracking=True)
    contract_ids = fields.One2many("ev.run.contract", "run_id", "Contracts", readonly=True)
    statement_ids = fields.One2many("ev.statement", "run_id", "Statements", readonly=True)
    checked_at = fields.Datetime("Checked", readonly=True)
    closed_at = fields.Datetime("Closed", readonly=True)
    days_to_close = fields.Integer(
        readonly=True, aggregator="avg", help="From the end of the month to its last document."
    )
    summary_hash = fields.Char(
        "Fingerprint",
        readonly=True,
        help="SHA-256 of everything the run came to. The same sessions and terms make the same fingerprint.",
    )

    _company_month_uniq = models.Constraint(
        "UNIQUE(company_id, date_from)", "This company already has a run of that month: open that one."
    )
    _month_check = models.Constraint(
        "CHECK(EXTRACT(DAY FROM date_from) = 1)", "A run is of a calendar month: its first day is the 1st."
    )

    # ----------------------------------------------------------------- compute

    @api.depends("date_from", "company_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for run in self:
            run.display_name = format_date(self.env, run.date_from, date_format="MMMM yyyy") if run.date_from else ""

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        if not self.env.su:
            raise UserError(self.env._("A run is started, not typed: use 'Prepare a Month'."))
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() - TYPED and not self.env.su:
            raise UserError(self.env._("A run goes on by its own steps: only its mode and its limit can be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_statements(self):
        for run in self:
            if run.statement_ids:
                raise UserError(self.env._("The run of %s has statements: it cannot be deleted.", run.display_name))

    # ------------------------------------------------------------------ starting

    @api.model
    def start(self, company_id, year, month, contract_ids=None):
        """Begin the run of a month in the background, or go on with it; the RPC face of `_start`.

        :param int company_id: company to bill
        :param contract_ids: only these contracts; every contract due in that month when empty
        :return: id of the run
        :raises UserError: not a company of the user's, or contracts of another one
        """
        self.check_access("write")
        company = self.env["res.company"].browse(company_id)
        if company not in self.env.user.company_ids:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        contracts = self.env["ev.contract"].browse(contract_ids or ())
        contracts.check_access("read")
        if contracts.company_id - company:
            raise UserError(
                self.env._("Some of these contracts are not %s's: prepare one company at a time.", company.name)
            )
        day = fields.Date.to_date(f"{year:04}-{month:02}-01")
        contracts = contracts or self.env["ev.statement"]._find_contracts(company, month_of(day))
        return self.sudo()._start(company, day, contracts.filtered(lambda contract: contract.state != "draft")).id

    @api.model
    def _start(self, company, day, contracts):
        """The run of the month of a day, with these contracts in it, at work.

        :param contracts: ev.contract records that are due in that month
        :return: the run
        """
        run = self._get_run(company, day)
        run._add_contracts(contracts)
        run._go_on()
        return run

    @api.model
    def _get_run(self, company, day):
        """The company's run of the month of a day; made at first need.

        Two at once: the database lets one of them make it, and the other's transaction is repeated.
        """
        first = day.replace(day=1)
        domain = [("company_id", "=", company.id), ("date_from", "=", first)]
        runs = self.sudo().with_company(company)
        if not (run := runs.search(domain)):
            self.env.cr.execute(
                SQL(
                    """INSERT INTO ev_run (name, company_id, date_from, state, mode, human_limit, create_uid, create_date,
                                           write_uid, write_date)
                       VALUES (%(name)s, %(company)s, %(first)s, 'open', %(mode)s, %(limit)s, %(user)s, now() AT TIME ZONE 'UTC',
                               %(user)s, now() AT TIME ZONE 'UTC') ON CONFLICT (company_id, date_from) DO NOTHING""",
                    name=f"{first:%Y-%m}",
                    company=company.id,
                    first=first,
                    mode=company.ev_run_mode,
                    limit=company.ev_human_limit or None,
                    user=self.env.uid,
                )
            )
            runs.invalidate_model()
            run = runs.search(domain)
            self._open_numbers(first)
        return run

    @api.model
    def _open_numbers(self, day):
        """The year's range of statement numbers, made before jobs that run side by side would all make it."""
        sequence = self.env["ir.sequence"].sudo().search([("code", "=", "ev.statement")], limit=1)
        if sequence.use_date_range and not sequence.date_range_ids.filtered(
            lambda years: years.date_from <= day <= years.date_to
        ):
            sequence._create_date_range_seq(day)

    def _get_span(self):
        """The month as the rating engine wants it."""
        self.ensure_one()
        return month_of(self.date_from)

    def _check_accountant(self):
        """Steps are the accountants': they need the right to write, and go on with more."""
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise AccessError(self.env._("Month-ends are for accountants only."))

    # ------------------------------------------------------------------ actions

    def action_open_statements(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_statement_action")
        return dict(action, domain=[("run_id", "in", self.ids)], context={})

    def action_open_contracts(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_run_contract_action")
        return dict(action, domain=[("run_id", "in", self.ids)], context={})
