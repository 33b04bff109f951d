"""Paying the hosts, as two people do it: one proposes and checks, the other approves, the first releases the file."""


def pay_hosts(maker, approver, statement_ids):
    """Release the payment files of these statements' documents; run again, it finds them.

    :param maker: `OdooClient` of a payment maker
    :param approver: `OdooClient` of a payment approver
    :return: the batches: list of dicts
    """
    known = maker.call("ev.payment.batch", "search", [])
    if not known:
        wizard = maker.call("ev.statement", "action_ev_propose_payments", statement_ids)["res_id"]
        maker.call("ev.payment.propose", "action_propose", [wizard])
        known = maker.call("ev.payment.batch", "search", [])
        maker.call("ev.payment.batch", "action_check", known)
        approver.call("ev.payment.batch", "action_approve", known)
        maker.call("ev.payment.batch", "action_release", known)
    fields = ["name", "kind", "state", "line_count", "total", "held_count", "message_id", "file_sha256"]
    return maker.search_read("ev.payment.batch", [("id", "in", known)], fields, order="id")


def save_payment_files(maker, batches, folder):
    """Write the released files into ``folder``; note each path beside its batch."""
    folder.mkdir(parents=True, exist_ok=True)
    for batch in batches:
        if batch["file_sha256"]:
            name, content = download_payment_file(maker, batch)
            path = folder / name
            path.write_bytes(content)
            batch["path"] = str(path)


def download_payment_file(client, batch):
    """(name, bytes): the file is nobody's attachment, the batch hands it out and notes to whom."""
    return client.download(f"/ev_sepa/batch/{batch['id']}/file")
