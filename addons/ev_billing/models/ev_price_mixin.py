"""A price as people enter it, and as the engine reads it: one way, wherever something has a price."""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..rating import Banded, Fixed, Indexed, RatingError, Tariffed, Tiered, to_micro

PRICE_KINDS = [
    ("fixed", "Fixed"),
    ("banded", "Time of use"),
    ("tiered", "Tiers"),
    ("indexed", "Indexed"),
    ("tariff", "OCPI tariff"),
]
NEGATIVE_CLAUSES = [
    ("pass_on", "Passed on as it is"),
    ("zero", "Index counts as zero"),
    ("agreed", "As agreed in the contract"),
]
# Whatever makes the price.
PRICED = ("price_kind", "price", "index_id", "index_factor", "index_adder", "losses", "has_floor", "floor", "has_cap", "cap",
          "negative_clause", "negative_price", "negative_text")  # fmt: skip
# Read as exact text: Odoo hands NUMERIC out as binary floats.
NUMBERS = ("price", "index_factor", "index_adder", "losses", "floor", "cap", "negative_price")
# Set while a price is saved as a whole: it is checked at the end, not after each of its bands and tiers. Not in Odoo's context,
# which anybody could send.
_saving = ContextVar("ev_price_saving", default=False)


@contextmanager
def saving():
    token = _saving.set(True)
    try:
        yield
    finally:
        _saving.reset(token)


def is_saving():
    """Whether a price is being saved as a whole."""
    return _saving.get()


class EvPriceMixin(models.AbstractModel):
    _name = "ev.price.mixin"
    _description = "EV Price"

    price_kind = fields.Selection(PRICE_KINDS, "Kind of Price", required=True, default="fixed")
    price = fields.Float(
        digits=(16, 6), help="Per unit; may be negative. With time of use: outside the bands. A revenue share: percent."
    )
    index_id = fields.Many2one("ev.price.index", "Price Index", ondelete="restrict", index="btree_not_null")
    index_factor = fields.Float("Factor", digits=(16, 6), default=1.0, aggregator=None)
    index_adder = fields.Float("Adder", digits=(16, 6), aggregator=None, help="Per unit, on top of factor x index.")
    losses = fields.Float(
        "Losses (%)", digits=(9, 6), aggregator=None, help="Lost between the meter of the supplier and the charger."
    )
    has_floor = fields.Boolean("With a Floor")
    floor = fields.Float(digits=(16, 6), aggregator=None, help="The least a unit costs.")
    has_cap = fields.Boolean("With a Cap")
    cap = fields.Float(digits=(16, 6), aggregator=None, help="The most a unit costs.")
    negative_clause = fields.Selection(
        NEGATIVE_CLAUSES,
        "Negative Index",
        required=True,
        default="pass_on",
        help="What applies while the index is below zero.",
    )
    negative_price = fields.Float(
        "Agreed Price",
        digits=(16, 6),
        aggregator=None,
        help="Per unit while the index is below zero, without floor and cap.",
    )
    negative_text = fields.Char("Clause", help="The contract's own words on negative prices.")

    # ----------------------------------------------------------------- business

    def _get_price_bands(self):
        """The ev.price.band records of this price."""
        return self.env["ev.price.band"]

    def _get_price_tiers(self):
        """The ev.price.tier records of this price."""
        return self.env["ev.price.tier"]

    def _get_price_name(self):
        """What a sentence about this price calls it."""
        return self.display_name

    def _get_prices(self):
        """These prices as the engine reads them.

        :return: {id: rating.Price}
        :raises ValidationError: a price that makes no sense, with what and where
        """
        if not self.ids:
            return {}
        self.flush_recordset()
        columns = SQL(", ").join(SQL("%s::text", SQL.identifier(name)) for name in NUMBERS)
        rows = self.env.execute_query(
            SQL("SELECT id, %s FROM %s WHERE id IN %s", columns, SQL.identifier(self._table), self._ids)
        )
        numbers = {row[0]: dict(zip(NUMBERS, map(to_micro_or_none, row[1:]), strict=True)) for row in rows}
        prices = {}
        for record in self:
            try:
                prices[record.id] = record._get_price(numbers[record.id])
            except RatingError as error:
                raise ValidationError(
                    self.env._("%(name)s: %(why)s", name=record._get_price_name(), why=error)
                ) from error
        return prices

    def _get_price(self, numbers):
        """One price; `numbers` are its figures in millionths."""
        kind = self.price_kind
        if kind == "banded":
            bands = self._get_price_bands()
            if not bands:
                raise ValidationError(
                    self.env._("%s: a price by time of use needs at least one band; add one.", self._get_price_name())
                )
            return Banded(tuple(bands._to_rating()), numbers["price"] or 0)
        if kind == "tiered":
            return Tiered(self._get_price_tiers()._to_rating(), self.tier_mode == "volume")
        if kind == "indexed":
            return self._get_indexed(numbers)
        if kind == "tariff":
            if not self.tariff_id:
                raise ValidationError(self.env._("%s: choose the OCPI tariff.", self._get_price_name()))
            return Tariffed(self.tariff_id._get_tariff())
        return Fixed(numbers["price"] or 0)

    def _get_indexed(self, numbers):
        if not self.index_id:
            raise ValidationError(self.env._("%s: choose the price index.", self._get_price_name()))
        agreed = self.negative_clause == "agreed"
        if agreed and not self.negative_text:
            raise ValidationError(
                self.env._(
                    "%s: write the contract's own words on negative prices into Clause: the agreed price stands on them.",
                    self._get_price_name(),
                )
            )
        return Indexed(
            index=self.index_id.id,
            unit=self.index_id.unit,
            factor=numbers["index_factor"] or 0,
            adder=numbers["index_adder"] or 0,
            losses=numbers["losses"] or 0,
            floor=(numbers["floor"] or 0) if self.has_floor else None,
            cap=(numbers["cap"] or 0) if self.has_cap else None,
            negative=self.negative_clause,
            agreed=(numbers["negative_price"] or 0) if agreed else None,
        )

    def _check_price_sense(self):
        """Figures that the engine could compute with, but nobody can have meant."""
        for record in self.filtered(lambda record: record.price_kind == "indexed"):
            if not record.index_factor:
                raise ValidationError(
                    self.env._(
                        "%s: with a Factor of 0 the index would not matter; enter the factor, or choose a fixed price.",
                        record._get_price_name(),
                    )
                )
            if record.has_cap and record.cap < 0:
                raise ValidationError(
                    self.env._(
                        "%s: a negative cap would keep every price below zero; enter a Cap of 0 or more, or untick With a Cap.",
                        record._get_price_name(),
                    )
                )

    @api.model
    def _check_same_currency(self, currency, name):
        """A price and what it is made of speak one currency."""
        for record in self:
            index = record.index_id if record.price_kind == "indexed" else None
            if index and index.unit != "points" and index.currency_id != currency:
                raise ValidationError(
                    self.env._(
                        "%(name)s: index %(index)s is in %(theirs)s, the contract in %(ours)s. Choose an index in %(ours)s.",
                        name=name,
                        index=index.name,
                        theirs=index.currency_id.name,
                        ours=currency.name,
                    )
                )


def to_micro_or_none(text):
    return None if text is None else to_micro(text)
