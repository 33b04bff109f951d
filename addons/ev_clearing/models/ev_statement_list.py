"""The sessions of an eMSP statement as rows, page by page: what spreadsheets, CSV and OCPI lists are written from."""

from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

import pycountry

from odoo import models
from odoo.tools import SQL

from odoo.addons.ev_billing.rating.pricers import price_by_tariff

PAGE = 5_000
MICRO = 1_000_000

# One session as it is told to the partner. Moments: UTC epoch seconds; energies and registers: Wh, energy negative on a credit;
# seconds; costs: whole millionths of the currency, signed as charged, adding up to `total` (`other`: price limits, what has no
# OCPI component, and all of a session that was left out); dispute: its state or outcome.
ListedSession = namedtuple(
    "ListedSession",
    "key cdr id start stop received tz site_id site street postal_code city country country3 station evse_number "
    "evse_id "
    "connector connector_type power_type token token_type contract_id authorization_reference wh credit original meter_start "
    "meter_stop charging_seconds idle_seconds flags signed meter_key readings left_out dispute "
    "tariff total fixed energy time parking other",
)
_PAGE = """
SELECT s.id, c.id, c.external_id, EXTRACT(EPOCH FROM c.date_start)::bigint, EXTRACT(EPOCH FROM c.date_stop)::bigint,
       EXTRACT(EPOCH FROM c.received_at)::bigint, site.tz, site.id, site.name, site.street, site.zip, site.city, country.code,
       country.id, station.identity, evse.number, evse.evse_id, c.connector, evse.connector_type, c.power_type,
       COALESCE(token.uid, c.token_uid), token.type, token.emaid, c.authorization_reference,
       CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END, COALESCE(c.credit, FALSE), original.external_id,
       c.meter_start_wh, c.meter_stop_wh, c.charging_seconds, c.idle_seconds, c.flags, c.signed_data, evse.meter_public_key,
       %(readings)s, s.left_out,
       (SELECT COALESCE(d.outcome, d.state) FROM ev_dispute d
         WHERE d.statement_id = s.statement_id AND d.cdr_id = s.cdr_id ORDER BY d.id DESC LIMIT 1),
       NULL, (s.amount * 1000000)::bigint, charged.fixed, charged.energy, charged.time, charged.parking, charged.tariffs
  FROM (SELECT * FROM ev_statement_session WHERE statement_id = %(statement)s %(after)s
      ORDER BY date_stop, id LIMIT %(page)s) s
  JOIN ev_cdr c ON c.id = s.cdr_id
  JOIN ev_site site ON site.id = c.site_id
  LEFT JOIN res_country country ON country.id = site.country_id
  JOIN ev_station station ON station.id = c.station_id
  JOIN ev_evse evse ON evse.id = c.evse_id
  LEFT JOIN ev_token token ON token.id = c.token_id
  LEFT JOIN ev_cdr original ON original.id = COALESCE(c.credit_of_id, c.replaces_id)
  LEFT JOIN LATERAL (
       SELECT (SUM(made.amount) FILTER (WHERE made.basis = 'session') * 1000000)::bigint AS fixed,
              (SUM(made.amount) FILTER (WHERE made.basis = 'kwh') * 1000000)::bigint AS energy,
              (SUM(made.amount) FILTER (WHERE made.basis = 'charging_minute') * 1000000)::bigint AS time,
              (SUM(made.amount) FILTER (WHERE made.basis = 'idle_minute') * 1000000)::bigint AS parking,
              array_agg(made.version_id) FILTER (WHERE made.basis = 'tariff') AS tariffs
         FROM (SELECT CASE WHEN t.direction = 'charge' THEN ch.amount ELSE -ch.amount END AS amount, ch.version_id,
                      CASE WHEN v.price_kind = 'tariff' THEN 'tariff' ELSE t.basis END AS basis
                 FROM ev_charge ch JOIN ev_contract_term t ON t.id = ch.term_id
                 JOIN ev_contract_term_version v ON v.id = ch.version_id
                WHERE ch.cdr_id = s.cdr_id AND ch.origin_id IS NULL AND ch.statement_id = s.statement_id) AS made
       ) AS charged ON TRUE
 ORDER BY s.date_stop, s.id
"""


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _fetch_list(self, left_out=None):
        """The sessions the partner was shown, in the order in which they ended, page by page: memory stays flat.

        :param left_out: only those that were left out of the invoice, or only the others
        :returns: iterator of lists of `ListedSession`
        """
        self.ensure_one()
        self.env.flush_all()
        tariffs = _Tariffs(self.contract_id.sudo())
        countries = {country.id: _get_alpha3(country.code) for country in self.env["res.country"].sudo().search([])}
        which = SQL() if left_out is None else SQL("AND COALESCE(left_out, FALSE) = %s", left_out)
        after = SQL()
        while True:
            rows = self.env.execute_query(
                SQL(
                    _PAGE,
                    statement=self.id,
                    readings=SQL("c.readings") if tariffs.any else SQL("NULL"),
                    after=SQL("%s %s", which, after),
                    page=PAGE,
                )
            )
            yield [tariffs.complete(row, countries) for row in rows]
            if len(rows) < PAGE:
                return
            key = rows[-1][0]
            after = SQL("AND (date_stop, id) > (SELECT date_stop, id FROM ev_statement_session WHERE id = %s)", key)

    def _get_other_lines(self):
        """[(name, exact Decimal)] of what the statement charges besides its sessions: fees, true-ups, minimums; and rounding.

        Together with the sessions they add up to its net total.
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.number, l.name, SUM(CASE WHEN t.direction = 'charge' THEN ch.amount ELSE -ch.amount END)::text
                     FROM ev_charge ch JOIN ev_statement_line l ON l.id = ch.line_id JOIN ev_contract_term t ON t.id = ch.term_id
                    WHERE ch.statement_id = %s AND NOT (ch.kind = 'usage' AND ch.cdr_id IS NOT NULL)
                 GROUP BY l.number, l.name ORDER BY l.number""",
                self.id,
            )
        )
        return [(name, Decimal(amount)) for _number, name, amount in rows]


