from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EvBillingCommon

MODELS = (
    "ev.contract",
    "ev.contract.term",
    "ev.contract.term.version",
    "ev.statement",
    "ev.statement.line",
    "ev.charge",
)


@tagged("post_install", "-at_install")
class TestAccess(EvBillingCommon):
    """Who may see and do what (design invariant 8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.accountant = cls.make_user("ev-accountant", "account.group_account_invoice", **mine)
        cls.contract_admin = cls.make_user("ev-contracts", "ev_billing.group_contract_admin", **mine)
        cls.technician = cls.make_user("ev-technician", "ev_cpms.group_technician", **mine)
        cls.bridge = cls.make_user("ev-bridge", "ev_cpms.group_bridge", **mine)
        cls.contract = cls.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "1"))
        cls.make_cdr("2026-03-01T08:00:00Z")
        cls.statement = cls.prepare(2026, 3, cls.contract)
        cls.records = {
            "ev.contract": cls.contract,
            "ev.contract.term": cls.contract.term_ids,
            "ev.contract.term.version": cls.contract.term_ids.version_ids,
            "ev.statement": cls.statement,
            "ev.statement.line": cls.statement.line_ids,
            "ev.charge": cls.statement.charge_ids,
        }

    def portal(self, login, partner):
        return self.make_user(
            login,
            "base.group_portal",
            partner_id=partner.id,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def visible(self, user):
        """Models of which that user finds this test's records."""
        found = set()
        for model, records in self.records.items():
            try:
                if self.env[model].with_user(user).search([("id", "in", records.ids)]):
                    found.add(model)
            except AccessError:
                continue
        return found

    def assert_cannot(self, user, operations, models=MODELS):
        for model in models:
            for operation in operations:
                with self.subTest(user=user.login, model=model, operation=operation):
                    self.assertFalse(self.env[model].with_user(user).has_access(operation))

    def test_accountant_runs_the_whole_month_but_makes_no_contracts(self):
        self.assertEqual(self.visible(self.accountant), set(MODELS))
        statements = self.env["ev.statement"].with_user(self.accountant).with_company(self.company)
        ids = statements.prepare_month(self.company.id, 2026, 3)
        self.assertEqual(ids, self.statement.ids)
        statement = statements.browse(ids)
        statement.action_compute()
        statement.action_approve()
        self.assertEqual(len(statement.document("2026-04-02")), 2)
        self.assertEqual(statement.state, "documented")
        self.assertEqual(len(statements.collect_files(ids)), 3)
        self.assertIn("equal to what is stored", statement.charge_ids[0].explanation)
        self.assert_cannot(self.accountant, ("create", "write", "unlink"), MODELS[:3] + MODELS[4:])
        self.assert_cannot(self.accountant, ("create",), ("ev.statement",))

    def test_contract_admin_makes_contracts_but_no_statements(self):
        self.assertEqual(self.visible(self.contract_admin), set(MODELS))
        contract = (
            self.env["ev.contract"]
            .with_user(self.contract_admin)
            .create(
                {
                    "partner_id": self.host.id,
                    "date_start": "2027-01-01",
                    "company_id": self.company.id,
                    "term_ids": [
                        (
                            0,
                            0,
                            {
                                "name": "Energy",
                                "direction": "credit",
                                "basis": "kwh",
                                "product_id": self.product.id,
                                "version_ids": [(0, 0, {"date_from": "2027-01-01", "price": 0.2})],
                            },
                        )
                    ],
                }
            )
        )
        contract.action_activate()
        self.assertEqual(contract.state, "active")
        self.assert_cannot(self.contract_admin, ("create", "write", "unlink"), MODELS[3:])
        for step in ("action_compute", "action_approve", "action_reset_to_draft", "document"):
            with self.subTest(step=step), self.assertRaises(AccessError):
                getattr(self.statement.with_user(self.contract_admin), step)()
        with self.assertRaises(AccessError):
            self.env["ev.statement"].with_user(self.contract_admin).prepare_month(self.company.id, 2026, 3)

    def test_technician_and_bridge_see_no_money(self):
        for user in (self.technician, self.bridge):
            self.assertEqual(self.visible(user), set())
            self.assert_cannot(user, ("read", "create", "write", "unlink"))
            for method in ("prepare_month", "get_completeness"):
                with self.assertRaises(AccessError):
                    getattr(self.env["ev.statement"].with_user(user), method)(self.company.id, 2026, 3)
            with self.assertRaises(AccessError):
                self.env["ev.statement"].with_user(user).collect_files(self.statement.ids)

    def test_portal_host_sees_its_own_once_approved(self):
        host = self.portal("ev-host", self.env["res.partner"].create({"name": "Bookkeeper", "parent_id": self.host.id}))
        self.assertEqual(self.visible(host), set(MODELS[:3]), "a draft statement is nobody else's business")
        self.statement.action_approve()
        self.assertEqual(self.visible(host), set(MODELS[:5]), "never charges")
        self.assert_cannot(host, ("create", "write", "unlink"))
        self.assert_cannot(host, ("read",), ("ev.charge", "ev.cdr"))
        self.assertEqual(self.statement.with_user(host).read(["total_credit"])[0]["total_credit"], 1.0)

    def test_portal_neighbours_see_nothing(self):
        self.statement.action_approve()
        stranger = self.env["res.partner"].create({"name": "Stranger", "is_company": True})
        for user in (self.portal("ev-emsp", self.emsp), self.portal("ev-stranger", stranger)):
            self.assertEqual(self.visible(user), set())
            with self.assertRaises(AccessError):
                self.statement.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                self.env["ev.statement"].with_user(user).collect_files(self.statement.ids)

    def test_portal_does_not_see_draft_contracts(self):
        host = self.portal("ev-host", self.host)
        draft = self.make_contract(("credit", "kwh", "0.10"), activate=False)
        self.assertNotIn(draft, self.env["ev.contract"].with_user(host).search([]))

    def test_other_company_sees_nothing(self):
        other = self.make_company("EV Other Operator")
        user = self.make_user(
            "ev-other",
            "account.group_account_invoice,ev_billing.group_contract_admin",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.records = {
            model: records.with_context(allowed_company_ids=other.ids) for model, records in self.records.items()
        }
        for model in MODELS:
            found = (
                self.env[model]
                .with_user(user)
                .with_context(allowed_company_ids=other.ids)
                .search([("id", "in", self.records[model].ids)])
            )
            self.assertFalse(found, model)

    def test_contracts_of_another_company_are_not_billed_by_id(self):
        other = self.make_company("EV Other Operator")
        user = self.make_user(
            "ev-other", "account.group_account_invoice", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        statements = self.env["ev.statement"].with_user(user).with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            statements.prepare_month(other.id, 2026, 4, self.contract.ids)
        with self.assertRaises(UserError):
            statements.prepare_month(self.company.id, 2026, 4)
        with self.assertRaises(AccessError):
            statements.browse(self.statement.ids).action_approve()
