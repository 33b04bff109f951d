import secrets

from odoo import api, fields, models


class EvStationAccept(models.TransientModel):
    """Make a station of an identity that knocked: its site, its EVSEs, a password to enter in the machine."""

    _name = "ev.station.accept"
    _description = "Accept an Unknown Station"

    candidate_id = fields.Many2one(
        "ev.station.candidate", required=True, readonly=True, default=lambda self: self.env.context.get("active_id")
    )
    identity = fields.Char(related="candidate_id.identity")
    site_id = fields.Many2one("ev.site", required=True)
    date_commissioned = fields.Date(
        "Commissioned",
        required=True,
        default=fields.Date.context_today,
        help="The first day in service: fees run from it, and sessions before it are flagged.",
    )
    evse_count = fields.Integer("EVSEs", required=True, default=1)
    power_type = fields.Selection([("ac", "AC"), ("dc", "DC")], required=True, default="ac")
    max_power_kw = fields.Float("Max Power (kW)", required=True, default=22.0)
    password = fields.Char(
        required=True,
        default=lambda self: secrets.token_hex(16),
        help="Enter it in the station (AuthorizationKey / BasicAuthPassword). Only its hash is kept: note it now.",
    )

    _evse_count_check = models.Constraint("CHECK(evse_count BETWEEN 1 AND 64)", "A station has 1 to 64 EVSEs.")

    @api.onchange("power_type")
    def _onchange_power_type(self):
        self.max_power_kw = 50.0 if self.power_type == "dc" else 22.0

    def action_accept(self):
        self.ensure_one()
        connector = "IEC_62196_T2_COMBO" if self.power_type == "dc" else "IEC_62196_T2"
        station = self.env["ev.station"].create(
            {
                "identity": self.candidate_id.identity,
                "site_id": self.site_id.id,
                "date_commissioned": self.date_commissioned,
                "evse_ids": [
                    fields.Command.create(
                        {
                            "number": number,
                            "power_type": self.power_type,
                            "max_power_kw": self.max_power_kw,
                            "connector_type": connector,
                        }
                    )
                    for number in range(1, self.evse_count + 1)
                ],
            }
        )
        station._set_password(self.password)
        self.candidate_id.unlink()
        self.sudo().unlink()  # only the hash of the password is kept
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.station",
            "res_id": station.id,
            "view_mode": "form",
        }
