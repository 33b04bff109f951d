"""Fees for things that last: chargers, badges, SIM cards, sites, users, months."""

from odoo.tools import SQL

from ...rating import MONTHLY_BASES, month_of

COLUMNS = (
    ("Line", 6),
    ("Site", 24),
    ("For", 20),
    ("First Day", 12),
    ("Last Day", 12),
    ("Days", 8),
    ("Days of Whole", 14),
    ("Term", 34),
    ("Price", 12),
    ("Quantity", 14),
    ("Amount", 16),
)


def write_services(book):
    """The sheet Services: each fee, minimum and cap with the days it stands for."""
    rows = _fetch(book)
    table = book.add_table("Services", COLUMNS)
    if rows:
        table.add_up("A", "J", "K")
    day, six = book.format["day"], book.format["six"]
    for line, site, subject, first, last, term, price, quantity, amount, basis, kind in rows:
        row, sheet = table.reserve(), table.sheet
        sheet.write_number(row, 0, line)
        sheet.write_string(row, 1, site or "")
        sheet.write_string(row, 2, subject)
        sheet.write_datetime(row, 3, first, day)
        sheet.write_datetime(row, 4, last, day)
        if kind == "usage" and basis != "one_off":
            whole = month_of(first) if basis in MONTHLY_BASES else book.statement._get_span()
            sheet.write_number(row, 5, (last - first).days + 1)
            sheet.write_number(row, 6, whole.days)
        sheet.write_string(row, 7, term)
        for column, number in ((8, price), (9, quantity), (10, amount)):
            if number is not None:
                sheet.write_number(row, column, number, six)


def _fetch(book):
    return book.env.execute_query(
        SQL(
            """SELECT l.number, site.name, COALESCE(st.identity, token.uid, site.name, contract.name), ch.period_start,
                      ch.period_end, l.name, CASE WHEN NOT l.is_average THEN l.price_unit::float8 END,
                      ch.quantity::float8, ch.amount::float8, l.basis, ch.kind
                 FROM ev_charge ch
                 JOIN ev_statement_line l ON l.id = ch.line_id
                 JOIN ev_contract contract ON contract.id = ch.contract_id
            LEFT JOIN ev_site site ON site.id = ch.site_id
            LEFT JOIN ev_station st ON st.id = ch.station_id
            LEFT JOIN ev_token token ON token.id = ch.token_id
                WHERE ch.statement_id = %s AND ch.cdr_id IS NULL ORDER BY l.number, 3, ch.period_start""",
            book.statement.id,
        )
    )
