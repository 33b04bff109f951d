"""The main job, as the accountant does it: prepare a month, approve, make the documents, collect the files."""


def run_month_end(client, company_id, month, invoice_date=None):
    """Bill ``month`` (its first day); run again, it only finds what is already there.

    :return: the statements, as read after documenting: list of dicts with ``files`` added (see ``collect_files``)
    """
    ids = client.call("ev.statement", "prepare_month", company_id, month.year, month.month)
    drafts = client.call("ev.statement", "search", [("id", "in", ids), ("state", "=", "draft")])
    if drafts:
        client.call("ev.statement", "action_approve", drafts)
    client.call("ev.statement", "document", ids, invoice_date=invoice_date.isoformat() if invoice_date else False)
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
