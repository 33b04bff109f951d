from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..rating.ocpi import OcpiError, parse, read_tariff, render, write_tariff

# What the simple form asks: field -> (OCPI dimension, units of its price per unit of OCPI's).
SIMPLE = {
    "price_session": ("FLAT", 1),
    "price_kwh": ("ENERGY", 1),
    "price_charging_minute": ("TIME", 60),
    "price_idle_minute": ("PARKING_TIME", 60),
}
DIMENSIONS = {
    "FLAT": "per session",
    "ENERGY": "per kWh",
    "TIME": "per hour of charging",
    "PARKING_TIME": "per hour of parking",
}


class EvTariff(models.Model):
    """An OCPI tariff: what a session costs by energy, time, parking and start, under its restrictions.

    It is what its OCPI document says; the simple form writes that document for the common cases.
    """

    _name = "ev.tariff"
    _description = "OCPI Tariff"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    is_simple = fields.Boolean("Simple Form", default=True, help="One price per kWh, minute and session, at all times.")
    price_session = fields.Float("Per Session", digits=(16, 6))
    price_kwh = fields.Float("Per kWh", digits=(16, 6))
    price_charging_minute = fields.Float("Per Minute Charging", digits=(16, 6))
    price_idle_minute = fields.Float("Per Minute Parking", digits=(16, 6), help="Plugged in without charging.")
    step_minutes = fields.Integer("Minutes Begun", default=0, help="Time is billed in such steps; 0: by the second.")
    document = fields.Text(
        "OCPI Document",
        compute="_compute_document",
        store=True,
        readonly=False,
        help="The tariff as OCPI JSON (2.1.1, 2.2.1 or 2.3.0).",
    )
    ocpi_id = fields.Char("OCPI ID", compute="_compute_ocpi_id", store=True)
    summary = fields.Text("In Words", compute="_compute_summary")
    version_ids = fields.One2many("ev.contract.term.version", "tariff_id", "Used By")

    _steps_check = models.Constraint(
        "CHECK(step_minutes >= 0)", "Minutes begun cannot be below zero; 0 bills by the second."
    )

    # ----------------------------------------------------------------- compute

    @api.depends("is_simple", "currency_id", "step_minutes", *SIMPLE)
    def _compute_document(self):
        for tariff in self.filtered("is_simple"):
            tariff.document = render(tariff._get_simple_document())

    def _get_simple_document(self):
        """The document of the simple form: one element without restrictions."""
        components = []
        for name, (dimension, units) in SIMPLE.items():
            # what was typed has six decimals at most: its shortest decimal text is exactly that
            price = Decimal(repr(round(self[name], 6))) * units
            if price:
                step = max(1, 60 * self.step_minutes) if units == 60 else 1
                components.append({"type": dimension, "price": price, "step_size": step})
        components = components or [{"type": "FLAT", "price": Decimal(0), "step_size": 1}]
        return {
            "id": f"tariff-{self._origin.id or 'new'}",
            "currency": self.currency_id.name or "EUR",
            "elements": [{"price_components": components}],
        }

    @api.depends("document")
    def _compute_ocpi_id(self):
        for tariff in self:
            try:
                tariff.ocpi_id = tariff._get_tariff().id
            except ValidationError:
                tariff.ocpi_id = False  # the constraint says what is wrong

    @api.depends("document")
    def _compute_summary(self):
        for tariff in self:
            try:
                read = tariff._get_tariff()
            except ValidationError as error:
                tariff.summary = str(error)
            else:
                tariff.summary = "\n".join(_say_element(element, read) for element in read.elements)

    # -------------------------------------------------------------- constraints

    @api.constrains("document", "currency_id")
    def _check_document(self):
        for tariff in self:
            read = tariff._get_tariff()
            if read.currency != tariff.currency_id.name:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the document is in %(theirs)s, the tariff in %(ours)s: choose the document's currency.",
                        name=tariff.name,
                        theirs=read.currency,
                        ours=tariff.currency_id.name,
                    )
                )

    @api.constrains("currency_id")
    def _check_users_currency(self):
        """A contract bills its tariff's figures as its own currency."""
        self.sudo().version_ids._check_currency()

    def write(self, vals):
        if {"document", "currency_id", "is_simple", "step_minutes", *SIMPLE} & vals.keys():
            self._check_unused()
        return super().write(vals)

    def _check_unused(self):
        """What closed statements were priced by stays as it is."""
        for tariff in self:
            if statement := tariff._is_billed():
                raise UserError(
                    self.env._(
                        "%(name)s: statement %(statement)s was made with this tariff, so it stays as it is. Duplicate it, change "
                        "the copy, and give the contract's term a new version with it.",
                        name=tariff.name,
                        statement=statement,
                    )
                )

    def _is_billed(self):
        """The number of a closed statement that was priced by this tariff, or None."""
        if not self._origin.id:
            return None
        self.env["ev.statement"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT s.name FROM ev_contract_term_version v JOIN ev_charge c ON c.version_id = v.id
                     JOIN ev_statement s ON s.id = c.statement_id
                    WHERE v.tariff_id = %s AND s.state NOT IN ('draft', 'control') LIMIT 1""",
                self._origin.id,
            )
        )
        return rows[0][0] if rows else self._find_share()

    def _find_share(self):
        """The number of a closed statement that shares revenue of sales by this tariff, or None."""
        self.env["ev.contract.term.version"].flush_model(["tariff_id", "term_id", "date_from"])
        self.env["ev.contract.term"].flush_model(["is_sale", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT s.name FROM ev_contract_term_version v
                     JOIN ev_contract_term t ON t.id = v.term_id AND t.is_sale
                     JOIN ev_statement s ON s.company_id = t.company_id AND s.period_end >= v.date_from
                    WHERE v.tariff_id = %s AND v.price_kind = 'tariff' AND s.state NOT IN ('draft', 'control')
                      AND EXISTS (SELECT 1 FROM ev_statement_line l WHERE l.statement_id = s.id AND l.basis = 'revenue')
                    LIMIT 1""",
                self._origin.id,
            )
        )
        return rows[0][0] if rows else None

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%s (copy)", tariff.name))
            for tariff, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # ------------------------------------------------------------------ actions

    def action_export(self):
        """Ask for the OCPI version, then hand the file out."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_tariff_export_action")
        return dict(action, context={"default_tariff_id": self.id})

    # ----------------------------------------------------------------- business

    def _get_tariff(self):
        """The tariff as the engine reads it.

        :rtype: rating.ocpi.Tariff
        :raises ValidationError: every problem of the document, with its place in it
        """
        self.ensure_one()
        try:
            return read_tariff(parse(self.document or ""))
        except OcpiError as error:
            raise ValidationError(self.env._("%(name)s: %(why)s", name=self.name, why=error)) from error

    def _get_document(self, version):
        """The tariff as JSON text of an OCPI version ('2.2.1' or '2.3.0').

        :raises ValidationError: it cannot be said in that version
        """
        try:
            return render(write_tariff(self._get_tariff(), version))
        except OcpiError as error:
            raise ValidationError(self.env._("%(name)s: %(why)s", name=self.name, why=error)) from error


def _say_element(element, tariff):
    """``0.45 EUR per kWh, 6.00 EUR per hour of parking when start_time 08:00, end_time 20:00``."""
    prices = ", ".join(
        f"{component.price:f} {tariff.currency} {DIMENSIONS[component.type]}"
        + (f" (in steps of {component.step_size})" if component.step_size > 1 else "")
        for component in element.price_components
    )
    restrictions = element.restrictions
    chosen = [
        f"{name.replace('_', ' ')} {_say(value)}"
        for name in (restrictions.__slots__ if restrictions else ())
        if (value := getattr(restrictions, name)) not in (None, ())
    ]
    return prices + (f" when {', '.join(chosen)}" if chosen else "")


def _say(value):
    return ", ".join(value) if isinstance(value, tuple) else str(value)
