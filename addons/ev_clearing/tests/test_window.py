from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .window_common import WindowCase


@tagged("post_install", "-at_install")
class TestWindow(WindowCase):
    def test_the_partner_is_mailed_the_list_and_has_seven_days(self):
        self.open_window()
        self.assertEqual(self.statement.state, "control")
        # opened on 2 April at 10:00 in Paris; seven days later ends 9 April, 24:00 in Paris, 22:00 UTC in summer time
        self.assertEqual(self.statement.control_window_end, Datetime.to_datetime("2026-04-09 22:00:00"))
        self.assertEqual(self.statement._say_until(), "04/09/2026")
        self.assertEqual(self.listed(), {
            self.cdrs[0].external_id: (5.0, False),
            self.cdrs[1].external_id: (10.0, False),
            self.cdrs[2].external_id: (15.0, False),
        })  # fmt: skip
        mail = self.statement.message_ids[0]
        self.assertIn("please check 3 sessions", mail.subject)
        self.assertEqual(mail.attachment_ids, self.statement.session_list_attachment_id)
        self.assertEqual(mail.notified_partner_ids, self.emsp)
        self.assertEqual(mail.notification_ids.mapped("notification_type"), ["email"])

    def test_nothing_moves_while_the_partner_looks(self):
        self.open_window()
        late = self.make_sessions(40_000, day=20)
        with self.assertRaisesRegex(UserError, "is in control: reset it to draft"):
            self.statement.action_compute()
        self.prepare(2026, 3, self.contract)
        self.assertEqual(self.statement.total, 30)
        self.statement.action_close_window()
        self.statement.action_approve()
        self.assertEqual((self.statement.state, self.statement.total), ("approved", 30))
        # what came meanwhile is on the next statement: 40 kWh at 0.50
        april = self.prepare(2026, 4, self.contract)
        self.assertEqual(april.charge_ids.cdr_id, late)
        self.assertEqual(april.total, 20)
        self.assertEqual(april.line_ids.correction, "late")

    def test_a_statement_with_a_window_is_not_approved_before_it_closed(self):
        with self.assertRaisesRegex(UserError, "goes through a control window first"):
            self.statement.action_approve()
        self.assertEqual(self.statement.state, "draft")
        self.open_window()
        with self.assertRaisesRegex(UserError, "it is approved when that closes"):
            self.statement.action_approve()
        self.assertEqual(self.statement.state, "control")

    def test_without_days_there_is_no_window_but_a_list(self):
        self.contract.control_days = 0
        with self.assertRaisesRegex(UserError, "has no control window"):
            self.statement.action_open_window()
        self.statement.action_approve()
        self.assertEqual((self.statement.state, self.statement.shown_count), ("approved", 3))

    def test_the_partner_approves_and_the_window_is_closed(self):
        self.open_window()
        self.statement._approve_by_partner("Ada of RoamCo")
        self.assertEqual(self.statement.window_outcome, "approved")
        self.assertEqual(self.statement.window_answer_by, "Ada of RoamCo")
        with self.assertRaisesRegex(UserError, "closed on 04/02/2026: nothing moves any more"):
            self.statement._approve_by_partner("Ada of RoamCo")
        with self.assertRaisesRegex(UserError, "nothing moves any more"):
            self.statement._check_window_open()

    def test_an_approval_names_who_approved(self):
        self.open_window()
        with self.assertRaisesRegex(UserError, "Enter your name"):
            self.statement._approve_by_partner("  ")
        self.assertFalse(self.statement.window_closed_at)

    def test_the_cron_closes_what_is_over_and_reminds_before(self):
        self.open_window()
        statements = self.env["ev.statement"]
        self.clock.move_to("2026-04-07 21:59:00")
        self.assertFalse(statements._find_to_remind(), "two days before its end, not earlier")
        self.clock.move_to("2026-04-07 22:00:00")
        self.assertEqual(statements._find_to_remind(), self.statement)
        with self.enter_registry_test_mode():
            self.env.ref("ev_clearing.ir_cron_windows").method_direct_trigger()
        self.assertIn("can be checked until", self.statement.message_ids[0].subject)
        self.assertFalse(statements._find_to_remind(), "reminded once")
        self.assertFalse(self.statement.window_closed_at)
        self.clock.move_to("2026-04-09 22:00:00")
        with self.assertRaisesRegex(UserError, "closed on"):
            self.statement._check_window_open()
        with self.enter_registry_test_mode():
            self.env.ref("ev_clearing.ir_cron_windows").method_direct_trigger()
        self.assertEqual(self.statement.window_outcome, "elapsed")

    def test_who_disputed_is_not_reminded(self):
        self.open_window()
        self.statement._dispute([Claim(self.cdrs[0].id, "energy")], self.emsp)
        self.clock.move_to("2026-04-08 08:00:00")
        self.assertFalse(self.env["ev.statement"]._find_to_remind())

    def test_nobody_to_mail_opens_no_window(self):
        self.emsp.email = False
        with self.assertRaisesRegex(UserError, "no usable e-mail address"), self.env.cr.savepoint():
            self.statement.action_open_window()
        self.statement.invalidate_recordset()
        self.assertEqual(self.statement.state, "draft")
        self.assertFalse(self.statement.session_ids)

    def test_withdrawn_it_is_a_draft_that_computes(self):
        self.open_window()
        late = self.make_sessions(40_000, day=20)
        self.statement.with_user(self.accountant).action_withdraw_window()
        self.assertEqual(self.statement.state, "draft")
        self.assertFalse(self.statement.session_ids or self.statement.window_opened_at)
        self.assertIn(late, self.statement.charge_ids.cdr_id)
        # 30 + 40 kWh at 0.50
        self.assertEqual(self.statement.total, 50)
        self.assertIn("come again", self.statement.message_ids[0].subject)
        self.open_window()
        self.assertEqual(self.statement.shown_count, 4)

    def test_changed_terms_are_not_sneaked_in(self):
        self.open_window()
        self.statement.action_close_window()
        # what nobody can do by hand, an amendment that reaches back would do
        self.env.cr.execute(
            "UPDATE ev_contract_term_version SET price = 0.6 WHERE contract_id = %s", [self.contract.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Withdraw its window"):
            self.statement.action_approve()
        self.assertEqual(self.statement.state, "control")

    def test_what_happens_around_a_window_does_not_close_it(self):
        """A new site, the contract's end, a price from May on, a badge's session elsewhere: none is about what was shown."""
        self.open_window()
        self.make_site("Opened Meanwhile", self.host)
        self.contract.date_end = "2026-12-31"
        term = self.contract.term_ids
        term.version_ids = [(0, 0, {"date_from": "2026-05-01", "price": 0.9})]
        self.contract.term_ids = [
            (0, 0, {"name": "From May", "direction": "charge", "basis": "session", "product_id": self.product.id,
                    "version_ids": [(0, 0, {"date_from": "2026-05-01", "price": 1})]})
        ]  # fmt: skip
        self.statement._dispute([Claim(self.cdrs[1].id, "energy")], self.emsp)
        self.statement.action_close_window()
        self.statement.action_approve()
        self.assertEqual((self.statement.state, self.statement.total), ("approved", 20))

    def test_windows_of_two_months_overlap(self):
        self.contract.control_days = 45
        self.open_window()
        self.make_cdr("2026-04-01T01:00:00Z", 4_000, token={"uid": "04TEST02", "type": "RFID"})
        self.clock.move_to("2026-05-02 08:00:00")
        april = self.prepare(2026, 4, self.contract)
        april.action_open_window()
        for statement, total in ((self.statement, 30), (april, 2)):
            statement.action_close_window()
            statement.action_approve()
            self.assertEqual((statement.state, statement.total), ("approved", total))

    def test_a_session_kept_out_of_billing_meanwhile_is_left_out(self):
        self.open_window()
        self.cdrs[1]._hold("excluded", "the hub bills it")
        self.statement.action_close_window()
        self.statement.action_approve()
        self.assertEqual(self.statement.total, 20)
        self.assertEqual(self.listed()[self.cdrs[1].external_id], (10, True))

    def test_a_partner_without_address_stops_nobody_else(self):
        self.open_window()
        other = self.env["res.partner"].create({"name": "Other", "is_company": True, "email": "x@other.example"})
        self.make_token("04TEST08", "roaming", partner=other)
        theirs = self.prepare(2026, 3, self.make_contract(("charge", "kwh", "0.5"), partner=other, role="emsp",
                                                          control_days=7))  # fmt: skip
        theirs.action_open_window()
        self.emsp.email = False
        self.clock.move_to("2026-04-08 08:00:00")
        with self.enter_registry_test_mode():
            self.env.ref("ev_clearing.ir_cron_windows").method_direct_trigger()
        self.assertTrue(theirs.window_reminded_at and self.statement.window_reminded_at)
        self.assertIn("could not be mailed", self.statement.activity_ids.summary)
        self.statement.action_withdraw_window()
        self.assertEqual(self.statement.state, "draft")

    def test_an_empty_month_has_a_window_all_the_same(self):
        february = self.prepare(2026, 2, self.contract)
        february.action_open_window()
        self.assertEqual((february.state, february.shown_count, february.total), ("control", 0, 0))
        february.action_close_window()
        february.action_approve()
        self.assertEqual(february.state, "approved")

    def test_the_list_of_an_approved_statement_is_fixed_by_the_database(self):
        self.open_window()
        self.statement.action_close_window()
        self.statement.action_approve()
        self.env.flush_all()
        for query in (
            "UPDATE ev_statement_session SET amount = 1 WHERE statement_id = %s",
            "DELETE FROM ev_statement_session WHERE statement_id = %s",
        ):
            with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "is approved"), self.env.cr.savepoint():
                self.env.cr.execute(query, [self.statement.id])
        self.assertEqual(Decimal(str(sum(self.statement.session_ids.mapped("amount")))), Decimal(30))

    def test_a_credit_alone_counts_negative(self):
        """10 kWh charged, taken back and replaced by 8 kWh, all in the month: 5 - 5 + 4 EUR."""
        self.env["ev.cdr.correct"].create(
            {"cdr_id": self.cdrs[0].id, "energy_wh": 8_000, "reason": "meter read wrong"}
        ).action_correct()
        self.statement.action_compute()
        self.open_window()
        amounts = {key: amount for key, (amount, _left) in self.listed().items()}
        name = self.cdrs[0].external_id
        self.assertEqual((amounts[name], amounts[f"{name}:credit"], amounts[f"{name}:replacement"]), (5, -5, 4))
        self.assertEqual(self.statement.total, 29)

    def test_only_accountants_open_and_close(self):
        for groups in ("ev_billing.group_contract_admin", "account.group_account_readonly", "ev_cpms.group_technician"):
            user = self.make_user(f"window-{groups}", f"base.group_user,{groups}", company_id=self.company.id,
                                  company_ids=[(6, 0, self.company.ids)])  # fmt: skip
            for name in ("action_open_window", "action_close_window", "action_withdraw_window", "action_invite_again"):
                with self.assertRaises(AccessError):
                    getattr(self.statement.with_user(user), name)()
        self.assertEqual(self.statement.state, "draft")

    def test_what_a_window_says_is_not_typed(self):
        with self.assertRaisesRegex(UserError, "by its own steps"):
            self.statement.with_user(self.accountant).write({"window_closed_at": "2026-04-01 00:00:00"})
        self.assertFalse(self.statement.window_closed_at)
