"""Writes the proof's operator and its sessions into a database.

python -m tests.e2e.proof.seed YYYY-MM-01 SESSIONS ODOO-OPTIONS
"""

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.e2e.proof.texts import Bands, Fixed, Spot, Tiers
from tests.e2e.proof.world import QUARTER, SINCE, World

BATCH = 2_000
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Seed:
    def __init__(self, env, world):
        self.env, self.world = env, world
        self.company = env.ref("base.main_company")

    def write(self):
        self._set_up_company()
        self.index = self._make_index()
        names = {site.host for site in self.world.sites} | {contract.partner for contract in self.world.contracts}
        values = [{"name": name, "is_company": True, "email": "accounts@partner.example"} for name in sorted(names)]
        self.partners = {partner.name: partner for partner in self.env["res.partner"].create(values)}
        self._make_places()
        self._make_badges()
        for contract in self.world.contracts:
            self._make_contract(contract)
        self._ingest()

    def _set_up_company(self):
        self.company.write(
            {
                "currency_id": self.env.ref("base.EUR").id,
                "email": "proof@operator.example",
                "ev_run_mode": "autopilot",
                # the proof is of the numbers: no eMSP looks at them first
                "ev_control_days": 0,
            }
        )
        self.company.partner_id.tz = "Europe/Paris"
        if not self.company.chart_template:
            self.env["account.chart.template"].try_loading("generic_coa", self.company, install_demo=False)
        admin = self.env.ref("base.user_admin")
        admin.write({"password": "proof", "tz": "Europe/Paris"})
        admin.group_ids |= self.env.ref("account.group_account_invoice")

    def _make_index(self):
        index = self.env["ev.price.index"].create(
            {"name": "Day-ahead", "code": "PROOF", "currency_id": self.company.currency_id.id}
        )
        first, last = (
            int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) // QUARTER
            for day in (self.world.month, self.world.next_month)
        )
        quarters = range(first - 96, last + 96)
        index._store_values(
            [(q * QUARTER, (q + 1) * QUARTER, Decimal(self.world.spot(q)), True) for q in quarters], "proof"
        )
        return index

    def _make_places(self):
        sites = {}
        for site in self.world.sites:
            host = {"partner_id": self.partners[site.host].id, "date_from": SINCE}
            sites[site.name] = self.env["ev.site"].create(
                {"name": site.name, "tz": site.tz, "host_ids": [(0, 0, host)]}
            )
        for station in self.world.stations:
            evse = {"power_type": station.power_type, "max_power_kw": station.max_power_kw}
            self.env["ev.station"].create(
                {
                    "identity": station.identity,
                    "site_id": sites[station.site].id,
                    "date_commissioned": station.since,
                    "evse_ids": [(0, 0, {"number": number, **evse}) for number in range(1, station.evses + 1)],
                }
            )

    def _make_badges(self):
        self.env["ev.token"].create(
            [
                {
                    "uid": uid,
                    "kind": kind,
                    "holder_ids": [
                        (0, 0, {"date_from": SINCE, "partner_id": self.partners[holder].id if holder else False})
                    ],
                }
                for uid, (kind, holder) in self.world.badges.items()
            ]
        )

    def _make_contract(self, contract):
        record = self.env["ev.contract"].create(
            {
                "partner_id": self.partners[contract.partner].id,
                "role": contract.role,
                "date_start": SINCE,
                "credit_document": contract.credit_document,
                "mandate_date": SINCE,
                "term_ids": [(0, 0, self._make_term(term)) for term in contract.terms],
            }
        )
        record.action_activate()

    def _make_term(self, term):
        version = {
            "date_from": SINCE,
            "power_type": term.power_type or False,
            "kind": term.kind or False,
            "period_minimum": float(term.minimum or 0),
            "period_cap": float(term.cap or 0),
        }
        versions = [{**version, **self._make_price(term.price)}]
        for day, price in term.changes:
            versions.append({**version, "date_from": self.world.month.replace(day=day), "price": float(price)})
        return {
            "name": term.name,
            "direction": term.direction,
            "basis": term.basis,
            "version_ids": [(0, 0, values) for values in versions],
            # what one session earns under tiers depends on the others: no sale whose revenue could be shared
            **({"is_sale": False} if isinstance(term.price, Tiers) else {}),
        }

    def _make_price(self, price):
        if isinstance(price, Fixed):
            return {"price": float(price.price)}
        if isinstance(price, Spot):
            return {
                "price_kind": "indexed",
                "index_id": self.index.id,
                "index_factor": float(price.factor),
                "index_adder": float(price.adder),
                "losses": float(price.losses),
                "has_floor": bool(price.floor),
                "floor": float(price.floor or 0),
                "has_cap": bool(price.cap),
                "cap": float(price.cap or 0),
                "negative_clause": "zero" if price.zero_when_negative else "pass_on",
            }
        if isinstance(price, Tiers):
            tiers = [(0, 0, {"until": until, "price": float(value)}) for until, value in price.tiers]
            return {"price_kind": "tiered", "tier_ids": tiers}
        if not isinstance(price, Bands):
            raise TypeError(price)
        bands = [(0, 0, self._make_band(number, *band)) for number, band in enumerate(price.bands)]
        return {"price_kind": "banded", "price": float(price.otherwise), "band_ids": bands}

    def _make_band(self, number, price, days, first, last):
        chosen = {name: place in days for place, name in enumerate(WEEKDAYS)}
        return {
            "sequence": number,
            "name": f"band {number}",
            "price": float(price),
            "hour_from": first,
            "hour_to": last,
            **chosen,
        }

    def _ingest(self):
        items = [self._make_item(session) for session in self.world.sessions]
        for position in range(0, len(items), BATCH):
            batch = {"schema": "ev.cdr.batch/1", "source": "proof", "cdrs": items[position : position + BATCH]}
            answer = json.loads(self.env["ev.cdr"].ingest(json.dumps(batch)))
            wrong = [item for item in answer["items"] if item["status"] != "stored"]
            if wrong:
                raise AssertionError(wrong[0])

    def _make_item(self, session):
        links = {"credit_of": session.credit_of} if session.credit_of else {}
        links |= {"replaces": session.replaces} if session.replaces else {}
        return {
            "id": session.id,
            "station": session.station,
            "evse": session.evse,
            "connector": 1,
            "token": {"uid": session.badge, "type": "RFID"},
            "start": _iso(session.start),
            "stop": _iso(session.stop),
            "meter_start": session.meter,
            "meter_stop": session.meter + session.energy,
            "energy": session.energy,
            "readings": [list(reading) for reading in session.readings],
            "charging_seconds": session.charging,
            "idle_seconds": session.idle,
            "stop_reason": None,
            "auth": None,
            "signed": None,
            "flags": [],
            "raw": "proof",
            **links,
        }


def _iso(moment):
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


def main(month, sessions, options):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(options, setup_logging=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})
        Seed(env, World(date.fromisoformat(month), sessions)).write()
        cr.commit()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
