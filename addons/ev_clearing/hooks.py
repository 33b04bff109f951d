"""What installing and removing the addon does beyond its data."""


def post_init_hook(env):
    """Classify the sessions that were stored before; agreements that run go on as they were, without a control window."""
    env.cr.execute("UPDATE ev_contract SET control_days = 0")
    env["ev.contract"].invalidate_model(["control_days"])
    env["ev.cdr.route"]._classify_rest(env["res.company"].search([]))


def uninstall_hook(env):
    """The tables take their triggers with them; the functions behind them would stay."""
    env.cr.execute("DROP FUNCTION IF EXISTS ev_cdr_route_refuse_change() CASCADE")
