"""A large batch inside Odoo: bills of many hosts proposed, checked, approved, released as one validated file.

    python -m tests.bench.payment_batch PAYMENTS ODOO-OPTIONS

The bills are copies of one posted by Odoo, made in SQL: their making is not what is measured. Posting the payments afterwards is
jobs' work and measured on the first 100. Prints {"payments", "seconds": {step: s}, "bytes", "peak_mb", "growth_mb",
"post_ms": per payment}.
"""

import json
import resource
import sys
import time
from datetime import timedelta

from tests.bench.annex import environment

# Bills of one host: each is paid by itself.
PER_HOST = 10
BANK_CODE = 37040044

COPY = """
INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, ({source}) copies WHERE t.id = %(id)s
"""


def make_iban(number):
    """A German IBAN of its own, its check digits computed (ISO 13616: `DE00` is 131400 behind the number)."""
    account = f"{BANK_CODE}{number:010}"
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def copy_rows(env, table, record_id, source, changed):
    """Copy one row many times.

    :param source: a SELECT with a row for each copy
    :param changed: {column: SQL expression}; every other column is copied
    """
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", (table,)
    )
    columns = [name for (name,) in env.cr.fetchall() if name != "id"]
    values = ", ".join(changed.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    env.cr.execute(COPY.format(table=table, columns=names, values=values, source=source), {"id": record_id})


def make_company(env):
    """A company of its own in euros, whatever the database's first one is."""
    euro = env.ref("base.EUR")
    euro.active = True
    company = env["res.company"].create({"name": "Bench Operator", "currency_id": euro.id})
    env.user.company_ids |= company
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    company.currency_id = euro
    return env(context={**env.context, "allowed_company_ids": company.ids})


def make_world(env, count):
    """A bank, two people, hosts with approved accounts, and `count` posted bills; return (journal, maker, approver)."""
    company = env.company
    partner = {
        "street": "Straße 1",
        "zip": "50667",
        "city": "Köln",
        "country_id": env.ref("base.de").id,
        "is_company": True,
    }
    company.partner_id.write({**partner, "name": "Bench Operator"})
    own = env["res.partner.bank"].create({"acc_number": make_iban(9_999_999), "partner_id": company.partner_id.id})
    journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
    journal.write({"bank_account_id": own.id, "ev_bank_profile_id": env.ref("ev_sepa.profile_de").id})
    users = env["res.users"].with_context(no_reset_password=True).create(
        [
            {
                "name": role,
                "login": f"bench-{role}",
                "group_ids": [(4, env.ref(f"ev_sepa.group_payment_{role}").id)],
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
            }
            for role in ("maker", "approver")
        ]
    )  # fmt: skip
    hosts = env["res.partner"].create(
        [{**partner, "name": f"Größe & Söhne {n} GmbH"} for n in range(count // PER_HOST)]
    )
    accounts = env["res.partner.bank"].create(
        [{"acc_number": make_iban(n), "partner_id": host.id} for n, host in enumerate(hosts, 1)]
    )
    accounts.with_user(users[1]).action_ev_approve()
    accounts.sudo().write({"ev_approved_at": env.cr.now() - timedelta(days=90)})
    make_bills(env, hosts[0], count)
    return journal, *users


def make_bills(env, host, count):
    """`count` posted bills, `PER_HOST` for each host: one and its copies."""
    bill = env["account.move"].create(
        {
            "move_type": "in_invoice",
            "partner_id": host.id,
            "invoice_date": "2026-01-31",
            "ref": "bench",
            "invoice_line_ids": [(0, 0, {"name": "Energy", "price_unit": 123.45, "tax_ids": [(5,)]})],
        }
    )
    bill.action_post()
    env.flush_all()
    holder = f"{host.id} + (n - 1) / {PER_HOST}"
    name = "'BENCH/' || n"
    copy_rows(
        env,
        "account_move",
        bill.id,
        f"SELECT generate_series(1, {count - 1}) AS n",
        {"name": name, "payment_reference": name, "sequence_number": "1000 + n", "partner_id": holder,
         # a copy would name the first host's account, and be held for that
         "commercial_partner_id": holder, "partner_bank_id": "NULL::integer"},
    )  # fmt: skip
    for line in bill.line_ids:
        copy_rows(
            env,
            "account_move_line",
            line.id,
            "SELECT id AS move, partner_id AS holder, name AS title FROM account_move WHERE name LIKE 'BENCH/%%'",
            {"move_id": "copies.move", "partner_id": "copies.holder", "move_name": "copies.title"},
        )
    env.cr.execute("ANALYZE account_move, account_move_line")
    env.invalidate_all()


def main(count, options):
    with environment(options) as env:
        env = make_company(env)
        journal, maker, approver = make_world(env, count)
        env.cr.commit()
        print(json.dumps(measure(env, count, journal, maker, approver)))


def measure(env, count, journal, maker, approver):
    seconds, before = {}, peak()

    def timed(step, call):
        began = time.perf_counter()
        result = call()
        env.flush_all()
        seconds[step] = round(time.perf_counter() - began, 2)
        env.cr.commit()
        env.invalidate_all()
        return result

    batches = env["ev.payment.batch"].with_user(maker)
    scope = batches._scope_of_due("2026-12-31")
    day = journal.ev_bank_profile_id._get_first_day(env.company, "credit_transfer")
    items = timed("read", lambda: batches.sudo()._read_open_items(env.company, scope))
    batch = timed("propose", lambda: batches._propose(journal, day, items))
    assert batch.line_count == count, batch.line_count
    timed("check", batch.action_check)
    assert batch.state == "checked", batch.finding_ids.mapped("message")[:3]
    timed("approve", batch.with_user(approver).action_approve)
    timed("release", batch.action_release)
    first = batch.sudo().line_ids[:100]
    began = time.perf_counter()
    first._post()
    env.flush_all()
    post = (time.perf_counter() - began) * 1000 / len(first)
    return {
        "payments": count,
        "seconds": seconds,
        "bytes": len(batch.sudo().file_id.raw),
        "peak_mb": peak(),
        "growth_mb": peak() - before,
        "post_ms": round(post),
    }


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
