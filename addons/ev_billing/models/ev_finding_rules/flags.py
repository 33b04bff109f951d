"""Rules on what the station, the bridge or the ingest found odd about a session, and on its clock."""

from odoo.tools import SQL

from .check import flagged, kwh


def find_clock(check, rule):
    """Times that were unreadable or impossible, and sessions that start after they were received."""
    query = SQL(
        """SELECT s.id AS cdr, NULL::int AS other, s.energy_wh AS wh, s.flags AS a,
                  (s.date_start > s.received_at + make_interval(secs => %s))::text AS b
             FROM ev_check_session s
            WHERE s.in_month AND s.billable AND ((%s) OR s.date_start > s.received_at + make_interval(secs => %s)
                  OR s.date_start < '2010-01-01')""",
        rule.limit_1 * 60,
        flagged(["clock_implausible", "time_unreadable"]),
        rule.limit_1 * 60,
    )

    def say(row):
        if row.b == "true":
            return check.env._(
                "it starts after it was received (%(received)s): the station's clock is ahead.",
                received=check.say_moment(row.received, row.tz),
            )
        return check.env._("the station's clock could not be trusted; its times were replaced by likely ones.")

    return check.find(query, say)


def _find_flagged(check, flags, say):
    query = SQL(
        """SELECT s.id AS cdr, NULL::int AS other, s.energy_wh AS wh, NULL AS a, NULL AS b FROM ev_check_session s
            WHERE s.in_month AND s.billable AND %s""",
        flagged(flags),
    )
    return check.find(query, say)


def find_sequence(check, _rule):
    """Messages of the session are missing."""
    return _find_flagged(
        check,
        ["seq_gap", "no_start"],
        lambda row: check.env._("messages of the station are missing; %(energy)s kWh are known.", energy=kwh(row.wh)),
    )


def find_unclosed(check, _rule):
    """The session's end never came."""
    return _find_flagged(
        check,
        ["unclosed"],
        lambda row: check.env._(
            "its end never came; closed at the last reading with %(energy)s kWh.", energy=kwh(row.wh)
        ),
    )


def find_token_unknown(check, _rule):
    """Nobody knows the badge."""
    return _find_flagged(
        check,
        ["unknown_token"],
        lambda row: check.env._("%(energy)s kWh with a badge nobody entered.", energy=kwh(row.wh)),
    )


def find_token_not_valid(check, _rule):
    """The badge was not valid then."""
    return _find_flagged(
        check,
        ["token_not_valid"],
        lambda row: check.env._("%(energy)s kWh with a badge that was not valid then.", energy=kwh(row.wh)),
    )


def find_not_in_service(check, _rule):
    """The station was not in service then."""
    return _find_flagged(
        check,
        ["not_in_service"],
        lambda row: check.env._("%(energy)s kWh at a station that was not in service then.", energy=kwh(row.wh)),
    )


def find_signed_missing(check, rule):
    """Unsigned sessions of a station that signs nearly all."""
    query = SQL(
        """SELECT s.id AS cdr, NULL::int AS other, s.energy_wh AS wh, NULL AS a, NULL AS b FROM (
                  SELECT s.*, count(*) FILTER (WHERE s.signed) OVER station AS signs, count(*) OVER station AS all_of_it
                    FROM ev_check_session s WHERE s.in_month AND s.billable
                  WINDOW station AS (PARTITION BY s.station_id)) s
            WHERE NOT s.signed AND s.signs * 100 >= %s * s.all_of_it AND s.signs > 0""",
        rule.limit_1,
    )
    return check.find(query, lambda row: check.env._("no signed meter data, which this station usually sends."))
