"""`make demo`, without its waiting for Ctrl-C: the job, its report and its files; and once more, which finds all done."""

import email
import email.policy
import json
from pathlib import Path

from demo import scenario
from devtools.demo import LIVE, run_job
from devtools.mail_sink import MailSink
from devtools.mock_bank import MockBank
from devtools.progress import Progress


def test_the_demo_leaves_a_report_and_the_files_it_names(stack, tmp_path, monkeypatch):
    monkeypatch.setattr(stack.settings, "demo", tmp_path / "demo")
    first = run(stack, tmp_path / "fleet-1")
    second = run(stack, tmp_path / "fleet-2")
    assert names(second) == names(first), "the second run made no new document"
    assert second["sessions"] == first["sessions"]


def run(stack, folder):
    fleet = stack.fleet(folder.name)
    sink = MailSink(stack.settings, stack.odoo.smtp_port, stack.settings.demo / "mail")
    bank = MockBank(stack.settings, "test-bank")
    sink.start()
    stack.odoo.start()
    stack.bridge.start()
    try:
        run_job(stack.settings, Progress(folder / "log"), stack.odoo, stack.bridge, fleet, bank, once=True)
    finally:
        bank.stop()
        fleet.stop()
        stack.stop()
        sink.stop()
    report = json.loads((stack.settings.demo / "report.json").read_text())
    check(report)
    return report


def check(report):
    found = report["completeness"]
    assert found["pending"]["count"] == 1, "the session the eMSP disputes"
    assert found["quarantined"]["count"] == 1, "the session on an EVSE nobody entered"
    assert report["sessions"] == found["billed"]["count"] + 2 > 50
    assert report["kwh"] > 1000
    assert report["live_sessions"] == len(LIVE)
    assert len(report["statements"]) == len(scenario.CONTRACTS)
    check_mails(report["mails"])
    check_bank(report)
    for statement in report["statements"]:
        assert {move["state"] for move in statement["documents"]} == {"posted"}
        assert statement["total"] == round(statement["total_charge"] - statement["total_credit"], 2)
        for entry in statement["files"]:
            head = Path(entry["path"]).read_bytes()[:4]
            assert head == (b"%PDF" if entry["kind"] == "pdf" else b"PK\x03\x04"), entry


def check_bank(report):
    """The bank took the file; of two clients who paid, one paid its invoice and the other 5.61 EUR less."""
    assert [batch["state"] for batch in report["payments"]] == ["accepted"]
    taxis, emsp = report["bank_entries"]
    assert (taxis["counterparty_name"], taxis["state"]) == (scenario.TAXIS, "matched")
    assert (emsp["counterparty_name"], emsp["state"]) == (scenario.EMSP, "exception")
    assert "5.61" in emsp["reason"]


def check_mails(paths):
    """One mail a contract, to its accounts payable, with the statement, the annex and the documents; the eMSP got its list of
    sessions before, an answer to its dispute, and a list of what is invoiced with the documents."""
    mails = [email.message_from_bytes(Path(path).read_bytes(), policy=email.policy.default) for path in paths]
    before = [mail for mail in mails if "please check" in mail["subject"] or "disputed" in mail["subject"]]
    # the list; two disputes told to the accountant, one answer told to the eMSP
    assert len(before) == 4
    mails = [mail for mail in mails if mail not in before]
    assert len(mails) == len(scenario.CONTRACTS)
    for mail in mails:
        names = [part.get_filename() for part in mail.iter_attachments()]
        roaming = any("_sessions." in name for name in names)
        assert sum(name.endswith(".xlsx") for name in names) == 1 + roaming, names
        assert sum(name.endswith(".pdf") for name in names) >= 2, names
    with_list = [mail for mail in mails if any("_sessions." in part.get_filename() for part in mail.iter_attachments())]
    assert len(with_list) == 1


def names(report):
    return [move["name"] for statement in report["statements"] for move in statement["documents"]]
