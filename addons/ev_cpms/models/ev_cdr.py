from datetime import timedelta

from odoo import api, fields, models

from ..fields import BigInteger


class EvCdr(models.Model):
    """A charge detail record: what one charging session was, as a fact (design invariant 2).

    Rows come in through :meth:`ingest` only and never change: ``ev_cdr_guard.py`` makes the ORM and the database refuse.
    Everything here is as at the session's start: EVSE, site, power type, token, its holder and profile.
    """

    _name = "ev.cdr"
    _description = "Charging Session (CDR)"
    _order = "date_start desc, id desc"
    _rec_name = "external_id"
    # No create_uid / write_uid: their foreign keys would update facts when a user is deleted.
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    source = fields.Char(required=True, readonly=True, help="Who sent it: a bridge, an import.")
    external_id = fields.Char("Session ID", required=True, readonly=True)
    received_at = fields.Datetime("Received", required=True, readonly=True)
    content_hash = fields.Char(required=True, readonly=True, help="Tells a resend from a conflict.")

    site_id = fields.Many2one("ev.site", required=True, readonly=True, ondelete="restrict")
    station_id = fields.Many2one("ev.station", required=True, readonly=True, ondelete="restrict")
    evse_id = fields.Many2one("ev.evse", "EVSE", required=True, readonly=True, ondelete="restrict")
    connector = fields.Integer(readonly=True, aggregator=None)
    power_type = fields.Selection([("ac", "AC"), ("dc", "DC")], required=True, readonly=True)

    token_uid = fields.Char("Token UID", readonly=True)
    token_id = fields.Many2one("ev.token", readonly=True, ondelete="restrict")
    profile_id = fields.Many2one("ev.user.profile", "User Profile", readonly=True, ondelete="restrict")
    partner_id = fields.Many2one("res.partner", "eMSP or Client", readonly=True, ondelete="restrict")
    kind = fields.Selection(
        [("local", "Local"), ("roaming", "Roaming"), ("ad_hoc", "Ad hoc")],
        readonly=True,
        help="From the token; empty while nobody knows whose token it is.",
    )
    authorization_reference = fields.Char(readonly=True)

    date_start = fields.Datetime("Start", required=True, readonly=True)
    date_stop = fields.Datetime("End", required=True, readonly=True)
    energy_wh = BigInteger("Energy (Wh)", required=True, readonly=True, aggregator=None, help="Never negative.")
    energy_kwh = fields.Float(
        "Energy (kWh)",
        digits=(16, 3),
        readonly=True,
        help="Counts negative on a credit, so that sums are what was really delivered.",
    )
    meter_start_wh = BigInteger("Meter Start (Wh)", readonly=True, aggregator=None)
    meter_stop_wh = BigInteger("Meter Stop (Wh)", readonly=True, aggregator=None)
    readings = fields.Json(readonly=True, prefetch=False, help="Register readings: [UTC epoch seconds, Wh].")
    charging_seconds = fields.Integer(readonly=True)
    idle_seconds = fields.Integer(readonly=True)
    stop_reason = fields.Char(readonly=True)
    signed_data = fields.Json("Signed Meter Data", readonly=True, prefetch=False)
    flags = fields.Char(
        "Flag Codes", readonly=True, help="What was odd about it, comma-separated; empty for a clean session."
    )
    raw_reference = fields.Char(
        "Journal Reference", readonly=True, help="Where the bridge keeps the messages it was made of."
    )

    credit = fields.Boolean(readonly=True, help="Takes back the session it names.")
    credit_of_id = fields.Many2one("ev.cdr", "Credit of", readonly=True, ondelete="restrict")
    replaces_id = fields.Many2one("ev.cdr", "Replacement of", readonly=True, ondelete="restrict")
    credited_by_ids = fields.One2many("ev.cdr", "credit_of_id")
    replaced_by_ids = fields.One2many("ev.cdr", "replaces_id", "Replaced by")

    flag_words = fields.Char("Flags", compute="_compute_flag_words")
    duration = fields.Float("Duration (h)", compute="_compute_duration")
    curve = fields.Json("Charging Curve", compute="_compute_curve")

    _external_id_uniq = models.Constraint(
        "UNIQUE(company_id, source, external_id)", "This source already sent a session with this id."
    )
    _period_check = models.Constraint("CHECK(date_start <= date_stop)", "A session cannot stop before it starts.")
    _energy_check = models.Constraint("CHECK(energy_wh >= 0)", "The energy of a session cannot be negative.")
    _credit_check = models.Constraint(
        "CHECK(credit = (credit_of_id IS NOT NULL))", "A credit must name the session it takes back."
    )
    _credit_of_uniq = models.UniqueIndex(
        "(credit_of_id) WHERE credit_of_id IS NOT NULL", "This session is already credited."
    )
    _replaces_uniq = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL", "This session is already replaced."
    )
    _company_stop_idx = models.Index("(company_id, date_stop)")
    _site_stop_idx = models.Index("(site_id, date_stop)")
    _evse_start_idx = models.Index("(evse_id, date_start)")
    _token_idx = models.Index("(token_id) WHERE token_id IS NOT NULL")
    # a buyer's sessions of a month, wherever they were
    _partner_stop_idx = models.Index("(partner_id, date_stop) WHERE partner_id IS NOT NULL")

    @api.depends("flags")
    def _compute_flag_words(self):
        for cdr in self:
            cdr.flag_words = (cdr.flags or "").replace("_", " ").replace(",", ", ")

    @api.depends("date_start", "date_stop")
    def _compute_duration(self):
        for cdr in self:
            cdr.duration = (cdr.date_stop - cdr.date_start) / timedelta(hours=1)

    @api.depends("readings", "meter_start_wh", "meter_stop_wh", "date_start", "date_stop")
    def _compute_curve(self):
        """What the form draws: the readings, or the two ends of a session that has none, and where it happened."""
        for cdr in self:
            readings = cdr.readings or []
            if not readings:
                first = cdr.meter_start_wh or 0
                readings = [[_epoch(cdr.date_start), first], [_epoch(cdr.date_stop), first + cdr.energy_wh]]
            cdr.curve = {"readings": readings, "estimated": not cdr.readings, "tz": cdr.site_id.tz}


def _epoch(moment):
    return int((moment - fields.Datetime.to_datetime("1970-01-01")).total_seconds())
