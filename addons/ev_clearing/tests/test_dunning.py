"""What is owed, how long it took to be paid, and reminders: each level once, one a day, none while something is disputed.

An invoice of 30 EUR and 20 % VAT (36 EUR) of 2 April 2026, due on 12 April: levels come on 17 April, 27 April and 12 May.
"""

from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .test_matrix import MatrixCase


class DunningCase(MatrixCase):
    # the three sessions of 30 EUR, and 20 % of VAT
    owed = 36

    def setUp(self):
        super().setUp()
        self.company.ev_dunning = True
        self.move = self.make_invoice()

    def make_invoice(self):
        self.statement.action_open_window()
        self.dispute()
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
        self.assertEqual((move.state, move.amount_residual, len(line)), ("posted", self.owed, 1))
        return move

    def dispute(self):
        """What the partner does not agree with while the window is open: nothing."""

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

    def test_a_broken_template_stops_one_mail_only(self):
        template = self.env.ref("ev_clearing.ev_dunning_template_friendly")
        body = template.body_html
        template.body_html = '<p t-out="object.move_id.no_such_field"/>'
        self.assertFalse(self.run_cron("2026-04-17"))
        [todo] = self.move.activity_ids
        self.assertLess(len(todo.summary), 300, "no traceback")
        template.body_html = body
        sending = patch.object(type(self.env["mail.template"]), "send_mail", side_effect=ValueError("no such thing"))
        with sending, self.assertLogs("odoo.addons.ev_clearing.models.ev_dunning_reminder", "ERROR") as log:
            self.assertFalse(self.run_cron("2026-04-18"))
        self.assertIn("ValueError: no such thing", log.output[0])
        self.assertIn("no such thing", self.move.activity_ids.sorted("id")[-1:].summary)
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
class TestDunningOfTheRest(DunningCase):
    """The session of 5 EUR was disputed in the window and left out: (10 + 15) x 1.2 = 30 EUR are owed by all means."""

    owed = 30

    def dispute(self):
        self.disputed = self.statement._dispute([Claim(self.cdrs[0].id, "energy")], self.emsp).made

    def test_a_dispute_of_what_was_left_out_stops_nothing(self):
        self.assertEqual(self.disputed.state, "open")
        self.assertEqual(self.run_cron("2026-04-17"), {1: self.move})
