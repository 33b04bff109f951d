"""What a row of the comparison says: theirs, ours, and the differences, which are formulas."""

from collections import namedtuple

from odoo.tools import SQL

PAGE = 5_000

# Moments: UTC epoch seconds; energies: Wh; amounts: exact text; our_evse as people call it.
ComparedRow = namedtuple(
    "ComparedRow",
    "key number id start stop wh amount currency evse badge emaid differences first reason message "
    "our_id our_start our_stop our_wh our_amount our_evse our_badge",
)
_PAGE = """
SELECT l.id, l.number, CASE WHEN l.number IS NOT NULL THEN l.external_id END, EXTRACT(EPOCH FROM l.date_start)::bigint,
       EXTRACT(EPOCH FROM l.date_stop)::bigint, l.energy_wh, l.amount::text, l.currency, l.evse, l.token_uid, l.contract_id,
       l.differences, l.first_number, l.reason, l.message, c.external_id, EXTRACT(EPOCH FROM l.our_start)::bigint,
       EXTRACT(EPOCH FROM l.our_stop)::bigint, l.our_energy_wh, l.our_amount::text,
       COALESCE(NULLIF(evse.evse_id, ''), station.identity || '/' || evse.number), COALESCE(token.uid, c.token_uid)
  FROM (SELECT * FROM ev_partner_file_line WHERE file_id = %(file)s AND result = %(result)s AND %(after)s
      ORDER BY number, id LIMIT %(page)s) l
  LEFT JOIN ev_cdr c ON c.id = l.cdr_id LEFT JOIN ev_evse evse ON evse.id = c.evse_id
  LEFT JOIN ev_station station ON station.id = evse.station_id LEFT JOIN ev_token token ON token.id = c.token_id
 ORDER BY l.number, l.id
"""


def fetch_rows(partner_file, result, page=PAGE):
    """Lists of `ComparedRow` of one result, in the order of their list (ours alone: by start); memory stays flat."""
    after = SQL("TRUE")
    while True:
        rows = partner_file.env.execute_query(SQL(_PAGE, file=partner_file.id, result=result, after=after, page=page))
        yield [ComparedRow(*row) for row in rows]
        if len(rows) < page:
            return
        key, number = rows[-1][:2]
        after = SQL("id > %s", key) if number is None else SQL("(number, id) > (%s, %s)", number, key)


def get_columns(env):
    """((title, kind, width), ...); `wh`, `money` and `seconds` columns in the place of a formula are differences."""
    return (
        (env._("Line"), "count", 7),
        (env._("Their ID"), "text", 24),
        (env._("Our ID"), "text", 24),
        (env._("Their Start (UTC)"), "time", 19),
        (env._("Our Start (UTC)"), "time", 19),
        (env._("Their End (UTC)"), "time", 19),
        (env._("Our End (UTC)"), "time", 19),
        (env._("Their kWh"), "kwh", 12),
        (env._("Our kWh"), "kwh", 12),
        (env._("Difference (kWh)"), "kwh", 12),
        (env._("Their Amount"), "cost", 14),
        (env._("Our Amount"), "cost", 14),
        (env._("Difference"), "cost", 14),
        (env._("Currency"), "text", 9),
        (env._("Their EVSE"), "text", 20),
        (env._("Our EVSE"), "text", 20),
        (env._("Their Badge"), "text", 18),
        (env._("Our Badge"), "text", 18),
        (env._("Remark"), "text", 44),
    )
