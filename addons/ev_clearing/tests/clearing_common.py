"""An eMSP with a contract, sessions of its badge, and short ways to ask which way they go."""

from odoo.addons.ev_billing.rating import month
from odoo.addons.ev_billing.tests.common import EvBillingCommon


class EvClearingCommon(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gireve = cls.env.ref("ev_clearing.ev_roaming_hub_gireve")
        cls.hubject = cls.env.ref("ev_clearing.ev_roaming_hub_hubject")

    @classmethod
    def make_emsp_contract(cls, *terms, **values):
        terms = terms or (("charge", "kwh", "0.40"),)
        return cls.make_contract(*terms, **{"partner": cls.emsp, "role": "emsp", **values})

    @classmethod
    def make_roaming(cls, start="2026-03-10T08:00:00Z", *args, uid="04TEST02", source="test", **values):
        """One session of an eMSP's badge, from a source."""
        item = cls.make_item(start, *args, **{"token": {"uid": uid, "type": "ISO14443"}, **values})
        answer = cls.ingest(item, source=source)[0]
        if answer["status"] != "stored":
            raise AssertionError(answer)
        return cls.env["ev.cdr"].search([("external_id", "=", item["id"]), ("source", "=", source)])

    @classmethod
    def make_rule(cls, name="Rule", **values):
        return cls.env["ev.roaming.rule"].create({"name": name, "company_id": cls.company.id, **values})

    @classmethod
    def make_hub_rule(cls, source="hub", **values):
        """What this source sends comes through a hub."""
        return cls.make_rule(f"From {source}", **{"source": source, "route": "hub", "hub_id": cls.gireve.id, **values})

    def route(self, cdr):
        """(kind, decided by, hub, billed by, route by) of a session."""
        [route] = cdr.ev_route_ids
        return route.kind, route.decided_by, route.hub_id.code, route.billed_by, route.route_by

    def check(self, number=3, *codes):
        """The open findings of a month of 2026, of some rules only."""
        found = self.env["ev.finding"]._check_period(self.company, month(2026, number), set(codes) or None)
        return found.filtered(lambda finding: not codes or finding.rule in codes)
