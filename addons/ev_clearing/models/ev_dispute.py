"""A session an eMSP does not agree with: what is at stake, since when, and how it ended.

An open dispute freezes its session alone: the contract's statements leave it out, and where the host carries disputes,
everybody's do. Decided, it comes on the next statement (or still on this one, while the window is open), corrected, or never.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

REASONS = [
    ("energy", "Energy differs"),
    ("price", "Price differs"),
    ("time", "Times differ"),
    ("unknown_session", "Session not known to us"),
    ("unknown_token", "Badge is not ours, or was not valid"),
    ("double", "Billed twice"),
    ("failed", "Charging failed"),
    ("other", "Other"),
]
STATES = [("open", "Open"), ("decided", "Decided")]
OUTCOMES = [
    ("stands", "Charge Stands"),
    ("adjusted", "Corrected"),
    ("excluded", "Not Charged"),
    ("withdrawn", "Withdrawn by the Partner"),
]
SOURCES = [("portal", "Portal"), ("link", "Mailed Link"), ("file", "Partner's File"), ("operator", "Entered by Us")]


def disputed_sessions(condition):
    """SQL: ids of disputed sessions with all that credits or replaces them, however long the chain.

    One without the others would be wrong: a credit of what is not charged gives back what nobody paid, a replacement without the
    credit charges twice. Who disputes a credit disputes what it takes back.

    :param SQL condition: which disputes, over alias `d`
    """
    return SQL(
        """WITH RECURSIVE disputed AS (
               SELECT COALESCE(subject.credit_of_id, subject.id) AS id
                 FROM ev_dispute d JOIN ev_cdr subject ON subject.id = d.cdr_id WHERE %s
            UNION
               SELECT later.id FROM disputed CROSS JOIN LATERAL (
                      SELECT c.id FROM ev_cdr c WHERE c.credit_of_id = disputed.id
                   UNION ALL
                      SELECT c.id FROM ev_cdr c WHERE c.replaces_id = disputed.id) AS later)
           SELECT id FROM disputed""",
        condition,
    )


def frozen_sessions(contract):
    """SQL: ids of the sessions that disputes keep out of a contract's statements."""
    return disputed_sessions(SQL("d.frozen AND (d.contract_id = %s OR d.for_all)", contract))


class EvDispute(models.Model):
    """One disputed session of one statement. Made by `ev.statement._dispute` and decided by `_decide` only; it stays on file."""

    _name = "ev.dispute"
    _description = "Disputed Session"
    _order = "opened_at desc, id desc"
    _rec_name = "cdr_id"

    statement_id = fields.Many2one("ev.statement", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    contract_id = fields.Many2one("ev.contract", required=True, readonly=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one("res.partner", "eMSP", required=True, readonly=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    cdr_id = fields.Many2one("ev.cdr", "Session", required=True, readonly=True, index=True, ondelete="restrict")
    site_id = fields.Many2one("ev.site", readonly=True)
    amount = fields.Float(
        "At Stake", digits=(16, 6), required=True, readonly=True, help="What the statement charges for the session."
    )
    claim = fields.Float("Partner Says", digits=(16, 6), readonly=True, help="The amount the partner would pay.")
    claim_kwh = fields.Float("Partner Says (kWh)", digits=(16, 3), readonly=True)
    reason = fields.Selection(REASONS, required=True, readonly=True)
    comment = fields.Text(readonly=True)
    source = fields.Selection(SOURCES, "Came by", required=True, readonly=True)
    author_id = fields.Many2one("res.partner", "Disputed by", readonly=True, ondelete="restrict")
    author_name = fields.Char("Name Given", required=True, readonly=True)
    opened_at = fields.Datetime("Disputed On", required=True, readonly=True)
    deadline = fields.Date("Answer Until", required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="open", index=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    answer = fields.Text(readonly=True, help="As the partner got it.")
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime("Decided On", readonly=True)
    frozen = fields.Boolean(
        required=True, readonly=True, default=True, help="Its session is on no statement meanwhile."
    )
    for_all = fields.Boolean(
        "Host Waits Too", readonly=True, help="The host carries disputes: it is not paid for the session meanwhile."
    )
    reminded = fields.Boolean(readonly=True, help="Somebody was told that its day to answer has passed.")
    credit_cdr_id = fields.Many2one("ev.cdr", "Credit", compute="_compute_correction", compute_sudo=True)
    replacement_cdr_id = fields.Many2one("ev.cdr", "Replacement", compute="_compute_correction", compute_sudo=True)
    age_days = fields.Integer("Age (Days)", compute="_compute_age_days", help="Until it was decided, or until now.")
    is_overdue = fields.Boolean(compute="_compute_age_days", search="_search_is_overdue")

    external_id = fields.Char(related="cdr_id.external_id", string="Session ID")
    date_start = fields.Datetime(related="cdr_id.date_start")
    date_stop = fields.Datetime(related="cdr_id.date_stop")
    evse_id = fields.Many2one(related="cdr_id.evse_id", string="EVSE")
    token_uid = fields.Char(related="cdr_id.token_uid")
    energy_kwh = fields.Float(related="cdr_id.energy_kwh")

    _open_uniq = models.UniqueIndex(
        "(contract_id, cdr_id) WHERE state = 'open'", "This session is disputed already, and not decided yet."
    )
    _frozen_idx = models.Index("(cdr_id) WHERE frozen")
    _decided_check = models.Constraint(
        "CHECK((state = 'decided') = (outcome IS NOT NULL))", "A decided dispute has an outcome, an open one has none."
    )

    # ----------------------------------------------------------------- compute

    @api.depends("cdr_id", "outcome")
    def _compute_correction(self):
        for dispute in self:
            dispute.credit_cdr_id = dispute.cdr_id.credited_by_ids[:1]
            dispute.replacement_cdr_id = dispute.cdr_id.replaced_by_ids[:1]

    @api.depends("opened_at", "decided_at", "deadline", "state")
    def _compute_age_days(self):
        now, today = fields.Datetime.now(), fields.Date.context_today(self)
        for dispute in self:
            end = dispute.decided_at or now
            dispute.age_days = (end - dispute.opened_at).days if dispute.opened_at else 0
            dispute.is_overdue = dispute.state == "open" and bool(dispute.deadline) and dispute.deadline < today

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        overdue = [("state", "=", "open"), ("deadline", "<", today)]
        if True in value and False in value:
            return []
        return overdue if True in value else ["!", "&", *overdue]

    @api.depends("external_id", "partner_id.name")
    def _compute_display_name(self):
        for dispute in self:
            dispute.display_name = f"{dispute.partner_id.name} · {dispute.external_id}"

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        if not self.env.su:
            raise UserError(self.env._("Sessions are disputed on their statement: choose them there."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("What was disputed and answered stays on file: use Answer to decide."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Who disputed what and why stays on file: answer it instead."))

    # ------------------------------------------------------------------ actions

    def action_decide(self):
        """Ask how these end, and what the partner is told."""
        self._check_decide()
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_clearing.ev_dispute_decide_action")
        return dict(
            action, context={"default_dispute_ids": self.ids, "default_outcome": self.env.context.get("decide")}
        )

    def action_open_session(self):
        self.ensure_one()
        self.check_access("read")
        cdr = self.cdr_id
        sessions = cdr | cdr.credited_by_ids | cdr.replaced_by_ids
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        return dict(action, domain=[("id", "in", sessions.ids)], context={})
