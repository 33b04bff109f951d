from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .ev_cdr_hold import ACCOUNTANT
from .ev_finding_rule import SEVERITIES
from .ev_finding_rule_catalogue import CODES

FINDING_STATES = [
    ("open", "Open"),
    ("accepted", "Accepted"),
    ("held", "Billed Later"),
    ("excluded", "Never Billed"),
    ("corrected", "Corrected"),
    ("resolved", "Gone"),
]
DECIDED = ("accepted", "held", "excluded", "corrected")


class EvFinding(models.Model):
    """Something that should be looked at before money moves: what a rule found, what it is worth, what was decided and by whom.

    Findings are made and kept up to date by `_check_period`. A decision holds for the facts it was made on: when these change,
    the finding is open again.
    """

    _name = "ev.finding"
    _description = "Billing Finding"
    _inherit = ["mail.thread"]
    _order = "month desc, blocking desc, severity_rank desc, date, id"
    _rec_name = "name"

    name = fields.Text("Finding", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    rule = fields.Selection(CODES, required=True, readonly=True, index=True)
    key = fields.Char(required=True, readonly=True)
    facts = fields.Char(readonly=True, help="Fingerprint of what was found: a decision holds while it stays the same.")
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    severity_rank = fields.Integer(readonly=True, aggregator=None)
    blocking = fields.Boolean(readonly=True)
    state = fields.Selection(FINDING_STATES, default="open", required=True, readonly=True, index=True, tracking=True)
    month = fields.Date(required=True, readonly=True, index=True, help="The first day of the month it belongs to.")
    date = fields.Date(readonly=True)

    site_id = fields.Many2one("ev.site", readonly=True, ondelete="cascade")
    station_id = fields.Many2one("ev.station", readonly=True, ondelete="cascade")
    evse_id = fields.Many2one("ev.evse", "EVSE", readonly=True, ondelete="cascade")
    cdr_id = fields.Many2one("ev.cdr", "Session", readonly=True, index="btree_not_null", ondelete="cascade")
    other_cdr_id = fields.Many2one("ev.cdr", "Other Session", readonly=True, index="btree_not_null", ondelete="cascade")
    statement_id = fields.Many2one("ev.statement", readonly=True, index="btree_not_null", ondelete="cascade")
    contract_id = fields.Many2one("ev.contract", readonly=True, index="btree_not_null", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    quarantine_id = fields.Many2one("ev.cdr.quarantine", readonly=True, ondelete="cascade")
    session_count = fields.Integer("Sessions", readonly=True)
    energy_kwh = fields.Float("Energy (kWh)", digits=(16, 3), readonly=True)
    missing_kwh = fields.Float("Energy without Session (kWh)", digits=(16, 3), readonly=True)
    money_at_risk = fields.Monetary(
        readonly=True,
        help="What its sessions are charged; for energy without a session or held, at the site's average price.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    reason = fields.Text(readonly=True)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime("Decided", readonly=True)

    _key_uniq = models.UniqueIndex("(company_id, rule, key)", "This is found already.")
    _open_idx = models.Index("(company_id, month) WHERE state = 'open'")

    @api.depends("name")
    def _compute_display_name(self):
        for finding in self:
            name = finding.name or ""
            finding.display_name = name if len(name) <= 80 else f"{name[:79]}…"

    # ------------------------------------------------------------------ actions

    def action_decide(self):
        """Ask what to do with these findings."""
        self._check_decide()
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_finding_decide_action")
        return dict(action, context={"default_finding_ids": self.ids, "default_action": self.env.context.get("decide")})

    def action_correct(self):
        """Open the correction of the session it is about.

        :raises UserError: there is no session, or it is taken back already
        """
        self.ensure_one()
        self._check_decide()
        if not self.cdr_id:
            raise UserError(self.env._("This finding is not about one session: there is nothing to correct here."))
        if self.cdr_id.credit or self.cdr_id.credited_by_ids:
            raise UserError(self.env._("Session %s is taken back already.", self.cdr_id.external_id))
        if not self.env["ev.cdr.correct"].has_access("create"):
            raise UserError(
                self.env._(
                    "Correcting sessions takes a Charging Administrator: ask one, or hold the session until then."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_correct_action")
        return dict(action, context={"default_cdr_id": self.cdr_id.id, "active_id": self.cdr_id.id})

    def action_reopen(self):
        """Take a decision back; a session that was kept out of billing is billed again."""
        self._check_decide()
        for finding in self:
            if finding.state not in DECIDED:
                raise UserError(self.env._("Nothing was decided on “%s” yet.", finding.display_name))
        words = self.env._("Opened again by %s.", self.env.user.name)
        self._reopen(words)
        self._end_holds(words)

    def action_retry(self):
        """Look again, now."""
        self._check_decide()
        self._retry()

    def action_open_session(self):
        self.ensure_one()
        self.check_access("read")
        sessions = self.cdr_id | self.other_cdr_id
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        return dict(action, domain=[("id", "in", sessions.ids)], context={})

    def action_open_quarantine(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.cdr.quarantine",
            "res_id": self.quarantine_id.id,
            "view_mode": "form",
        }

    # ----------------------------------------------------------------- business

    def _check_decide(self):
        """Decisions are the accountants', in their own companies."""
        if not self.env.su and not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Deciding on findings is for accountants."))
        self.check_access("read")
