"""What the form of an index says about its values: how many, from when to when, and what is missing."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from ..indexes import edge_after, edge_before, say, say_span
from ..rating import epoch

MONTHS = 13
SHOWN, LISTED = 3, 500


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    value_count = fields.Integer("Current Values", compute="_compute_counts")
    superseded_count = fields.Integer("Superseded Values", compute="_compute_counts")
    covered = fields.Char("Covers", compute="_compute_covered")
    gap_count = fields.Integer("Gaps", compute="_compute_gaps")
    gap_words = fields.Text("Missing", compute="_compute_gaps")
    gap_report = fields.Html(compute="_compute_gap_report", sanitize=False)

    @api.depends("revision")
    def _compute_counts(self):
        counts = {}
        if self.ids:
            rows = self.env.execute_query(
                SQL(
                    """SELECT index_id, count(*) FILTER (WHERE revision_to IS NULL), count(revision_to)
                         FROM ev_price_index_value WHERE index_id IN %s GROUP BY index_id""",
                    tuple(self.ids),
                )
            )
            counts = {index_id: (current, superseded) for index_id, current, superseded in rows}
        for index in self:
            index.value_count, index.superseded_count = counts.get(index.id, (0, 0))

    @api.depends("revision", "tz")
    def _compute_covered(self):
        for index in self:
            extent = index._origin.id and index._origin._get_extent()
            index.covered = extent and say_span(*extent, index.tz)

    @api.depends("revision", "tz", "clock", "resolution")
    def _compute_gaps(self):
        for index in self:
            gaps = index._get_report_gaps()
            words = [say_span(*gap, index.tz) for gap in gaps[:SHOWN]]
            if len(gaps) > SHOWN:
                words.append(self.env._("... and %s more", len(gaps) - SHOWN))
            index.gap_count, index.gap_words = len(gaps), "\n".join(words)

    def _compute_gap_report(self):
        for index in self:
            gaps = index._get_report_gaps()
            rows = Markup().join(
                Markup("<tr><td>%s</td><td>%s</td><td class='text-end'>%s</td></tr>")
                % (say(start, index.tz), say(end, index.tz), self.env._("%s h", f"{(end - start) / 3600:g}"))
                for start, end in gaps[:LISTED]
            )
            head = (self.env._("Missing from"), self.env._("to"), self.env._("Duration"))
            index.gap_report = (
                Markup(
                    "<table class='table table-sm'><thead><tr><th>%s</th><th>%s</th><th class='text-end'>%s</th></tr></thead>"
                )
                % head
                + Markup("<tbody>%s</tbody></table>") % rows
                if gaps
                else Markup("<p>%s</p>") % self.env._("Nothing is missing.")
            )

    # ------------------------------------------------------------------ actions

    def action_open_values(self):
        """The current values as a list and as a line."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_price_index_value_action")
        context = {"search_default_current": 1, "default_index_id": self.id}
        return dict(action, name=self.display_name, domain=[("index_id", "=", self.id)], context=context)

    def action_open_gaps(self):
        """All the gaps of the last thirteen months."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.price.index",
            "res_id": self.id,
            "target": "new",
            "name": self.env._("Gaps of the last %s months", MONTHS),
            "views": [(self.env.ref("ev_billing.ev_price_index_view_form_gaps").id, "form")],
        }

    def action_import(self):
        """Open the window that takes a file."""
        return self._open_wizard("ev_billing.ev_price_index_import_action")

    def action_edit_value(self):
        """Open the window that takes one value."""
        return self._open_wizard("ev_billing.ev_price_index_edit_action")

    def _open_wizard(self, xml_id):
        self.ensure_one()
        self.check_access("write")
        self._check_editable()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return dict(action, context={"default_index_id": self.id})

    # ----------------------------------------------------------------- business

    def _get_report_gaps(self):
        """Gaps between the first value (or thirteen months ago) and what should be known by now."""
        self.ensure_one()
        index = self._origin
        extent = index.id and index._get_extent()
        if not extent:
            return []
        now = epoch(fields.Datetime.now())
        months_ago = epoch(fields.Datetime.subtract(fields.Datetime.now(), months=MONTHS))
        known = edge_after if index.clock == "ex_ante" else edge_before
        return index._get_gaps(max(extent[0], months_ago), known(now, index.resolution, index.tz))
