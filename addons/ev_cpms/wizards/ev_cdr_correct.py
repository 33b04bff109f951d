from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError


class EvCdrCorrect(models.TransientModel):
    """Take a session back, and put a corrected one in its place: a credit CDR and a replacement CDR, both through ingest."""

    _name = "ev.cdr.correct"
    _description = "Correct a Session"

    cdr_id = fields.Many2one(
        "ev.cdr", "Session", required=True, readonly=True, default=lambda self: self.env.context.get("active_id")
    )
    replace = fields.Boolean("Put a corrected session in its place", default=True)
    evse_id = fields.Many2one(
        "ev.evse", "EVSE", compute="_compute_from_cdr", store=True, readonly=False, precompute=True, required=True
    )
    date_start = fields.Datetime(
        "Start", compute="_compute_from_cdr", store=True, readonly=False, precompute=True, required=True
    )
    date_stop = fields.Datetime(
        "End", compute="_compute_from_cdr", store=True, readonly=False, precompute=True, required=True
    )
    energy_wh = fields.Integer(
        "Energy (Wh)", compute="_compute_from_cdr", store=True, readonly=False, precompute=True, required=True
    )
    token_uid = fields.Char("Token UID", compute="_compute_from_cdr", store=True, readonly=False, precompute=True)
    reason = fields.Char(required=True, help="Kept with both new sessions.")

    @api.depends("cdr_id")
    def _compute_from_cdr(self):
        for wizard in self:
            for name in ("evse_id", "date_start", "date_stop", "energy_wh", "token_uid"):
                wizard[name] = wizard.cdr_id[name]

    def action_correct(self):
        """Ingest the credit (and the replacement); open what came of it.

        :raise UserError: ingest would not take it; its words say why, and nothing was stored
        """
        self.ensure_one()
        original = self.cdr_id
        original.check_access("read")
        items = [self._prepare_credit(), *([self._prepare_replacement()] if self.replace else [])]
        refused = self.env["ev.cdr"]._ingest_correction(original, items)
        if refused:
            raise UserError(refused)
        made = original.credited_by_ids | original.replaced_by_ids
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        return dict(action, domain=[("id", "in", (original | made).ids)], context={})

    def _prepare_item(self, suffix, **values):
        return {
            "id": f"{self.cdr_id.external_id}:{suffix}",
            "station": self.cdr_id.station_id.identity,
            "connector": self.cdr_id.connector or None,
            "flags": ["corrected"],
            "raw": f"{self.env.user.name}: {self.reason}"[:255],
            **values,
        }

    def _prepare_credit(self):
        cdr = self.cdr_id
        return self._prepare_item(
            "credit",
            credit_of=cdr.external_id,
            evse=cdr.evse_id.number,
            token={"uid": cdr.token_uid, "type": None} if cdr.token_uid else None,
            start=_utc(cdr.date_start),
            stop=_utc(cdr.date_stop),
            energy=cdr.energy_wh,
            meter_start=cdr.meter_start_wh,
            meter_stop=cdr.meter_stop_wh,
        )

    def _prepare_replacement(self):
        same = self.energy_wh == self.cdr_id.energy_wh
        return self._prepare_item(
            "replacement",
            replaces=self.cdr_id.external_id,
            evse=self.evse_id.number,
            station=self.evse_id.station_id.identity,
            token={"uid": self.token_uid, "type": None} if self.token_uid else None,
            start=_utc(self.date_start),
            stop=_utc(self.date_stop),
            energy=self.energy_wh,
            # Readings that no longer fit the energy would only mislead.
            meter_start=self.cdr_id.meter_start_wh if same else None,
            meter_stop=self.cdr_id.meter_stop_wh if same else None,
            readings=self.cdr_id.readings or [] if same and self.date_start == self.cdr_id.date_start else [],
        )


def _utc(moment):
    return moment.replace(tzinfo=UTC).isoformat()
