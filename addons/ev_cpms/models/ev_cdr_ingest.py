"""The one way in for sessions: a batch as one JSON string, answered item by item, all in one transaction.

The rule for what is not known (``readme/BRIDGE.md``): without its station or EVSE a session has no site, host or power
type, so it waits in quarantine; without a known token it is stored and flagged, for the host is owed the energy anyway.
"""

import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.gc import disabling_gc

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
        # Everything in a batch is in use until its end: there is no garbage yet among its tens of thousands of small lists.
        with disabling_gc():
            return self._ingest_payload(payload)

    @api.model
    def _ingest_payload(self, payload):
        try:
            source, raw_items = parse_batch(payload)
        except BatchError as error:
            raise UserError(str(error)) from error
        items = [_Item(raw) for raw in raw_items]
        self.sudo()._ingest_items(source, items, self.env.user._get_company_ids())
        return json.dumps({"schema": ANSWER_SCHEMA, "items": [item.answer() for item in items]})

    @api.model
    def _ingest_items(self, source, items, company_ids):
        """Give every item a status, storing or quarantining it."""
        quarantine = self.env["ev.cdr.quarantine"]
        kept = quarantine._find_kept(source, items)
        settled = kept._settled()
        fresh = [item for item in items if not settled.get(item.digest, lambda item: False)(item)]
        self._read_items(fresh)
        lookup = Lookup(self.env, [item.fact for item in fresh if item.fact], company_ids, source)
        # A credit names a session, a replacement needs that credit: both may stand in the same batch, in any order.
        linked = {None: [], "credit_of": [], "replaces": []}
        for item in fresh:
            if item.fact:
                linked[item.link].append(item)
        for group in linked.values():
            self._store_items(source, group, lookup)
        if refused := [item for item in fresh if item.status == "quarantined"]:
            quarantine._take_items(source, refused)
            kept = quarantine._find_kept(source, fresh)
        if kept:
            kept._resolve_stored([item for item in fresh if item.status in ("stored", "duplicate")])

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
                if item.link:
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
            company_id, source, fact.external_id, lookup.received_at, item.digest, site_id, station_id, evse[0],
            fact.connector, evse[1], fact.token_uid, token_id, profile_id, partner_id, kind,
            fact.authorization_reference,
            fact.start, fact.stop, fact.energy, kwh_text(fact.energy), fact.meter_start, fact.meter_stop,
            json_text(fact.readings), fact.charging_seconds, fact.idle_seconds, fact.stop_reason, json_text(fact.signed),
            ",".join(dict.fromkeys(flags)) if flags else None, fact.raw_reference, False, None, None,
        )  # fmt: skip
        if fact.credit_of:
            return self._prepare_credit(row, fact, originals.get((company_id, fact.credit_of)))
        if fact.replaces:
            return self._prepare_replacement(row, fact, originals.get((company_id, fact.replaces)))
        return row

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
