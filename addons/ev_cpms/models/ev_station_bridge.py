"""What the OCPP bridge asks and tells about stations. Its user can call these and ``ev.cdr.ingest``, nothing else."""

import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..ingest import BatchError, parse_document, parse_utc, storable
from .ev_station import OCPP_STATUS

# When several EVSEs differ, the station shows the state that wants attention first.
STATUS_RANK = ["faulted", "charging", "unavailable", "available"]


class EvStation(models.Model):
    _inherit = "ev.station"

    @api.model
    def _check_bridge(self):
        """Raise unless the caller is a bridge (or an administrator of the charging app)."""
        user = self.env.user
        if not (user.has_group("ev_cpms.group_bridge") or user.has_group("ev_cpms.group_admin")):
            raise AccessError(
                self.env._(
                    "Only an OCPP bridge may call this. Make one in Charging / Configuration / Connect a Bridge."
                )
            )

    @api.model
    def _parse_document(self, payload, schema):
        try:
            return parse_document(payload, schema)
        except BatchError as error:
            raise UserError(str(error)) from error

    @api.model
    def directory(self, payload):
        """Answer the stations and tokens a bridge needs to authorise on its own.

        :param str payload: JSON ``{"schema": "ev.directory.request/1", "etag": str|null}``
        :return: JSON ``{"schema": "ev.directory/1", "etag", "stations": [{"identity", "password_hash", "enabled"}],
            "tokens": [{"uid", "type", "status", "valid_from", "valid_until", "parent"}]}``, or ``"unchanged": true``
            instead of the lists when the etag still holds.
        :raise UserError: the payload is not such a document
        """
        self._check_bridge()
        request = self._parse_document(payload, "ev.directory.request/1")
        companies = self.env.user.company_ids.ids
        etag = self._directory_etag(companies)
        answer = {"schema": "ev.directory/1", "etag": etag}
        if request.get("etag") == etag:
            return json.dumps(dict(answer, unchanged=True))
        stations = self.sudo().with_context(active_test=False).search([("company_id", "in", companies)])
        tokens = self.env["ev.token"].sudo().search([("company_id", "in", companies)])
        answer["stations"] = [station._directory_entry() for station in stations]
        answer["tokens"] = [token._directory_entry() for token in tokens]
        return json.dumps(answer)

    @api.model
    def _directory_etag(self, companies):
        """Return a hash of the rows the directory is made of; it changes when any of them does, whenever it was written."""
        for model in ("ev.station", "ev.evse", "ev.token"):
            self.env[model].flush_model()
        self.env.cr.execute(
            """SELECT (SELECT md5(string_agg(concat_ws(',', identity, password_hash, active), ';' ORDER BY id))
                         FROM ev_station WHERE company_id = ANY(%(companies)s)),
                      (SELECT md5(string_agg(concat_ws(',', station_id, max_power_kw), ';' ORDER BY id))
                         FROM ev_evse WHERE company_id = ANY(%(companies)s)),
                      (SELECT md5(string_agg(concat_ws(',', uid, type, blocked, valid_from, valid_until), ';' ORDER BY id))
                         FROM ev_token WHERE active AND company_id = ANY(%(companies)s))""",
            {"companies": companies},
        )
        return hashlib.sha256(repr((companies, self.env.cr.fetchone())).encode()).hexdigest()

    @api.model
    def report(self, payload):
        """Take the live state of stations and the identities refused at the door.

        :param str payload: JSON ``{"schema": "ev.station.report/1", "stations": [...], "unknown": [...]}``, see
            ``readme/BRIDGE.md``
        :return: JSON ``{"schema": "ev.station.report.answer/1", "updated": int, "candidates": int, "unknown": [identity]}``
        :raise UserError: the payload is not such a document
        """
        self._check_bridge()
        document = self._parse_document(payload, "ev.station.report/1")
        reports = {entry["identity"]: entry for entry in _objects(document, "stations") if _text(entry.get("identity"))}
        stations = self.sudo().with_context(active_test=False, tracking_disable=True)
        stations = stations.search(
            [("identity", "in", list(reports)), ("company_id", "in", self.env.user.company_ids.ids)]
        )
        for station in stations:
            station._take_report(reports[station.identity])
        missing = sorted(set(reports) - set(stations.mapped("identity")))
        candidates = self.env["ev.station.candidate"].sudo()._note(_objects(document, "unknown"))
        return json.dumps(
            {
                "schema": "ev.station.report.answer/1",
                "updated": len(stations),
                "candidates": len(candidates),
                "unknown": missing,
            }
        )

    def _take_report(self, report):
        """Write one station's report; what was not said stays."""
        self.ensure_one()
        seen = parse_utc(report.get("at")) or fields.Datetime.now()
        vals = {"connected": bool(report.get("connected"))}
        if not self.last_seen or seen > self.last_seen:
            vals["last_seen"] = seen
        if report.get("ocpp"):
            vals["ocpp_version"] = _text(report["ocpp"])
        boot = report.get("boot") if isinstance(report.get("boot"), dict) else {}
        for key, field in (
            ("vendor", "vendor"),
            ("model", "model"),
            ("serial", "serial"),
            ("firmware", "firmware"),
            ("iccid", "sim_iccid"),
        ):
            if boot.get(key):
                vals[field] = _text(boot[key])
        evses = {evse.number: evse for evse in self.evse_ids}
        for connector in _objects(report, "connectors"):
            number = connector.get("evse")
            if evse := evses.get(number if isinstance(number, int) else None):
                evse._take_status(connector)
        vals["status"] = self._status_from(vals["connected"])
        self.write({name: value for name, value in vals.items() if self[name] != value})

    def _directory_entry(self):
        """Return this station as the bridge caches it: an archived one is refused, one that is out of service may still send."""
        return {
            "identity": self.identity,
            "password_hash": self.password_hash or None,
            "enabled": self.active,
            "max_power_kw": self.max_power_kw or None,
        }

    def _status_from(self, connected):
        if not connected:
            return "offline"
        found = {OCPP_STATUS.get(evse.status, "available") for evse in self.evse_ids if evse.status}
        return next((status for status in STATUS_RANK if status in found), "available")


class EvEvse(models.Model):
    _inherit = "ev.evse"

    def _take_status(self, connector):
        """Write a connector's status unless a newer one is already here (reports may overtake each other)."""
        self.ensure_one()
        at = parse_utc(connector.get("at")) or fields.Datetime.now()
        if self.status_at and at < self.status_at:
            return
        vals = {
            "status": _text(connector.get("status")),
            "status_error": _text(connector.get("error")),
            "status_at": at,
        }
        if any(self[name] != value for name, value in vals.items()):
            self.write(vals)


class EvToken(models.Model):
    _inherit = "ev.token"

    def _directory_entry(self):
        """Return this token as the bridge caches it. The bridge checks the validity dates itself, at the moment of use."""

        def utc(moment):
            return moment.isoformat() + "Z" if moment else None

        return {
            "uid": self.uid,
            "type": self.type,
            "status": "Blocked" if self.blocked else "Accepted",
            "valid_from": utc(self.valid_from),
            "valid_until": utc(self.valid_until),
            "parent": None,
        }


def _objects(document, key):
    """Return the JSON objects in the list ``document[key]``; what is no object is no report."""
    found = document.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _text(value):
    """Return what a station says of itself as a text a field can hold, or False."""
    return storable(value)[:255] if value and isinstance(value, str) else False
