from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..rating import Band, PriceError, to_micro
from .ev_price_mixin import is_saving

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class EvPriceBand(models.Model):
    """A time-of-use band of a price: which hours of which days, by the site's clock, cost what."""

    _name = "ev.price.band"
    _description = "EV Price Band"
    _order = "version_id, supply_id, sequence, id"

    sequence = fields.Integer(default=10)
    version_id = fields.Many2one("ev.contract.term.version", index="btree_not_null", ondelete="cascade")
    supply_id = fields.Many2one("ev.supply.contract", index="btree_not_null", ondelete="cascade")
    name = fields.Char(required=True, help="As people call it: peak, night, winter weekend.")
    price = fields.Float(digits=(16, 6), required=True, help="Per unit of the term, while the band is in force.")
    monday = fields.Boolean("Mon", default=True)
    tuesday = fields.Boolean("Tue", default=True)
    wednesday = fields.Boolean("Wed", default=True)
    thursday = fields.Boolean("Thu", default=True)
    friday = fields.Boolean("Fri", default=True)
    saturday = fields.Boolean("Sat", default=True)
    sunday = fields.Boolean("Sun", default=True)
    hour_from = fields.Float("From", default=0.0, aggregator=None, help="On the site's clock.")
    hour_to = fields.Float(
        "To", default=24.0, aggregator=None, help="Excluded. Earlier than From: the band runs over midnight."
    )
    season_from_day = fields.Integer("First Day of Season", aggregator=None)
    season_from_month = fields.Selection(MONTHS, "Season Begins")
    season_to_day = fields.Integer("Last Day of Season", aggregator=None, help="Included.")
    season_to_month = fields.Selection(MONTHS, "Season Ends")
    holidays = fields.Selection(
        [("any", "Like other days"), ("only", "Only on holidays"), ("never", "Not on holidays")],
        "Public Holidays",
        required=True,
        default="any",
    )

    _owner_check = models.Constraint(
        "CHECK((version_id IS NULL) != (supply_id IS NULL))",
        "A band belongs to one price: of a term or of a supply contract.",
    )

    @api.constrains("version_id", "supply_id", "hour_from", "hour_to", "season_from_day", "season_from_month", "season_to_day",
                    "season_to_month", *WEEKDAYS, "holidays", "price")  # fmt: skip
    def _check_band(self):
        """The engine's own rules, with its sentences."""
        self._to_rating()

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        bands = super().create(vals_list)
        bands.version_id._check_open()
        bands._check_whole()
        return bands

    def write(self, vals):
        self.version_id._check_open()
        result = super().write(vals)
        if "version_id" in vals:
            self.version_id._check_open()
        self._check_whole()
        return result

    def _check_whole(self):
        """Bands changed one by one of a term still make a price together."""
        if not is_saving():
            self.version_id._check_makes_sense()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self.version_id._check_open()

    def _to_rating(self):
        """These bands as the engine reads them, in order.

        :rtype: list[rating.Band]
        :raises ValidationError: a band that makes no sense, named
        """
        self.flush_recordset()
        prices = dict(
            self.env.execute_query(SQL("SELECT id, price::text FROM ev_price_band WHERE id IN %s", self._ids or (0,)))
        )
        try:
            return [band._to_band(prices[band.id]) for band in self.sorted(lambda band: (band.sequence, band.id))]
        except PriceError as error:
            raise ValidationError(str(error)) from error

    def _to_band(self, price):
        return Band(
            micro=to_micro(price),
            weekdays=frozenset(number for number, name in enumerate(WEEKDAYS) if self[name]),
            start=round(self.hour_from * 60),
            end=round(self.hour_to * 60),
            season=self._get_season(),
            holidays=self.holidays,
            name=self.name,
        )

    def _get_season(self):
        """((month, day), (month, day)) or None for the whole year."""
        months = self.season_from_month, self.season_to_month
        if not any(months):
            return None
        if not all(months):
            raise ValidationError(
                self.env._("Band %s: a season needs a first and a last month; fill both, or none.", self.name)
            )
        first, last = (int(month) for month in months)
        end = self.season_to_day or (29 if last == 2 else 30 if last in (4, 6, 9, 11) else 31)
        return (first, self.season_from_day or 1), (last, end)
