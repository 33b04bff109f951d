"""Credits and replacements on their way in: what they say has to fit the session they name."""

from odoo import api, models
from odoo.tools import SQL

from ..ingest import Rejected
from .ev_cdr_store import json_text, kwh_text


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    @api.model
    def _find_originals(self, source, items, lookup):
        """Return {(company id, external id): record} of the sessions that credits and replacements name."""
        wanted = {name for item in items for name in (item.fact.credit_of, item.fact.replaces) if name}
        companies = {station[2] for station in lookup.stations.values()}
        found = (
            self.search(
                [("external_id", "in", list(wanted)), ("source", "=", source), ("company_id", "in", list(companies))]
            )
            if wanted
            else self
        )
        return {(cdr.company_id.id, cdr.external_id): cdr for cdr in found}

    @api.model
    def _prepare_credit(self, row, fact, original):
        """A credit mirrors the whole original (OCPI 2.2.1 10.3.1: credit CDRs), down to what was known at its start."""
        if not original:
            raise Rejected(
                "credit",
                f"Credits session {fact.credit_of!r}, which this source never sent. Send that first, then replay.",
            )
        if original.credit:
            raise Rejected("credit", f"Session {fact.credit_of!r} is itself a credit and cannot be credited.")
        if taken := original.credited_by_ids.filtered(lambda cdr: cdr.external_id != fact.external_id):
            raise Rejected("credit", f"Session {fact.credit_of!r} is already credited by {taken[0].external_id!r}.")
        mirror = {
            "energy": (fact.energy, original.energy_wh),
            "EVSE": (row.evse_id, original.evse_id.id),
            "start": (fact.start, original.date_start),
            "stop": (fact.stop, original.date_stop),
        }
        for name, (mine, theirs) in mirror.items():
            if mine != theirs:
                raise Rejected(
                    "credit",
                    f"A credit repeats its original: {name} is {mine}, session {fact.credit_of!r} has {theirs}.",
                )
        # Personal data that was erased from the original does not come back with its credit.
        return row._replace(
            token_uid=original.token_uid or None,
            authorization_reference=original.authorization_reference or None,
            signed_data=row.signed_data if original.signed_data else None,
            site_id=original.site_id.id, power_type=original.power_type, token_id=original.token_id.id or None,
            profile_id=original.profile_id.id or None, partner_id=original.partner_id.id or None, kind=original.kind or None,
            **original._get_measured(),
            energy_kwh=kwh_text(-fact.energy), credit=True, credit_of_id=original.id,
        )  # fmt: skip

    def _get_measured(self):
        """What was measured of a session, as columns: its credit has to say the very same.

        Read as it is stored: the ORM makes a zero of what nobody measured.
        """
        self.ensure_one()
        columns = ("meter_start_wh", "meter_stop_wh", "charging_seconds", "idle_seconds", "readings")
        [row] = self.env.execute_query(
            SQL("SELECT %s FROM ev_cdr WHERE id = %s", SQL(", ").join(map(SQL.identifier, columns)), self.id)
        )
        measured = dict(zip(columns, row, strict=True))
        return dict(measured, readings=json_text(measured["readings"]))

    @api.model
    def _prepare_replacement(self, row, fact, original):
        if not original:
            raise Rejected(
                "credit",
                f"Replaces session {fact.replaces!r}, which this source never sent. Send that first, then replay.",
            )
        if not original.credited_by_ids:
            raise Rejected(
                "credit",
                f"Replaces session {fact.replaces!r}, which is not credited: both would be billed. Send its credit too.",
            )
        if taken := original.replaced_by_ids.filtered(lambda cdr: cdr.external_id != fact.external_id):
            raise Rejected("credit", f"Session {fact.replaces!r} is already replaced by {taken[0].external_id!r}.")
        return row._replace(replaces_id=original.id)

    @api.model
    def _claim_original(self, item, claimed):
        """Refuse a second credit (or replacement) of one session within a batch; ``claimed`` is {(kind, id): external id}."""
        for link in (("credited", item.row.credit_of_id), ("replaced", item.row.replaces_id)):
            if link[1] and (other := claimed.setdefault(link, item.external_id)) != item.external_id:
                item.row = None
                raise Rejected(
                    "credit",
                    f"Session {item.fact.credit_of or item.fact.replaces!r} is already {link[0]} by {other!r}.",
                )
