"""Rules on how much energy a session says it took."""

from odoo.tools import SQL

from .check import CLOCK_FLAGS, flagged, kwh


def find_zero_energy(check, rule):
    """Long sessions without energy."""
    query = SQL(
        """SELECT s.id AS cdr, NULL::int AS other, s.energy_wh AS wh,
                  (EXTRACT(EPOCH FROM s.date_stop - s.date_start) / 60)::int AS a, NULL AS b
             FROM ev_check_session s
            WHERE s.in_month AND s.billable AND s.energy_wh = 0
              AND s.date_stop - s.date_start > make_interval(secs => %s)""",
        rule.limit_1 * 60,
    )
    return check.find(query, lambda row: check.env._("no energy in %(minutes)s minutes.", minutes=row.a))


def find_power(check, rule):
    """More energy than the EVSE's maximum power makes in that time."""
    query = SQL(
        """SELECT s.id AS cdr, NULL::int AS other, s.energy_wh AS wh, possible.wh::bigint AS a, evse.max_power_kw::text AS b
             FROM ev_check_session s JOIN ev_evse evse ON evse.id = s.evse_id
            CROSS JOIN LATERAL (
                  SELECT evse.max_power_kw * 1000 * EXTRACT(EPOCH FROM s.date_stop - s.date_start) / 3600 AS wh) possible
            WHERE s.in_month AND s.billable AND s.energy_wh > possible.wh * (100 + %s) / 100 + %s AND NOT (%s)""",
        rule.limit_1,
        rule.limit_2,
        flagged([*CLOCK_FLAGS, "unclosed"]),
    )
    return check.find(
        query,
        lambda row: check.env._(
            "%(energy)s kWh, but %(power)s kW can deliver %(possible)s kWh in that time.",
            energy=kwh(row.wh),
            power=f"{float(row.b):g}",
            possible=kwh(row.a),
        ),
    )
