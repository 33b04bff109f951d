"""One charge that came twice: through a hub, and directly.

The two sides may name the badge differently: a charger says its uid, a hub often the contract id (eMAID) or a badge of that id.
They are the same driver's where the uid is the same; or the contract id is; or the holder is, and only one of the two is named by
its contract id while nobody entered that of the other. Two badges of one eMSP are two drivers.
"""

from odoo.tools import SQL

from odoo.addons.ev_billing.models.ev_finding_rules.check import kwh

# An eMAID (eMI3 5.3): country, provider, C, eight characters, maybe a check digit; separators are optional.
_EMAID = r"^[A-Z]{2}[-*]?[A-Z0-9]{3}[-*]?C[A-Z0-9]{8}[-*]?[A-Z0-9]?$"
_SIDE = """
SELECT s.id, s.evse_id, s.token, s.date_start, s.energy_wh, s.in_month, route.hub_id, p.commercial_partner_id AS holder,
       upper(regexp_replace(COALESCE(NULLIF(token.emaid, ''), CASE WHEN named.by_contract THEN s.token END),
                            '[^A-Za-z0-9]', '', 'g')) AS contract_id,
       named.by_contract
  FROM ev_check_session s
  JOIN ev_cdr_route route ON route.cdr_id = s.id AND route.hub_id IS %(through)s NULL
  JOIN ev_cdr c ON c.id = s.id
  LEFT JOIN ev_token token ON token.id = c.token_id
  LEFT JOIN res_partner p ON p.id = c.partner_id
  CROSS JOIN LATERAL (SELECT COALESCE(token.type = 'EMAID', s.token ~ %(emaid)s) AS by_contract) named
 WHERE s.billable AND s.token IS NOT NULL AND s.energy_wh > 0
"""
_PAIRS = """
WITH through AS MATERIALIZED (%(through)s)
SELECT CASE WHEN later THEN through_id ELSE direct_id END AS cdr, CASE WHEN later THEN direct_id ELSE through_id END AS other,
       CASE WHEN later THEN through_wh ELSE direct_wh END AS wh, hub AS a, later AS b
  FROM (SELECT DISTINCT ON (t.id) t.id AS through_id, d.id AS direct_id, t.energy_wh AS through_wh, d.energy_wh AS direct_wh,
               hub.name AS hub, (t.date_start, t.id) > (d.date_start, d.id) AS later
          FROM through t
          JOIN ev_roaming_hub hub ON hub.id = t.hub_id
          JOIN LATERAL (%(direct)s AND s.evse_id = t.evse_id
                           AND s.date_start BETWEEN t.date_start - make_interval(secs => %(seconds)s)
                                                AND t.date_start + make_interval(secs => %(seconds)s)) d ON TRUE
         WHERE (t.in_month OR d.in_month)
           AND abs(t.energy_wh - d.energy_wh) * 100 <= %(percent)s * GREATEST(t.energy_wh, d.energy_wh)
           AND (t.token = d.token OR t.contract_id = d.contract_id
                OR t.holder = d.holder AND t.by_contract != d.by_contract
                   AND (t.contract_id IS NULL OR d.contract_id IS NULL))
      ORDER BY t.id, abs(EXTRACT(EPOCH FROM t.date_start - d.date_start)), d.id) pair
"""
# What one contract at most charges, or pays, for a session.
_CHARGED = """
SELECT DISTINCT ON (ch.cdr_id) ch.cdr_id, s.currency_id, sum(abs(ch.amount))::text
  FROM ev_charge ch JOIN ev_statement s ON s.id = ch.statement_id
 WHERE ch.cdr_id = ANY(%(ids)s) AND ch.origin_id IS NULL
 GROUP BY ch.cdr_id, s.id, s.currency_id ORDER BY ch.cdr_id, sum(abs(ch.amount)) DESC
"""


def find_hub_doubles(check, rule):
    """Same EVSE and driver, almost the same start and energy, one side through a hub and one not."""
    through = SQL(_SIDE, through=SQL("NOT"), emaid=_EMAID)
    direct = SQL(_SIDE, through=SQL(), emaid=_EMAID)
    query = SQL(_PAIRS, through=through, direct=direct, seconds=rule.limit_1 * 60, percent=rule.limit_2)
    hits = check.find(query, lambda row: _say(check, row))
    hits = hits._replace(found=_add_money(check, hits.found))
    # the later of a pair is what the other rules would tell: doubles, overlaps
    check.told |= {found.cdr for found in hits.found}
    return hits


def _add_money(check, found):
    """What is at risk where only the earlier of a pair is charged: of the later one the check knows it itself."""
    ids = [cdr for one in found for cdr in (one.cdr, one.other)]
    if not ids:
        return found
    charged = {row[0]: row[1:] for row in check.query(_CHARGED, ids=ids)}
    return [
        one._replace(money=charged[one.other]) if one.other in charged and one.cdr not in charged else one
        for one in found
    ]


def _say(check, row):
    through, direct = (row.session, row.other_session) if row.b else (row.other_session, row.session)
    return check.env._(
        "%(through)s came through %(hub)s and %(direct)s directly: they look like one charge (%(energy)s kWh).",
        through=through,
        hub=row.a,
        direct=direct,
        energy=kwh(row.wh),
    )
