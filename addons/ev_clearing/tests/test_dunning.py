"""What is owed, how long it took to be paid, and reminders: each level once, one a day, none while something is disputed.

An invoice of 30 EUR and 20 % VAT (36 EUR) of 2 April 2026, due on 12 April: levels come on 17 April, 27 April and 12 May.
"""

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_matrix import MatrixCase


class DunningCase(MatrixCase):
    def setUp(self):
        super().setUp()
        self.company.ev_dunning = True
        self.move = self.make_invoice()

    def make_invoice(self):
        self.statement.action_open_window()
        self.statement._approve_by_partner("Ada")
        self.statement.action_approve()
        self.statement.document("2026-04-02")
        self.statement.invalidate_recordset()
        move = self.statement.document_ids
        # core computed it from the payment term; the test says it outright
        line = move.line_ids.filtered(lambda one: one.account_id.account_type == "asset_receivable")
        self.env.cr.execute("UPDATE account_move SET invoice_date_due = '2026-04-12' WHERE id = %s", [move.id])
        self.env.cr.execute("UPDATE account_move_line SET date_maturity = '2026-04-12' WHERE id = %s", [line.id])
        self.env.invalidate_all()
        self.assertEqual((move.state, move.amount_residual, len(line)), ("posted", 36, 1))
        return move

    def run_cron(self, day):
        """At ten o'clock in Paris; return {level: documents} that were reminded of that day."""
        self.clock.move_to(f"{day} 08:00:00")
        with self.enter_registry_test_mode():
            self.env.ref("ev_clearing.ir_cron_remind").method_direct_trigger()
        self.env.invalidate_all()
        sent = self.env["ev.dunning.reminder"].search([("sent_on", "=", day), ("company_id", "=", self.company.id)])
        return {row.level: row.move_id for row in sent}

    def ageing(self, *domain, user=None):
        self.env.invalidate_all()
        rows = self.env["ev.receivable.ageing"].with_user(user or self.env.user)
        return rows.search([("company_id", "=", self.company.id), *domain])


