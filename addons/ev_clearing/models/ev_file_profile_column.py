from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..exchange.tables import FIELDS, UNITS

WORDS = [
    ("id", "Session ID"),
    ("start", "Start"),
    ("start_time", "Start: time of day, if apart"),
    ("stop", "Stop"),
    ("stop_time", "Stop: time of day, if apart"),
    ("duration", "Duration (instead of the stop)"),
    ("energy", "Energy"),
    ("meter_start", "Meter at the start"),
    ("meter_stop", "Meter at the stop"),
    ("amount", "Amount excl. VAT"),
    ("currency", "Currency"),
    ("station", "Station identity"),
    ("evse", "EVSE number"),
    ("evse_id", "EVSE ID"),
    ("connector", "Connector"),
    ("token_uid", "Badge UID"),
    ("token_type", "Badge type"),
    ("contract_id", "Contract ID (eMAID)"),
    ("country_code", "eMSP country"),
    ("party_id", "eMSP party ID"),
    ("stop_reason", "Stop reason"),
    ("auth", "Authorization reference"),
    ("credit_of", "Credits session"),
    ("replaces", "Replaces session"),
    ("session_id", "Other session ID"),
]
UNIT_WORDS = [
    ("kWh", "kWh"),
    ("Wh", "Wh"),
    ("MWh", "MWh"),
    ("EUR", "Currency's main unit"),
    ("cent", "Cents"),
    ("hms", "h:mm:ss"),
    ("s", "Seconds"),
    ("min", "Minutes"),
    ("h", "Hours"),
]


class EvFileProfileColumn(models.Model):
    """Which column of the file holds one of our fields, or the value it always has."""

    _name = "ev.file.profile.column"
    _description = "Column of a File Profile"
    _order = "profile_id, sequence, id"
    _rec_name = "field"

    profile_id = fields.Many2one("ev.file.profile", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    field = fields.Selection(WORDS, "Means", required=True)
    column = fields.Char(help="Its header, whatever the case, or its letter: A, B, ...")
    unit = fields.Selection(UNIT_WORDS)
    value = fields.Char("Otherwise", help="What holds where the file has no such column, or leaves the cell empty.")

    _field_uniq = models.Constraint(
        "UNIQUE(profile_id, field)", "The profile already says where this field comes from."
    )

    @api.constrains("field", "column", "value", "unit")
    def _check_column(self):
        for line in self:
            if not (line.column or "").strip() and not (line.value or "").strip():
                raise ValidationError(
                    self.env._("%s: name its column, or the value it always has.", dict(WORDS)[line.field])
                )
            if line.unit and line.unit not in UNITS.get(FIELDS[line.field], ()):
                raise ValidationError(
                    self.env._(
                        "%(field)s has no unit %(unit)s: leave the unit empty or choose one that fits.",
                        field=dict(WORDS)[line.field],
                        unit=line.unit,
                    )
                )
