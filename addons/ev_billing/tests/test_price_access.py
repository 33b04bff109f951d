"""Who may see and change prices (design invariant 8)."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EvBillingCommon

MODELS = ("ev.price.band", "ev.price.tier", "ev.supply.contract", "ev.statement.gap", "ev.tariff")


@tagged("post_install", "-at_install")
class TestPriceAccess(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        index = cls.env["ev.price.index"].create(
            {"name": "Day-ahead", "code": "ACCESS", "currency_id": cls.company.currency_id.id}
        )
        contract = cls.make_contract(
            (
                "credit",
                "kwh",
                0.2,
                {"price_kind": "banded", "band_ids": [Command.create({"name": "all", "price": 0.1})]},
            ),
            ("charge", "kwh", 0, {"price_kind": "tiered", "tier_ids": [Command.create({"until": 0, "price": 0.1})]}),
            ("credit", "kwh", 0, {"price_kind": "indexed", "index_id": index.id}),
        )
        cls.make_cdr("2026-03-10T08:00:00Z")
        cls.statement = cls.prepare(2026, 3, contract)
        supply = {
            "name": "Supply",
            "site_id": cls.site.id,
            "company_id": cls.company.id,
            "date_from": "2026-01-01",
            "price": 0.15,
        }
        cls.records = {
            "ev.price.band": contract.term_ids.version_ids.band_ids,
            "ev.price.tier": contract.term_ids.version_ids.tier_ids,
            "ev.supply.contract": cls.env["ev.supply.contract"].create(dict(supply, price=0.15)),
            "ev.statement.gap": cls.statement.gap_ids,
            "ev.tariff": cls.env["ev.tariff"].create({"name": "T", "company_id": cls.company.id, "price_kwh": 0.4}),
        }
        cls.mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}

    def rights(self, user):
        """{model: operations that user may do with this test's record}."""
        found = {}
        for model, records in self.records.items():
            self.assertTrue(records, model)
            mine = records.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            found[model] = "".join(
                letter
                for letter, operation in (("r", "read"), ("w", "write"), ("d", "unlink"))
                if mine.has_access(operation)
            )
        return found

    def portal(self, login, partner):
        contact = self.env["res.partner"].create({"name": login, "parent_id": partner.id})
        return self.make_user(login, "base.group_portal", partner_id=contact.id, **self.mine)

    def test_each_role(self):
        everything = dict.fromkeys(MODELS, "rwd") | {"ev.statement.gap": "r"}
        nothing = dict.fromkeys(MODELS, "")
        stranger = self.env["res.partner"].create({"name": "Stranger", "is_company": True})
        roles = {
            "ev_billing.group_contract_admin": everything,
            "account.group_account_invoice": dict.fromkeys(MODELS, "r"),
            "account.group_account_readonly": dict.fromkeys(MODELS, "r"),
            "ev_cpms.group_technician": nothing,
            "ev_cpms.group_bridge": nothing,
        }
        for number, (group, expected) in enumerate(roles.items()):
            user = self.make_user(f"prices-{number}", group, **self.mine)
            with self.subTest(group=group):
                self.assertEqual(self.rights(user), expected)
        own_prices = nothing | {"ev.price.band": "r", "ev.price.tier": "r"}
        for login, partner, expected in (("prices-host", self.host, own_prices), ("prices-emsp", self.emsp, nothing),
                                         ("prices-stranger", stranger, nothing)):  # fmt: skip
            with self.subTest(login=login):
                self.assertEqual(self.rights(self.portal(login, partner)), expected)

    def test_another_company_sees_nothing(self):
        other = self.make_company("EV Elsewhere")
        user = self.make_user(
            "prices-elsewhere", "ev_billing.group_contract_admin", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertEqual(self.rights(user), dict.fromkeys(MODELS, ""))

    def test_only_accountants_approve_without_prices(self):
        admin = self.make_user("prices-admin", "ev_billing.group_contract_admin", **self.mine)
        with self.assertRaises(AccessError):
            self.statement.with_user(admin).action_approve_without_prices()
        accountant = self.make_user("prices-accountant", "account.group_account_invoice", **self.mine)
        with self.assertRaises(UserError):
            self.statement.with_user(accountant).action_approve()
        self.statement.with_user(accountant).action_approve_without_prices()
        self.assertIn("prices-accountant", str(self.statement.message_ids.mapped("body")))

    def test_two_supplies_of_one_site_are_refused(self):
        with self.assertRaisesRegex(UserError, "already has supply contract Supply"), self.env.cr.savepoint():
            self.records["ev.supply.contract"].copy({"name": "Second", "date_from": "2026-06-01"})
        self.records["ev.supply.contract"].date_to = "2026-05-31"
        self.records["ev.supply.contract"].copy({"name": "Second", "date_from": "2026-06-01", "date_to": False})
