"""Two hosts, an eMSP and strangers, with portal logins; sessions in March 2026 and a documented statement of it."""

from odoo import Command

from .common import EvBillingCommon

MARCH = "2026-03"


class EvPortalCommon(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)], "lang": "en_US"}
        cls.bookkeeper = cls.env["res.partner"].create(
            {"name": "Bookkeeper", "parent_id": cls.host.id, "email": "books@host.example"}
        )
        cls.neighbour = cls.env["res.partner"].create({"name": "Hotel Next Door", "is_company": True})
        cls.next_site = cls.make_site("Next Door", cls.neighbour)
        cls.make_station("T-AC-2", cls.next_site, "ac", 22)
        cls.portal_host = cls.make_user(
            "p-host",
            "base.group_portal",
            partner_id=cls.bookkeeper.id,
            name="Bookkeeper",
            email="books@host.example",
            **mine,
        )
        cls.portal_neighbour = cls.make_user("p-neighbour", "base.group_portal", partner_id=cls.neighbour.id, **mine)
        cls.portal_emsp = cls.make_user("p-emsp", "base.group_portal", partner_id=cls.emsp.id, **mine)
        cls.technician = cls.make_user("p-technician", "ev_cpms.group_technician", **mine)
        cls.accountant = cls.make_user(
            "p-accountant", "account.group_account_invoice", email="anna@operator.example", **mine
        )
        cls.contract = cls.make_contract(
            ("credit", "kwh", "0.185"), ("charge", "session", "0.35"), recipient_ids=[Command.set(cls.bookkeeper.ids)]
        )
        cls.cdr = cls.make_cdr("2026-03-01T08:00:00Z", 10_000)

    @classmethod
    def make_documented(cls, contract=None, month=3, day="2026-04-02"):
        """The contract's statement of a month of 2026, with its documents of that day and its files."""
        statement = cls.prepare(2026, month, contract or cls.contract)
        statement.action_approve()
        statement = statement.with_user(cls.accountant).with_company(cls.company)
        statement._document(day)
        return statement.with_env(cls.env).with_context(lang="en_US")
