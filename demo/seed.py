"""Writes the demo operator into an empty database: `python -m demo.seed ODOO-OPTIONS`. Running it again changes nothing."""

import base64
import io
import os
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from PIL import Image, ImageDraw, ImageFont

from demo import scenario
from demo.bank import seed_bank

LOGINS = {
    "accountant": (
        "Alice Martin (accountant)",
        "account.group_account_invoice,account.group_account_manager,base.group_partner_manager,ev_sepa.group_payment_maker",
    ),
    "approver": ("Dora Weiss (payment approver)", "ev_sepa.group_payment_approver"),
    "contracts": ("Bruno Keller (contract admin)", "ev_billing.group_contract_admin"),
    "technician": ("Chloé Dubois (technician)", "ev_cpms.group_technician"),
    "host": (scenario.BELLECOUR, "base.group_portal"),
    "emsp": (scenario.EMSP, "base.group_portal"),
}


def seed(env):
    """Make company, people, sites, stations, tokens and contracts of :mod:`demo.scenario`; return the company."""
    company = env.ref("base.main_company")
    if env["ev.site"].search_count([("company_id", "=", company.id)]):
        return company
    set_up_company(env, company)
    partners = make_partners(env)
    make_sites(env, company, partners)
    make_tokens(env, company, partners)
    index = make_index(env, company)
    for contract in scenario.CONTRACTS:
        make_contract(env, company, partners, index, contract)
    make_supply(env, company, partners, index)
    make_users(env, company, partners)
    seed_bank(env, company, partners)
    return company


def set_up_company(env, company):
    france = env.ref("base.fr")
    language = env["res.lang"]._activate_lang("en_GB")  # dates and numbers as Europe reads them
    language.date_format = "%d/%m/%Y"
    env["ir.default"].set("res.partner", "lang", "en_GB")
    company.write(
        {
            "ev_country_code": "FR",
            "ev_party_id": "DEM",
            "name": scenario.OPERATOR,
            "country_id": france.id,
            "currency_id": env.ref("base.EUR").id,
            "street": "24 quai Perrache",
            "zip": "69002",
            "city": "Lyon",
            "vat": "FR23334175221",
            "phone": "+33 4 72 00 00 00",
            "email": "billing@rhonecharge.example",
            "website": "https://rhonecharge.example",
            "report_footer": "Rhône Charge SAS · 24 quai Perrache, 69002 Lyon · VAT FR23334175221",
        }
    )
    company.partner_id.write({"tz": "Europe/Paris", "lang": "en_GB"})
    company.logo = draw_logo()
    if company.chart_template != "fr":
        env["account.chart.template"].try_loading("fr", company, install_demo=False)
    layout = env.ref("web.external_layout_standard")
    if not company.external_report_layout_id:
        company.external_report_layout_id = layout

    # The chart came after the products: they take its taxes here. Energy is goods, what the operator does is a service.
    for name, scope in (
        ("energy", "consu"),
        ("commission_kwh", "service"),
        ("commission_session", "service"),
        ("charger_month", "service"),
        ("sale", "consu"),
    ):
        env.ref(f"ev_billing.product_{name}").write(
            {
                "taxes_id": [(6, 0, find_tax(env, company, "sale", scope).ids)],
                "supplier_taxes_id": [(6, 0, find_tax(env, company, "purchase", scope).ids)],
            }
        )


def find_tax(env, company, use, scope):
    """Return the chart's 20 % tax, price without tax, for goods (``consu``) or services."""
    domain = [
        ("company_id", "=", company.id),
        ("type_tax_use", "=", use),
        ("tax_scope", "=", scope),
        ("amount", "=", 20),
        ("price_include", "=", False),
    ]
    return env["account.tax"].search(domain, limit=1, order="sequence, id")


