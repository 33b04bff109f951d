"""One eMSP's large month: its control window opened, its list written, its own file compared with ours.

    python -m tests.bench.clearing SESSIONS ODOO-OPTIONS

The month is ingested and computed by another process, so that its memory does not count here. Prints {"sessions", "seconds":
{step: s}, "peak_mb", "mb": {file: size}}.
"""

import json
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass

from tests.bench.annex import environment
from tests.bench.month_seed import make_contract, make_partners, make_sites, make_tokens
from tests.bench.month_world import EMSP_TOKENS, World

BATCH = 5000


@dataclass(frozen=True)
class OneBuyer(World):
    """Every session with a badge of one eMSP."""

    @property
    def hosts(self):
        return max(1, round(100 * self.sessions / 300_000))

    @property
    def emsps(self):
        return 1

    @property
    def clients(self):
        return 0

    def is_spot(self, host):
        return False

    def token(self, number):
        return f"E000T{number % EMSP_TOKENS:03}"


def make_month(env, world):
    """The eMSP's statement of March 2026, computed."""
    company = env.ref("base.main_company")
    company.write({"currency_id": env.ref("base.EUR").id, "email": "bench@operator.example", "ev_run_mode": "manual"})
    company.partner_id.tz = "Europe/Paris"
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    make_sites(env, make_partners(env, "Host", world.hosts))
    emsp = make_partners(env, "eMSP", 1)
    make_tokens(env, emsp, env["res.partner"])
    terms = [("Energy", "charge", "kwh", {"price": 0.49}), ("Start", "charge", "session", {"price": 0.5})]
    contract = make_contract(env, emsp, "emsp", terms)
    contract.action_activate()
    batch = []
    for item in world.items(range(world.evses)):
        batch.append(item)
        if len(batch) == BATCH:
            ingest(env, batch)
            batch = []
    ingest(env, batch)
    env.cr.execute("ANALYZE ev_cdr")
    return env["ev.statement"]._prepare_month(company, 2026, 3, contract)


def ingest(env, batch):
    env["ev.cdr"].ingest(json.dumps({"schema": "ev.cdr.batch/1", "source": "bench", "cdrs": batch}))


def prepare(count, options):
    with environment(options) as env:
        make_month(env, OneBuyer(count))
        env.cr.commit()
        env.cr.execute("ANALYZE")


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count, options):
    worker = multiprocessing.get_context("spawn").Process(target=prepare, args=(count, options))
    worker.start()
    worker.join()
    seconds = {}
    with environment(options) as env:
        statement = env["ev.statement"].search([("role", "=", "emsp")])
        if statement.session_count != count:
            raise AssertionError(f"{statement.session_count} of {count} sessions: {statement.blocking_message}")
        before = peak()
        for step, take in (("window", statement._open_window), ("list", statement._attach_session_list)):
            began = time.perf_counter()
            take()
            env.cr.commit()
            seconds[step] = round(time.perf_counter() - began, 1)
        size = round(statement.session_list_attachment_id.file_size / 1e6, 1)
    return {"sessions": count, "seconds": seconds, "growth_mb": round(peak() - before), "mb": size}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2:])))
