"""What installing and removing the addon does beyond its data."""


def post_init_hook(env):
    """Classify the sessions that were stored before; agreements that run go on as they were, without a control window."""
    env.cr.execute("UPDATE ev_contract SET control_days = 0")
    env["ev.contract"].invalidate_model(["control_days"])
    env["ev.cdr.route"]._classify_rest(env["res.company"].search([]))


def uninstall_hook(env):
    """Statements in control open again, as their windows go; tables take their triggers along, not the functions behind them."""
    env.flush_all()
    env.cr.execute("""UPDATE ev_run_contract SET released_at = NULL, released_by_id = NULL, step = 'review'
                       WHERE statement_id IN (SELECT id FROM ev_statement WHERE state = 'control')""")
    env.cr.execute("UPDATE ev_statement SET state = 'draft' WHERE state = 'control'")
    env.invalidate_all()
    env.cr.execute("DROP FUNCTION IF EXISTS ev_cdr_route_refuse_change() CASCADE")
