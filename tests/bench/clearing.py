"""One eMSP's large month: its control window opened, its list written, its own file compared with ours.

    python -m tests.bench.clearing SESSIONS ODOO-OPTIONS

The month is ingested and computed by another process, and the partner's list written by one, so that their memory does not
count here. Prints {"sessions", "seconds": {step: s}, "growth_mb" (of it by comparing:
"growth_compare_mb"), "mb": size of the list, "compared": {result: count}, "path": the list's page on the portal}.
"""

import base64
import csv
import io
import json
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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


def write_their_list(options):
    """The partner's own CSV: ours as it downloads it, but of 300 lines one with other energy, one of other id, one missing."""
    with environment(options) as env:
        from odoo.addons.ev_clearing.reports.session_list import write_table

        statement = env["ev.statement"].search([("role", "=", "emsp")])
        text = io.TextIOWrapper(write_table(statement), encoding="utf-8-sig", newline="")
        rows, theirs = csv.DictReader(text), io.StringIO(newline="")
        writer = csv.DictWriter(theirs, rows.fieldnames)
        writer.writeheader()
        for number, row in enumerate(rows):
            if number % 300 == 0:
                row["total_energy"] = f"{float(row['total_energy']) + 1:.3f}"
            elif number % 300 == 100:
                row["id"] = f"THEIRS-{number}"
            if number % 300 != 200:
                writer.writerow(row)
        env["ev.partner.file"].create(
            {
                "statement_id": statement.id,
                "profile_id": env.ref("ev_clearing.file_profile_compare_csv").id,
                "file": base64.b64encode(theirs.getvalue().encode()),
                "file_name": "theirs.csv",
            }
        )


def run_apart(function, *args):
    """In a process of its own."""
    worker = multiprocessing.get_context("spawn").Process(target=function, args=args)
    worker.start()
    worker.join()
    if worker.exitcode:
        raise SystemExit(worker.exitcode)


def compare(env, seconds):
    """Through the jobs' own steps: read, compare, write the XLSX. Gives {result: count}."""
    partner_file = env["ev.partner.file"].search([])
    partner_file.state = "reading"
    for step, take in (
        ("read", partner_file._job_read),
        ("compare", partner_file._job_compare),
        ("comparison", partner_file._job_write),
    ):
        measure(env, seconds, step, take)
    return {one.code or one.result: one.count for one in partner_file.sum_ids}


def measure(env, seconds, step, take):
    began = time.perf_counter()
    take()
    env.cr.commit()
    seconds[step] = round(time.perf_counter() - began, 1)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count, options):
    run_apart(prepare, count, options)
    seconds = {}
    with environment(options) as env:
        statement = env["ev.statement"].search([("role", "=", "emsp")])
        if statement.session_count != count:
            raise AssertionError(f"{statement.session_count} of {count} sessions: {statement.blocking_message}")
        before = peak()
        for step, take in (("window", statement._open_window), ("list", statement._attach_session_list)):
            measure(env, seconds, step, take)
        size = round(statement.session_list_attachment_id.file_size / 1e6, 1)
        run_apart(write_their_list, options)
        # another process wrote meanwhile: this one reads anew
        env.cr.rollback()
        env.invalidate_all()
        listed = peak()
        compared = compare(env, seconds)
        # as its invitation would, without the mail: the portal shows it
        now = datetime.now(UTC).replace(tzinfo=None)
        statement.write({"window_opened_at": now, "control_window_end": now + timedelta(days=7)})
        path = f"/my/ev/statements/{statement.id}/sessions?access_token={statement._portal_ensure_token()}"
    return {
        "sessions": count,
        "seconds": seconds,
        "growth_mb": round(peak() - before),
        "growth_compare_mb": round(peak() - listed),
        "mb": size,
        "compared": compared,
        "path": path,
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2:])))
