"""A month in the database, and what it says: `python -m tests.e2e.landed.month STEP ODOO-OPTIONS`, printed as JSON.

make
    three sessions of the demo operator; the host's statement documented, an eMSP's a draft
read
    every stored fact of statements, lines, charges and versions that an upgrade must keep
go_on
    what the month's run would do next
close
    the draft computed, approved and documented, and every charge explained
"""

import json
import sys

from demo import scenario

SESSION = {
    "evse": 1,
    "token": {"uid": "04A2B6C1", "type": "RFID"},
    "start": "2026-10-03T08:00:00Z",
    "stop": "2026-10-03T09:00:00Z",
    "meter_start": 1000,
    "meter_stop": 11000,
    "energy": 10000,
}
READ = (
    "SELECT id, name, state, total_charge::text, total_credit::text FROM ev_statement WHERE state != 'draft' ORDER BY id",
    """SELECT l.id, l.name, l.quantity::text, l.price_unit::text, l.amount::text FROM ev_statement_line l
         JOIN ev_statement s ON s.id = l.statement_id WHERE s.state != 'draft' ORDER BY l.id""",
    """SELECT c.id, c.cdr_id, c.station_id, c.site_id, c.period_start::text, c.quantity::text, c.amount::text FROM ev_charge c
         JOIN ev_statement s ON s.id = c.statement_id WHERE s.state != 'draft' ORDER BY c.id""",
    "SELECT id, term_id, date_from::text, price::text, power_type FROM ev_contract_term_version ORDER BY id",
    "SELECT id, name::text, basis, direction, product_id FROM ev_contract_term ORDER BY id",
)


def make(env):
    stations = ("BEL-AC-1", "BEL-DC-1", "CON-DC-1")
    items = [dict(SESSION, id=f"landed-{station}", station=station) for station in stations]
    answer = json.loads(
        env["ev.cdr"].ingest(json.dumps({"schema": "ev.cdr.batch/1", "source": "landed", "cdrs": items}))
    )
    assert {item["status"] for item in answer["items"]} == {"stored"}
    forget_what_came_later(env)
    emsp = env["res.partner"].search([("name", "=", scenario.EMSP)])
    sale = {
        "name": "Roaming",
        "direction": "charge",
        "basis": "kwh",
        "is_sale": False,
        "product_id": env.ref("ev_billing.product_commission_kwh").id,
        "version_ids": [(0, 0, {"date_from": "2024-01-01", "price": 0.45})],
    }
    contract = {"partner_id": emsp.id, "role": "emsp", "date_start": "2024-01-01", "term_ids": [(0, 0, sale)]}
    # the landed version had no control windows
    contract["control_days"] = 0
    env["ev.contract"].create(contract).action_activate()
    closed, _draft = env["ev.statement"]._prepare_month(env.company, 2026, 10).sorted("id")
    closed.action_approve()
    closed.document("2026-11-02")
    return read(env)


def forget_what_came_later(env):
    """Contracts, prices and supplies of the demo that the landed version could not have had."""
    env["ev.supply.contract"].search([]).unlink()
    later = env["ev.contract"].search([("partner_id.name", "!=", scenario.BELLECOUR)])
    later.action_reset_to_draft()
    later.unlink()


def read(env):
    env.flush_all()
    facts = []
    for query in READ:
        env.cr.execute(query)
        facts.append([list(row) for row in env.cr.fetchall()])
    return facts


def go_on(env):
    """What the runs would do next."""
    runs = env["ev.run"].search([])
    runs._go_on()
    env.flush_all()
    return {
        "steps": sorted(runs.contract_ids.mapped("step")),
        "run": runs.mapped("state"),
        "jobs": sorted(env["queue.job"].search([("model_name", "like", "ev.run%")]).mapped("method_name")),
        "sent": len(env["ev.statement"].search([("sent_at", "!=", False)])),
    }


def close(env):
    draft = env["ev.statement"].search([("state", "=", "draft")])
    draft.action_compute()
    draft.action_approve()
    draft.document("2026-11-03")
    charges = env["ev.charge"].search([])
    return {
        "states": env["ev.statement"].search([]).mapped("state"),
        "kinds": sorted(set(charges.mapped("kind"))),
        "unequal": [charge.display_name for charge in charges if charge._explain().amount != charge._get_amount()],
        "sales": env["ev.contract.term"].search([("is_sale", "=", True)]).mapped("name"),
        "price_kinds": sorted(set(env["ev.contract.term.version"].search([]).mapped("price_kind"))),
    }


def main(step, options):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(options, setup_logging=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})
        print(json.dumps({"make": make, "read": read, "go_on": go_on, "close": close}[step](env)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
