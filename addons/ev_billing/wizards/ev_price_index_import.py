import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..indexes import PriceIndexError, say_span
from ..indexes.csv_values import Expected
from ..indexes.price_file import read_file
from ..indexes.xml_tree import MAX_BYTES

SHOWN = 5


class EvPriceIndexImport(models.TransientModel):
    """A file of prices: look at what it holds, then import it."""

    _name = "ev.price.index.import"
    _description = "Import Prices"

    index_id = fields.Many2one(
        "ev.price.index",
        "Price Index",
        required=True,
        domain=[("source", "!=", "derived")],
    )
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("final", "Final"), ("provisional", "Provisional")],
        "Values Are",
        required=True,
        default="final",
        help="Where the file does not say it. Day-ahead documents are final.",
    )
    allow_correction = fields.Boolean("Replace final values", help="Statements that used them can show it.")
    reason = fields.Char(help="Kept with every value that is replaced.")

    problem = fields.Text(compute="_compute_preview")
    kind = fields.Char("Kind of File", compute="_compute_preview")
    value_count = fields.Integer("Values", compute="_compute_preview")
    covered = fields.Char("Covers", compute="_compute_preview")
    change_words = fields.Char("Will Be", compute="_compute_preview")
    gap_words = fields.Text("Gaps in It", compute="_compute_preview")
    conflict_words = fields.Text("Not Taken", compute="_compute_preview")
    note_words = fields.Text("Left Out", compute="_compute_preview")
    result = fields.Text(readonly=True)

    @api.depends("index_id", "file", "state", "allow_correction")
    def _compute_preview(self):
        names = (
            "problem",
            "kind",
            "value_count",
            "covered",
            "change_words",
            "gap_words",
            "conflict_words",
            "note_words",
        )
        for wizard in self:
            for name in names:
                wizard[name] = False
            if not wizard.file or not wizard.index_id or wizard.result:
                continue
            try:
                prices = wizard._read()
                preview = wizard.index_id._preview_values(prices.values, wizard.allow_correction)
            except UserError as error:
                wizard.problem = str(error)
                continue
            wizard._show(prices, preview)

    def _show(self, prices, preview):
        """Write what the file holds into the fields of the preview."""
        zone = self.index_id.tz
        self.kind = self.env._("Day-ahead prices (ENTSO-E)") if prices.kind == "entsoe" else self.env._("Table (CSV)")
        self.value_count = len(prices.values)
        self.covered = say_span(prices.values[0].start, prices.values[-1].end, zone)
        self.change_words = self.env._(
            "%(added)s added, %(changed)s replaced, %(unchanged)s known already",
            added=preview.added,
            changed=preview.changed,
            unchanged=preview.unchanged,
        )
        gaps = [say_span(*gap, zone) for gap in prices.gaps[:SHOWN]]
        if len(prices.gaps) > SHOWN:
            gaps.append(self.env._("... and %s more", len(prices.gaps) - SHOWN))
        self.gap_words = "\n".join(gaps)
        self.conflict_words = "\n".join(preview.refused)
        self.note_words = "\n".join(prices.notes)

    def _read(self):
        """:raises UserError: the file is not usable, with every problem found."""
        index = self.index_id
        index._check_editable()
        try:
            # the web client reads files as their size
            content = base64.b64decode(self.with_context(bin_size=False).file)
        except ValueError as error:
            raise UserError(self.env._("The file did not arrive whole: choose it again.")) from error
        if len(content) > MAX_BYTES:
            raise UserError(self.env._("The file is larger than %s MB: split it.", MAX_BYTES // 1024 // 1024))
        expected = Expected(
            timezone=index.tz,
            resolution=index.resolution,
            currency=index.currency_id.name or None,
            unit=index.unit if index.unit != "points" else None,
            final=self.state == "final",
        )
        try:
            return read_file(content, expected, index.bidding_zone or None)
        except PriceIndexError as error:
            raise UserError(str(error)) from error

    def action_import(self):
        """Store the values and say what became of them.

        :raises UserError: nothing was stored
        """
        self.ensure_one()
        self.index_id.check_access("write")
        prices = self._read()
        source = self.file_name or self.env._("Imported file")
        stored = self.index_id._store_values(prices.values, source, self.allow_correction, self.reason)
        self.result = "\n".join(
            [
                self.env._(
                    "%(added)s values added, %(changed)s replaced, %(unchanged)s known already.",
                    added=stored.added,
                    changed=stored.changed,
                    unchanged=stored.unchanged,
                ),
                *stored.refused,
                *prices.notes,
            ]
        )
        if stored.added or stored.changed:
            lines = [self.env._("Import of %s", source), *self.result.splitlines()]
            self.index_id.message_post(body=Markup("<br/>").join(lines))
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Import Prices"),
        }

    def action_open_values(self):
        """Close and show the values."""
        self.ensure_one()
        return self.index_id.action_open_values()
