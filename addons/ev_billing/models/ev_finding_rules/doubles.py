"""Rules on sessions that cannot both be true: the same one twice, or two at one place at one time."""

from odoo.tools import SQL

from .check import CLOCK_FLAGS, flagged, kwh

_SAME = """
SELECT s.id AS cdr, min(first.id) AS other, s.energy_wh AS wh, s.source AS a, min(first.source) AS b
  FROM ev_check_session s
  JOIN ev_check_session first ON first.content_hash = s.content_hash AND first.evse_id = s.evse_id
   AND first.source != s.source AND first.id < s.id AND first.billable
 WHERE (s.in_month OR first.in_month) AND s.billable GROUP BY s.id, s.energy_wh, s.source
"""
# Three back is enough: more would be within minutes of each other at one plug.
_NEAR = " UNION ALL ".join(
    f"""SELECT s.id, s.energy_wh, s.in_month OR lag(s.in_month, {n}) OVER near AS in_month, lag(s.id, {n}) OVER near AS other,
               s.date_start - lag(s.date_start, {n}) OVER near AS apart, lag(s.energy_wh, {n}) OVER near AS energy
          FROM ev_check_session s WHERE s.billable AND s.token IS NOT NULL AND s.energy_wh > 0
        WINDOW near AS (PARTITION BY s.evse_id, s.token ORDER BY s.date_start, s.id)"""
    for n in (1, 2, 3)
)
_DOUBLES = f"""
SELECT id AS cdr, max(other) AS other, energy_wh AS wh, max(energy) AS a, NULL AS b FROM ({_NEAR}) near
 WHERE in_month AND apart <= make_interval(secs => %(seconds)s)
   AND abs(energy_wh - energy) * 100 <= %(percent)s * GREATEST(energy_wh, energy) AND id != ALL(%(told)s)
 GROUP BY id, energy_wh
"""
_OVERLAPS = """
SELECT s.id AS cdr, NULL::int AS other, s.energy_wh AS wh,
       EXTRACT(EPOCH FROM LEAST(s.busy, s.date_stop) - s.date_start)::bigint AS a, NULL AS b
  FROM (SELECT s.*, max(s.date_stop) OVER before AS busy, max(s.date_stop) FILTER (WHERE s.in_month) OVER before AS busy_here
          FROM ev_check_session s WHERE s.billable AND NOT (%(clock)s)
        WINDOW before AS (PARTITION BY s.evse_id ORDER BY s.date_start, s.id
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) s
 WHERE CASE WHEN s.in_month THEN s.busy ELSE s.busy_here END > s.date_start + make_interval(secs => %(seconds)s)
   AND s.date_stop > s.date_start + make_interval(secs => %(seconds)s)
   AND s.id != ALL(%(told)s)
"""
_OVERLAPPED = """(
SELECT s.id FROM ev_check_session s
 WHERE s.evse_id = c.evse_id AND s.date_start <= c.date_start AND s.date_stop > c.date_start AND s.id != c.id AND s.billable
   AND (s.date_start < c.date_start OR s.id < c.id) AND NOT (%(clock)s)
 ORDER BY s.date_stop DESC LIMIT 1)"""


def find_same_content(check, _rule):
    """One record from two senders."""
    [(sources,)] = check.query("SELECT count(DISTINCT source) FROM ev_check_session")
    # most operators have one bridge: nothing to compare
    query = SQL(_SAME) if sources > 1 else SQL("%s LIMIT 0", SQL(_SAME))
    hits = check.find(
        query,
        lambda row: check.env._(
            "the same session (%(session)s, %(energy)s kWh) came from %(first)s and from %(second)s.",
            session=row.session,
            energy=kwh(row.wh),
            first=row.b,
            second=row.a,
        ),
    )
    check.told |= {found.cdr for found in hits.found}
    return hits


def find_doubles(check, rule):
    """Same EVSE, same badge, almost the same start and energy."""
    query = SQL(_DOUBLES, seconds=rule.limit_1 * 60, percent=rule.limit_2, told=list(check.told))
    hits = check.find(
        query,
        lambda row: check.env._(
            "%(session)s (%(energy)s kWh) and %(other)s (%(other_energy)s kWh) with the same badge look like one session.",
            session=row.session,
            energy=kwh(row.wh),
            other=row.other_session,
            other_energy=kwh(row.a),
        ),
    )
    check.told |= {found.cdr for found in hits.found}
    return hits


def find_overlaps(check, rule):
    """Two sessions at one EVSE at one time; those that are told as doubles already are left out."""
    clock = flagged(CLOCK_FLAGS)
    query = SQL(_OVERLAPS, clock=clock, seconds=rule.limit_1, told=list(check.told))
    return check.find(
        query,
        lambda row: check.env._(
            "%(session)s starts %(minutes)s minutes before %(other)s ends.",
            session=row.session,
            minutes=f"{row.a / 60:.1f}",
            other=row.other_session,
        ),
        partner=SQL(_OVERLAPPED, clock=clock),
    )
