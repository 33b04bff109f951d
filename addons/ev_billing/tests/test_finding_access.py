from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .finding_common import EvFindingCommon

MODELS = ("ev.finding", "ev.finding.rule", "ev.cdr.hold", "ev.site.metering", "ev.site.energy.report")


@tagged("post_install", "-at_install")
class TestFindingAccess(EvFindingCommon):
    """Accountants decide, auditors and contract administrators read, all others see nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        metering = {"site_id": cls.site.id, "date_from": "2026-03-01", "date_to": "2026-03-31", "energy_kwh": 40}
        cls.metering = cls.env["ev.site.metering"].create(metering)
        cls.cdr = cls.make_cdr("2026-03-10T08:00:00Z", 25_000)
        cls.other = cls.make_cdr("2026-03-12T08:00:00Z", 10_000, flags=["unclosed"])
        cls.other._hold("held", "wait")
        cls.finding = cls.check(cls, 3, "power")
        cls.check(cls, 3)

    def user(self, name, groups, **values):
        return self.make_user(f"finding-{name}", groups, **{**self.mine, **values})

    def readable(self, user):
        return {model for model in MODELS if self.env[model].with_user(user).has_access("read")}

    def test_accountant_decides(self):
        user = self.user("accountant", "account.group_account_invoice")
        self.assertEqual(self.readable(user), set(MODELS))
        finding = self.finding.with_user(user)
        wizard = self.env["ev.finding.decide"].with_user(user)
        action = finding.action_decide()
        wizard = wizard.with_context(**action["context"]).create({"action": "accept", "reason": "checked on site"})
        wizard.action_decide()
        self.assertEqual((finding.state, finding.decided_by_id, finding.reason), ("accepted", user, "checked on site"))
        message = finding.message_ids[0]
        self.assertEqual(message.author_id, user.partner_id)
        self.assertIn("checked on site", message.body)
        finding.action_reopen()
        finding.action_retry()
        self.assertEqual(finding.state, "open")
        for model in ("ev.finding", "ev.finding.rule", "ev.cdr.hold", "ev.site.energy.report"):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.env[model].with_user(user).has_access(operation), (model, operation))
        with self.assertRaisesRegex(UserError, "Charging Administrator"):
            finding.action_correct()
        self.assertFalse(self.cdr.credited_by_ids)

    def test_auditor_and_contract_admin_read(self):
        for group in ("account.group_account_readonly", "ev_billing.group_contract_admin"):
            user = self.user(group, group)
            self.assertEqual(self.readable(user), set(MODELS), group)
            finding = self.finding.with_user(user)
            self.assertIn("25.000 kWh", finding.name)
            for step in ("action_decide", "action_reopen", "action_retry", "action_correct"):
                with self.subTest(group=group, step=step), self.assertRaises(AccessError):
                    getattr(finding, step)()
            with self.assertRaises(AccessError):
                finding._accept("x")
            with self.assertRaises(AccessError):
                self.metering.with_user(user).energy_kwh = 1
        self.assertEqual((self.finding.state, self.metering.energy_kwh), ("open", 40))

    def test_managers_tune_rules(self):
        manager = self.user("manager", "account.group_account_manager")
        rule = self.rule("power").with_user(manager)
        rule.write({"limit_1": 20, "blocking": False})
        self.assertEqual((rule.limit_1, rule.blocking), (20, False))
        with self.assertRaisesRegex(UserError, "which rule it is cannot be changed"):
            rule.code = "clock"
        self.assertEqual(rule.code, "power")
        self.assertFalse(rule.has_access("create") or rule.has_access("unlink"))
        admin = self.user("contracts", "ev_billing.group_contract_admin")
        with self.assertRaises(AccessError):
            self.rule("power").with_user(admin).blocking = True
        self.assertFalse(rule.blocking)

    def test_nobody_else(self):
        stranger = self.env["res.partner"].create({"name": "Stranger", "is_company": True})
        users = [
            self.user("technician", "ev_cpms.group_technician"),
            self.user("bridge", "ev_cpms.group_bridge"),
            self.user("host", "base.group_portal", partner_id=self.host.id),
            self.user("emsp", "base.group_portal", partner_id=self.emsp.id),
            self.user("stranger", "base.group_portal", partner_id=stranger.id),
        ]
        for user in users:
            self.assertEqual(self.readable(user), set(), user.login)
            with self.assertRaises(AccessError):
                self.finding.with_user(user).action_retry()
        technician = self.cdr.with_user(users[0])
        self.assertFalse({"ev_finding_count", "ev_hold_ids"} & set(technician.fields_get()))

    def test_other_company(self):
        other = self.make_company("EV Other Operator")
        user = self.user(
            "other",
            "account.group_account_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in MODELS:
            records = self.env[model].with_user(user).with_context(allowed_company_ids=other.ids).search([])
            self.assertFalse(records.company_id - other, model)
        with self.assertRaises(AccessError):
            self.finding.with_user(user).with_context(allowed_company_ids=other.ids).action_decide()
        self.assertEqual(self.finding.state, "open")
