from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .portal_common import EvPortalCommon


@tagged("post_install", "-at_install")
class TestContest(EvPortalCommon, MockEmail):
    """Documents of 2 April 2026 and ten days to contest: 12 April is the last one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Paris"
        cls.statement = cls.make_documented()

    def contest(self, reason="The sessions of the 1st are not ours.", moment="2026-04-05 10:00:00", **options):
        options.setdefault("author", self.bookkeeper)
        with freeze_time(moment), self.mock_mail_gateway():
            return self.statement._contest(reason, **options)

    def assert_refused(self, sentence, *args, **options):
        before = self.env["ev.statement.contest"].search_count([])
        with self.assertRaisesRegex(UserError, sentence):
            self.contest(*args, **options)
        self.assertEqual(self.env["ev.statement.contest"].search_count([]), before)
        self.assertEqual(self.statement.state, "documented")

    # -------------------------------------------------------------- contesting

    def test_reason_author_and_sessions_are_kept(self):
        contest = self.contest(sessions=[self.cdr.external_id, "", self.cdr.external_id])
        self.assertEqual((contest.state, contest.author_id, contest.by_link), ("open", self.bookkeeper, False))
        self.assertEqual((contest.author_name, contest.cdr_ids), ("Bookkeeper", self.cdr))
        self.assertEqual(contest.partner_id, self.host)
        self.assertTrue(self.statement.is_contested)
        self.assertEqual(self.statement._get_portal_status(), ("Contested", "danger"))
        self.assertIn(self.statement, self.env["ev.statement"].search([("contest_ids.state", "=", "open")]))

    def test_a_contested_statement_does_not_change(self):
        facts = ("state", "total", "total_credit", "total_charge", "inputs_hash", "session_count", "pdf_attachment_id")
        before = self.statement.read(facts)
        self.contest().with_user(self.accountant).action_uphold()
        self.assertEqual(self.statement.read(facts), before)

    def test_the_link_asks_for_a_name(self):
        self.assert_refused("Enter your name", author=None)
        self.assert_refused("Enter your name", author=None, author_name="   ")
        contest = self.contest(author=None, author_name="Jean Dupont " * 20)
        self.assertEqual((contest.by_link, contest.author_id.id, len(contest.author_name)), (True, False, 100))

    def test_the_last_day_counts_on_the_companys_clock(self):
        self.assertEqual(str(self.statement._get_contest_end()), "2026-04-12")
        # 21:59 UTC is 23:59 in Paris, 22:00 UTC is the 13th
        self.assert_refused("could be contested until 04/12/2026", moment="2026-04-12 22:00:00")
        self.assertTrue(self.contest(moment="2026-04-12 21:59:00"))

    def test_twice_while_one_is_open_is_refused_and_possible_after_the_answer(self):
        first = self.contest()
        self.assert_refused("contested already")
        first.with_user(self.accountant).action_uphold()
        self.assertTrue(self.contest("Something else is wrong too."))
        self.assertEqual(self.statement.contest_count, 2)

    def test_the_database_takes_one_of_two_at_once(self):
        values = {
            "statement_id": self.statement.id,
            "partner_id": self.host.id,
            "author_name": "x",
            "date": "2026-04-05 10:00:00",
            "reason": "x",
        }
        self.statement._create_contest(values)
        with self.assertRaisesRegex(UserError, "contested already"), mute_logger("odoo.sql_db"):
            self.statement._create_contest(values)

    def test_empty_and_endless_reasons_are_refused(self):
        for reason in ("", "  \n ", None):
            self.assert_refused("Say what is wrong", reason)
        self.assert_refused("10000 characters, 4000 are the most", "x" * 10_000)

    def test_html_and_script_stay_text(self):
        contest = self.contest("<script>alert(1)</script><b>bold</b>")
        self.assertEqual(contest.reason, "<script>alert(1)</script><b>bold</b>")
        bodies = "".join(self.statement.message_ids.mapped("body"))
        self.assertNotIn("<script", bodies)
        self.assertNotIn("<b>bold", bodies)
        self.assertIn("&lt;script&gt;", bodies)

    def test_sessions_of_others_cannot_be_named(self):
        other = self.make_cdr("2026-03-02T08:00:00Z", station="T-AC-2")
        for reference in (other.external_id, "nonsense", "%"):
            self.assert_refused("is not on EV", sessions=[reference])
        self.assert_refused("At most 500", sessions=[str(number) for number in range(501)])

    def test_approved_statements_wait_for_their_documents(self):
        self.make_cdr("2026-04-01T08:00:00Z")
        april = self.prepare(2026, 4, self.contract)
        april.action_approve()
        with self.assertRaisesRegex(UserError, "has no documents yet"):
            april._contest("x", self.bookkeeper)
        self.assertFalse(april.contest_ids)

    def test_statements_without_documents_count_from_their_files(self):
        contract = self.make_contract(
            ("credit", "kwh", "0.1"), partner=self.neighbour, credit_document="statement", mandate_date=False
        )
        self.make_cdr("2026-03-02T08:00:00Z", station="T-AC-2")
        statement = self.make_documented(contract)
        self.assertFalse(statement.document_ids)
        made = statement._on_company_clock(statement.pdf_attachment_id.create_date)
        self.assertEqual((statement._get_contest_end() - made).days, 10)

    # ---------------------------------------------------------------- answering

    def test_accountant_is_told_and_the_task_ends_with_the_answer(self):
        contest = self.contest()
        activity = self.statement.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (self.accountant, "Contested by Bookkeeper"))
        contest.with_user(self.accountant).action_uphold()
        self.assertFalse(self.statement.activity_ids)

    def test_the_answer_goes_to_who_contested(self):
        contest = self.contest().with_user(self.accountant)
        with self.mock_mail_gateway():
            with self.assertRaisesRegex(UserError, "write in Answer why"):
                contest.action_reject()
            self.assertEqual(contest.state, "open")
            contest.answer = "The meter says <so>."
            contest.action_reject()
        self.assertEqual((contest.state, contest.answered_by_id), ("rejected", self.accountant))
        [mail] = self._mails
        self.assertEqual(mail["email_to"], ['"Bookkeeper" <books@host.example>'])
        self.assertIn("is rejected", mail["subject"])
        self.assertIn("The meter says &lt;so&gt;.", mail["body"])

    def test_the_answer_to_a_link_goes_to_the_accounting_recipients(self):
        contest = self.contest(author=None, author_name="Somebody").with_user(self.accountant)
        with self.mock_mail_gateway():
            contest.action_uphold()
        self.assertEqual(self._mails[0]["email_to"], ['"Bookkeeper" <books@host.example>'])
        self.assertIn("next statement makes up", self._mails[0]["body"])

    def test_answered_is_answered(self):
        contest = self.contest().with_user(self.accountant)
        contest.action_uphold()
        for step in (contest.action_uphold, lambda: contest.write({"answer": "no"}), contest.sudo().unlink):
            with self.assertRaises(UserError):
                step()
        self.assertEqual(contest.state, "upheld")

    # ------------------------------------------------------------------- access

    def test_only_accountants_of_the_company_answer(self):
        contest = self.contest()
        auditor = self.make_user("c-auditor", "account.group_account_readonly", company_id=self.company.id,
                                 company_ids=[Command.set(self.company.ids)])  # fmt: skip
        admin = self.make_user("c-admin", "ev_billing.group_contract_admin", company_id=self.company.id,
                               company_ids=[Command.set(self.company.ids)])  # fmt: skip
        for user in (auditor, admin, self.technician, self.portal_host, self.portal_neighbour):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                contest.with_user(user).action_uphold()
        self.assertTrue(contest.with_user(auditor).read(["reason"]))
        for user in (self.portal_host, self.technician):
            with self.assertRaises(AccessError):
                contest.with_user(user).read(["reason"])
        for user in (self.accountant, auditor, admin):
            for operation in ("create", "unlink"):
                self.assertFalse(contest.with_user(user).has_access(operation))
        with self.assertRaisesRegex(UserError, "stays on file"):
            contest.with_user(self.accountant).write({"state": "upheld"})
        self.assertEqual(contest.state, "open")

    def test_other_companies_accountants_see_none(self):
        contest = self.contest()
        other = self.make_company("EV Other Operator")
        user = self.make_user(
            "c-other", "account.group_account_invoice", company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        contests = self.env["ev.statement.contest"].with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertFalse(contests.search([("id", "=", contest.id)]))
        with self.assertRaises(AccessError):
            contests.browse(contest.id).action_uphold()
