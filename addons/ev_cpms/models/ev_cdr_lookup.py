"""What a batch needs to know of stations and tokens, in a handful of queries however many sessions it has."""

from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import fields
from odoo.tools import SQL

from ..ingest import Rejected

# Above what the EVSE can deliver by this much (meter tolerance, clock of the stop) a session is flagged.
POWER_TOLERANCE = 1.10
ENERGY_TOLERANCE_WH = 500
# Beyond this it is no longer odd but impossible (a lifetime register taken for a session): quarantine.
IMPOSSIBLE_FACTOR = 3
IMPOSSIBLE_MARGIN_WH = 10_000
# With these, the times are not to be trusted, and so neither is a power made of them.
CLOCK_FLAGS = {"time_unreadable", "clock_implausible", "stop_before_start", "energy_implausible", "unclosed"}


class Lookup:
    """Stations, EVSEs and tokens named by a list of facts of one source, as plain tuples. Built once per batch."""

    def __init__(self, env, facts, company_ids, source):
        self.env = env
        self.received_at = fields.Datetime.now()
        for model in ("ev.station", "ev.evse", "ev.site", "ev.token", "ev.token.holder"):
            env[model].flush_model()
        self.stations = self._load_stations({fact.station for fact in facts}, company_ids)
        self.evses = self._load_evses([station[0] for station in self.stations.values()])
        self.tokens = self._load_tokens({fact.token_uid.upper() for fact in facts if fact.token_uid}, company_ids)
        self.holders = self._load_holders([token[0] for token in self.tokens.values()])
        self._read_stranger = env["ev.cdr"]._get_stranger_reader(source, company_ids)

    def _rows(self, query):
        self.env.cr.execute(query)
        return self.env.cr.fetchall()

    def _load_stations(self, identities, company_ids):
        """Return {identity: (id, site_id, company_id, commissioned, decommissioned, tz)}, archived ones too."""
        rows = self._rows(
            SQL(
                """SELECT s.identity, s.id, s.site_id, s.company_id, s.date_commissioned, s.date_decommissioned, site.tz
                     FROM ev_station s JOIN ev_site site ON site.id = s.site_id
                    WHERE s.identity = ANY(%s) AND s.company_id = ANY(%s)""",
                list(identities),
                list(company_ids),
            )
        )
        return {row[0]: (*row[1:6], ZoneInfo(row[6])) for row in rows}

    def _load_evses(self, station_ids):
        """Return {(station id, number): (id, power type, max Wh an hour)}."""
        rows = self._rows(
            SQL(
                "SELECT station_id, number, id, power_type, max_power_kw * 1000 FROM ev_evse WHERE station_id = ANY(%s)",
                station_ids,
            )
        )
        return {(row[0], row[1]): (row[2], row[3], float(row[4])) for row in rows}

    def _load_tokens(self, uids, company_ids):
        """Return {(company id, UID): (id, kind, valid from, valid until)}."""
        rows = self._rows(
            SQL(
                """SELECT company_id, upper(uid), id, kind, valid_from, valid_until
                     FROM ev_token WHERE upper(uid) = ANY(%s) AND company_id = ANY(%s)""",
                list(uids),
                list(company_ids),
            )
        )
        return {(row[0], row[1]): row[2:] for row in rows}

    def _load_holders(self, token_ids):
        """Return {token id: [(from, profile, partner), ...]}, latest first."""
        rows = self._rows(
            SQL(
                """SELECT token_id, date_from, profile_id, partner_id
                     FROM ev_token_holder WHERE token_id = ANY(%s) ORDER BY date_from DESC""",
                token_ids,
            )
        )
        holders = {}
        for token_id, *row in rows:
            holders.setdefault(token_id, []).append(row)
        return holders

    # ------------------------------------------------------------------ as at the session's start

    def token_at(self, company_id, fact):
        """Return ``(token id, kind, profile id, partner id, flags)`` for the token of ``fact`` at its start.

        An unknown token never holds a session back: the energy flowed and the host is owed it. It is stored with no kind
        and the flag ``unknown_token``, unless a higher room can tell whose it is.
        """
        if fact.token_type in ("NoAuthorization", "DirectPayment"):
            return None, "ad_hoc", None, None, ()
        if not fact.token_uid:
            return None, "ad_hoc", None, None, ("no_token",)
        token = self.tokens.get((company_id, fact.token_uid.upper()))
        if token is None:
            return self._read_stranger(company_id, fact)
        token_id, kind, valid_from, valid_until = token
        valid = (not valid_from or valid_from <= fact.start) and (not valid_until or fact.start < valid_until)
        day = fact.start.date()
        profile_id = partner_id = None
        for date_from, *held_by in self.holders.get(token_id, ()):
            if date_from <= day:
                profile_id, partner_id = held_by
                break
        return token_id, kind, profile_id, partner_id, () if valid else ("token_not_valid",)

    def oddities(self, fact, station, evse):
        """Return the flags this side adds: facts that do not fit what is known of the station.

        :raise Rejected: the energy is beyond anything the EVSE could have delivered
        """
        flags = []
        possible = evse[2] * (fact.stop - fact.start).total_seconds() / 3600
        if fact.energy > possible * POWER_TOLERANCE + ENERGY_TOLERANCE_WH:
            flags.append("power_exceeded")
        if fact.energy > possible * IMPOSSIBLE_FACTOR + IMPOSSIBLE_MARGIN_WH and not CLOCK_FLAGS.intersection(
            fact.flags
        ):
            raise Rejected(
                "energy",
                f"{fact.energy} Wh from {fact.start} to {fact.stop} UTC is more than {IMPOSSIBLE_FACTOR} times what the EVSE "
                f"can deliver ({possible:.0f} Wh). Correct the energy, or the EVSE's maximum power, and replay.",
            )
        _id, _site, _company, commissioned, decommissioned, tz = station
        if commissioned or decommissioned:
            day = fact.start.replace(tzinfo=UTC).astimezone(tz).date()
            if (commissioned and day < commissioned) or (decommissioned and day >= decommissioned):
                flags.append("not_in_service")
        return flags
