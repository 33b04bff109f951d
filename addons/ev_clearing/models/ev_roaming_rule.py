from odoo import api, fields, models
from odoo.exceptions import ValidationError

KINDS = [("local", "Local"), ("roaming", "Roaming"), ("ad_hoc", "Ad hoc")]
BILLED_BY = [("us", "Us"), ("hub", "The hub")]
TOKEN_TYPES = [
    ("RFID", "Badge (RFID)"),
    ("APP_USER", "App"),
    ("AD_HOC_USER", "Ad hoc"),
    ("EMAID", "Plug & Charge"),
    ("OTHER", "Other"),
]


class EvRoamingRule(models.Model):
    """What sessions are, and which way they go: the first rule whose conditions all hold decides.

    A session's badge, when somebody entered it, says itself what the session is; a rule's kind (and eMSP) is for badges nobody
    entered. Its route is for every session. What was decided stays: a rule that changes decides on sessions to come.
    """

    _name = "ev.roaming.rule"
    _description = "Classification Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)

    source = fields.Char("Sent by", help="Exactly as on the session, under Origin: a bridge, or the file of a hub.")
    token_type = fields.Selection(TOKEN_TYPES, "Badge Type")
    token_prefix = fields.Char("Badge Begins with", help="Upper and lower case are the same.")
    emaid_prefix = fields.Char(
        "Contract ID Begins with",
        help="The badge's contract id (eMAID), such as FR-ABC; hyphens, stars, upper and lower case do not matter.",
    )
    reference_prefix = fields.Char("Authorization Begins with", help="Upper and lower case are the same.")
    party_id = fields.Many2one(
        "ev.roaming.party",
        ondelete="restrict",
        check_company=True,
        help="Badges its partner held at the start, and contract ids that begin with its country and party id.",
    )

    kind = fields.Selection(KINDS, "An Unknown Badge Is", help="Empty: the rule says nothing about unknown badges.")
    partner_id = fields.Many2one(
        "res.partner",
        "And Belongs to",
        ondelete="restrict",
        check_company=True,
        help="Who pays for the session of an unknown badge; the party's partner when empty.",
    )
    route = fields.Selection(
        [("keep", "As its contract says"), ("direct", "Direct"), ("hub", "Through a hub")],
        required=True,
        default="keep",
    )
    hub_id = fields.Many2one("ev.roaming.hub", ondelete="restrict")
    billed_by = fields.Selection(
        BILLED_BY, default="us", required=True, help="Sessions that the hub bills are not charged on our contracts."
    )

    @api.constrains("route", "hub_id", "billed_by")
    def _check_route(self):
        for rule in self:
            if rule.route == "hub" and not rule.hub_id:
                raise ValidationError(self.env._("Rule %s goes through a hub: choose which.", rule.name))
            if rule.billed_by == "hub" and rule.route != "hub":
                raise ValidationError(
                    self.env._("Rule %s: only what goes through a hub can be billed by it.", rule.name)
                )

    @api.constrains("kind", "partner_id", "route")
    def _check_result(self):
        for rule in self:
            if rule.partner_id and not rule.kind:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s gives unknown badges to %(partner)s: say in 'An Unknown Badge Is' what they are.",
                        rule=rule.name,
                        partner=rule.partner_id.name,
                    )
                )
            if not rule.kind and rule.route == "keep":
                raise ValidationError(
                    self.env._(
                        "Rule %s decides nothing: say what an unknown badge is, or which way sessions go.", rule.name
                    )
                )

    @api.constrains("source", "token_type", "token_prefix", "emaid_prefix", "reference_prefix", "party_id")
    def _check_prefixes(self):
        for rule in self:
            if rule.emaid_prefix and not _strip(rule.emaid_prefix):
                raise ValidationError(
                    self.env._("Rule %s: a contract id begins with letters or digits, such as FR-ABC.", rule.name)
                )

    def action_classify(self):
        """Decide now on what is not decided yet, or unknown until now, in the companies at work."""
        self.browse().check_access("write")
        routes = self.env["ev.cdr.route"].sudo()
        routes._forget_unknown(self.env.companies)
        count = routes._classify_rest(self.env.companies)
        unknown = routes.search_count([("decided_by", "=", "unknown"), ("company_id", "in", self.env.companies.ids)])
        to_correct = routes._count_to_correct(self.env.companies)
        told = [
            self.env._(
                "Sessions classified: %(count)s. Still unknown: %(unknown)s.", count=count - unknown, unknown=unknown
            )
        ]
        if to_correct:
            told.append(
                self.env._(
                    "Of these a rule would give %s to somebody who pays: correct each (credit and replacement) so that it is "
                    "billed; the session says which rule.",
                    to_correct,
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if to_correct else "success",
                "sticky": bool(to_correct),
                "message": " ".join(told),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _say_kind(self):
        """``roaming``"""
        self.ensure_one()
        return dict(self._fields["kind"]._description_selection(self.env)).get(self.kind, "").lower()

    def _get_partner(self):
        """Whom an unknown badge belongs to under this rule; may be nobody."""
        self.ensure_one()
        return self.partner_id or self.party_id.partner_id


def _strip(contract_id):
    """A contract id without its separators, in capitals: ``fr-abc-C123`` -> ``FRABCC123``."""
    return "".join(filter(str.isalnum, contract_id or "")).upper()
