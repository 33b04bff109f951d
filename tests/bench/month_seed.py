"""Writes the operator of `month_world` into a database: `python -m tests.bench.month_seed SESSIONS ODOO-OPTIONS`.

Prints the id of the company, and the API key of a user who may do everything.
"""

import sys
from datetime import timedelta
from decimal import Decimal

from tests.bench.month_world import (
    CLIENT_TOKENS,
    EMSP_TOKENS,
    EVSES_A_STATION,
    LOCAL_TOKENS,
    MONTH,
    STATIONS_A_SITE,
    World,
)

START = "2026-03-01"


def make_world(env, world):
    company = env.ref("base.main_company")
    company.write({"currency_id": env.ref("base.EUR").id, "email": "bench@operator.example", "ev_run_mode": "manual",
                   "ev_control_days": 0})  # fmt: skip
    company.partner_id.tz = "Europe/Paris"
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    index = make_index(env, company)
    hosts = make_partners(env, "Host", world.hosts)
    make_sites(env, hosts)
    emsps, clients = make_partners(env, "eMSP", world.emsps), make_partners(env, "Fleet", world.clients)
    make_tokens(env, emsps, clients)
    contracts = env["ev.contract"]
    for number, partner in enumerate(hosts):
        energy = {"price_kind": "indexed", "index_id": index.id, "index_factor": 1.05, "index_adder": 0.012}
        prices = energy if world.is_spot(number) else {"price": 0.1234 + number % 50 / 1000}
        terms = [("Energy", "credit", "kwh", prices), ("Operation", "charge", "session", {"price": 0.35})]
        contracts |= make_contract(env, partner, "host", terms)
    for partner in emsps:
        terms = [("Energy", "charge", "kwh", {"price": 0.49}), ("Start", "charge", "session", {"price": 0.5})]
        contracts |= make_contract(env, partner, "emsp", terms)
    for partner in clients:
        contracts |= make_contract(env, partner, "client", [("Energy", "charge", "kwh", {"price": 0.42})])
    contracts.action_activate()
    return company


def make_partners(env, kind, count):
    values = [
        {"name": f"{kind} {number:04}", "is_company": True, "email": f"{kind.lower()}{number}@partner.example"}
        for number in range(count)
    ]
    return env["res.partner"].create(values)


def make_index(env, company):
    index = env["ev.price.index"].create({"name": "Day-ahead", "code": "BENCH", "currency_id": company.currency_id.id})
    begin = int((MONTH - timedelta(days=1)).timestamp())
    values = [(begin + 900 * n, begin + 900 * (n + 1), Decimal(40 + n % 97), True) for n in range(96 * 34)]
    index._store_values(values, "bench")
    return index


def make_sites(env, hosts):
    sites = env["ev.site"].create(
        [
            {
                "name": f"Site {number:04}",
                "tz": "Europe/Paris",
                "host_ids": [(0, 0, {"partner_id": partner.id, "date_from": "2020-01-01"})],
            }
            for number, partner in enumerate(hosts)
        ]
    )
    evses = [(0, 0, {"number": place + 1, "power_type": "ac", "max_power_kw": 22}) for place in range(EVSES_A_STATION)]
    env["ev.station"].create(
        [
            {
                "identity": f"S{number * STATIONS_A_SITE + which:05}",
                "site_id": site.id,
                "date_commissioned": "2020-01-01",
                "evse_ids": evses,
            }
            for number, site in enumerate(sites)
            for which in range(STATIONS_A_SITE)
        ]
    )


def make_tokens(env, emsps, clients):
    def token(uid, kind, partner=None):
        holder = {"date_from": "2020-01-01", "partner_id": partner and partner.id}
        return {"uid": uid, "kind": kind, "holder_ids": [(0, 0, holder)]}

    rows = [token(f"L{number:03}", "local") for number in range(LOCAL_TOKENS)]
    for letter, partners, kind, count in (("E", emsps, "roaming", EMSP_TOKENS), ("C", clients, "local", CLIENT_TOKENS)):
        rows += [
            token(f"{letter}{number:03}T{badge:03}", kind, partner)
            for number, partner in enumerate(partners)
            for badge in range(count)
        ]
    env["ev.token"].create(rows)


def make_contract(env, partner, role, terms):
    return env["ev.contract"].create(
        {
            "partner_id": partner.id,
            "role": role,
            "date_start": START,
            "credit_document": "self_bill",
            "mandate_date": START,
            "term_ids": [
                (
                    0,
                    0,
                    {
                        "name": name,
                        "direction": direction,
                        "basis": basis,
                        "version_ids": [(0, 0, {"date_from": START, **price})],
                    },
                )
                for name, direction, basis, price in terms
            ],
        }
    )


def main(sessions, options):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(options, setup_logging=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})
        company = make_world(env, World(sessions))
        admin = env.ref("base.user_admin")
        admin.group_ids |= env.ref("account.group_account_invoice") | env.ref("ev_cpms.group_bridge")
        key = env["res.users.apikeys"].with_user(admin)._generate("rpc", "bench", None)
        cr.commit()
        cr.execute("ANALYZE")
        cr.commit()
    print(company.id, key)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
