from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .run_common import EvRunCommon

MODELS = ("ev.run", "ev.run.contract")


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 04:00:00")
class TestRunAccess(EvRunCommon):
    """Runs are the accountants' (design invariant 8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.accountant = cls.make_user("run-accountant", "account.group_account_invoice", **mine)
        cls.auditor = cls.make_user("run-auditor", "account.group_account_readonly", **mine)
        cls.contract_admin = cls.make_user("run-contracts", "ev_billing.group_contract_admin", **mine)
        cls.technician = cls.make_user("run-technician", "ev_cpms.group_technician", **mine)
        cls.bridge = cls.make_user("run-bridge", "ev_cpms.group_bridge", **mine)
        cls.portal = [
            cls.make_user(login, "base.group_portal", partner_id=partner.id, **mine)
            for login, partner in (
                ("run-host", cls.host),
                ("run-emsp", cls.emsp),
                ("run-stranger", cls.env["res.partner"].create({"name": "Stranger", "is_company": True})),
            )
        ]
        cls.run_of_march = cls.start()

    def test_accountant_takes_the_whole_way(self):
        runs = self.env["ev.run"].with_user(self.accountant).with_company(self.company)
        run = runs.browse(runs.start(self.company.id, 2026, 3))
        self.assertEqual(run.sudo(), self.run_of_march.sudo())
        self.work()
        run.mode = "autopilot"
        run.action_check()
        run.action_release()
        self.work()
        self.assertEqual(run.state, "closed")
        self.assertEqual(run.contract_ids.released_by_id, self.accountant)
        for values in ({"state": "open"}, {"summary_hash": "x"}, {"closed_at": False}):
            with self.subTest(values=values), self.assertRaises(UserError):
                run.write(values)
        self.assertEqual(run.state, "closed")
        with self.assertRaises(AccessError):
            run.contract_ids[0].write({"state": "due"})

    def test_readers_read_and_start_nothing(self):
        for user in (self.auditor, self.contract_admin):
            for model in MODELS:
                records = self.env[model].with_user(user)
                self.assertTrue(records.search([("company_id", "=", self.company.id)]), (user.login, model))
                for operation in ("create", "write", "unlink"):
                    self.assertFalse(records.has_access(operation), (user.login, model, operation))
            run = self.run_of_march.with_user(user)
            for step in ("action_release", "action_check", "action_go_on"):
                with self.subTest(user=user.login, step=step), self.assertRaises(AccessError):
                    getattr(run, step)()
            with self.assertRaises(AccessError):
                run.start(self.company.id, 2026, 3)
            with self.assertRaises(AccessError):
                run.contract_ids.action_release()
        self.assertEqual(set(self.run_of_march.contract_ids.mapped("step")), {"prepare"})

    def test_nobody_else_sees_that_there_is_a_run(self):
        for user in (self.technician, self.bridge, *self.portal):
            for model in MODELS:
                with self.subTest(user=user.login, model=model):
                    self.assertFalse(self.env[model].with_user(user).has_access("read"))
            with self.assertRaises(AccessError):
                self.env["ev.run"].with_user(user).start(self.company.id, 2026, 3)

    def test_other_company_neither_sees_nor_starts_it(self):
        other = self.make_company("EV Other Operator")
        user = self.make_user(
            "run-other", "account.group_account_invoice", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        runs = self.env["ev.run"].with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertFalse(runs.search([("id", "=", self.run_of_march.id)]))
        with self.assertRaises(UserError):
            runs.start(self.company.id, 2026, 3)
        with self.assertRaises(UserError):
            runs.start(other.id, 2026, 3, self.hosted.ids)
        with self.assertRaises(AccessError):
            runs.browse(self.run_of_march.id).action_release()
        self.assertFalse(runs.search([("company_id", "=", other.id)]))
