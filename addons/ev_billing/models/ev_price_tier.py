from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..rating import PriceError, Tier, Tiered, to_micro
from .ev_price_mixin import is_saving


class EvPriceTier(models.Model):
    """A tier of a price: up to so many units of the billing period, so much each."""

    _name = "ev.price.tier"
    _description = "EV Price Tier"
    _order = "version_id, sequence, id"

    sequence = fields.Integer(default=10)
    version_id = fields.Many2one("ev.contract.term.version", required=True, index=True, ondelete="cascade")
    until = fields.Float(
        "Up To", digits=(16, 6), help="Units of the term in a billing period; empty (0) in the last tier."
    )
    price = fields.Float(digits=(16, 6), required=True)

    _until_check = models.Constraint(
        "CHECK(until >= 0)", "A tier ends at a positive quantity; leave the last one empty."
    )

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers.version_id._check_open()
        tiers._check_whole()
        return tiers

    def write(self, vals):
        self.version_id._check_open()
        result = super().write(vals)
        if "version_id" in vals:
            self.version_id._check_open()
        self._check_whole()
        return result

    def _check_whole(self):
        """Tiers changed one by one still make a price together."""
        if not is_saving():
            self.version_id._check_makes_sense()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self.version_id._check_open()
        if is_saving():
            return
        for version in self.version_id.filtered(lambda version: version.price_kind == "tiered"):
            try:
                Tiered((version.tier_ids - self)._to_rating())
            except PriceError as error:
                raise ValidationError(str(error)) from error

    def _to_rating(self):
        """These tiers as the engine reads them: by rising border, the open one last.

        :rtype: tuple[rating.Tier, ...]
        """
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """SELECT NULLIF(until, 0)::text, price::text FROM ev_price_tier WHERE id IN %s
                ORDER BY sequence, COALESCE(NULLIF(until, 0), 'Infinity'::numeric), id""",
                self._ids or (0,),
            )
        )
        return tuple(Tier(until and to_micro(until), to_micro(price)) for until, price in rows)
