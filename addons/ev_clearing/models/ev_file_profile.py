"""How a source's files are read: saved once, used for every file it sends."""

import base64
import contextlib
import io

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..exchange.ocpi import read_cdrs
from ..exchange.tables import Profile, read_lines

# Keys of selections cannot be signs.
DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "pipe": "|"}
DECIMALS = {"point": ".", "comma": ","}


class EvFileProfile(models.Model):
    """A partner's or hub's list of sessions: format, columns, units, time zone. Shared ones have no company."""

    _name = "ev.file.profile"
    _description = "File Profile"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company, help="Empty: for all companies, as shipped."
    )
    usage = fields.Selection(
        [("import", "Import sessions"), ("comparison", "Compare with a partner's list")],
        required=True,
        default="import",
    )
    partner_id = fields.Many2one("res.partner", index=True, check_company=True, ondelete="restrict")
    source = fields.Char(
        help="The name under which sessions are kept. Source and session ID together make a session unique for ever: give each "
        "sender its own, and do not change it.",
    )
    format = fields.Selection(
        [("csv", "CSV"), ("xlsx", "Spreadsheet (.xlsx)"), ("ocpi", "OCPI CDRs (JSON)")], required=True, default="csv"
    )
    delimiter = fields.Selection(
        [("semicolon", "Semicolon ;"), ("comma", "Comma ,"), ("tab", "Tab"), ("pipe", "Bar |")],
        help="Empty: found out from the file.",
    )
    encoding = fields.Selection(
        [("utf-8", "UTF-8"), ("cp1252", "Windows (Western Europe)"), ("utf-16", "UTF-16")],
        help="Empty: found out from the file.",
    )
    decimal = fields.Selection(
        [("point", "Point (1,234.5)"), ("comma", "Comma (1.234,5)")], required=True, default="point"
    )
    date_format = fields.Selection(
        [
            ("iso", "2026-10-31 08:15"),
            ("dmy", "31/10/2026 08:15"),
            ("mdy", "10/31/2026 08:15 AM"),
            ("ymd", "2026/10/31 08:15"),
            ("serial", "46326.34375 (days, as spreadsheets count)"),
        ],
        "Dates",
        required=True,
        default="iso",
        help="Year first and a spreadsheet's own dates are always understood. Signs between the parts do not matter.",
    )
    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        required=True,
        default=lambda self: self.env.company.partner_id.tz or "UTC",
        help="Of times without an offset. A time that an autumn night has twice is the first, unless only the second fits "
        "the session's end or duration; a time that a spring night skips is an error.",
    )
    sheet = fields.Char(help="Empty: the first sheet.")
    header_row = fields.Integer(default=1, help="0: no headers; name the columns by letter (A, B, ...).")
    column_ids = fields.One2many("ev.file.profile.column", "profile_id", "Columns", copy=True)
    headers_seen = fields.Text("Headers of the Sample", readonly=True, copy=False)
    enter_badges = fields.Boolean(
        "Enter Unknown Badges",
        help="Badges that are not known are entered as roaming tokens of the eMSP whose country and party ID the line or its "
        "contract ID names, or of this profile's partner. Without either they stay unknown and their sessions are flagged.",
    )
    note = fields.Html()

    _header_row_check = models.Constraint("CHECK(header_row >= 0)", "The header row is 0 (none) or counted from 1.")
    _source_check = models.Constraint(
        "CHECK(usage <> 'import' OR (source IS NOT NULL AND length(source) BETWEEN 1 AND 64))",
        "A profile to import sessions needs a source of 1 to 64 characters: sessions are kept under it.",
    )

    @api.constrains("company_id", "partner_id")
    def _check_shared(self):
        for profile in self:
            if profile.partner_id and not profile.company_id:
                raise ValidationError(
                    self.env._("%s is for all companies and cannot have a partner: choose its company.", profile.name)
                )

    def action_read_columns(self):
        """Open the wizard that proposes the columns from a sample file."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read the Columns"),
            "res_model": "ev.file.profile.read",
            "view_mode": "form",
            "target": "new",
            "context": {"default_profile_id": self.id},
        }

    # ----------------------------------------------------------------- business

    def _get_profile(self):
        """The `Profile` that `exchange.tables` reads with."""
        self.ensure_one()
        lines = self.column_ids
        return Profile(
            columns=tuple((line.field, line.column, line.unit or None) for line in lines if line.column),
            format=self.format,
            delimiter=DELIMITERS.get(self.delimiter),
            encoding=self.encoding or None,
            decimal=DECIMALS[self.decimal],
            date_format=self.date_format,
            tz=self.tz,
            sheet=self.sheet or None,
            header_row=self.header_row,
            constants=tuple((line.field, line.value) for line in lines if line.value),
        )

    def _open(self, source):
        """Iterate over the `Line` and `LineError` of a file, as this profile reads it; memory stays flat.

        :param source: an `ir.attachment` record, bytes, or a binary seekable file
        :raise ExchangeError: while iterating, when the file as a whole cannot be read
        """
        self.ensure_one()
        with as_file(source) as file:
            yield from read_cdrs(file) if self.format == "ocpi" else read_lines(file, self._get_profile())


def as_file(source):
    """The content of an attachment, bytes or file as an open binary file."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if not isinstance(source, models.BaseModel):
        return contextlib.nullcontext(source)
    source.ensure_one()
    if source.store_fname:
        # From the disk as it is read: a file of 300 MB is never in memory.
        return open(source._full_path(source.store_fname), "rb")
    return io.BytesIO(source.raw or base64.b64decode(source.datas or b""))
