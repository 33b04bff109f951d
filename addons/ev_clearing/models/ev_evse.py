from odoo import fields, models


class EvEvse(models.Model):
    _inherit = "ev.evse"

    meter_public_key = fields.Text(
        help="Of the meter that signs its readings: hexadecimal or base64, as printed on it. OCPP 1.6 does not send it; "
        "without it the key that comes with a session is used."
    )
