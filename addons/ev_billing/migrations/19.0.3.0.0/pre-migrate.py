"""Columns that Odoo would work out for every row of statements and versions come empty: what was before, nobody knows."""

from odoo.tools.sql import column_exists, create_column

COLUMNS = (
    # how statements were sent before their mails were kept track of
    ("ev_statement", "send_state", "varchar"),
    ("ev_contract_term_version", "backdated_at", "timestamp"),
)


def migrate(cr, version):
    if not version:
        return
    for table, column, kind in COLUMNS:
        if not column_exists(cr, table, column):
            create_column(cr, table, column, kind)
