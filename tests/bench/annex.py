"""Memory and time of one large XLSX annex: sessions, slices of a spot price, services, and the sheet that adds them up again.

    python -m tests.bench.annex SESSIONS ODOO-OPTIONS

The month is computed by another process (`tests.bench.statement`'s world), so that its memory does not count here.
Prints {"sessions", "seconds", "growth_mb", "mb"}: the growth of this process's peak, the size of the file.
"""

import json
import multiprocessing
import resource
import sys
import time
from contextlib import contextmanager

from tests.bench.statement import make_month


@contextmanager
def environment(options):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(options, setup_logging=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})
        cr.commit()


def compute(count, options):
    with environment(options) as env:
        contract = make_month(env, count)
        env["ev.statement"]._prepare_month(contract.company_id, 2026, 3, contract)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count, options):
    worker = multiprocessing.get_context("spawn").Process(target=compute, args=(count, options))
    worker.start()
    worker.join()
    with environment(options) as env:
        from odoo.addons.ev_billing.reports.annex import write_annex

        statement = env["ev.statement"].search([])
        if statement.session_count != count:
            raise AssertionError(f"{statement.session_count} of {count} sessions: {statement.blocking_message}")
        statement.line_ids.mapped("name")
        before, began = peak(), time.perf_counter()
        with write_annex(statement) as file:
            size = file.seek(0, 2)
        seconds, growth = time.perf_counter() - began, peak() - before
    return {"sessions": count, "seconds": round(seconds, 1), "growth_mb": round(growth), "mb": round(size / 1e6, 1)}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2:])))
