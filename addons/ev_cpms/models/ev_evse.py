from odoo import api, fields, models
from odoo.exceptions import UserError


class EvEvse(models.Model):
    """One place a car can charge at: what OCPP 2.x calls EVSE and 1.6 a connector."""

    _name = "ev.evse"
    _description = "EVSE"
    _order = "station_id, number"
    _rec_names_search = ["evse_id", "station_id.identity"]

    station_id = fields.Many2one("ev.station", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="station_id.company_id", store=True, index=True)
    number = fields.Integer(
        required=True, default=1, aggregator=None, help="OCPP 2.x EVSE id, OCPP 1.6 connector id: 1, 2, 3, ..."
    )
    evse_id = fields.Char("EVSE ID", help="The roaming identifier, such as FR*ABC*E12345*1.")
    power_type = fields.Selection([("ac", "AC"), ("dc", "DC")], required=True, default="ac")
    max_power_kw = fields.Float("Max Power (kW)", digits=(8, 3), required=True, default=22.0, aggregator=None)
    connector_type = fields.Selection(
        [
            ("IEC_62196_T2", "Type 2"),
            ("IEC_62196_T2_COMBO", "CCS (Combo 2)"),
            ("CHADEMO", "CHAdeMO"),
            ("DOMESTIC_F", "Domestic (Schuko)"),
            ("DOMESTIC_E", "Domestic (French)"),
            ("IEC_62196_T1", "Type 1"),
            ("OTHER", "Other"),
        ],
        required=True,
        default="IEC_62196_T2",
    )
    status = fields.Char(readonly=True, help="As the station last reported it, in OCPP's words.")
    status_error = fields.Char("Error", readonly=True)
    status_at = fields.Datetime("Status Since", readonly=True)

    _number_uniq = models.Constraint("UNIQUE(station_id, number)", "The station already has an EVSE with this number.")
    _number_check = models.Constraint("CHECK(number > 0)", "EVSE numbers start at 1.")
    _power_check = models.Constraint("CHECK(max_power_kw > 0)", "The maximum power of an EVSE must be above 0 kW.")

    @api.depends("station_id.identity", "number")
    def _compute_display_name(self):
        for evse in self:
            evse.display_name = f"{evse.station_id.identity}/{evse.number}"

    def write(self, vals):
        frozen = [name for name in ("power_type", "number", "station_id") if name in vals]
        changed = self.filtered(
            lambda evse: any(evse._fields[n].convert_to_write(evse[n], evse) != vals[n] for n in frozen)
        )
        changed._check_never_charged()
        return super().write(vals)

    def _check_never_charged(self):
        """Refuse to rewrite what past sessions were rated with (invariant 7)."""
        used = self.env["ev.cdr"].sudo().search([("evse_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    "EVSE %s already has sessions, told apart by its number and rated by its power type: these stay. "
                    "Decommission the station and register new hardware as a new one.",
                    used.evse_id.display_name,
                )
            )
