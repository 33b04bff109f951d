import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..exchange.line import ExchangeError
from ..exchange.tables import propose


class EvFileProfileRead(models.TransientModel):
    """Takes a sample file and proposes what its columns mean."""

    _name = "ev.file.profile.read"
    _description = "Read the Columns of a Sample"

    profile_id = fields.Many2one("ev.file.profile", required=True, ondelete="cascade")
    file = fields.Binary("Sample File", required=True, attachment=False)
    file_name = fields.Char()

    def action_read(self):
        """Put the columns that were recognised into the profile, instead of those it has."""
        self.ensure_one()
        profile = self.profile_id
        profile.check_access("write")
        if profile.format == "ocpi":
            raise UserError(self.env._("OCPI documents need no columns: their fields have names of their own."))
        try:
            found = propose(base64.b64decode(self.file), profile._get_profile())
        except ExchangeError as error:
            raise UserError(str(error)) from error
        profile.write(
            {
                "header_row": found.header_row,
                "decimal": "comma" if found.decimal == "," else "point",
                "date_format": found.date_format,
                "headers_seen": " | ".join(header for header in found.headers if header)[:5000],
                "column_ids": [
                    Command.clear(),
                    *(
                        Command.create({"sequence": place, "field": field, "column": column, "unit": unit or False})
                        for place, (field, column, unit) in enumerate(found.columns, 1)
                    ),
                ],
            }
        )
        return {"type": "ir.actions.act_window_close"}
