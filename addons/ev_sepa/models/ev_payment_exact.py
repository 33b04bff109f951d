"""Money as it is in the database: NUMERIC read as text, never through a float."""

from decimal import Decimal

from odoo.tools import SQL


def exact_amounts(env, table, ids, column="amount"):
    """{id: Decimal} of one column of money."""
    env.flush_all()
    query = SQL(
        "SELECT id, %s::text FROM %s WHERE id = ANY(%s)", SQL.identifier(column), SQL.identifier(table), list(ids)
    )
    return {id_: Decimal(text or 0) for id_, text in env.execute_query(query)}