def draw_logo():
    """Return a base64 PNG: a bolt and the operator's brand (the built-in font has no accents)."""
    image = Image.new("RGBA", (520, 120), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((4, 14, 96, 106), radius=22, fill="#714B67")
    draw.polygon([(56, 24), (28, 66), (48, 66), (42, 98), (74, 52), (53, 52)], fill="#FBB130")
    draw.text((116, 36), "rhonecharge", fill="#333333", font=ImageFont.load_default(size=48))
    content = io.BytesIO()
    image.save(content, "PNG")
    return base64.b64encode(content.getvalue())


def make_partners(env):
    rows = {
        scenario.BELLECOUR: (
            "12 place Bellecour",
            "69002",
            "Lyon",
            "base.fr",
            "FR83404833048",
            "compta@bellecour.example",
        ),
        scenario.CONFLUENCE: (
            "112 cours Charlemagne",
            "69002",
            "Lyon",
            "base.fr",
            "FR40303265045",
            "ap@confluence.example",
        ),
        scenario.EMSP: ("Torstraße 1", "10119", "Berlin", "base.de", "DE136695976", "settlement@rolling.example"),
        "Presto Taxis SARL": ("8 rue de la Part-Dieu", "69003", "Lyon", "base.fr", False, "office@presto.example"),
    }
    partners = {}
    for name, (street, zip_code, city, country, vat, email) in rows.items():
        partners[name] = env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "street": street,
                "zip": zip_code,
                "city": city,
                "country_id": env.ref(country).id,
                "vat": vat,
                "email": email,
            }
        )
    return partners


def make_sites(env, company, partners):
    for site in scenario.SITES:
        record = env["ev.site"].create(
            {
                "name": site.name,
                "company_id": company.id,
                "street": site.street,
                "zip": site.zip,
                "city": site.city,
                "country_id": env.ref("base.fr").id,
                "tz": site.tz,
                "host_ids": [(0, 0, {"partner_id": partners[site.host].id, "date_from": "2024-01-01"})],
            }
        )
        for station in scenario.STATIONS:
            if station.site == site.name:
                make_station(env, record, station)


def make_station(env, site, station):
    connector = "IEC_62196_T2_COMBO" if station.power_type == "dc" else "IEC_62196_T2"
    record = env["ev.station"].create(
        {
            "identity": station.identity,
            "site_id": site.id,
            "date_commissioned": station.commissioned,
            "evse_ids": [
                (
                    0,
                    0,
                    {
                        "number": number,
                        "evse_id": f"FR*RHC*E{station.identity.replace('-', '')}*{number}",
                        "power_type": station.power_type,
                        "max_power_kw": station.max_power_kw,
                        "connector_type": connector,
                    },
                )
                for number in range(1, station.evses + 1)
            ],
        }
    )
    record._set_password(station.password)


def make_tokens(env, company, partners):
    profiles = {
        code: env["ev.user.profile"].create({"code": code, "name": name, "company_id": company.id}).id
        for code, name in scenario.PROFILES
    }
    for token in scenario.TOKENS:
        holder = {
            "date_from": "2024-01-01",
            "partner_id": partners[token.partner].id if token.partner else False,
            "profile_id": profiles.get(token.profile, False),
        }
        env["ev.token"].create(
            {
                "uid": token.uid,
                "kind": token.kind,
                "type": "AD_HOC_USER" if token.kind == "ad_hoc" else "RFID",
                "company_id": company.id,
                "issuer": token.partner if token.kind == "roaming" else company.name,
                "holder_ids": [(0, 0, holder)],
            }
        )


def make_index(env, company):
    """Day-ahead prices of the last fifteen months, and what they are on average."""
    index = env["ev.price.index"].create(
        {"name": "Day-ahead FR", "code": "FR-DA", "currency_id": company.currency_id.id, "tz": "Europe/Paris"}
    )
    end = scenario.month_end(datetime.now(UTC).date())
    start = datetime.combine(end - timedelta(days=460), time(), UTC)
    quarters = int((datetime.combine(end, time(), UTC) - start) / timedelta(minutes=15))
    begin = int(start.timestamp())
    index._store_values(
        (
            (
                begin + 900 * number,
                begin + 900 * (number + 1),
                Decimal(scenario.spot_price(start + timedelta(minutes=15 * number))),
                True,
            )
            for number in range(quarters)
        ),
        "demo",
    )
    env["ev.price.index"].create(
        {
            "name": "Day-ahead FR, monthly mean",
            "code": "FR-DA-M",
            "currency_id": company.currency_id.id,
            "tz": "Europe/Paris",
            "clock": "ex_post",
            "source": "derived",
            "derived_from_id": index.id,
            "derived_method": "monthly_mean",
        }
    )
    return index


