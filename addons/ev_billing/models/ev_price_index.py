from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..indexes import METHODS

UNITS = [("mwh", "per MWh"), ("kwh", "per kWh"), ("points", "Points (no currency)")]
CLOCKS = [
    ("interval", "Interval (15 or 60 minutes)"),
    ("ex_post", "Ex post (known after)"),
    ("ex_ante", "Ex ante (known before)"),
]
RESOLUTIONS = [
    ("quarter_hour", "15 minutes"),
    ("hour", "60 minutes"),
    ("month", "Month"),
    ("quarter", "Quarter"),
    ("year", "Year"),
]
INTERVALS = ("quarter_hour", "hour")
SOURCES = [
    ("manual", "Typed or imported"),
    ("entsoe", "Day-ahead prices (ENTSO-E)"),
    ("derived", "Worked out from another"),
]
# What the values there are were stored with: another meaning of them is another index.
MEANING_FIELDS = {
    "company_id",
    "currency_id",
    "unit",
    "clock",
    "resolution",
    "tz",
    "derived_from_id",
    "derived_method",
    "bidding_zone",
}


class EvPriceIndex(models.Model):
    """A price that somebody publishes, at which energy is bought or sold: day-ahead, a monthly mean, a quarterly forward.

    Its values are kept in revisions (`ev.price.index.value`): what a statement was priced with can be read again for ever.
    """

    _name = "ev.price.index"
    _description = "EV Price Index"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(required=True, copy=False, help="Short and unique, as in contracts: BE-DA, BE-DA-M.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company may use it.")
    currency_id = fields.Many2one("res.currency", default=lambda self: self.env.company.currency_id)
    unit = fields.Selection(UNITS, required=True, default="mwh")
    clock = fields.Selection(
        CLOCKS,
        required=True,
        default="interval",
        help="Interval: every 15 or 60 minutes has its own price. Ex post: known after its period. Ex ante: before it.",
    )
    resolution = fields.Selection(
        RESOLUTIONS,
        required=True,
        compute="_compute_resolution",
        store=True,
        readonly=False,
        precompute=True,
        help="How long a value applies. An index of 15 minutes also takes whole hours, for the time before quarter-hours "
        "were published.",
    )
    tz = fields.Selection(
        _tz_get,
        "Timezone",
        required=True,
        default="Europe/Brussels",
        help="The clock of the place of delivery: when its days and months begin.",
    )
    source = fields.Selection(SOURCES, required=True, default="manual", tracking=True)
    bidding_zone = fields.Char("Bidding Zone (EIC)", size=16, help="Sixteen characters, such as 10YBE----------2.")
    derived_from_id = fields.Many2one("ev.price.index", "Worked Out From", ondelete="restrict", index="btree_not_null")
    derived_method = fields.Selection(
        [("monthly_mean", "Monthly mean"), ("quarterly_mean", "Quarterly mean")], "As Its"
    )
    derived_ids = fields.One2many("ev.price.index", "derived_from_id", "Used By", context={"active_test": False})
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Is told when its prices could not be fetched.",
    )
    revision = fields.Integer(
        readonly=True,
        copy=False,
        default=0,
        help="Counts the changes of its values; each value says which revisions it is in.",
    )
    value_ids = fields.One2many("ev.price.index.value", "index_id", "Values", readonly=True)

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "Another price index has this code already.")

    @api.depends("derived_method", "source", "clock")
    def _compute_resolution(self):
        for index in self:
            if index.source == "derived" and index.derived_method:
                index.resolution = METHODS[index.derived_method]
            elif not index.resolution or (index.resolution in INTERVALS) != (index.clock == "interval"):
                index.resolution = "quarter_hour" if index.clock == "interval" else "month"

    @api.depends("name", "code")
    def _compute_display_name(self):
        for index in self:
            index.display_name = f"[{index.code}] {index.name}" if index.code else index.name

    @api.onchange("source", "derived_from_id")
    def _onchange_source(self):
        """What follows from the source, before the constraints insist on it."""
        if self.source == "entsoe":
            self.unit, self.clock = "mwh", "interval"
        elif self.source == "derived":
            self.clock = "ex_post"
            if base := self.derived_from_id:
                self.unit, self.currency_id, self.company_id, self.tz = (
                    base.unit,
                    base.currency_id,
                    base.company_id,
                    base.tz,
                )

    # -------------------------------------------------------------- constraints

    @api.constrains("clock", "resolution", "source")
    def _check_clock(self):
        for index in self:
            if (index.clock == "interval") != (index.resolution in INTERVALS):
                raise ValidationError(
                    self.env._(
                        "%s: interval prices last 15 or 60 minutes; those known after or before their period last a month, a "
                        "quarter or a year.",
                        index.name,
                    )
                )
            if index.source == "derived" and index.clock != "ex_post":
                raise ValidationError(
                    self.env._("%s: a mean is known after its period; its clock is Ex post.", index.name)
                )

    @api.constrains("unit", "currency_id")
    def _check_currency(self):
        for index in self:
            if index.unit != "points" and not index.currency_id:
                raise ValidationError(self.env._("%s: a price per MWh or kWh needs its currency.", index.name))

    @api.constrains("source", "unit", "resolution", "bidding_zone")
    def _check_bidding_zone(self):
        for index in self.filtered(lambda index: index.source == "entsoe"):
            if len(index.bidding_zone or "") != 16 or not all(
                sign.isascii() and (sign.isalnum() or sign == "-") for sign in index.bidding_zone
            ):
                raise ValidationError(
                    self.env._(
                        "%s: day-ahead prices need their bidding zone, an EIC code of 16 characters such as "
                        "10YBE----------2.",
                        index.name,
                    )
                )
            if index.unit != "mwh" or index.clock != "interval":
                raise ValidationError(
                    self.env._("%s: day-ahead prices are per MWh, every 15 or 60 minutes.", index.name)
                )

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("revision") or vals.get("value_ids"):
                raise UserError(
                    self.env._("Values come into a price index by import, by fetching or one by one; not with it.")
                )
        indexes = super().create(vals_list)
        indexes._recompute_derived()
        return indexes

    def write(self, vals):
        if "revision" in vals or "value_ids" in vals:
            raise UserError(
                self.env._("The revision and the values of a price index change with imports and edits only.")
            )
        self._check_meaning(vals)
        self._check_not_used(vals)
        result = super().write(vals)
        if {"source", "derived_from_id", "derived_method"} & vals.keys():
            self._recompute_derived()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for index in self:
            if index.revision:
                raise UserError(self.env._("%s has values, which are kept for ever: archive it instead.", index.name))

    def copy_data(self, default=None):
        default = dict(default or {})
        copies = super().copy_data(default)
        for index, vals in zip(self, copies, strict=True):
            vals.setdefault("code", self.env._("%s-COPY", index.code))
        return copies

    def _check_not_used(self, vals):
        """What prices are made of keeps its unit and its currency."""
        for index in self:
            currency = self.env["res.currency"].browse(vals.get("currency_id", index.currency_id.id))
            unit = vals.get("unit", index.unit)
            moved = unit != index.unit or (unit != "points" and currency != index.currency_id)
            if moved and (user := index._find_user()):
                raise UserError(
                    self.env._(
                        "%(index)s makes the price of %(user)s, so its %(field)s stays: make another index, and choose it there.",
                        index=index.name,
                        user=user,
                        field=index._fields["unit" if unit != index.unit else "currency_id"]._description_string(
                            self.env
                        ),
                    )
                )

    def _find_user(self):
        """The name of a term or a supply contract that is priced by this index, or None."""
        domain = [("index_id", "=", self.id), ("price_kind", "=", "indexed")]
        if version := self.env["ev.contract.term.version"].sudo().search(domain, limit=1):
            return f"{version.contract_id.name}, {version.term_id.name}"
        supplies = self.env["ev.supply.contract"].sudo().with_context(active_test=False)
        return supplies.search(domain, limit=1).name or None

    def _check_meaning(self, vals):
        """Refuse to give the values there are another meaning."""
        for index in self.filtered("revision"):
            for name in MEANING_FIELDS & vals.keys():
                field = index._fields[name]
                before = index[name].id if field.relational else index[name]
                # a company may give its index to all, never take it away from others
                if (before or False) == (vals[name] or False) or (name == "company_id" and not vals[name]):
                    continue
                raise UserError(
                    self.env._(
                        "%(index)s has values, so its %(field)s stays: make another index, and archive this one.",
                        index=index.name,
                        field=field._description_string(self.env),
                    )
                )
            if "source" in vals and "derived" in (vals["source"], index.source) and vals["source"] != index.source:
                raise UserError(
                    self.env._("%s has values, so how they are worked out stays: make another index.", index.name)
                )
