"""What is owed and how late, how long it took to be paid, and who sees it.

The invoice is that of `test_dunning`: 36 EUR of 2 April 2026, due on 12 April.
"""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_dunning import DunningCase


@tagged("post_install", "-at_install")
class TestAgeing(DunningCase):
    def test_buckets_day_by_day_and_partial_payments(self):
        for day, bucket, days in (
            ("2026-04-12", "0", 0),
            ("2026-04-13", "1", 1),
            ("2026-05-12", "1", 30),
            ("2026-05-13", "2", 31),
            ("2026-06-11", "2", 60),
            ("2026-06-12", "3", 61),
            ("2026-07-11", "3", 90),
            ("2026-07-12", "4", 91),
        ):
            self.clock.move_to(f"{day} 08:00:00")
            [row] = self.ageing()
            self.assertEqual((row.bucket, row.days_overdue, row.amount_residual), (bucket, days, 36), day)
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        )
        wizard.create({"payment_date": "2026-07-12", "amount": 6})._create_payments()
        # 36 - 6
        self.assertEqual(self.ageing().amount_residual, 30)
        self.assertFalse(self.env["ev.days.to.pay"].search([("move_id", "=", self.move.id)]))

    def test_days_to_pay_from_its_date_and_from_its_due_date(self):
        self.pay(self.statement)
        self.env.invalidate_all()
        self.assertFalse(self.ageing())
        [row] = self.env["ev.days.to.pay"].search([("company_id", "=", self.company.id)])
        # 2 to 20 April: 18 days, 8 after the 12th
        self.assertEqual((row.move_id, row.days, row.days_late, row.amount), (self.move, 18, 8, 36))
        self.assertEqual(row.partner_id, self.emsp)

    def test_who_sees_it(self):
        self.clock.move_to("2026-04-17 08:00:00")
        self.run_cron("2026-04-17")
        models = ("ev.receivable.ageing", "ev.dunning.reminder", "ev.dunning.level")
        mine = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        for login, group in (
            ("auditor", "base.group_user,account.group_account_readonly"),
            ("book", "base.group_user,account.group_account_invoice"),
        ):
            user = self.make_user(f"ageing-{login}", group, **mine)
            for model in models:
                with self.subTest(user=login, model=model):
                    records = self.env[model].with_user(user).search([])
                    self.assertTrue(records)
                    self.assertTrue(records.read())
            with self.assertRaises(UserError):
                self.env["ev.dunning.reminder"].with_user(user).search([]).write({"level": 3})
            if login != "book":
                with self.assertRaises(AccessError):
                    self.move.with_user(user).action_ev_remind()
        admin = self.make_user("ageing-admin", "base.group_user,ev_billing.group_contract_admin", **mine)
        levels = self.env["ev.dunning.level"].with_user(admin)
        self.assertTrue(levels.search([]).has_access("write"), "who makes contracts says how partners are reminded")
        for model in ("ev.receivable.ageing", "ev.days.to.pay", "ev.dunning.reminder"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(admin).search([])
        for login, group in (
            ("technician", "ev_cpms.group_technician"),
            ("bridge", "ev_cpms.group_bridge"),
            ("portal", "base.group_portal"),
            ("employee", "base.group_user"),
        ):
            user = self.make_user(f"ageing-{login}", group, **mine)
            for model in (*models, "ev.days.to.pay"):
                with self.subTest(user=login, model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.move.with_user(user).action_ev_remind()
        self.assertEqual(len(self.move.ev_reminder_ids), 1)

    def test_another_company_sees_nothing(self):
        self.run_cron("2026-04-17")
        other = self.make_company("Other Operator")
        user = self.make_user(
            "ageing-other", "base.group_user,account.group_account_invoice", company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )  # fmt: skip
        for model in ("ev.receivable.ageing", "ev.dunning.reminder", "ev.days.to.pay"):
            records = self.env[model].with_user(user).with_context(allowed_company_ids=other.ids)
            self.assertFalse(records.search([]), model)
