"""What installing and removing the addon does beyond its data."""

from .models.ev_payment_guard import GUARD_FUNCTIONS

# What core trusts was checked by somebody, whoever that was: it is taken over, with the day of its last change.
_TAKE_OVER = """
UPDATE res_partner_bank b
   SET ev_approval = 'approved', ev_approved_number = b.sanitized_acc_number,
       ev_approved_bic = (SELECT NULLIF(bank.bic, '') FROM res_bank bank WHERE bank.id = b.bank_id),
       ev_approved_at = COALESCE(b.write_date, b.create_date, now() AT TIME ZONE 'UTC')
 WHERE b.allow_out_payment AND b.ev_approved_at IS NULL AND b.ev_changed_at IS NULL
RETURNING b.id
"""


def post_init_hook(env):
    """Accounts of before: those that core trusts count as approved, by nobody; the others wait."""
    env["res.partner.bank"].flush_model()
    env.cr.execute(_TAKE_OVER)
    accounts = env["res.partner.bank"].browse(row[0] for row in env.cr.fetchall())
    accounts.invalidate_recordset()
    note = env._("Trusted before accounts were approved by a second person: taken over as approved.")
    accounts._message_log_batch(dict.fromkeys(accounts.ids, note))


def uninstall_hook(env):
    """Tables take their triggers along, not the functions behind them."""
    for function in GUARD_FUNCTIONS:
        env.cr.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")
