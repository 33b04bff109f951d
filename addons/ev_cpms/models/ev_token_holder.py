from odoo import api, fields, models


class EvTokenHolder(models.Model):
    """Whose token it is and under which profile, from a day on (UTC): a session keeps the one of its start."""

    _name = "ev.token.holder"
    _description = "Token Holder"
    _order = "token_id, date_from desc"
    _check_company_auto = True

    token_id = fields.Many2one("ev.token", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="token_id.company_id", store=True, index=True)
    date_from = fields.Date("From", required=True, default=lambda self: fields.Date.to_date("2000-01-01"))
    partner_id = fields.Many2one("res.partner", "eMSP or Client", index=True, ondelete="restrict")
    profile_id = fields.Many2one("ev.user.profile", "User Profile", ondelete="restrict", check_company=True)

    _token_date_uniq = models.Constraint(
        "UNIQUE(token_id, date_from)",
        "A token has one holder from a given day: change that row instead of adding one.",
    )

    @api.depends("partner_id", "profile_id", "date_from")
    def _compute_display_name(self):
        for row in self:
            names = [row.partner_id.display_name, row.profile_id.display_name]
            row.display_name = " / ".join(filter(None, names)) or str(row.date_from)
