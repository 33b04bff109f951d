"""Every session x term."""

from odoo.tools import SQL

from .book import PAGE, format_offset, to_serial

COLUMNS = (
    ("Line", 6),
    ("Site", 24),
    ("Station", 16),
    ("EVSE", 20),
    ("Session", 26),
    ("Start", 19),
    ("End", 19),
    ("Time Zone", 24),
    ("kWh", 12),
    ("Term", 34),
    ("Price", 12),
    ("Quantity", 14),
    ("Amount", 16),
    ("Remarks", 26),
    ("Corrects Session", 26),
    ("Badge", 18),
)
SHOWN = 4  # last characters of a badge that a host sees


def write_sessions(book):
    """The sheet Sessions, and further ones where it is full."""
    table = book.add_table("Sessions", COLUMNS)
    table.add_up("A", "L", "M")
    six, time, kwh_format = (book.format[name] for name in ("six", "time", "kwh"))
    for row_values in _fetch(book):
        (_id, line, site, station, evse, session, start, stop, tz, offset, kwh, term, price, quantity, amount, flags,
         original, badge) = row_values  # fmt: skip
        row = table.reserve()
        number, text = table.sheet.write_number, table.sheet.write_string
        number(row, 0, line)
        text(row, 1, site)
        text(row, 2, station)
        if evse:
            text(row, 3, evse)
        text(row, 4, session)
        number(row, 5, to_serial(start), time)
        number(row, 6, to_serial(stop), time)
        text(row, 7, f"{tz} ({format_offset(offset)})")
        number(row, 8, kwh, kwh_format)
        text(row, 9, term)
        if price is not None:  # a true-up or a limit has none
            number(row, 10, price, six)
        number(row, 11, quantity, six)
        number(row, 12, amount, six)
        for column, words in ((13, flags), (14, original), (15, badge)):
            if words:
                text(row, column, words)


def _fetch(book):
    """Rows of the sheet, by page. Numbers have six decimals at most: as binary floats, which is what a spreadsheet keeps, they
    still print as they are.

    Times are seconds on the site's clock; its offset from UTC is the one at the start.
    """
    last = 0
    while True:
        rows = book.env.execute_query(
            SQL(
                """SELECT ch.id, l.number, site.name, st.identity, COALESCE(evse.evse_id, evse.number::text), c.external_id,
                          EXTRACT(EPOCH FROM timezone(site.tz, timezone('UTC', c.date_start)))::float8,
                          EXTRACT(EPOCH FROM timezone(site.tz, timezone('UTC', c.date_stop)))::float8, site.tz,
                          EXTRACT(EPOCH FROM timezone(site.tz, timezone('UTC', c.date_start)) - c.date_start)::float8,
                          (CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END / 1000.0)::float8, l.name,
                          (CASE WHEN NOT l.is_average THEN l.price_unit
                                WHEN ch.quantity != 0 THEN round(ch.amount / ch.quantity, 6) END)::float8,
                          ch.quantity::float8, ch.amount::float8, ch.flags, original.external_id, %(badge)s
                     FROM ev_charge ch
                     JOIN ev_statement_line l ON l.id = ch.line_id
                     JOIN ev_cdr c ON c.id = ch.cdr_id
                     JOIN ev_site site ON site.id = ch.site_id
                     JOIN ev_station st ON st.id = ch.station_id
                LEFT JOIN ev_evse evse ON evse.id = c.evse_id
                LEFT JOIN ev_token token ON token.id = c.token_id
                LEFT JOIN ev_cdr original ON original.id = COALESCE(c.credit_of_id, c.replaces_id)
                    WHERE ch.statement_id = %(statement)s AND ch.id > %(last)s ORDER BY ch.id LIMIT %(page)s""",
                badge=_get_badge_sql(book.statement.role),
                statement=book.statement.id,
                last=last,
                page=PAGE,
            )
        )
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


def _get_badge_sql(role):
    """Clients and eMSPs see their own badges; a host or an agent the last characters of whoever charged there."""
    if role in ("client", "emsp"):
        return SQL("token.uid")
    return SQL("CASE WHEN length(token.uid) > %s THEN '...' || right(token.uid, %s) END", SHOWN, SHOWN)
