"""The main job, as the accountant does it: step by step, or with one click once the run of the month is checked."""

import time

WHY = "Seen: the station is being registered, its session comes with the next month."


def run_in_background(client, company_id, month, look, seconds=180):
    """Bill ``month`` (its first day) by its run: let it compute and check, decide on what stops it, release, have the eMSPs look
    at their sessions, wait for its end.

    Run again, it finds the run closed.

    :param look: called when the control windows are open; whoever they are for answers
    :return: what the findings were that stopped it: list of sentences
    :raise TimeoutError: it did not come to an end
    """
    run, stops = release(client, company_id, month, seconds)
    if stops is None:
        wait_for_close(client, run, seconds)
        return []
    look()
    wait_for_close(client, run, seconds)
    return stops


def release(client, company_id, month, seconds=180):
    """Let the run of ``month`` compute and check, decide on what stops it, release it, and wait until the control windows are
    open and everything else is out.

    :return: (run, what stopped it: sentences, or None where there was nothing to release any more)
    """
    run = client.call("ev.run", "start", company_id, month.year, month.month)
    wait_for_run(client, run, ("review", "control", "done", "nothing"), seconds)
    if not client.call("ev.run.contract", "search_count", [("run_id", "=", run), ("step", "=", "review")]):
        return run, None
    stops = accept_what_stops(client, WHY)
    client.call("ev.run", "action_release", [run])
    wait_for_run(client, run, ("control", "done", "nothing"), seconds)
    return run, stops


def accept_what_stops(client, reason):
    """Decide that every open blocking finding is right as it is; return what they said."""
    stops = client.search_read("ev.finding", [("blocking", "=", True), ("state", "=", "open")], ["name"])
    if stops:
        decision = {"finding_ids": [(6, 0, [stop["id"] for stop in stops])], "action": "accept", "reason": reason}
        client.call("ev.finding.decide", "action_decide", [client.call("ev.finding.decide", "create", decision)])
    return [stop["name"] for stop in stops]


def wait_for_close(client, run, seconds):
    """Wait until everything of a run is out."""
    wait_for_run(client, run, ("done", "nothing"), seconds)
    deadline = time.monotonic() + seconds
    while client.call("ev.run", "read", [run], ["state"])[0]["state"] != "closed":
        if time.monotonic() > deadline:
            raise TimeoutError(f"the run did not close within {seconds} s")
        time.sleep(0.5)


def wait_for_run(client, run, steps, seconds):
    """Wait until every contract of a run is checked and at one of these steps."""
    deadline = time.monotonic() + seconds
    domain = [
        ("run_id", "=", run),
        "|",
        ("step", "not in", steps),
        "&",
        ("checked", "=", False),
        ("step", "!=", "nothing"),
    ]
    while waiting := client.search_read("ev.run.contract", domain, ["contract_id", "step", "message"], limit=3):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the month-end did not go on within {seconds} s: {waiting}")
        time.sleep(0.5)


def run_month_end(client, company_id, month, invoice_date=None):
    """Bill ``month`` (its first day); run again, it only finds what is already there.

    :return: see `read_statements`
    """
    ids = client.call("ev.statement", "prepare_month", company_id, month.year, month.month)
    drafts = client.call("ev.statement", "search", [("id", "in", ids), ("state", "=", "draft")])
    shown = show_and_close(client, drafts)
    if chosen := sorted(set(drafts) - set(shown)):
        client.call("ev.statement", "action_approve", chosen)
    day = invoice_date.isoformat() if invoice_date else False
    client.call("ev.statement", "document", sorted(set(ids) - set(shown)), invoice_date=day)
    return read_statements(client, ids)


def show_and_close(client, drafts, seconds=120):
    """Open the control windows of those drafts that have one, and close them: nobody had anything to say. Their documents follow
    by themselves.

    :return: the ids of those statements, with their documents made
    :raise TimeoutError: they did not follow
    """
    found = client.call("ev.statement", "read", drafts, ["has_control_window"]) if drafts else []
    windows = [statement["id"] for statement in found if statement["has_control_window"]]
    if windows:
        client.call("ev.statement", "action_open_window", windows)
        client.call("ev.statement", "action_close_window", windows)
    deadline = time.monotonic() + seconds
    out = [("id", "in", windows), ("state", "in", ("documented", "settled")), ("annex_attachment_id", "!=", False)]
    while client.call("ev.statement", "search_count", out) < len(windows):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no documents within {seconds} s after the control window closed")
        time.sleep(0.3)
    return windows


def read_month(client, company_id, month):
    """The statements of the run of ``month``."""
    run = [("run_id.company_id", "=", company_id), ("run_id.date_from", "=", month.isoformat())]
    return read_statements(client, client.call("ev.statement", "search", run))


def read_statements(client, ids):
    """The statements with their documents and files: list of dicts with ``files`` added (see ``collect_files``)."""
    fields = [
        "name",
        "partner_id",
        "state",
        "session_count",
        "energy_kwh",
        "total_charge",
        "total_credit",
        "total",
        "document_ids",
    ]
    statements = client.search_read("ev.statement", [("id", "in", ids)], fields, order="id")
    files = client.call("ev.statement", "collect_files", ids)
    for statement in statements:
        statement["files"] = [entry for entry in files if entry["statement"] == statement["name"]]
        statement["documents"] = client.search_read(
            "account.move",
            [("id", "in", statement.pop("document_ids"))],
            [
                "name",
                "move_type",
                "invoice_date",
                "invoice_date_due",
                "amount_untaxed",
                "amount_tax",
                "amount_total",
                "state",
            ],
            order="id",
        )
    return statements


def save_files(client, statements, folder):
    """Write every file of the statements into ``folder``; note its path beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for statement in statements:
        for entry in statement["files"]:
            path = folder / entry["name"].replace("/", "_")
            path.write_bytes(client.attachment(entry["attachment_id"]))
            entry["path"] = str(path)
