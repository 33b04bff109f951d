from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..indexes import read_price, say
from ..rating import epoch


class EvPriceIndexValue(models.Model):
    """One price of an index, from one moment to another, as it was known from one revision of the index to another.

    A bulk table: rows come in by COPY (`ev_price_index_store`) and are never changed or deleted. A new price for the same time
    closes the row (`revision_to`) and adds one; a trigger refuses everything else (`ev_price_index_guard`).
    """

    _name = "ev.price.index.value"
    _description = "EV Price Index Value"
    _order = "index_id, date_start desc, revision_from desc"
    _log_access = False

    index_id = fields.Many2one("ev.price.index", required=True, readonly=True, ondelete="restrict")
    date_start = fields.Datetime("Start", required=True, readonly=True)
    date_end = fields.Datetime("End", required=True, readonly=True, help="The first moment it does not apply any more.")
    price = fields.Float(digits=(16, 6), required=True, readonly=True, aggregator="avg")
    state = fields.Selection([("provisional", "Provisional"), ("final", "Final")], required=True, readonly=True)
    source = fields.Char(readonly=True, help="Where the price came from.")
    reason = fields.Char("Reason of the Change", readonly=True)
    user_id = fields.Many2one("res.users", "By", required=True, readonly=True, ondelete="restrict")
    recorded_at = fields.Datetime("Recorded", required=True, readonly=True)
    revision_from = fields.Integer("From Revision", required=True, readonly=True, aggregator=None)
    revision_to = fields.Integer(
        "To Revision",
        readonly=True,
        aggregator=None,
        help="The revision that replaced it; empty for the current value.",
    )
    superseded = fields.Boolean(compute="_compute_superseded", search="_search_superseded")
    delivery = fields.Char("Delivery (local time)", compute="_compute_delivery")
    company_id = fields.Many2one(related="index_id.company_id")
    currency_id = fields.Many2one(related="index_id.currency_id")

    # One current value for each start; that they do not overlap either is the guard's.
    _current_uniq = models.UniqueIndex(
        "(index_id, date_start) WHERE revision_to IS NULL", "This index has a value for that moment already."
    )
    _start_idx = models.Index("(index_id, date_start, revision_from)")
    _interval_check = models.Constraint("CHECK(date_end > date_start)", "A value must end after it starts.")
    _revision_check = models.Constraint(
        "CHECK(revision_from > 0 AND (revision_to IS NULL OR revision_to > revision_from))",
        "A value is replaced in a later revision than it came in.",
    )
    _price_check = models.Constraint("CHECK(price <> 'NaN')", "A price is a number.")

    @api.depends("revision_to")
    def _compute_superseded(self):
        for value in self:
            value.superseded = bool(value.revision_to)

    def _search_superseded(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = {bool(one) for one in value}
        if len(wanted) == 2:
            return []
        return [("revision_to", "!=" if True in wanted else "=", False)]

    @api.depends("date_start", "date_end", "index_id.tz")
    def _compute_delivery(self):
        for value in self:
            value.delivery = say(epoch(value.date_start), value.index_id.tz)

    @api.depends("index_id", "delivery")
    def _compute_display_name(self):
        for value in self:
            value.display_name = f"{value.index_id.code} · {value.delivery}"

    # --------------------------------------------------------------------- CRUD

    # pylint: disable=method-required-super,no-raise-unlink
    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(
            self.env._("Values of a price index are imported, fetched or entered on their index, not created here.")
        )

    def write(self, vals):
        raise UserError(
            self.env._("Values of a price index are never changed: enter a new one on the index, with a reason.")
        )

    def unlink(self):
        raise UserError(
            self.env._("Values of a price index are kept for ever: enter a new one on the index, with a reason.")
        )

    # ------------------------------------------------------------------ actions

    def action_edit(self):
        """Open the window that gives this interval another price."""
        self.ensure_one()
        self.index_id.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.price.index.edit",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("New Price"),
            "context": {
                "default_index_id": self.index_id.id,
                "default_date_start": self.date_start,
                "default_date_end": self.date_end,
                "default_price": self.price,
                "default_state": self.state,
            },
        }

    def _get_price(self):
        """The price as an exact `Decimal`."""
        self.ensure_one()
        [(price,)] = self.env.execute_query(SQL("SELECT price::text FROM ev_price_index_value WHERE id = %s", self.id))
        return read_price(price)