@tagged("post_install", "-at_install")
class TestDunning(DunningCase):
    def test_three_levels_on_their_days_each_once(self):
        self.assertFalse(self.run_cron("2026-04-16"), "four days after the due date")
        self.assertEqual(self.run_cron("2026-04-17"), {1: self.move})
        self.run_cron("2026-04-17")
        reminders = self.move.ev_reminder_ids
        self.assertEqual(len(reminders), 1, "run twice, sent once")
        self.assertEqual((reminders.days_overdue, reminders.amount), (5, 36))
        mail = reminders.mail_message_id
        self.assertIn("Payment reminder, 36.00", mail.subject)
        self.assertIn(self.move.name, mail.body)
        self.assertIn(f"/my/invoices/{self.move.id}", mail.body)
        queued = self.env["mail.mail"].search([("mail_message_id", "=", mail.id)])
        self.assertEqual(queued.recipient_ids, self.emsp)
        self.assertEqual(queued.attachment_ids, self.move.invoice_pdf_report_id)
        self.assertFalse(self.run_cron("2026-04-26"))
        self.assertEqual(self.run_cron("2026-04-27"), {2: self.move})
        self.assertFalse(self.move.activity_ids)
        self.assertEqual(self.run_cron("2026-05-12"), {3: self.move})
        self.assertIn("Last Reminder sent to", self.move.activity_ids.summary)
        self.assertFalse(self.run_cron("2026-06-30"), "there is no fourth")
        self.assertEqual(sorted(self.move.ev_reminder_ids.mapped("level")), [1, 2, 3])
        self.assertEqual((self.move.ev_reminder_level, self.move.ev_reminded_on), (3, Date.to_date("2026-05-12")))

    def test_long_overdue_levels_keep_their_distance(self):
        # 49 days overdue at first: the second level is 15 - 5 = 10 days after the first, the third 15 after that
        self.assertEqual(self.run_cron("2026-05-31"), {1: self.move})
        self.assertFalse(self.run_cron("2026-06-09"))
        self.assertEqual(self.run_cron("2026-06-10"), {2: self.move})
        self.assertFalse(self.run_cron("2026-06-24"))
        self.assertEqual(self.run_cron("2026-06-25"), {3: self.move})

    def test_switched_off_nothing_is_sent(self):
        self.company.ev_dunning = False
        self.assertFalse(self.run_cron("2026-05-31"))
        self.assertFalse(self.move.ev_reminder_ids)

    def test_what_is_contested_or_disputed_waits(self):
        contest = self.env["ev.statement.contest"].sudo().create(
            {"statement_id": self.statement.id, "partner_id": self.emsp.id, "author_name": "Ada", "date": "2026-04-13 08:00:00",
             "reason": "Too much"}
        )  # fmt: skip
        self.assertFalse(self.run_cron("2026-04-17"))
        contest.write(
            {"state": "rejected", "answer": "No", "answered_by_id": self.env.uid, "answered_at": "2026-04-17 09:00:00"}
        )
        dispute = self.env["ev.dispute"].sudo().create(
            {
                "statement_id": self.statement.id, "company_id": self.company.id, "contract_id": self.contract.id,
                "partner_id": self.emsp.id, "currency_id": self.company.currency_id.id, "cdr_id": self.cdrs[0].id, "amount": 5,
                "reason": "energy", "source": "operator", "author_name": "Ada", "opened_at": "2026-04-13 08:00:00",
                "deadline": "2026-04-23",
            }
        )  # fmt: skip
        self.assertFalse(self.run_cron("2026-04-18"))
        [row] = self.ageing()
        self.assertEqual((row.disputed_amount, row.to_remind), (5, False))
        self.assertIn("are disputed: answer first", row.problem)
        dispute.write({"state": "decided", "outcome": "stands", "frozen": False})
        self.assertEqual(self.run_cron("2026-04-19"), {1: self.move})

    def test_no_reminders_for_a_reason_and_until_a_day(self):
        with self.assertRaisesRegex(ValidationError, "say why no reminders are sent"):
            self.emsp.ev_no_reminders = True
        for record in (self.emsp, self.contract, self.move):
            with self.subTest(record._name):
                record.write(
                    {"ev_no_reminders": True, "ev_no_reminders_reason": "A plan", "ev_no_reminders_until": "2026-04-20"}
                )
                self.assertFalse(self.run_cron("2026-04-20"))
                self.assertEqual(self.ageing().problem, "No reminders: A plan")
                if record == self.move:
                    self.assertEqual(self.run_cron("2026-04-21"), {1: self.move}, "its day is over")
                record.write({"ev_no_reminders": False})

    def test_paid_and_small_amounts_are_not_reminded(self):
        levels = self.env["ev.dunning.level"]._get_levels(self.company)
        levels[0].minimum = 36.01
        self.assertFalse(self.run_cron("2026-04-17"))
        levels[0].minimum = 36
        self.pay(self.statement)
        self.assertFalse(self.run_cron("2026-04-18"))
        levels[0].minimum = 0
        self.assertFalse(self.run_cron("2026-04-19"))

    def test_a_credit_note_is_never_reminded_and_counts_negative(self):
        """12 EUR are given back with a credit note of a statement: 36 - 12 = 24 EUR open."""
        credit = self.env["account.move"].create(
            {
                "move_type": "out_refund", "partner_id": self.emsp.id, "invoice_date": "2026-04-03",
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": 10, "tax_ids": [Command.set(self.sale_tax.ids)]})
                ],
            }
        )  # fmt: skip
        credit.sudo().ev_statement_id = self.statement
        credit.action_post()
        self.clock.move_to("2026-04-17 08:00:00")
        rows = self.ageing()
        self.assertEqual({row.move_id: row.amount_residual for row in rows}, {self.move: 36, credit: -12})
        [(total,)] = rows._read_group([("company_id", "=", self.company.id)], [], ["amount_residual:sum"])
        self.assertEqual(total, 24)
        self.assertEqual(self.run_cron("2026-04-17"), {1: self.move})

    def test_by_hand_now_but_once_a_day(self):
        self.clock.move_to("2026-04-13 08:00:00")
        move = self.move.with_user(self.accountant)
        move.action_ev_remind()
        self.assertEqual(self.move.ev_reminder_ids.user_id, self.accountant)
        with self.assertRaisesRegex(UserError, "one reminder a day is enough"):
            move.action_ev_remind()
        self.clock.move_to("2026-04-14 08:00:00")
        self.ageing().with_user(self.accountant).action_remind()
        self.assertEqual(sorted(self.move.ev_reminder_ids.mapped("level")), [1, 2])
        self.pay(self.statement)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "it is no overdue, open invoice"):
            move.action_ev_remind()

    def test_two_at_once_the_database_lets_one_through(self):
        self.assertEqual(self.run_cron("2026-04-17"), {1: self.move})
        level = self.env["ev.dunning.level"]._get_levels(self.company)[0]
        reminders, mails = self.env["ev.dunning.reminder"], self.env["mail.mail"].search_count([])
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            reminders._send(self.company, self.emsp, level, self.move)
        reminders._send_apart(self.company, self.emsp, level, self.move)
        self.assertEqual((len(self.move.ev_reminder_ids), self.env["mail.mail"].search_count([])), (1, mails))

    def test_nobody_to_mail_is_told_to_the_accountant(self):
        self.emsp.email = False
        self.assertFalse(self.run_cron("2026-04-17"))
        self.run_cron("2026-04-18")
        self.assertEqual(len(self.move.activity_ids), 1)
        self.assertIn("no usable e-mail address", self.move.activity_ids.summary)
        self.emsp.email = "settlement@emsp.example"
        self.assertEqual(self.run_cron("2026-04-19"), {1: self.move})

    def test_levels_of_a_company_replace_those_for_all(self):
        template = self.env.ref("ev_clearing.ev_dunning_template_friendly").id
        levels = self.env["ev.dunning.level"]
        own = levels.create(
            {"name": "Own", "company_id": self.company.id, "level": 1, "days": 3, "template_id": template}
        )
        self.assertEqual(levels._get_levels(self.company), own)
        self.assertEqual(self.run_cron("2026-04-15"), {1: self.move})
        with self.assertRaisesRegex(ValidationError, "needs more than 3 days"):
            levels.create(
                {"name": "Two", "company_id": self.company.id, "level": 2, "days": 3, "template_id": template}
            )


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
