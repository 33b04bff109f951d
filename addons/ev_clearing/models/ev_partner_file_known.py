"""What we know of sessions that only the partner's list has: this is what wins a discussion.

Looked for by id (as sent, in capitals, in small letters) under every source, then by EVSE, badge and start; both through indexes.
"""

from odoo import models
from odoo.tools import SQL

from .ev_partner_file_compare import OUR_EVSE, plain_sql

_TABLES = ("unknown", "found")
_UNKNOWN = """
CREATE TEMP TABLE ev_compare_unknown ON COMMIT DROP AS
SELECT id AS line, btrim(external_id) AS key, credit, date_start AS start, %(evse)s AS evse, upper(token_uid) AS badge,
       %(emaid)s AS emaid, %(uid)s AS uid
  FROM ev_partner_file_line line WHERE file_id = %(file)s AND result = 'missing_here'
"""
# Sources are few among many sessions: each is found by a step along the index, not by reading them all.
_BY_ID = """
CREATE TEMP TABLE ev_compare_found ON COMMIT DROP AS
WITH RECURSIVE sources AS (
    (SELECT source FROM ev_cdr WHERE company_id = %(company)s ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT c.source FROM ev_cdr c WHERE c.company_id = %(company)s AND c.source > sources.source
          ORDER BY c.source LIMIT 1)
      FROM sources WHERE sources.source IS NOT NULL
), keys AS (
    SELECT line, credit, name FROM ev_compare_unknown,
           LATERAL (SELECT key UNION SELECT upper(key) UNION SELECT lower(key)) AS names (name)
)
SELECT DISTINCT ON (keys.line) keys.line, c.id AS cdr
  FROM keys JOIN sources ON sources.source IS NOT NULL
  JOIN ev_cdr c ON c.company_id = %(company)s AND c.source = sources.source AND c.external_id = keys.name
 ORDER BY keys.line, (COALESCE(c.credit, FALSE) = keys.credit) DESC, c.id
"""
_BY_PLACE = """
INSERT INTO ev_compare_found
WITH evses AS MATERIALIZED (
    SELECT evse.id, %(our_evse)s AS key FROM ev_evse evse JOIN ev_station station ON station.id = evse.station_id
     WHERE station.company_id = %(company)s
)
SELECT DISTINCT ON (u.line) u.line, c.id
  FROM ev_compare_unknown u JOIN evses ON evses.key = u.evse
  JOIN ev_cdr c ON c.evse_id = evses.id AND COALESCE(c.credit, FALSE) = u.credit
   AND c.date_start BETWEEN u.start - %(span)s * interval '1 second' AND u.start + %(span)s * interval '1 second'
  LEFT JOIN ev_token token ON token.id = c.token_id
 WHERE NOT EXISTS (SELECT 1 FROM ev_compare_found found WHERE found.line = u.line)
   AND (u.badge IS NULL AND u.emaid IS NULL OR u.badge = upper(COALESCE(token.uid, c.token_uid))
        OR %(emaid)s IN (u.emaid, u.uid))
 ORDER BY u.line, abs(EXTRACT(EPOCH FROM c.date_start - u.start)), c.id
"""
# The first that holds is what the line says; whose badge it is comes before what is nobody else's business.
_REASON = """
UPDATE ev_partner_file_line line SET known_cdr_id = c.id, reason = told.reason, message = told.message
  FROM ev_compare_found found JOIN ev_cdr c ON c.id = found.cdr JOIN ev_site site ON site.id = c.site_id
  LEFT JOIN res_partner holder ON holder.id = c.partner_id
  LEFT JOIN LATERAL (SELECT hub.name FROM ev_cdr_route way LEFT JOIN ev_roaming_hub hub ON hub.id = way.hub_id
                      WHERE way.cdr_id = c.id AND way.billed_by = 'hub' LIMIT 1) hub ON TRUE
  LEFT JOIN LATERAL (SELECT hold.state FROM ev_cdr_hold hold WHERE hold.cdr_id = c.id AND hold.state != 'released'
                   ORDER BY hold.id DESC LIMIT 1) hold ON TRUE
  LEFT JOIN LATERAL (SELECT other.name FROM ev_charge charge JOIN ev_statement other ON other.id = charge.statement_id
                      WHERE charge.cdr_id = c.id AND charge.origin_id IS NULL AND other.contract_id = %(contract)s
                        AND other.id != %(statement)s LIMIT 1) other ON TRUE
  CROSS JOIN LATERAL (SELECT
       CASE WHEN EXISTS (SELECT 1 FROM ev_compare_ours ours WHERE ours.cdr = c.id) THEN 'listed'
            WHEN c.kind = 'local' THEN 'local'
            WHEN holder.commercial_partner_id IS DISTINCT FROM %(partner)s THEN 'badge'
            WHEN other.name IS NOT NULL THEN 'statement'
            WHEN hub IS NOT NULL THEN 'hub'
            WHEN hold.state IS NOT NULL THEN hold.state
            WHEN EXISTS (SELECT 1 FROM ev_dispute d WHERE d.frozen AND d.contract_id = %(contract)s
                            AND d.cdr_id IN (c.id, c.credit_of_id, c.replaces_id)) THEN 'disputed'
            WHEN %(left_out)s THEN 'agreement'
            WHEN timezone(site.tz, timezone('UTC', c.date_stop))::date NOT BETWEEN %(first)s AND %(last)s THEN 'period'
            WHEN c.received_at > %(shown)s THEN 'late'
            ELSE 'known' END) AS which (reason)
  CROSS JOIN LATERAL (SELECT which.reason, CASE which.reason WHEN 'statement' THEN other.name WHEN 'hub' THEN hub.name END
             ) AS told (reason, message)
 WHERE line.id = found.line
"""
_QUARANTINE = """
UPDATE ev_partner_file_line line SET reason = 'quarantine'
  FROM ev_compare_unknown u
 WHERE line.id = u.line AND line.reason IS NULL
   AND EXISTS (SELECT 1 FROM ev_cdr_quarantine q WHERE q.company_id = %(company)s AND q.state = 'open'
                  AND upper(btrim(q.external_id)) = upper(u.key))
"""
_REST = """
UPDATE ev_partner_file_line line
   SET reason = CASE WHEN u.evse IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM ev_evse evse JOIN ev_station station ON station.id = evse.station_id
            WHERE station.company_id = %(company)s AND %(our_evse)s = u.evse) THEN 'evse' ELSE 'unknown' END
  FROM ev_compare_unknown u WHERE line.id = u.line AND line.reason IS NULL
"""


