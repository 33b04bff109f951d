"""What removing the addon does beyond its data: tables take their triggers along, not the functions behind them."""

from .models.ev_payment_guard import GUARD_FUNCTIONS


def uninstall_hook(env):
    for function in GUARD_FUNCTIONS:
        env.cr.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")
