"""`make demo`: the main job on real input. Simulated stations charge last month; two hosts are billed; files are written."""

import json
import shutil
import subprocess
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .bridge_server import BridgeServer, Fleet
from .errors import SetupError
from .mail_sink import MailSink
from .mock_bank import MockBank
from .odoo_server import OdooServer
from .setup import workbench
from .template import clone_database, drop_database

DATABASE = "ev_demo"
# Stations on which somebody charges for real, right now.
LIVE = (("BEL-AC-2", "04A2B6C1"), ("ANX-AC-1", "04D9E0F1"), ("CON-DC-2", "DE8AAROAM1"))
LOGINS = ("accountant", "approver", "contracts", "technician", "host", "emsp")


def run_demo(settings, progress, once=False, reset=False):
    print("EV billing demo")
    with workbench(settings, progress) as bench:
        stale = reset or made_of(settings) != bench.template
        if stale or not bench.postgres.exists(DATABASE):
            with progress.step("Demo database"):
                shutil.rmtree(settings.demo, ignore_errors=True)
                drop_database(settings, bench.postgres, DATABASE)
                clone_database(settings, bench.postgres, bench.template, DATABASE)
                settings.demo.mkdir(parents=True, exist_ok=True)
        odoo = OdooServer(settings, bench.postgres, DATABASE)
        with progress.step("Operator, hosts, stations, contracts"):
            api_key = seed(odoo)
            (settings.demo / "template").write_text(bench.template)
        bridge = BridgeServer(settings, settings.demo / "bridge", settings.port("bridge"), odoo.url, DATABASE, api_key)
        fleet = Fleet(settings, bridge, settings.demo / "fleet")
        sink = MailSink(settings, odoo.smtp_port, settings.demo / "mail")
        bank = MockBank(settings, "bank")
        try:
            sink.start()
            with progress.step("Odoo is up"):
                odoo.start()
            with progress.step("OCPP bridge is up"):
                bridge.start()
            report = run_job(settings, progress, odoo, bridge, fleet, bank, once)
            print_report(report)
            if not once:
                stay_up(odoo, bridge, settings)
        finally:
            fleet.stop()
            bank.stop()
            bridge.stop()
            odoo.stop()
            sink.stop()
    return 0


def made_of(settings):
    """Return the template the demo database was cloned from: another one means the addons have changed since."""
    path = settings.demo / "template"
    return path.read_text() if path.is_file() else None


def seed(odoo):
    """Write the demo operator into the database; return the bridge's API key."""
    command = [str(odoo.settings.python), "-m", "demo.seed", *odoo.options()]
    env = {**odoo.env, "EV_ODOO_URL": odoo.url, "EV_SMTP_PORT": str(odoo.settings.port(odoo.smtp_port))}
    result = subprocess.run(command, env=env, cwd=odoo.settings.root, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SetupError(f"Writing the demo data failed: {result.stderr.strip().splitlines()[-1][:300]}")
    return next(line.split()[1] for line in result.stdout.splitlines() if line.startswith("api-key "))


def run_job(settings, progress, odoo, bridge, fleet, bank, once):
    """Charge, push, bill, save; return the report that is also written to `.runtime/demo/report.json`."""
    from demo import scenario
    from demo.bank_answers import hear_bank
    from demo.clearing import EmspPortal, look_at_sessions
    from demo.month_end import read_month, run_in_background, save_files
    from demo.odoo_client import OdooClient
    from demo.payments import pay_hosts, save_payment_files

    began = time.monotonic()
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    month = scenario.previous_month(today)
    sessions = [session for session in scenario.month_of_sessions(month) if is_past(session)]
    accountant = OdooClient(odoo.url, odoo.database, "accountant", "demo-accountant")
    company_id = accountant.call("res.users", "read", [accountant.uid], ["company_id"])[0]["company_id"][0]
    with progress.step(f"{len(scenario.STATIONS)} stations charge {month:%B %Y} over OCPP ({len(sessions)} sessions)"):
        live = [
            (identity, {"evse": 1, "token": token, "seconds": 6, "energy": 30, "delay": 1}) for identity, token in LIVE
        ]
        fleet.start(scenario.STATIONS, [*sessions, scenario.unregistered_session(month)], live, stay=not once)
        started = datetime.now(UTC)
        since = datetime.combine(month - timedelta(days=2), datetime.min.time())
        wait_for_sessions(accountant, bridge, since, len(sessions))
    with progress.step(f"{month:%B %Y} checked, billed, posted, printed and mailed"):
        emsp = EmspPortal(odoo.url, "emsp", "demo-emsp")
        stops = run_in_background(accountant, company_id, month, lambda: look_at_sessions(emsp, accountant))
        statements = read_month(accountant, company_id, month)
    with progress.step("Hosts' credits proposed, approved by a second person, released as a bank file"):
        approver = OdooClient(odoo.url, odoo.database, "approver", "demo-approver")
        batches = pay_hosts(accountant, approver, [statement["id"] for statement in statements])
    with progress.step("An independent bank takes the file, and tells of two clients who paid"):
        bank.start(datetime.now(UTC) - timedelta(days=4))
        entries = hear_bank(accountant, bank, batches, statements)
        bank.stop()
    with progress.step("Files saved"):
        save_files(accountant, statements, settings.demo / "files")
        save_payment_files(accountant, batches, settings.demo / "files")
    with progress.step(f"{len(LIVE)} live sessions arrive"):
        wait_for_sessions(accountant, bridge, started - timedelta(seconds=1), len(LIVE))
    report = build_report(progress, accountant, company_id, month, statements, time.monotonic() - began)
    report["payments"], report["bank_entries"] = batches, entries
    report["stops"], report["mails"] = stops, sorted(str(path) for path in (settings.demo / "mail").glob("*.eml"))
    (settings.demo / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False))
    return report


