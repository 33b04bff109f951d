from odoo import api, fields, models


class EvFindingDecide(models.TransientModel):
    """One decision on one or many findings, with its reason."""

    _name = "ev.finding.decide"
    _description = "Decide on Findings"

    finding_ids = fields.Many2many(
        "ev.finding", required=True, default=lambda self: self.env.context.get("active_ids"), string="Findings"
    )
    action = fields.Selection(
        [
            ("accept", "Accept: it is right as it is"),
            ("hold", "Hold: bill the session later"),
            ("exclude", "Exclude: never bill the session"),
        ],
        "Decision",
        required=True,
        default="accept",
    )
    which = fields.Selection(
        [
            ("later", "The one received last"),
            ("cdr", "The one that started last"),
            ("other", "The one that started first"),
            ("both", "Both"),
        ],
        "Which Session",
        required=True,
        default="later",
    )
    reason = fields.Text(required=True, help="Kept with the finding and the session.")
    count = fields.Integer("Findings to Decide", compute="_compute_count")
    can_hold = fields.Boolean(compute="_compute_count")
    has_pairs = fields.Boolean(compute="_compute_count")

    @api.depends("finding_ids")
    def _compute_count(self):
        rules = self.env["ev.finding.rule"]._get_rules()
        for wizard in self:
            findings = wizard.finding_ids
            wizard.count = len(findings)
            wizard.can_hold = all(finding.cdr_id and rules[finding.rule].holds for finding in findings)
            wizard.has_pairs = bool(findings.other_cdr_id)

    def action_decide(self):
        """Decide, all or none.

        :raises UserError: one of the findings cannot be decided on like this
        """
        self.ensure_one()
        findings = self.finding_ids
        findings._check_decide()
        if self.action == "accept":
            findings._accept(self.reason)
        else:
            findings._hold("held" if self.action == "hold" else "excluded", self.reason, self.which)
        return {"type": "ir.actions.act_window_close"}
