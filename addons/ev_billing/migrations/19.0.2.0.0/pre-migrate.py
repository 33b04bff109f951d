"""Charges get a kind: what is there is usage.

The column comes with its value in one step of DDL: an UPDATE of approved charges would be refused by their guard, and rightly so.
"""


def migrate(cr, version):
    if not version:
        return
    cr.execute("ALTER TABLE ev_charge ADD COLUMN IF NOT EXISTS kind varchar NOT NULL DEFAULT 'usage'")
    cr.execute("ALTER TABLE ev_charge ALTER COLUMN kind DROP DEFAULT")
    # A fee is unique per term, subject and period now, whatever its subject is: the index of chargers alone goes.
    cr.execute("DROP INDEX IF EXISTS ev_charge__station_period_uniq")
    # Old wording of these columns, so that no version that was billed is touched when they appear.
    cr.execute(
        """ALTER TABLE ev_contract_term_version
             ADD COLUMN IF NOT EXISTS price_kind varchar DEFAULT 'fixed',
             ADD COLUMN IF NOT EXISTS negative_clause varchar DEFAULT 'pass_on',
             ADD COLUMN IF NOT EXISTS index_factor numeric DEFAULT 1.0,
             ADD COLUMN IF NOT EXISTS quantity numeric DEFAULT 1.0,
             ADD COLUMN IF NOT EXISTS tier_mode varchar DEFAULT 'graduated'"""
    )
    for column in ("price_kind", "negative_clause", "index_factor", "quantity", "tier_mode"):
        cr.execute(f"ALTER TABLE ev_contract_term_version ALTER COLUMN {column} DROP DEFAULT")
