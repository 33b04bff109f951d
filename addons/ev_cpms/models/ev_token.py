from odoo import api, fields, models
from odoo.exceptions import ValidationError


class EvToken(models.Model):
    """What identifies a driver at a charger: a badge, an app account, an ad hoc payment.

    The uid is compared without case, as OCPP does (1.6 7.28 and 2.0.1 2.1: CiString).
    """

    _name = "ev.token"
    _description = "Token"
    _inherit = ["mail.thread"]
    _rec_name = "uid"
    _order = "uid, id"
    _check_company_auto = True

    uid = fields.Char(
        "UID", required=True, tracking=True, help="As the charger reads it; upper and lower case are the same."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    type = fields.Selection(
        [
            ("RFID", "Badge (RFID)"),
            ("APP_USER", "App"),
            ("AD_HOC_USER", "Ad hoc"),
            ("EMAID", "Plug & Charge"),
            ("OTHER", "Other"),
        ],
        required=True,
        default="RFID",
    )
    kind = fields.Selection(
        [("local", "Local"), ("roaming", "Roaming"), ("ad_hoc", "Ad hoc")],
        "Session Kind",
        required=True,
        default="local",
        tracking=True,
        help="What a session with this token is: of our own clients, of a roaming eMSP, or paid on the spot.",
    )
    emaid = fields.Char("Contract ID (eMAID)")
    issuer = fields.Char()
    blocked = fields.Boolean(tracking=True)
    valid_from = fields.Datetime()
    valid_until = fields.Datetime()
    holder_ids = fields.One2many("ev.token.holder", "token_id", "Holders over time")
    partner_id = fields.Many2one(
        "res.partner", "eMSP or Client", compute="_compute_holder", search="_search_partner_id", help="Today's holder."
    )
    profile_id = fields.Many2one("ev.user.profile", "User Profile", compute="_compute_holder", help="Today's profile.")
    note = fields.Text()

    _uid_company_uniq = models.UniqueIndex(
        "(company_id, upper(uid))", "A token with this UID already exists in this company (case does not count)."
    )
    _validity_check = models.Constraint(
        "CHECK(valid_until IS NULL OR valid_from IS NULL OR valid_from < valid_until)",
        "A token must be valid from before it is valid until.",
    )

    @api.constrains("uid")
    def _check_uid(self):
        for token in self:
            if token.uid != token.uid.strip():
                raise ValidationError(
                    self.env._("Token %r: remove the spaces around the UID; a charger never sends them.", token.uid)
                )

    @api.depends("holder_ids.partner_id", "holder_ids.profile_id", "holder_ids.date_from")
    def _compute_holder(self):
        today = fields.Date.context_today(self)
        for token in self:
            rows = token.holder_ids.filtered(lambda row: row.date_from and row.date_from <= today)
            row = max(rows, key=lambda row: row.date_from) if rows else rows
            token.partner_id = row.partner_id
            token.profile_id = row.profile_id

    def _search_partner_id(self, operator, value):
        # Any holder, past or present: who looks for a client's badges wants the returned ones too.
        return [("holder_ids.partner_id", operator, value)]
