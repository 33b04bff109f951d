from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..indexes import edge_after, read_price, say_span
from ..rating import epoch


class EvPriceIndexEdit(models.TransientModel):
    """One value typed by hand: for a new interval, or in place of one that is there."""

    _name = "ev.price.index.edit"
    _description = "Enter a Price"

    index_id = fields.Many2one(
        "ev.price.index",
        "Price Index",
        required=True,
        domain=[("source", "!=", "derived")],
    )
    date_start = fields.Datetime("Start", required=True)
    date_end = fields.Datetime(
        "End", required=True, compute="_compute_date_end", store=True, readonly=False, precompute=True
    )
    interval = fields.Char("Delivery", compute="_compute_interval", help="On the clock of the index.")
    price = fields.Float(digits=(16, 6), required=True)
    state = fields.Selection([("final", "Final"), ("provisional", "Provisional")], required=True, default="final")
    reason = fields.Char(help="Required in place of a final value; kept with the new one.")
    currency_id = fields.Many2one(related="index_id.currency_id")
    unit = fields.Selection(related="index_id.unit")
    history_ids = fields.Many2many("ev.price.index.value", string="So Far", compute="_compute_history_ids")

    @api.depends("index_id", "date_start")
    def _compute_date_end(self):
        for wizard in self:
            index, start = wizard.index_id, wizard.date_start
            if (
                index
                and start
                and not (wizard.date_end and wizard.date_end > start and wizard._is_known(start, wizard.date_end))
            ):
                end = edge_after(epoch(start), index.resolution, index.tz)
                wizard.date_end = fields.Datetime.add(start, seconds=end - epoch(start))

    def _is_known(self, start, end):
        domain = [("index_id", "=", self.index_id.id), ("date_start", "=", start), ("date_end", "=", end)]
        return bool(self.env["ev.price.index.value"].search_count(domain, limit=1))

    @api.depends("index_id", "date_start", "date_end")
    def _compute_interval(self):
        for wizard in self:
            ready = wizard.index_id and wizard.date_start and wizard.date_end
            wizard.interval = ready and say_span(epoch(wizard.date_start), epoch(wizard.date_end), wizard.index_id.tz)

    @api.depends("index_id", "date_start", "date_end")
    def _compute_history_ids(self):
        for wizard in self:
            wizard.history_ids = self.env["ev.price.index.value"].search(
                [
                    ("index_id", "=", wizard.index_id.id),
                    ("date_start", "<", wizard.date_end),
                    ("date_end", ">", wizard.date_start),
                ]
                if wizard.date_start and wizard.date_end
                else [("id", "=", False)],
                limit=20,
            )

    def action_save(self):
        """Store the value in a revision of its own.

        :raises UserError: it is refused, in words
        """
        self.ensure_one()
        self.index_id.check_access("write")
        self.index_id._check_editable()
        value = (epoch(self.date_start), epoch(self.date_end), self._get_price(), self.state == "final")
        reason = (self.reason or "").strip()
        result = self.index_id._store_values([value], self.env._("Entered by hand"), bool(reason), reason)
        if result.refused:
            raise UserError(
                self.env._("%s\nA final value is replaced by a final one, with a reason.", "\n".join(result.refused))
            )
        return {"type": "ir.actions.act_window_close"}

    def _get_price(self):
        """The price as typed, exact: read from the database, since Odoo gives a binary float."""
        self.flush_recordset()
        [(price,)] = self.env.execute_query(SQL("SELECT price::text FROM ev_price_index_edit WHERE id = %s", self.id))
        return read_price(price)
