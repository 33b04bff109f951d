from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.ev_dispute import OUTCOMES

DECISIONS = [option for option in OUTCOMES if option[0] != "withdrawn"]
# What a correction of one session asks for, as `ev.cdr.correct` does.
CORRECTED = ("evse_id", "date_start", "date_stop", "energy_wh", "token_uid")


class EvDisputeDecide(models.TransientModel):
    """How a selection of disputes ends, and what the partners are told."""

    _name = "ev.dispute.decide"
    _description = "Answer Disputes"

    dispute_ids = fields.Many2many("ev.dispute", string="Disputes", required=True, readonly=True)
    count = fields.Integer("Sessions", compute="_compute_count")
    amount = fields.Float("At Stake", digits=(16, 6), compute="_compute_count")
    currency_id = fields.Many2one(related="dispute_ids.currency_id")
    outcome = fields.Selection(DECISIONS, required=True, default="stands")
    template_id = fields.Many2one(
        "ev.dispute.answer",
        "Answer Template",
        domain="[('outcome', '=', outcome), ('company_id', 'in', (False, company_id))]",
        compute="_compute_template_id",
        store=True,
        readonly=False,
    )
    company_id = fields.Many2one(related="dispute_ids.company_id")
    answer = fields.Text(
        compute="_compute_answer", store=True, readonly=False, help="Goes to the partner as it stands here."
    )
    correction_needed = fields.Boolean(compute="_compute_correction")
    cdr_id = fields.Many2one("ev.cdr", "Session", compute="_compute_correction")
    evse_id = fields.Many2one("ev.evse", "EVSE", compute="_compute_from_cdr", store=True, readonly=False)
    date_start = fields.Datetime("Start", compute="_compute_from_cdr", store=True, readonly=False)
    date_stop = fields.Datetime("End", compute="_compute_from_cdr", store=True, readonly=False)
    energy_wh = fields.Integer("Energy (Wh)", compute="_compute_from_cdr", store=True, readonly=False)
    token_uid = fields.Char("Token UID", compute="_compute_from_cdr", store=True, readonly=False)

    # ----------------------------------------------------------------- compute

    @api.depends("dispute_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.dispute_ids)
            wizard.amount = sum(wizard.dispute_ids.mapped("amount"))

    @api.depends("outcome")
    def _compute_template_id(self):
        templates = self.env["ev.dispute.answer"].search([("outcome", "in", self.mapped("outcome"))])
        for wizard in self:
            fitting = templates.filtered(
                lambda one, wizard=wizard: (
                    one.outcome == wizard.outcome and one.company_id <= wizard.dispute_ids.company_id
                )
            )
            wizard.template_id = fitting[:1]

    @api.depends("template_id")
    def _compute_answer(self):
        for wizard in self:
            lang = wizard.dispute_ids[:1].partner_id.lang or self.env.lang
            wizard.answer = wizard.template_id.with_context(lang=lang).text or wizard.answer

    @api.depends("outcome", "dispute_ids")
    def _compute_correction(self):
        """One session can be corrected here; several have to be corrected before."""
        for wizard in self:
            single = wizard.dispute_ids if len(wizard.dispute_ids) == 1 else wizard.dispute_ids.browse()
            wizard.cdr_id = single.cdr_id
            wizard.correction_needed = wizard.outcome == "adjusted" and single and not single.credit_cdr_id

    @api.depends("cdr_id")
    def _compute_from_cdr(self):
        for wizard in self:
            for name in CORRECTED:
                wizard[name] = wizard.cdr_id[name]

    # ------------------------------------------------------------------ actions

    def action_decide(self):
        """Correct what is to be corrected, then decide."""
        self.ensure_one()
        self.dispute_ids._check_decide()
        if self.correction_needed:
            self._correct()
        self.dispute_ids._decide(self.outcome, self.answer)
        return {"type": "ir.actions.act_window_close"}

    def _correct(self):
        """A credit CDR and a replacement, in the name of who decides.

        :raises UserError: nothing is changed, or the session cannot be corrected
        """
        # deciding on a dispute is the accountant's (checked before), and so is what it decides on
        corrections = self.env["ev.cdr.correct"].sudo()
        if all(self[name] == self.cdr_id[name] for name in CORRECTED):
            raise UserError(self.env._("Enter what is right about the session: nothing is changed yet."))
        values = {name: self[name].id if name == "evse_id" else self[name] for name in CORRECTED}
        reason = self.env._("Dispute: %s", self.answer or "")
        corrections.create(
            {"cdr_id": self.cdr_id.id, "reason": reason[:200], "replace": True, **values}
        ).action_correct()
