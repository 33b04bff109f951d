import secrets

from odoo import fields, models


class EvStationPassword(models.TransientModel):
    """Give a station a new basic-auth password (OCPP security profiles 1 and 2). Only its hash is kept."""

    _name = "ev.station.password"
    _description = "New Station Password"

    station_id = fields.Many2one("ev.station", required=True, default=lambda self: self.env.context.get("active_id"))
    password = fields.Char(
        required=True,
        default=lambda self: secrets.token_hex(16),
        help="Enter it in the station before you confirm: from then on the bridge expects it.",
    )

    def action_set(self):
        self.station_id.check_access("write")
        self.station_id._set_password(self.password)
        self.station_id.message_post(body=self.env._("The station's password was changed."))
        self.sudo().unlink()  # only the hash is kept
        return {"type": "ir.actions.act_window_close"}
