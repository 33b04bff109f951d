"""From fixed monthly prices to every kind of price.

New columns come with their values before Odoo sees that they are missing: Odoo would fill them by UPDATE, which the guards of
approved charges and billed versions refuse, and rightly so; and working out `is_sale` anew would give terms that are running
another product.
"""

from odoo.tools.sql import column_exists

# table -> {column: (type, what existing rows get)}
COLUMNS = {
    "ev_charge": {"kind": ("varchar", "'usage'")},
    "ev_contract_term_version": {
        "price_kind": ("varchar", "'fixed'"),
        "negative_clause": ("varchar", "'pass_on'"),
        "index_factor": ("numeric", "1.0"),
        "quantity": ("numeric", "1.0"),
        "tier_mode": ("varchar", "'graduated'"),
    },
}
SALES = """
UPDATE ev_contract_term t
   SET is_sale = t.direction = 'charge' AND c.role IN ('client', 'emsp') AND t.basis IN ('kwh', 'session')
  FROM ev_contract c WHERE c.id = t.contract_id
"""


def migrate(cr, version):
    if not version:
        return
    for table, columns in COLUMNS.items():
        for name, (kind, value) in columns.items():
            if not column_exists(cr, table, name):
                # one step of DDL: no row is updated, no trigger fires
                cr.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} DEFAULT {value}")
                cr.execute(f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT")
    if not column_exists(cr, "ev_contract_term", "is_sale"):
        cr.execute("ALTER TABLE ev_contract_term ADD COLUMN is_sale boolean")
        cr.execute(SALES)
    # A fee is unique per term, subject and period now, whatever its subject is: the index of chargers alone goes.
    cr.execute("DROP INDEX IF EXISTS ev_charge_station_period_uniq")
