"""The one way in for sessions: a batch as one JSON string, answered item by item, all in one transaction.

The rule for what is not known (``readme/BRIDGE.md``): without its station or EVSE a session has no site, host or power
type, so it waits in quarantine; without a known token it is stored and flagged, for the host is owed the energy anyway.
"""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..ingest import BatchError, Rejected, content_hash, external_id_of, parse_batch, read_fact
from .ev_cdr_lookup import Lookup
from .ev_cdr_store import Row, json_text, kwh_text, store_rows

ANSWER_SCHEMA = "ev.cdr.answer/1"


class _Item:
    """One item on its way: what was sent, what it became."""

    __slots__ = ("company_id", "digest", "external_id", "fact", "raw", "reason", "row", "status")

    def __init__(self, raw):
        self.raw = raw
        self.digest = content_hash(raw)
        self.external_id = external_id_of(raw, self.digest)
        self.fact = self.row = self.status = self.reason = self.company_id = None

    @property
    def link(self):
        """Return which other session the fact names, if any: ``credit_of`` or ``replaces``."""
        return "credit_of" if self.fact.credit_of else "replaces" if self.fact.replaces else None

    def quarantine(self, rejected):
        self.status, self.reason = "quarantined", rejected

    def answer(self):
        answer = {"id": self.external_id, "status": self.status}
        if self.reason:
            answer["reason"] = self.reason.reason
        return answer


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    @api.model
    def ingest(self, payload):
        """Store a batch of sessions; answer each as ``stored``, ``duplicate`` or ``quarantined``.

        :param str payload: JSON ``{"schema": "ev.cdr.batch/1", "source": str, "cdrs": [...]}``, see ``readme/BRIDGE.md``
        :return: JSON ``{"schema": "ev.cdr.answer/1", "items": [{"id", "status", "reason"?}, ...]}``, in the order sent
        :raise UserError: the envelope is broken; nothing was stored
        """
        self.env["ev.station"]._check_bridge()
        try:
            source, raw_items = parse_batch(payload)
        except BatchError as error:
            raise UserError(str(error)) from error
        items = [_Item(raw) for raw in raw_items]
        self.sudo()._ingest_items(source, items, self.env.user.company_ids.ids)
        return json.dumps({"schema": ANSWER_SCHEMA, "items": [item.answer() for item in items]})

    @api.model
    def _ingest_items(self, source, items, company_ids):
        """Give every item a status, storing or quarantining it."""
        quarantine = self.env["ev.cdr.quarantine"]
        settled = quarantine._settled(source, items)
        fresh = [item for item in items if not settled.get(item.digest, lambda item: False)(item)]
        self._read_items(fresh)
        lookup = Lookup(self.env, [item.fact for item in fresh if item.fact], company_ids, source)
        # A credit names a session, a replacement needs that credit: both may stand in the same batch, in any order.
        readable = [item for item in fresh if item.fact]
        for link in (None, "credit_of", "replaces"):
            self._store_items(source, [item for item in readable if item.link == link], lookup)
        quarantine._take_items(source, [item for item in fresh if item.status == "quarantined"])
        quarantine._resolve_stored(source, [item for item in fresh if item.status in ("stored", "duplicate")])

    @api.model
    def _check_replay_rights(self):
        if not self.env["ev.cdr.quarantine"].has_access("write"):
            raise AccessError(self.env._("Replaying quarantined sessions takes the Technician or Administrator role."))

    @api.model
    def _replay_item(self, quarantined):
        """Run one quarantined payload through the same path as a fresh one, in its own company; return the item."""
        text = quarantined.corrected_payload or quarantined.payload
        try:
            raw = json.loads(text)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The corrected session %(id)s is not valid JSON: %(error)s", id=quarantined.external_id, error=error
                )
            ) from error
        item = _Item(raw)
        cdr_model = self.sudo().with_company(quarantined.company_id)
        cdr_model._read_items([item])
        if item.fact:
            lookup = Lookup(self.env, [item.fact], quarantined.company_id.ids, quarantined.source)
            cdr_model._store_items(quarantined.source, [item], lookup)
        return item

    @api.model
    def _ingest_correction(self, original, items):
        """Store the items of a correction, all or none; return why not, or None."""
        items = [_Item(raw) for raw in items]
        cdr_model = self.sudo().with_company(original.company_id)
        cdr_model._read_items(items)
        if not any(item.reason for item in items):
            lookup = Lookup(self.env, [item.fact for item in items], original.company_id.ids, original.source)
            for item in items:
                cdr_model._store_items(original.source, [item], lookup)
        return next((item.reason.reason for item in items if item.reason), None)

    @api.model
    def _read_items(self, items):
        now = fields.Datetime.now()
        for item in items:
            try:
                item.fact = read_fact(item.raw, now)
            except Rejected as rejected:
                item.quarantine(rejected)

    @api.model
    def _store_items(self, source, items, lookup):
        """Insert the items' rows in one statement; those already there are duplicates or conflicts."""
        if not items:
            return
        originals = self._find_originals(source, items, lookup)
        rows, first, claimed = [], {}, {}
        for item in items:
            try:
                item.row = self._prepare_row(source, item, lookup, originals)
                self._claim_original(item, claimed)
            except Rejected as rejected:
                item.quarantine(rejected)
                continue
            if first.setdefault((item.row.company_id, item.external_id), item) is item:
                rows.append(item)
        stored = set()
        if rows:
            stored = store_rows(self.env.cr, [item.row for item in rows])
            self.env["ev.cdr"].invalidate_model()
        for item in rows:
            if (item.row.company_id, item.external_id) in stored:
                item.status = "stored"
        self._compare_with_stored(source, [item for item in items if item.row and not item.status])
        if stored:
            self._after_store(source, [item for item in rows if item.status == "stored"])

    @api.model
    def _after_store(self, source, items):
        """Hook: these items' sessions were just stored, as ``item.row`` says (without its id)."""

    @api.model
    def _get_stranger_reader(self, source, company_ids):
        """Hook: who reads tokens that nobody entered, once per batch.

        :return: a function (company id, fact) that answers like `Lookup.token_at`
        """
        return lambda company_id, fact: (None, None, None, None, ("unknown_token",))

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
    def _prepare_row(self, source, item, lookup, originals):
        """Return the row of a fact, resolved as at its start.

        :raise Rejected: its station, EVSE or original is not known
        """
        fact = item.fact
        station = lookup.stations.get(fact.station)
        if station is None:
            raise Rejected(
                "unknown_station", f"Station {fact.station!r} is not registered. Add it to its site, then replay."
            )
        station_id, site_id, company_id = station[:3]
        item.company_id = company_id
        evse = lookup.evses.get((station_id, fact.evse))
        if evse is None:
            raise Rejected(
                "unknown_evse", f"Station {fact.station!r} has no EVSE {fact.evse}. Add it to the station, then replay."
            )
        token_id, kind, profile_id, partner_id, token_flags = lookup.token_at(company_id, fact)
        flags = (*fact.flags, *token_flags, *lookup.oddities(fact, station, evse))
        row = Row(
            company_id, source, fact.external_id, fields.Datetime.now(), item.digest, site_id, station_id, evse[0],
            fact.connector, evse[1], fact.token_uid, token_id, profile_id, partner_id, kind,
            fact.authorization_reference,
            fact.start, fact.stop, fact.energy, kwh_text(fact.energy), fact.meter_start, fact.meter_stop,
            json_text(fact.readings), fact.charging_seconds, fact.idle_seconds, fact.stop_reason, json_text(fact.signed),
            ",".join(dict.fromkeys(flags)) or None, fact.raw_reference, False, None, None,
        )  # fmt: skip
        if fact.credit_of:
            return self._prepare_credit(row, fact, originals.get((company_id, fact.credit_of)))
        if fact.replaces:
            return self._prepare_replacement(row, fact, originals.get((company_id, fact.replaces)))
        return row

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

    @api.model
    def _compare_with_stored(self, source, items):
        """Tell resends (same content: ``duplicate``) from conflicts (same id, other content: quarantined, not overwritten)."""
        if not items:
            return
        self.env.cr.execute(
            """SELECT company_id, external_id, content_hash, energy_wh, date_start, date_stop
                 FROM ev_cdr WHERE source = %s AND external_id = ANY(%s)""",
            [source, [item.external_id for item in items]],
        )
        stored = {row[:2]: row[2:] for row in self.env.cr.fetchall()}
        for item in items:
            digest, energy, start, stop = stored[item.row.company_id, item.external_id]
            if digest == item.digest:
                item.status = "duplicate"
                continue
            item.quarantine(
                Rejected(
                    "conflict",
                    f"Session {item.external_id!r} is already stored with other content ({energy} Wh, {start} to {stop} UTC; "
                    f"now {item.fact.energy} Wh, {item.fact.start} to {item.fact.stop} UTC). The stored one stands. "
                    "If the new one is right, send a credit and a replacement.",
                )
            )