class _Tariffs:
    """What a session costs by component where an OCPI tariff prices it: worked out again by the same engine.

    :param contract: ev.contract record
    """

    def __init__(self, contract):
        versions = contract.with_context(active_test=False).term_ids.version_ids
        priced = versions.filtered(lambda version: version.price_kind == "tariff")
        self._tariffs = {version.key: version.price.tariff for version in priced._to_rating()}
        self._names = {version.id: version.tariff_id.ocpi_id for version in priced}
        self._plain = contract.name
        self.any = bool(priced)

    def complete(self, row, countries):
        """A `ListedSession` of a fetched row; countries: {id: alpha-3}."""
        *head, tariff, total, fixed, energy, time, parking, versions = row
        fixed, energy, time, parking = fixed or 0, energy or 0, time or 0, parking or 0
        session = ListedSession(*head, tariff, total, fixed, energy, time, parking, 0)
        session = session._replace(country3=countries.get(session.country3))
        names = []
        for version in versions or ():
            report = self._report(session, version)
            sign = -1 if session.credit else 1
            fixed, energy, time, parking = (
                before + sign * _to_micro(cost.net)
                for before, cost in (
                    (fixed, report.total_fixed_cost),
                    (energy, report.total_energy_cost),
                    (time, report.total_time_cost),
                    (parking, report.total_parking_cost),
                )
            )
            names.append(self._names[version])
        # what was left out has no charges any more: its whole amount is `other`
        other = total - fixed - energy - time - parking
        return session._replace(
            tariff=", ".join(filter(None, names)) or self._plain,
            fixed=fixed,
            energy=energy,
            time=time,
            parking=parking,
            other=other,
        )

    def _report(self, session, version):
        row = [None] * 16
        row[3:7] = session.start, session.stop, abs(session.wh), 1
        row[12:15] = session.charging_seconds, session.idle_seconds, session.readings
        return price_by_tariff(row, self._tariffs[version], session.tz)[0]


def _to_micro(net):
    """A Fraction of the currency in whole millionths, half away from zero."""
    scaled = abs(Fraction(net)) * MICRO
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return whole if net >= 0 else -whole


def from_micro(micro):
    """Whole millionths as a Decimal."""
    return Decimal(micro) / MICRO


def _get_alpha3(code):
    """OCPI names countries by three letters (ISO 3166-1 alpha-3), Odoo by two."""
    found = pycountry.countries.get(alpha_2=code or "")
    return found and found.alpha_3