class EvPartnerFile(models.Model):
    _inherit = "ev.partner.file"

    def _explain(self):
        """Say of each session that only they have what we know of it. Needs the tables of `_match`."""
        self.ensure_one()
        cr, company, statement = self.env.cr, self.company_id.id, self.statement_id
        for name in _TABLES:
            cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"ev_compare_{name}")))
        evse, emaid = plain_sql(SQL("line.evse")), plain_sql(SQL("line.contract_id"))
        cr.execute(SQL(_UNKNOWN, file=self.id, evse=evse, emaid=emaid, uid=plain_sql(SQL("line.token_uid"))))
        cr.execute("ANALYZE ev_compare_unknown")
        cr.execute(SQL(_BY_ID, company=company))
        cr.execute(
            SQL(
                _BY_PLACE,
                company=company,
                our_evse=OUR_EVSE,
                emaid=plain_sql(SQL("token.emaid")),
                span=self.tolerance_seconds,
            )
        )
        cr.execute("ANALYZE ev_compare_found")
        cr.execute(
            SQL(
                _REASON,
                contract=statement.contract_id.id,
                statement=statement.id,
                partner=self.partner_id.commercial_partner_id.id,
                left_out=statement.contract_id.sudo().agreement_ids._get_left_out_sql() or SQL("FALSE"),
                first=statement.period_start,
                last=statement._get_last_day(),
                shown=statement.window_opened_at or statement.write_date,
            )
        )
        cr.execute(SQL(_QUARANTINE, company=company))
        cr.execute(SQL(_REST, company=company, our_evse=OUR_EVSE))
        self.env["ev.partner.file.line"].invalidate_model()
