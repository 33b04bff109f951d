from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..rating import MICRO, PERIODIC_BASES, Filter, RatingError, Span, TermVersion
from .ev_price_mixin import PRICED, saving, to_micro_or_none

# Subjects that can be counted by use: all of them, or those with a session in the month.
COUNTED_BASES = ("badge_month", "user_month")
# Bases that belong to the whole contract: there is no place to choose.
CONTRACT_BASES = ("month", "period", "one_off")
# What has to make sense together; prices have rules of their own.
SENSE = (*PRICED, "band_ids", "tier_ids", "tier_mode", "tariff_id", "period_minimum", "period_cap", "kind", "profile_ids",
         "emsp_ids", "site_ids", "station_ids", "token_ids", "power_type", "quantity", "term_id")  # fmt: skip
# What a version may change after it was billed: its end moves when the next version begins.
LOOSE = {"date_to", "sequence"}


class EvContractTermVersion(models.Model):
    """How a term reads from a day on, until the next version. Once billed, it never changes again."""

    _name = "ev.contract.term.version"
    _description = "EV Contract Term Version"
    _inherit = ["ev.price.mixin"]
    _order = "term_id, date_from desc"
    _rec_name = "sentence"
    _check_company_auto = True

    term_id = fields.Many2one("ev.contract.term", required=True, index=True, ondelete="cascade")
    contract_id = fields.Many2one(related="term_id.contract_id", store=True, index=True)
    company_id = fields.Many2one(related="term_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="term_id.currency_id")
    basis = fields.Selection(related="term_id.basis")
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="The first local day it applies to sessions that start on it.",
    )
    date_to = fields.Date(
        "Until (excluded)",
        compute="_compute_date_to",
        store=True,
        help="The first day it no longer applies: the next version's start, or the term's end.",
    )
    quantity = fields.Float(
        digits=(16, 6), default=1.0, aggregator=None, help="Of a fee: how many of them (three SIM cards, two licences)."
    )
    band_ids = fields.One2many("ev.price.band", "version_id", "Bands", copy=True)
    tier_ids = fields.One2many("ev.price.tier", "version_id", "Tiers", copy=True)
    tier_mode = fields.Selection(
        [("graduated", "Each unit in its tier"), ("volume", "All units at the tier of the total")], default="graduated"
    )
    tariff_id = fields.Many2one(
        "ev.tariff", "OCPI Tariff", ondelete="restrict", check_company=True, index="btree_not_null"
    )
    period_minimum = fields.Float(
        "Minimum per Period", digits=(16, 6), aggregator=None, help="Guarantee for a whole billing period; 0 for none."
    )
    period_cap = fields.Float(
        "Cap per Period", digits=(16, 6), aggregator=None, help="The most for a whole billing period; 0 for none."
    )

    power_type = fields.Selection([("ac", "AC"), ("dc", "DC")], "Chargers", help="Empty: AC and DC.")
    kind = fields.Selection(
        [("local", "Local"), ("roaming", "Roaming"), ("ad_hoc", "Ad hoc")], "Sessions", help="Empty: every kind."
    )
    profile_ids = fields.Many2many("ev.user.profile", "ev_contract_term_version_profile_rel", string="User Profiles")
    site_ids = fields.Many2many(
        "ev.site", "ev_contract_term_version_site_rel", string="Only at Sites", check_company=True
    )
    station_ids = fields.Many2many(
        "ev.station", "ev_contract_term_version_station_rel", string="Only on Stations", check_company=True
    )
    token_ids = fields.Many2many(
        "ev.token", "ev_contract_term_version_token_rel", string="Only Badges", check_company=True
    )
    emsp_ids = fields.Many2many(
        "res.partner", "ev_contract_term_version_emsp_rel", string="Only eMSPs or Clients", check_company=True
    )
    count_zero_energy = fields.Boolean("Count Sessions Without Energy", help="Matters to prices per session only.")
    only_used = fields.Boolean(
        "Only Those Used", help="Fees per badge or user: only those with a session in the month count."
    )
    sentence = fields.Char("In Words", compute="_compute_sentence", compute_sudo=True)

    # ----------------------------------------------------------------- compute

    @api.depends("date_from", "term_id.date_end", "term_id.version_ids.date_from")
    def _compute_date_to(self):
        for version in self:
            later = [
                other.date_from
                for other in version.term_id.version_ids
                if other.date_from and version.date_from and other.date_from > version.date_from
            ]
            end = version.term_id.date_end
            ends = later + ([end + timedelta(days=1)] if end else [])
            version.date_to = min(ends, default=False)

    # -------------------------------------------------------------- constraints

    @api.constrains("term_id", "date_from")
    def _check_overlap(self):
        """Two versions from one day would both be in force."""
        for version in self:
            for other in version.term_id.version_ids - version:
                if other.date_from == version.date_from:
                    raise ValidationError(
                        self.env._(
                            "Term %(term)s already has a version from that day: %(other)s. Change its date or its price instead.",
                            term=version.term_id.name,
                            other=other.sentence,
                        )
                    )

    @api.constrains("term_id", "date_from")
    def _check_has_days(self):
        """A version that could never apply is a mistake."""
        for version in self:
            term, contract = version.term_id, version.term_id.contract_id
            if term.date_end and version.date_from > term.date_end:
                raise ValidationError(
                    self.env._(
                        "Term %(term)s ends on %(end)s, so a version from %(day)s would never apply: move the term's Ends, or "
                        "change or delete that version.",
                        term=term.name,
                        end=format_date(self.env, term.date_end),
                        day=format_date(self.env, version.date_from),
                    )
                )
            if term.basis == "one_off" and version.date_from < contract.date_start:
                raise ValidationError(
                    self.env._(
                        "Term %(term)s is charged once, on %(day)s, but the contract begins on %(start)s: enter a From on "
                        "that day or later.",
                        term=term.name,
                        day=format_date(self.env, version.date_from),
                        start=format_date(self.env, contract.date_start),
                    )
                )

    @api.constrains("term_id", "price_kind")
    def _check_sale(self):
        """A sale is priced by the session alone, whatever its wording."""
        self.term_id._check_is_sale()

    @api.constrains("term_id", "date_from")
    def _check_history(self):
        """A version reaches back over closed months only where somebody says why (`ev_contract_backdate`)."""
        for version in self:
            closed = version.term_id._get_closed_until()
            if closed and version.date_from <= closed and not version._may_reach_back():
                raise ValidationError(
                    self.env._(
                        "%(contract)s is closed up to %(day)s: a version of term %(term)s can apply from %(first)s at the "
                        "earliest, unless 'Why It Reaches Back' says why the difference is to be billed.",
                        contract=version.term_id.contract_id.name,
                        term=version.term_id.name,
                        day=format_date(self.env, closed),
                        first=format_date(self.env, closed + timedelta(days=1)),
                    )
                )

    @api.constrains(*SENSE)
    def _check_makes_sense(self):
        """The engine's own rules, with its sentences: what it would refuse at month-end is refused when it is typed."""
        for version in self:
            version._check_numbers()
            version._check_places()
            version._to_rating(ended=True)
            version._check_price_sense()
        self._check_currency()

    def _check_currency(self):
        """What a price is made of is in the contract's currency."""
        for version in self:
            currency = version.contract_id.currency_id
            version._check_same_currency(currency, version.term_id.name)
            if version.price_kind == "tariff" and version.tariff_id.currency_id != currency:
                raise ValidationError(
                    self.env._(
                        "Term %(term)s: tariff %(tariff)s is in %(theirs)s, the contract in %(ours)s. Choose one in %(ours)s.",
                        term=version.term_id.name,
                        tariff=version.tariff_id.name,
                        theirs=version.tariff_id.currency_id.name,
                        ours=currency.name,
                    )
                )

    def _check_numbers(self):
        for name in ("period_minimum", "period_cap", "quantity"):
            if self[name] < 0:
                raise ValidationError(
                    self.env._(
                        "Term %(term)s: %(field)s cannot be below zero; leave it empty for none.",
                        term=self.term_id.name,
                        field=self._fields[name].string,
                    )
                )

    def _check_places(self):
        """Choices that could never match are mistakes."""
        if self.term_id.basis in CONTRACT_BASES and (
            self.site_ids or self.station_ids or self.power_type or self.token_ids
        ):
            raise ValidationError(
                self.env._(
                    "Term %s is a fee for the contract as a whole: it has no site, station or badge to choose. Empty those "
                    "fields, or make it a fee per site, per charger or per badge.",
                    self.term_id.name,
                )
            )

    # --------------------------------------------------------------------- CRUD

    def write(self, vals):
        if vals.keys() - LOOSE:
            self._check_open()
        with saving():
            return super().write(vals)

    def _create(self, data_list):
        with saving():
            return super()._create(data_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()
        self._check_history()

    def _check_open(self):
        """Refuse to touch what hangs on versions that something closed stands on: their bands, their tiers."""
        self._check_unused(closed_only=True)
        self._check_history()

    def _check_unused(self, closed_only=False):
        """Refuse to touch versions that charges were made with.

        :param closed_only: charges of a draft do not count: it can be computed again.
        """
        if not self.ids:
            return
        self.env["ev.statement"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT c.version_id, s.name FROM ev_charge c JOIN ev_statement s ON s.id = c.statement_id
                WHERE c.version_id IN %s AND (NOT %s OR s.state NOT IN ('draft', 'control')) LIMIT 1""",
                tuple(self.ids),
                closed_only,
            )
        )
        for version_id, statement in rows:
            raise UserError(
                self.env._(
                    "%(version)s: statement %(statement)s was made with this version, so it stays as it is. Add a new version "
                    "from a later day instead.",
                    version=self.browse(version_id).sentence,
                    statement=statement,
                )
            )

    # ----------------------------------------------------------------- business

    def _get_price_bands(self):
        return self.band_ids

    def _get_price_tiers(self):
        return self.tier_ids

    def _get_price_name(self):
        return self.env._("Term %s", self.term_id.name)

    def _to_rating(self, ended=False):
        """These versions as the rating engine reads them, prices exact.

        :param ended: also those that an end before their own start leaves no day to apply on
        :rtype: list[rating.TermVersion]
        :raises UserError: a version that makes no sense, named
        """
        if not self.ids:
            return []
        prices = self._get_prices()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, COALESCE(quantity, 1)::text, NULLIF(period_minimum, 0)::text, NULLIF(period_cap, 0)::text
                FROM ev_contract_term_version WHERE id IN %s""",
                self._ids,
            )
        )
        limits = {id_: tuple(map(to_micro_or_none, numbers)) for id_, *numbers in rows}
        return [
            version._to_version(prices[version.id], *limits[version.id])
            for version in self
            if ended or not version.date_to or version.date_from < version.date_to
        ]

    def _to_version(self, price, quantity, minimum, cap):
        try:
            return TermVersion(**self._get_version_facts(price, quantity, minimum, cap))
        except RatingError as error:
            # the engine knows the term by its key, people by its name
            words = str(error).replace(f"Term {self.term_id.id}:", f"Term {self.term_id.name}:")
            raise ValidationError(words) from error

    def _get_version_facts(self, price, quantity, minimum, cap):
        term, has_days = self.term_id, not self.date_to or self.date_from < self.date_to
        return {
            "key": self.id,
            "term": term.id,
            "direction": term.direction,
            "basis": term.basis,
            "price": price,
            "valid": Span(self.date_from, (self.date_to if has_days else False) or None),
            "filter": Filter(
                sites=frozenset(self.site_ids.ids),
                stations=frozenset(self.station_ids.ids),
                power_type=self.power_type or None,
                kind=self.kind or None,
                profiles=frozenset(self.profile_ids.ids),
                tokens=frozenset(self.token_ids.ids),
                emsps=frozenset(self.emsp_ids.commercial_partner_id.ids),
            ),
            "count_zero_energy": self.count_zero_energy,
            "quantity_micro": quantity if term.basis in PERIODIC_BASES else MICRO,
            "minimum_micro": minimum,
            "cap_micro": cap,
            "only_used": self.only_used and term.basis in COUNTED_BASES,
        }