def make_supply(env, company, partners, index):
    """What the energy costs: the mall buys at spot, the hotels at a fixed price."""
    supplier = env["res.partner"].create({"name": "Énergie du Rhône", "is_company": True})
    for site in env["ev.site"].search([("company_id", "=", company.id)]):
        mall = site.host_id == partners[scenario.CONFLUENCE]
        price = {"price_kind": "indexed", "index_id": index.id, "index_adder": 0.018} if mall else {"price": 0.1742}
        env["ev.supply.contract"].create(
            {
                "name": f"{site.name}, supply",
                "company_id": company.id,
                "site_id": site.id,
                "partner_id": supplier.id,
                "paid_by": "host",
                "date_from": "2024-01-01",
                **price,
            }
        )


def make_contract(env, company, partners, index, contract):
    term = env.ref(
        {
            "net 30": "account.account_payment_term_30days",
            "end of month": "account.account_payment_term_end_following_month",
        }[contract.payment_term]
    )
    partner = partners[contract.partner]
    recipient = env["res.partner"].create({"name": "Accounts payable", "parent_id": partner.id, "email": partner.email})
    self_bill = contract.credit_document == "self_bill"
    record = env["ev.contract"].create(
        {
            "partner_id": partner.id,
            "role": contract.role,
            "company_id": company.id,
            "date_start": "2024-01-01",
            "payment_term_id": term.id,
            "recipient_ids": [(6, 0, recipient.ids)],
            "credit_document": contract.credit_document,
            "mandate_date": "2024-01-01" if self_bill else False,
            "mandate_reference": "Annex 2, self-billing" if self_bill else False,
            "term_ids": [
                (0, 0, {**make_term(term, index), "sequence": number}) for number, term in enumerate(contract.terms, 1)
            ],
        }
    )
    if contract.role == "emsp":
        make_roaming(env, company, record)
    record.action_activate()


def make_roaming(env, company, contract):
    """Who the eMSP is in OCPI, and what proves that it is a taxable dealer: it is invoiced without VAT across the border."""
    party = {"country_code": "DE", "party_id": "8AA", "partner_id": contract.partner_id.id, "company_id": company.id}
    env["ev.roaming.party"].create(party)
    contract.write(
        {
            "is_taxable_dealer": True,
            "dealer_evidence": "Written statement that it buys electricity to resell it, and its VAT number in VIES.",
            "dealer_checked_on": date.today(),
        }
    )


def make_term(term, index):
    """Values of a term with its one version."""
    price = {"price": float(term.price)}
    if term.factor:
        price = {
            "price_kind": "indexed",
            "index_id": index.id,
            "index_factor": float(term.factor),
            "index_adder": float(term.price),
        }
    version = {"date_from": "2024-01-01", "power_type": term.power_type or False, **price}
    return {
        "name": term.name,
        "direction": term.direction,
        "basis": term.basis,
        "version_ids": [(0, 0, version)],
    }


def make_users(env, company, partners):
    for login, (name, groups) in LOGINS.items():
        partner = partners.get(name)
        values = {
            "login": login,
            "password": f"demo-{login}",
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, [env.ref(group).id for group in groups.split(",")])],
            "tz": "Europe/Paris",
            "lang": "en_GB",
        }
        if partner:
            contact = env["res.partner"].create(
                {"name": f"{name} (portal)", "parent_id": partner.id, "email": f"{login}@demo.example"}
            )
            values["partner_id"] = contact.id
        else:
            values.update(name=name, email=f"{login}@demo.example")
        env["res.users"].with_context(no_reset_password=True).create(values)
    env.ref("base.user_admin").password = "demo-admin"


def send_mails_to(env, port):
    """Mails go to a server on this machine and nowhere else."""
    servers, values = env["ir.mail_server"], {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
    found = servers.search([("name", "=", "Demo")])
    found.write(values) if found else servers.create({"name": "Demo", **values})


def main(arguments):
    """Seed, connect a bridge called ``demo`` and print its API key."""
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(arguments, setup_logging=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})
        company = seed(env)
        if url := os.environ.get("EV_ODOO_URL"):
            # Links in mails and the styles of printed documents come from here.
            for name in ("web.base.url", "report.url"):
                env["ir.config_parameter"].set_param(name, url)
            env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
        if port := os.environ.get("EV_SMTP_PORT"):
            send_mails_to(env, int(port))
        _login, key = env["ev.bridge.connect"]._connect("demo-bridge", company, 365)
        print(f"api-key {key}")


if __name__ == "__main__":
    main(sys.argv[1:])
