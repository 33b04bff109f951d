"""Who sees and does what with batches: by role, over RPC, across companies."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import EvSepaCommon

MODELS = ("ev.payment.batch", "ev.payment.line", "ev.payment.item", "ev.payment.finding", "ev.payment.event")


@tagged("post_install", "-at_install")
class TestBatchSecurity(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsiders = cls.env["res.users"].union(
            cls.make_user("pay-technician", "ev_cpms.group_technician"),
            cls.make_user("pay-bridge", "ev_cpms.group_bridge"),
            cls.make_user("pay-contracts", "ev_billing.group_contract_admin"),
            cls.make_user("pay-stranger", "base.group_user"),
            cls.make_user("pay-portal-stranger", "base.group_portal"),
            new_test_user(cls.env, "pay-host", groups="base.group_portal", partner_id=cls.host.id),
            new_test_user(cls.env, "pay-emsp", groups="base.group_portal", partner_id=cls.emsp.id),
        )
        cls.neighbour = cls.make_company("Neighbour")
        cls.other_maker = new_test_user(
            cls.env,
            "pay-other-company",
            groups="ev_sepa.group_payment_maker,ev_sepa.group_payment_approver",
            company_id=cls.neighbour.id,
            company_ids=[Command.set(cls.neighbour.ids)],
        )

    def test_who_reads(self):
        batch = self.paid_batch(self.make_bill("10"))
        accountant = self.make_user("pay-accountant", "account.group_account_invoice")
        for user in (self.maker, self.approver, self.auditor, accountant):
            for model in MODELS:
                self.assertTrue(self.as_user(self.env[model], user).has_access("read"), (user.login, model))
            self.assertEqual(self.as_user(batch, user).read(["name"])[0]["name"], batch.name)

    def test_who_reads_nothing(self):
        batch = self.paid_batch(self.make_bill("10"))
        for user in self.outsiders:
            for model in MODELS:
                with self.assertRaises(AccessError, msg=(user.login, model)):
                    self.as_user(self.env[model], user).search([])
            with self.assertRaises(AccessError, msg=user.login):
                self.as_user(batch.line_ids, user).read(["iban"])

    def test_other_company_sees_and_does_nothing(self):
        batch = self.propose(self.make_bill("10"))
        theirs = batch.with_user(self.other_maker).with_context(allowed_company_ids=self.neighbour.ids)
        for model in MODELS:
            found = (
                self.env[model]
                .with_user(self.other_maker)
                .with_context(allowed_company_ids=self.neighbour.ids)
                .search([])
            )
            self.assertFalse(found.filtered(lambda record: record.company_id == self.company), model)
        for step in ("action_check", "action_approve", "action_release", "action_cancel", "action_download"):
            with self.assertRaises(AccessError, msg=step):
                getattr(theirs, step)()
        with self.assertRaises(AccessError):
            self.propose(self.make_bill("20"), user=self.other_maker).read(["name"])
        self.assertEqual(batch.state, "draft")

    def test_outsiders_take_no_step(self):
        batch = self.propose(self.make_bill("10"))
        for user in self.outsiders:
            for step in ("action_check", "action_approve", "action_release", "action_cancel", "action_confirm_cancel"):
                with self.assertRaises(AccessError, msg=(user.login, step)):
                    getattr(self.as_user(batch, user), step)()
            with self.assertRaises(UserError, msg=user.login):
                self.as_user(self.env["ev.payment.propose"], user)._open(batch.line_ids.item_ids.move_id, self.company)
        self.assertEqual(batch.state, "draft")

    def test_auditor_only_looks(self):
        batch = self.propose(self.make_bill("10"))
        for record in (batch, batch.line_ids, batch.line_ids.item_ids, batch.event_ids):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.as_user(record, self.auditor).has_access(operation), (record._name, operation))

    def test_profiles_are_the_accounting_managers(self):
        manager = self.make_user("pay-manager", "account.group_account_manager")
        self.as_user(self.profile, manager).cut_off = 12.5
        self.assertEqual(self.profile.cut_off, 12.5)
        for user in (self.maker, self.approver, self.auditor):
            with self.assertRaises(AccessError):
                self.as_user(self.profile, user).cut_off = 1.0
        self.assertEqual(self.profile.cut_off, 12.5)
