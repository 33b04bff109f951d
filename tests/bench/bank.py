"""A bank's day of a large account in Odoo: matching against all that is open, then booking of a smaller file.

    python -m tests.bench.bank MOVEMENTS ITEMS BOOKED ODOO-OPTIONS

ITEMS open invoices are copied into the ledger in SQL; a camt.053 of MOVEMENTS entries is read and matched against them, and of
another one of BOOKED entries every step is done. Last, MOVEMENTS entries of one day and one sum, without references, are told
by a notification, and again by a statement in other words. Everything is rolled back. Prints {"read", "match", "book", "again"}
in seconds, and what a booked entry costs in milliseconds.
"""

import json
import re
import sys
import time

from tests.bench.annex import environment

IBAN = "FR7630006000011234567890189"
ITEM = """
WITH numbers AS (SELECT n, 1 + (n * 7919 %% 99991)::numeric / 100 AS amount FROM generate_series(1, %(count)s) n),
moves AS (
    INSERT INTO account_move ({move_columns}) SELECT {move_values} FROM numbers, account_move m WHERE m.id = %(move)s
    RETURNING id, name)
INSERT INTO account_move_line ({line_columns})
SELECT {line_values} FROM moves JOIN numbers ON moves.name = 'BENCH/2026/' || lpad(n::text, 6, '0'), account_move_line l
 WHERE l.move_id = %(move)s
"""
MOVE = {"name": "'BENCH/2026/' || lpad(n::text, 6, '0')", "payment_reference": "'BENCH/2026/' || lpad(n::text, 6, '0')"}
SIGNED = "CASE WHEN l.{} > 0 THEN amount WHEN l.{} < 0 THEN -amount ELSE 0 END"
MONEY = ("balance", "debit", "credit", "amount_currency", "amount_residual", "amount_residual_currency", "price_total")


def columns(cr, table):
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", (table,)
    )
    return [name for (name,) in cr.fetchall() if name != "id"]


def copy_invoice(env, move, count):
    """`count` open copies of a posted invoice, each with its own number and amount."""
    names, lines = columns(env.cr, "account_move"), columns(env.cr, "account_move_line")
    skipped = {"access_token", "sequence_number", "sequence_prefix", "made_sequence_gap", "ev_statement_id"}
    names = [name for name in names if name not in skipped]
    own = {"move_id": "moves.id", "move_name": "moves.name"} | {name: SIGNED.format(name, name) for name in MONEY}
    query = ITEM.format(
        move_columns=", ".join(names),
        move_values=", ".join(MOVE.get(name, f"m.{name}") for name in names),
        line_columns=", ".join(lines),
        line_values=", ".join(own.get(name, f"l.{name}") for name in lines),
    )
    env.cr.execute(query, {"count": count, "move": move.id})
    env.cr.execute("ANALYZE account_move; ANALYZE account_move_line")


def statement(iban, count, first, step):
    """A camt.053 whose entries name every `step`-th invoice from `first` on; of every tenth the amount is wrong."""
    entries = []
    for position in range(count):
        number = first + position * step
        amount = (100 + number * 7919 % 99991) + (1 if position % 10 == 9 else 0)
        entries.append(
            f'<Ntry><Amt Ccy="EUR">{amount // 100}.{amount % 100:02d}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
            f"<BookgDt><Dt>2026-11-25</Dt></BookgDt><AcctSvcrRef>R{number}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><RmtInf>"
            f"<Ustrd>Payment of BENCH/2026/{number:06d}, thank you</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt>'
        f"<Id>S{first}</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def alike(content):
    """The notification and the statement of the same entries, now all of one sum and day and without the bank's reference."""
    content = re.sub(rb"<AcctSvcrRef>R\d+</AcctSvcrRef>", b"", content)
    content = re.sub(rb'(<Amt Ccy="EUR">)[\d.]+', rb"\g<1>9.99", content)
    notification = content.replace(b"camt.053", b"camt.054").replace(b"BkToCstmrStmt", b"BkToCstmrDbtCdtNtfctn")
    return notification.replace(b"Stmt>", b"Ntfctn>"), content.replace(b"<Ustrd>", b"<Ustrd>SVWZ+")


def timed(step):
    start = time.perf_counter()
    step()
    return round(time.perf_counter() - start, 2)


def take(env, content, book):
    """Seconds of each step of one file."""
    files = env["ev.bank.file"].with_context(queue_job__no_delay=False)
    file = files._take("bench.xml", content)[0]
    read = timed(file._step) if file.state == "received" else 0.0
    seconds = {"read": read, "match": timed(file._step)}
    if book:
        seconds["book"] = timed(lambda: [file._step() for _turn in iter(lambda: file.state == "read", False)])
    states = dict(file.entry_ids._read_group([("file_id", "=", file.id)], ["state"], ["__count"]))
    return seconds | {"states": states}


def recognise(env, contents):
    """Seconds in which the second file is read, whose entries the first has told."""
    for content in contents:
        file = env["ev.bank.file"]._take("bench.xml", content)[0]
        seconds = timed(file._step)
    if file.entry_ids:
        raise SystemExit(f"{len(file.entry_ids)} entries were not recognised, {file.known_count} were")
    return seconds


def make_bank(env):
    """A company in euros with a chart, and its bank journal."""
    euro = env.ref("base.EUR")
    euro.active = True
    company = env["res.company"].create({"name": "Bench Bank", "currency_id": euro.id})
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    company.currency_id = euro
    own = env["res.partner.bank"].create({"acc_number": IBAN, "partner_id": company.partner_id.id})
    facts = {"name": "Bank", "code": "BNKX", "type": "bank", "company_id": company.id, "bank_account_id": own.id}
    return company, env["account.journal"].create(facts)


def make_invoice(env, company):
    partner = env["res.partner"].create({"name": "Bench Buyer"})
    line = {"name": "x", "quantity": 1, "price_unit": 1, "tax_ids": False}
    facts = {
        "move_type": "out_invoice",
        "partner_id": partner.id,
        "company_id": company.id,
        "invoice_date": "2026-10-31",
    }
    move = env["account.move"].create(facts | {"invoice_line_ids": [(0, 0, line)]})
    move.action_post()
    env.flush_all()
    return move


def main(movements, items, booked, options):
    with environment(options) as env:
        from odoo.addons.ev_sepa.models import ev_bank_file

        # each step by itself, whatever the size
        ev_bank_file.INLINE_BYTES = ev_bank_file.INLINE_ENTRIES = 0
        env = env(context=dict(env.context, queue_job__no_delay=False))
        company, _journal = make_bank(env)
        env.user.company_ids |= company
        env = env(context=dict(env.context, allowed_company_ids=company.ids))
        copy_invoice(env, make_invoice(env, company), items)
        env.invalidate_all()
        small = take(env, statement(IBAN, booked, 1, 3), book=True)
        large = take(env, statement(IBAN, movements, 2, max(1, items // movements)), book=False)
        again = recognise(env, alike(statement(IBAN, movements, 3, 1)))
        env.cr.rollback()
    cost = round(small["book"] / booked * 1000, 1)
    print(
        json.dumps(
            {
                "movements": movements,
                "items": items,
                **large,
                "booked": booked,
                "small": small,
                "ms_an_entry": cost,
                "again": again,
            }
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), sys.argv[4:])
