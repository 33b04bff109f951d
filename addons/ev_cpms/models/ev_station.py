import base64
import hashlib
import os

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# The cost of one scrypt guess; the bridge reads the parameters from the hash itself.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 16384, 8, 1

STATUSES = [
    ("available", "Available"),
    ("charging", "Charging"),
    ("faulted", "Faulted"),
    ("unavailable", "Unavailable"),
    ("offline", "Offline"),
    ("new", "Never Connected"),
]
# OCPP 1.6 7.7 ChargePointStatus and 2.0.1 3.13 ConnectorStatusEnumType, to what an operator looks for.
OCPP_STATUS = {
    "Available": "available",
    "Preparing": "charging",
    "Charging": "charging",
    "SuspendedEV": "charging",
    "SuspendedEVSE": "charging",
    "Finishing": "charging",
    "Occupied": "charging",
    "Reserved": "available",
    "Unavailable": "unavailable",
    "Faulted": "faulted",
}


class EvStation(models.Model):
    """A charging station: one OCPP identity, one or more EVSEs."""

    _name = "ev.station"
    _description = "Charging Station"
    _inherit = ["mail.thread"]
    _rec_name = "identity"
    _rec_names_search = ["identity", "name"]
    _order = "identity"

    identity = fields.Char(
        "OCPP Identity",
        required=True,
        index=True,
        tracking=True,
        help="The last part of the URL the station connects to.",
    )
    name = fields.Char("Label", help="What is written on the machine or what people call it.")
    active = fields.Boolean(default=True)
    site_id = fields.Many2one("ev.site", required=True, index=True, ondelete="restrict", tracking=True)
    company_id = fields.Many2one(related="site_id.company_id", store=True, index=True)
    evse_ids = fields.One2many("ev.evse", "station_id", "EVSEs")
    power_type = fields.Selection(
        [("ac", "AC"), ("dc", "DC")],
        compute="_compute_power_type",
        store=True,
        help="DC if any of its EVSEs is; this is what monthly fees per charger look at.",
    )
    max_power_kw = fields.Float("Max Power (kW)", compute="_compute_max_power_kw", digits=(8, 3))

    vendor = fields.Char(readonly=True)
    model = fields.Char(readonly=True)
    serial = fields.Char("Serial Number", readonly=True)
    firmware = fields.Char(readonly=True)
    sim_iccid = fields.Char("SIM (ICCID)")
    ocpp_version = fields.Char("OCPP Version", readonly=True)
    connected = fields.Boolean(readonly=True)
    last_seen = fields.Datetime(readonly=True)
    status = fields.Selection(STATUSES, default="new", readonly=True, index=True, group_expand="_group_expand_status")
    password_hash = fields.Char(readonly=True, copy=False, groups="ev_cpms.group_admin")

    date_commissioned = fields.Date("Commissioned", tracking=True, help="The first day in service.")
    date_decommissioned = fields.Date("Decommissioned", tracking=True, help="The first day no longer in service.")
    cdr_count = fields.Integer("Sessions", compute="_compute_cdr_count")

    _identity_uniq = models.Constraint("UNIQUE(identity)", "A station with this OCPP identity already exists.")
    _dates_check = models.Constraint(
        "CHECK(date_commissioned IS NULL OR date_decommissioned IS NULL OR date_commissioned <= date_decommissioned)",
        "A station cannot be decommissioned before it is commissioned.",
    )

    @api.constrains("identity")
    def _check_identity(self):
        for station in self:
            if station.identity != station.identity.strip() or "/" in station.identity or ":" in station.identity:
                raise ValidationError(
                    self.env._(
                        "OCPP identity %r: no spaces at the ends, no '/' and no ':' (it is part of a URL and the user name "
                        "of basic authentication).",
                        station.identity,
                    )
                )

    @api.depends("evse_ids.power_type")
    def _compute_power_type(self):
        for station in self:
            types = set(station.evse_ids.mapped("power_type"))
            station.power_type = "dc" if "dc" in types else "ac" if types else False

    @api.depends("evse_ids.max_power_kw")
    def _compute_max_power_kw(self):
        for station in self:
            station.max_power_kw = max(station.evse_ids.mapped("max_power_kw"), default=0.0)

    def _compute_cdr_count(self):
        counts = {}
        if self.env["ev.cdr"].has_access("read"):
            counts = dict(self.env["ev.cdr"]._read_group([("station_id", "in", self.ids)], ["station_id"], ["__count"]))
        for station in self:
            station.cdr_count = counts.get(station, 0)

    def write(self, vals):
        if "site_id" in vals and (moved := self.filtered(lambda station: station.site_id.id != vals["site_id"])):
            moved._check_never_charged()
        return super().write(vals)

    @api.constrains("active", "date_decommissioned")
    def _check_decommissioned(self):
        for station in self:
            if not station.active and not station.date_decommissioned:
                raise ValidationError(
                    self.env._(
                        "Station %s: enter the day it was decommissioned before you archive it; monthly fees run until then.",
                        station.identity,
                    )
                )

    def _check_never_charged(self):
        """Refuse to move a station with a past: its sessions, fees and late arrivals belong to the site they happened at."""
        used = self.env["ev.cdr"].sudo().search([("station_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    "Station %(name)s already has sessions at %(site)s. To move the machine: decommission this record, add a "
                    "suffix to its identity (such as %(name)s-OLD), and register the identity anew at the new site.",
                    name=used.station_id.identity,
                    site=used.station_id.site_id.name,
                )
            )

    @api.model
    def _group_expand_status(self, statuses, domain):
        """Show every column of the status board, the empty ones too."""
        return [key for key, _label in STATUSES]

    # ------------------------------------------------------------------ actions

    def action_open_cdrs(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        return dict(action, domain=[("station_id", "in", self.ids)], context={})

    # ----------------------------------------------------------------- business

    def _set_password(self, password):
        """Keep ``password`` (OCPP 1.6 security profile 1: basic auth) as a salted scrypt hash."""
        self.ensure_one()
        salt = os.urandom(16)
        key = hashlib.scrypt(password.encode(), salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, dklen=32)
        encoded = "$".join(base64.b64encode(part).decode() for part in (salt, key))
        self.sudo().password_hash = f"scrypt${SCRYPT_N}${SCRYPT_R}${SCRYPT_P}${encoded}"

    def _is_commissioned_at(self, day):
        """Tell whether the station is in service on the site-local ``day`` (no date means no limit)."""
        self.ensure_one()
        return (not self.date_commissioned or self.date_commissioned <= day) and (
            not self.date_decommissioned or day < self.date_decommissioned
        )