def is_past(session):
    return session.stop.timestamp() < time.time() - 120


def wait_for_sessions(client, bridge, since, expected, seconds=120):
    """Wait until Odoo has ``expected`` sessions that started from the UTC moment ``since`` on."""
    deadline = time.monotonic() + seconds
    domain = [("date_start", ">=", f"{since:%Y-%m-%d %H:%M:%S}"), ("source", "=", "demo")]
    while (arrived := client.call("ev.cdr", "search_count", domain)) < expected:
        if time.monotonic() > deadline:
            raise SetupError(f"Only {arrived} of {expected} sessions arrived within {seconds} s: see {bridge.log_path}")
        time.sleep(0.3)


def build_report(progress, client, company_id, month, statements, seconds):
    completeness = client.call("ev.statement", "get_completeness", company_id, month.year, month.month)
    return {
        "month": month.isoformat(),
        "created": date.today().isoformat(),
        "sessions": completeness["total"]["count"],
        "kwh": round(completeness["total"]["wh"] / 1000, 3),
        "completeness": completeness,
        "live_sessions": len(LIVE),
        "flagged": client.call("ev.cdr", "search_count", [("flags", "!=", False)]),
        "statements": statements,
        "timings": {**progress.timings, "the whole job": round(seconds, 2)},
    }


def print_report(report):
    found = report["completeness"]
    for stop in report["stops"]:
        print(f"\nstopped the month until it was decided on: {stop}")
    waiting = found["total"]["count"] - found["billed"]["count"]
    print(
        f"\n{report['month'][:7]}: {found['billed']['count']} sessions billed, {found['billed']['wh'] / 1000:,.3f} kWh; "
        f"{waiting} not billed yet (see Charging / Quarantine and Invoicing / Clearing / Disputes)"
    )
    for statement in report["statements"]:
        print(f"\n  {statement['name']}  {statement['partner_id'][1]}  ({statement['state']})")
        for move in statement["documents"]:
            kind = {"out_invoice": "invoice", "in_invoice": "self-billed invoice", "out_refund": "credit note",
                    "in_refund": "self-billed refund"}[move["move_type"]]  # fmt: skip
            print(
                f"    {kind:20} {move['name']:22} {move['amount_untaxed']:>10,.2f} + VAT {move['amount_tax']:>8,.2f} EUR"
            )
        for entry in statement["files"]:
            print(f"    {entry['path']}")
    for batch in report["payments"]:
        print(f"\n  {batch['name']}  {batch['line_count']} payments, {batch['total']:,.2f} EUR  ({batch['state']})")
        print(f"    {batch.get('path', 'no file')}")
    for entry in report["bank_entries"]:
        print(f"\n  from the bank  {entry['amount']:>10,.2f} EUR  {entry['counterparty_name']}  ({entry['state']})")
        print(f"    {entry['reason']}")


def stay_up(odoo, bridge, settings):
    print(f"\nOdoo    {odoo.url}        Bridge  http://127.0.0.1:{bridge.port}/health  ({bridge.url}/<identity>)")
    print("Logins  " + "   ".join(f"{login} / demo-{login}" for login in LOGINS) + "   admin / demo-admin")
    print(f"Report  {settings.demo / 'report.json'}        Mails  {settings.demo / 'mail'}")
    print(
        "Where to click: Invoicing / EV Billing / Close Cockpit, Invoicing / Clearing, Invoicing / Bank, then "
        "Charging / Sessions. Ctrl-C stops everything.",
        flush=True,
    )
    while odoo.process.poll() is None and bridge.process.poll() is None:
        time.sleep(1)
    raise SetupError(f"Odoo or the bridge stopped by itself: see {odoo.log_path} and {bridge.log_path}")
