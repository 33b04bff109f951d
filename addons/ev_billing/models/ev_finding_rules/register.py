"""Rules on the meter's register: what it lost, and what it counted between two sessions."""

from odoo.tools import SQL

from .check import flagged, kwh

# The sessions of each EVSE with both registers one after the other; the one before the first of the month is looked up. What
# sessions without registers took in between (`told`) is no gap. A rise beyond what the EVSE could have delivered meanwhile is
# another meter, not a missed session.
_GAPS = """
SELECT cdr, other, rise - told AS wh, a, b FROM (
SELECT s.id AS cdr, COALESCE(s.before_id, earlier.id) AS other,
       s.meter_start_wh - COALESCE(s.stopped, earlier.meter_stop_wh) AS rise,
       COALESCE(s.told, meanwhile.wh, 0) AS told,
       COALESCE(s.stopped, earlier.meter_stop_wh) AS a, s.meter_start_wh AS b,
       evse.max_power_kw * 1100 * EXTRACT(EPOCH FROM s.date_start - COALESCE(s.since, earlier.date_stop)) / 3600 AS possible
  FROM (SELECT s.*, lag(s.id) OVER chain AS before_id, lag(s.meter_stop_wh) OVER chain AS stopped,
               lag(s.date_stop) OVER chain AS since, s.unmetered - lag(s.unmetered) OVER chain AS told
          FROM (SELECT s.*, COALESCE(sum(s.energy_wh) FILTER (WHERE s.meter_start_wh IS NULL OR s.meter_stop_wh IS NULL)
                                     OVER (PARTITION BY s.evse_id ORDER BY s.date_start, s.id), 0)::bigint AS unmetered
                  FROM ev_check_session s) s
         WHERE s.meter_start_wh IS NOT NULL AND s.meter_stop_wh IS NOT NULL
        WINDOW chain AS (PARTITION BY s.evse_id ORDER BY s.date_start, s.id)) s
  JOIN ev_evse evse ON evse.id = s.evse_id
  LEFT JOIN LATERAL (
       SELECT c.id, c.meter_stop_wh, c.date_start, c.date_stop FROM ev_cdr c
        WHERE s.before_id IS NULL AND c.evse_id = s.evse_id AND c.date_start < s.date_start AND NOT COALESCE(c.credit, FALSE)
          AND c.meter_start_wh IS NOT NULL AND c.meter_stop_wh IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id = c.id)
     ORDER BY c.date_start DESC LIMIT 1) earlier ON TRUE
  LEFT JOIN LATERAL (
       SELECT sum(c.energy_wh)::bigint AS wh FROM ev_cdr c
        WHERE c.evse_id = s.evse_id AND c.date_start >= earlier.date_start AND c.date_start < s.date_start
          AND NOT COALESCE(c.credit, FALSE) AND (c.meter_start_wh IS NULL OR c.meter_stop_wh IS NULL)
          AND NOT EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id = c.id)) meanwhile ON TRUE
 WHERE s.in_month) gap
 WHERE rise - told > %(drift)s AND rise <= %(drift)s + possible
"""


def find_register_gap(check, rule):
    """Energy that the register counted between two sessions: a session that never came."""
    hits = check.find(SQL(_GAPS, drift=rule.limit_1), lambda row: _say_gap(check, row), missing=True)
    waiting = _get_waiting(check, hits.found)
    for place, found in enumerate(hits.found):
        if names := waiting.get((found.station, *found.facts)):
            also = check.env._("In quarantine, and perhaps the one: %s.", ", ".join(names))
            hits.found[place] = found._replace(name=f"{found.name} {also}")
    return hits


def _say_gap(check, row):
    values = {
        "start": kwh(row.b),
        "before": row.other_session,
        "stopped": kwh(row.a),
        "energy": kwh(row.wh),
        "told": kwh(row.b - row.a - row.wh),
    }
    if row.b - row.a == row.wh:
        return check.env._(
            "the register starts at %(start)s kWh, but the session before (%(before)s) stopped at %(stopped)s: %(energy)s kWh "
            "have no session.",
            **values,
        )
    return check.env._(
        "the register starts at %(start)s kWh, but the last one known before (%(before)s) stopped at %(stopped)s: besides "
        "%(told)s kWh of sessions without registers, %(energy)s kWh have no session.",
        **values,
    )


def _get_waiting(check, gaps):
    """{(station, stopped, starts): session ids in quarantine whose register lies in that gap}."""
    if not gaps:
        return {}
    stations = check.env["ev.station"].sudo().browse({gap.station for gap in gaps})
    domain = [("company_id", "=", check.company.id), ("state", "=", "open")]
    found = {}
    for record in check.env["ev.cdr.quarantine"].sudo().search(domain):
        payload = record._get_payload()
        station = stations.filtered(lambda station, name=record.station: station.identity == name)
        start, stop = payload.get("meter_start"), payload.get("meter_stop")
        if not station or not isinstance(start, int) or not isinstance(stop, int):
            continue
        for gap in gaps:
            if gap.station == station.id and int(gap.facts[0]) <= start and stop <= int(gap.facts[1]):
                found.setdefault((gap.station, *gap.facts), []).append(record.external_id)
    return found


def find_register_fell(check, _rule):
    """The register fell or was reset while the session ran."""
    query = SQL(
        """SELECT s.id AS cdr, NULL::int AS other, s.energy_wh AS wh, NULL AS a, NULL AS b FROM ev_check_session s
            WHERE s.in_month AND s.billable AND %s""",
        flagged(["register_fell", "meter_reset"]),
    )
    return check.find(
        query,
        lambda row: check.env._(
            "the register fell during the session; %(energy)s kWh were counted.", energy=kwh(row.wh)
        ),
    )
