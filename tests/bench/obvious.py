"""A small month twice in one run: by this addon, and the obvious way, one invoice line per session and term through the ORM.

    python -m tests.bench.obvious SESSIONS ODOO-OPTIONS

The obvious way is given what it needs for free: the sessions of each contract are known, the price is one for all, there is no
fingerprint, no check, no correction, and a document has at most 200 lines (with more it only gets slower). Both end with posted
documents, without PDFs. Prints {"sessions", "seconds", "obvious_seconds"}.
"""

import json
import sys
import time

from tests.bench.month_seed import make_world
from tests.bench.month_world import World

LINES_A_DOCUMENT = 200


def ingest(env, world):
    items = list(world.items(range(world.evses)))
    for position in range(0, len(items), 2_000):
        payload = {"schema": "ev.cdr.batch/1", "source": "bench", "cdrs": items[position : position + 2_000]}
        env["ev.cdr"].ingest(json.dumps(payload))
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def bill_here(env, company):
    """Compute, check, approve, post; return the statements."""
    statements = env["ev.statement"]._prepare_month(company, 2026, 3)
    env["ev.finding"]._check_period(company, statements[0].run_id._get_span())
    for statement in statements:
        statement._approve()
    statements._post_documents("2026-04-01")
    env.cr.commit()
    return statements


def bill_obviously(env, statements):
    """The same sessions and terms; return the number of lines."""
    lines = 0
    for statement in statements:
        sessions = env["ev.cdr"].search([("id", "in", statement.charge_ids.cdr_id.ids)])
        for term in statement.contract_id.term_ids:
            values = [prepare_line(term, session) for session in sessions]
            for position in range(0, len(values), LINES_A_DOCUMENT):
                chunk = values[position : position + LINES_A_DOCUMENT]
                move = env["account.move"].create(
                    {
                        "move_type": "out_invoice" if term.direction == "charge" else "in_invoice",
                        "partner_id": statement.partner_id.id,
                        "invoice_date": "2026-04-01",
                        "invoice_line_ids": [(0, 0, line) for line in chunk],
                    }
                )
                move.action_post()
            lines += len(values)
    env.cr.commit()
    return lines


def prepare_line(term, session):
    price = term.current_version_id.price or 0.1
    return {
        "name": f"{term.name} {session.external_id} {session.date_start}",
        "product_id": term.product_id.id,
        "quantity": session.energy_kwh if term.basis == "kwh" else 1,
        "price_unit": price,
    }


def main(sessions, options):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(options, setup_logging=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})
        world = World(sessions)
        company = make_world(env, world)
        ingest(env, world)
        began = time.perf_counter()
        statements = bill_here(env, company)
        seconds = time.perf_counter() - began
        charges = env["ev.charge"].search_count([])
        began = time.perf_counter()
        lines = bill_obviously(env, statements)
        obvious = time.perf_counter() - began
        if lines != charges:
            raise AssertionError(f"{lines} lines the obvious way, {charges} charges here")
    return {"sessions": sessions, "seconds": round(seconds, 2), "obvious_seconds": round(obvious, 2)}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2:])))
