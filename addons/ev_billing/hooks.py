"""What installing and removing the addon does beyond its data."""

from .models.ev_charge_guard import GUARD_FUNCTIONS
from .models.ev_price_index_guard import PRICE_INDEX_GUARD_FUNCTIONS

# Energy is priced at 0.185432 EUR/kWh and measured as 1,234.567 kWh: Odoo's default of two decimals would print neither.
DECIMALS = {"Product Price": 6, "Product Unit": 3}


def post_init_hook(env):
    """Raise the decimals that energy needs; never lower what somebody set higher."""
    for usage, digits in DECIMALS.items():
        precision = env["decimal.precision"].search([("name", "=", usage)], limit=1)
        if not precision:
            env["decimal.precision"].create({"name": usage, "digits": digits})
        elif precision.digits < digits:
            precision.digits = digits


def uninstall_hook(env):
    """The tables take their triggers with them; the functions behind them would stay."""
    for name in (*GUARD_FUNCTIONS, *PRICE_INDEX_GUARD_FUNCTIONS):
        env.cr.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
