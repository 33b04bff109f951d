"""Sessions whose sender knows a place by its EVSE ID, and a badge by its contract alone.

Hubs and eMSPs do not know our stations' identities. Such an item names the EVSE ID as its station and EVSE 0, which no station
has (see `exchange/item.py`); OCPP and OCPI name a contract as a token of type eMAID. Both are looked up whenever the item is
read, so a session that waits in quarantine is found once the EVSE ID is entered, and what was sent stays as it was sent.
"""

import re

from odoo import api, models
from odoo.tools import SQL

SIGNS = re.compile(r"[^A-Za-z0-9]")


def plain(name):
    """FR*ABC*E1234*1, fr-abc-e1234-1 and FRABCE12341 are one name."""
    return SIGNS.sub("", name).upper()


class EvEvse(models.Model):
    _inherit = "ev.evse"

    _plain_evse_id_idx = models.Index(
        "(upper(regexp_replace(evse_id, '[^A-Za-z0-9]', '', 'g'))) WHERE evse_id IS NOT NULL"
    )

    @api.model
    def _find_by_evse_ids(self, names, companies):
        """{plain name: [(station identity, EVSE number, commissioned, decommissioned), ...]} in these companies."""
        self.flush_model(["evse_id", "number", "station_id"])
        self.env["ev.station"].flush_model(["identity", "company_id", "date_commissioned", "date_decommissioned"])
        rows = self.env.execute_query(
            SQL(
                """SELECT upper(regexp_replace(e.evse_id, '[^A-Za-z0-9]', '', 'g')), s.identity, e.number,
                          s.date_commissioned, s.date_decommissioned
                     FROM ev_evse e JOIN ev_station s ON s.id = e.station_id
                    WHERE e.evse_id IS NOT NULL AND s.company_id = ANY(%s)
                      AND upper(regexp_replace(e.evse_id, '[^A-Za-z0-9]', '', 'g')) = ANY(%s)
                    ORDER BY e.id""",
                companies.ids,
                list(names),
            )
        )
        found = {}
        for name, *place in rows:
            found.setdefault(name, []).append(tuple(place))
        return found


class EvToken(models.Model):
    _inherit = "ev.token"

    _plain_emaid_idx = models.Index(
        "(company_id, upper(regexp_replace(emaid, '[^A-Za-z0-9]', '', 'g'))) WHERE emaid IS NOT NULL"
    )

    @api.model
    def _find_by_contracts(self, names, companies):
        """{plain contract id: uid} of the tokens that carry it; of several the one entered first."""
        self.flush_model(["emaid", "uid", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (1) upper(regexp_replace(emaid, '[^A-Za-z0-9]', '', 'g')), uid
                     FROM ev_token
                    WHERE emaid IS NOT NULL AND company_id = ANY(%s)
                      AND upper(regexp_replace(emaid, '[^A-Za-z0-9]', '', 'g')) = ANY(%s)
                    ORDER BY 1, active DESC, id""",
                companies.ids,
                list(names),
            )
        )
        return dict(rows)


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    @api.model
    def _read_items(self, items):
        result = super()._read_items(items)
        self._read_evse_ids([item for item in items if item.fact and item.fact.evse == 0])
        self._read_contracts([item for item in items if item.fact and (item.fact.token_type or "").upper() == "EMAID"])
        return result

    @api.model
    def _read_evse_ids(self, items):
        """Put station and EVSE number where an EVSE ID stood. What is not registered stays, to be quarantined as sent."""
        if not items:
            return
        names = {plain(item.fact.station) for item in items}
        places = self.env["ev.evse"].sudo()._find_by_evse_ids(names, self.env.companies)
        for item in items:
            place = _in_service(places.get(plain(item.fact.station), ()), item.fact.start.date())
            if place:
                item.fact = item.fact._replace(station=place[0], evse=place[1])

    @api.model
    def _read_contracts(self, items):
        """Put the badge's uid where its contract id stood, if one of our tokens carries that contract."""
        if not items:
            return
        names = {plain(item.fact.token_uid) for item in items if item.fact.token_uid}
        uids = self.env["ev.token"].sudo()._find_by_contracts(names, self.env.companies)
        for item in items:
            if item.fact.token_uid and (uid := uids.get(plain(item.fact.token_uid))):
                item.fact = item.fact._replace(token_uid=uid)


def _in_service(places, day):
    """The one place of several with the same EVSE ID that was in service that day; None where that is not clear."""
    if len(places) < 2:
        return places[0] if places else None
    served = [place for place in places if (not place[2] or place[2] <= day) and (not place[3] or day < place[3])]
    return served[0] if len(served) == 1 else None
