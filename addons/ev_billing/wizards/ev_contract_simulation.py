"""The simulator's screen: choose contracts and months, look at the answer. The files beside this one work it out."""

import base64
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rating import Span, month_of, period_of
from ..reports.ev_contract_simulation_xlsx import write_simulation

# Another choice is another question: the answer to the last one goes.
CHOICE = ("company_id", "contract_ids", "drafts", "month_from", "month_to")


class EvContractSimulation(models.TransientModel):
    """What contracts and drafts would have made of past months, beside what was billed."""

    _name = "ev.contract.simulation"
    _description = "Contract Simulator"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self._get_opened_contracts()[:1].company_id or self.env.company,
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    contract_ids = fields.Many2many(
        "ev.contract",
        "ev_contract_simulation_contract_rel",
        string="Contracts and Drafts",
        check_company=True,
        default=lambda self: self._get_opened_contracts(),
        help="Running, ended or draft. A draft stands in for the running contract that bills the same sessions.",
    )
    draft_count = fields.Integer(compute="_compute_draft_count")
    drafts = fields.Selection(
        [("apart", "Each draft on its own"), ("together", "All of them together")],
        "Drafts Are Tried",
        required=True,
        default="apart",
        help="On its own: alternatives to compare. Together: one new world in which all of them run.",
    )
    month_from = fields.Date("First Month", required=True, default=lambda self: self._get_last_month().start)
    month_to = fields.Date(
        "Last Month", required=True, default=lambda self: self._get_last_month().end - timedelta(days=1)
    )
    is_done = fields.Boolean(readonly=True)
    messages = fields.Text(readonly=True)
    total_ids = fields.One2many("ev.contract.simulation.total", "simulation_id", "Contracts", readonly=True)
    line_ids = fields.One2many("ev.contract.simulation.line", "simulation_id", "Terms", readonly=True)
    margin_ids = fields.One2many("ev.contract.simulation.margin", "simulation_id", "Margin per Site", readonly=True)
    figure_ids = fields.One2many("ev.contract.simulation.figure", "simulation_id", "Figures", readonly=True)
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)

    # ----------------------------------------------------------------- compute

    @api.model
    def _get_last_month(self):
        return month_of(fields.Date.context_today(self) - relativedelta(months=1))

    @api.model
    def _get_opened_contracts(self):
        """The contracts of the list or form this was opened from."""
        opened = self.env.context.get("active_model") == "ev.contract"
        return self.env["ev.contract"].browse(self.env.context.get("active_ids", ()) if opened else ())

    @api.depends("contract_ids", "company_id")
    def _compute_currency_id(self):
        for simulation in self:
            simulation.currency_id = simulation.contract_ids[:1].currency_id or simulation.company_id.currency_id

    @api.depends("contract_ids")
    def _compute_draft_count(self):
        for simulation in self:
            simulation.draft_count = len(simulation.contract_ids.filtered(lambda contract: contract.state == "draft"))

    @api.depends("month_from", "month_to")
    def _compute_display_name(self):
        for simulation in self:
            simulation.display_name = self.env._("Simulation")

    @api.onchange("month_from", "month_to")
    def _onchange_months(self):
        """Whole months: any day somebody picks stands for its month."""
        if self.month_from:
            self.month_from = month_of(self.month_from).start
        if self.month_to:
            self.month_to = month_of(self.month_to).end - timedelta(days=1)

    @api.onchange(*CHOICE)
    def _onchange_choice(self):
        self.is_done = False
        self.messages = False

    # --------------------------------------------------------------------- CRUD

    def write(self, vals):
        if set(CHOICE) & vals.keys():
            vals = {**vals, "is_done": False, "messages": False}
        return super().write(vals)

    # ------------------------------------------------------------------ actions

    def action_simulate(self):
        """Work it out and show it; a result already there is replaced.

        :raises UserError: a choice that makes no sense, with the field and what to do
        """
        self.ensure_one()
        self.check_access("write")
        self._check_choice()
        self.sudo()._work_out()
        return True

    def action_open_lines(self):
        return self._open("line", self.env._("Terms"))

    def action_open_chart(self):
        return self._open("figure", self.env._("Simulated and Billed"), [("topic", "=", "terms")])

    def action_open_margin(self):
        return self._open(
            "figure", self.env._("Margin"), [("topic", "=", "margin")], "ev_contract_simulation_margin_action"
        )

    def action_download(self):
        """The result as an XLSX file."""
        self.ensure_one()
        self.check_access("write")
        self._check_done()
        first, last = (day.strftime("%Y-%m") for day in (self.month_from, self.month_to))
        name = f"simulation_{first}.xlsx" if first == last else f"simulation_{first}_{last}.xlsx"
        self.sudo().write({"file": base64.b64encode(write_simulation(self)), "file_name": name})
        url = f"/web/content?model={self._name}&id={self.id}&field=file&filename_field=file_name&download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _open(self, what, name, domain=(), action=None):
        self.ensure_one()
        self.check_access("read")
        self._check_done()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"ev_billing.{action or f'ev_contract_simulation_{what}_action'}"
        )
        return dict(action, name=name, domain=[("simulation_id", "=", self.id), *domain])

    # ------------------------------------------------------------------- checks

    def _check_done(self):
        if not self.is_done:
            raise UserError(self.env._("Nothing is worked out yet: press Simulate first."))

    def _check_choice(self):
        """Refuse what cannot be answered.

        :raises UserError: names the field and what to do
        """
        self.contract_ids.check_access("read")
        if not self.contract_ids:
            raise UserError(self.env._("Contracts and Drafts: choose at least one contract to simulate."))
        if len(currencies := self.contract_ids.currency_id) > 1:
            raise UserError(
                self.env._(
                    "Contracts and Drafts: these are in %s, which do not add up. Simulate the contracts of one currency at a "
                    "time.",
                    ", ".join(sorted(currencies.mapped("name"))),
                )
            )
        span = self._get_span()
        if span.start >= span.end:
            raise UserError(self.env._("Last Month lies before First Month: exchange the two."))
        today = fields.Date.context_today(self)
        if span.end > today:
            raise UserError(
                self.env._(
                    "Last Month: %(month)s is not over, so its sessions are not all there. Choose months up to %(last)s.",
                    month=format_date(self.env, self.month_to, date_format="MMMM yyyy"),
                    last=format_date(self.env, self._get_last_month().start, date_format="MMMM yyyy"),
                )
            )
        for contract in self.contract_ids:
            if not self._get_periods(contract):
                raise UserError(self._get_period_sentence(contract))
        self._check_drafts_together()

    def _get_span(self):
        """The chosen days: whole months, as rating.Span."""
        return Span(month_of(self.month_from).start, month_of(self.month_to).end)

    def _get_periods(self, contract):
        """The billing periods of a contract that make up the chosen months; none where they do not.

        :rtype: list[rating.Span]
        """
        span, periods = self._get_span(), []
        if contract.periodicity == "ad_hoc":
            return [span]
        day = span.start
        while day < span.end:
            periods.append(period_of(contract.periodicity, day))
            day = periods[-1].end
        return periods if (periods[0].start, periods[-1].end) == (span.start, span.end) else []

    def _get_period_sentence(self, contract):
        periodicity = dict(contract._fields["periodicity"]._description_selection(self.env))[contract.periodicity]
        return self.env._(
            "%(contract)s is billed %(periodicity)s, and only whole billing periods can be worked out: choose First Month and "
            "Last Month accordingly.",
            contract=contract.name,
            periodicity=periodicity.lower(),
        )

    def _get_period_label(self, span):
        """``March 2026``, or the first and last day of anything but a calendar month."""
        if span == month_of(span.start):
            return format_date(self.env, span.start, date_format="MMMM yyyy")
        return f"{format_date(self.env, span.start)} - {format_date(self.env, span.end - timedelta(days=1))}"
