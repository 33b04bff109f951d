from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..rating import PERIODIC_BASES, UNITS, Filter, RatingError, Span, TermVersion, from_micro, to_micro

# Fewest decimals a price is shown with: energy is quoted in hundredths of a cent.
SHOWN_DECIMALS = {"kwh": 4, "session": 2, "charger_month": 2}
# What decides which sessions it takes and at what price.
PRICED = {
    "term_id",
    "date_from",
    "price",
    "power_type",
    "kind",
    "profile_ids",
    "site_ids",
    "station_ids",
    "count_zero_energy",
}


class EvContractTermVersion(models.Model):
    """How a term reads from a day on, until the next version. Once billed, it never changes again."""

    _name = "ev.contract.term.version"
    _description = "EV Contract Term Version"
    _order = "term_id, date_from desc"
    _rec_name = "sentence"
    _check_company_auto = True

    term_id = fields.Many2one("ev.contract.term", required=True, index=True, ondelete="cascade")
    contract_id = fields.Many2one(related="term_id.contract_id", store=True, index=True)
    company_id = fields.Many2one(related="term_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="term_id.currency_id")
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
    price = fields.Float(digits=(16, 6), required=True, help="Per unit of the term; may be negative.")
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
    count_zero_energy = fields.Boolean("Count Sessions Without Energy", help="Matters to prices per session only.")
    sentence = fields.Char("In Words", compute="_compute_sentence")

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

    @api.depends(
        "price",
        "power_type",
        "kind",
        "profile_ids.name",
        "site_ids.name",
        "station_ids.identity",
        "date_from",
        "term_id.direction",
        "term_id.basis",
        "term_id.currency_id",
        "count_zero_energy",
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        for version in self:
            version.sentence = version._get_sentence()

    def _get_sentence(self):
        """The version as a person would say it: ``Credit 0.1850 EUR per kWh on AC chargers of sites A, B, from 1 Jan 2027``."""
        self.ensure_one()
        term = self.term_id
        words = self.env._(
            "%(verb)s %(price)s %(currency)s %(basis)s",
            verb=self.env._("Credit") if term.direction == "credit" else self.env._("Charge"),
            price=self._format_price(),
            currency=term.currency_id.name or "",
            basis=dict(term._fields["basis"]._description_selection(self.env)).get(term.basis, ""),
        )
        if self.kind:
            words += self.env._(
                " for %s sessions", dict(self._fields["kind"]._description_selection(self.env))[self.kind].lower()
            )
        if self.profile_ids:
            words += self.env._(" of user profiles %s", ", ".join(self.profile_ids.mapped("name")))
        if self.power_type:
            words += self.env._(" on %s chargers", self.power_type.upper())
        if self.station_ids:
            words += self.env._(" (%s)", ", ".join(self.station_ids.mapped("identity")))
        if self.site_ids:
            words += self.env._(" of sites %s", ", ".join(self.site_ids.mapped("name")))
        if self.count_zero_energy:
            words += self.env._(", sessions without energy included")
        return words + self.env._(", from %s", format_date(self.env, self.date_from, date_format="d MMM yyyy"))

    def _format_price(self):
        """The price with as many decimals as it has, at least those the field shows."""
        text = f"{self.price:.6f}"
        fewest = SHOWN_DECIMALS.get(self.term_id.basis, 2)
        whole, decimals = text.split(".")
        return f"{whole}.{decimals.rstrip('0').ljust(fewest, '0')}"

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
    def _check_history(self):
        """A version must not reach back over closed months: their sessions would all come back as late ones."""
        for version in self:
            closed = version.term_id.contract_id._get_closed_until()
            if closed and version.date_from <= closed:
                raise ValidationError(
                    self.env._(
                        "%(contract)s is closed up to %(day)s: a version of term %(term)s can apply from %(first)s at the "
                        "earliest.",
                        contract=version.term_id.contract_id.name,
                        term=version.term_id.name,
                        day=format_date(self.env, closed),
                        first=format_date(self.env, closed + timedelta(days=1)),
                    )
                )

    @api.constrains("kind", "profile_ids", "term_id")
    def _check_filters(self):
        for version in self:
            if version.term_id.basis in PERIODIC_BASES and (version.kind or version.profile_ids):
                raise ValidationError(
                    self.env._(
                        "Term %s is a fee per charger: it has no sessions to choose by kind or user profile. "
                        "Empty those two fields.",
                        version.term_id.name,
                    )
                )

    # --------------------------------------------------------------------- CRUD

    def write(self, vals):
        self._check_unused(closed_only=True)
        if PRICED & vals.keys():
            self._check_history()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()
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

    def _to_rating(self):
        """These versions as the rating engine reads them, prices exact.

        :rtype: list[rating.TermVersion]
        """
        if not self.ids:
            return []
        self.flush_recordset()
        prices = dict(
            self.env.execute_query(
                SQL("SELECT id, price::text FROM ev_contract_term_version WHERE id IN %s", self._ids)
            )
        )
        try:
            return [
                TermVersion(
                    key=version.id,
                    term=version.term_id.id,
                    direction=version.term_id.direction,
                    basis=version.term_id.basis,
                    price_micro=to_micro(prices[version.id]),
                    valid=Span(version.date_from, version.date_to or None),
                    filter=Filter(
                        sites=frozenset(version.site_ids.ids),
                        stations=frozenset(version.station_ids.ids),
                        power_type=version.power_type or None,
                        kind=version.kind or None,
                        profiles=frozenset(version.profile_ids.ids),
                    ),
                    count_zero_energy=version.count_zero_energy,
                )
                for version in self
                # an end before the version's own start leaves it no day to apply on
                if not version.date_to or version.date_from < version.date_to
            ]
        except RatingError as error:
            raise UserError(str(error)) from error

    def _get_price(self):
        """The price as an exact `Decimal` of six decimals."""
        self.ensure_one()
        self.flush_recordset()
        [(price,)] = self.env.execute_query(
            SQL("SELECT price::text FROM ev_contract_term_version WHERE id = %s", self.id)
        )
        return from_micro(to_micro(price))

    def _get_unit(self):
        return UNITS[self.term_id.basis]
