"""Who takes bank files and settles entries, who looks, who sees nothing."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .bank_common import BankCase, entry, statement

MODELS = ("ev.bank.file", "ev.bank.entry", "ev.bank.suggestion")
WIZARDS = ("ev.bank.import", "ev.bank.settle", "ev.bank.ask")


@tagged("post_install", "-at_install")
class TestBankSecurity(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoices = cls.make_invoice("50.00", cls.kiwi) | cls.make_invoice("50.00", cls.kiwi)
        files = cls.env["ev.bank.file"].with_user(cls.maker).with_context(allowed_company_ids=cls.company.ids)
        cls.file = files._take("a.xml", statement(entry("50.00", "thanks")))[0].sudo()
        cls.entry = cls.file.entry_ids
        cls.accountant = cls.make_user("books", "account.group_account_invoice")
        cls.other = cls.make_company("Other operator")
        groups = "ev_sepa.group_payment_maker,ev_sepa.group_payment_approver"
        cls.foreign = cls.make_user("foreign", groups, cls.other)
        cls.portal = new_test_user(
            cls.env,
            "a-portal",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.outsiders = [
            cls.make_user("plain", "base.group_user"),
            cls.make_user("contracts", "ev_billing.group_contract_admin"),
            cls.make_user("technician", "ev_cpms.group_technician"),
            cls.make_user("a-bridge", "ev_cpms.group_bridge"),
            cls.portal,
        ]

    def records(self, user):
        return [self.as_user(record, user) for record in (self.file, self.entry, self.entry.suggestion_ids[0])]

    def assert_untouched(self):
        self.assertEqual((self.entry.state, self.file.state), ("exception", "done"))
        self.assertEqual(self.invoices.mapped("amount_residual"), [50, 50])
        self.assertEqual(self.env["ev.bank.file"].sudo().search_count([("company_id", "=", self.company.id)]), 1)

    def test_readers_read_and_change_nothing(self):
        for user in (self.accountant, self.approver, self.auditor, self.maker):
            for record in self.records(user):
                self.assertTrue(record.read())
                with self.assertRaises(AccessError):
                    record.write({"company_id": self.company.id})
                with self.assertRaises(AccessError):
                    record.unlink()
                with self.assertRaises(AccessError):
                    record.create({})
        self.assert_untouched()

    def test_only_makers_take_files_and_settle(self):
        for user in (self.accountant, self.approver, self.auditor, *self.outsiders):
            file, booked, suggestion = self.records(user)
            steps = [
                lambda file=file: file._take("b.xml", b"<a/>"),
                lambda file=file: file.create_document_from_attachment([]),
                file.action_retry,
                booked.action_match_again,
                booked.action_settle,
                booked.action_park,
                booked.action_undo,
                suggestion.action_apply,
            ]
            for step in steps:
                with self.assertRaises(AccessError):
                    step()
            for model in WIZARDS:
                with self.assertRaises(AccessError):
                    self.as_user(self.env[model], user).create(
                        {"entry_id": booked.id} if model == "ev.bank.settle" else {}
                    )
        self.assert_untouched()

    def test_outsiders_see_nothing(self):
        for user in self.outsiders:
            for record in self.records(user):
                with self.assertRaises(AccessError):
                    record.read()
            for name in MODELS:
                with self.assertRaises(AccessError):
                    self.as_user(self.env[name], user).search([])
            for step in ("action_open_entries", "action_download", "action_open_batch"):
                with self.assertRaises(AccessError):
                    getattr(self.records(user)[0], step)()
            with self.assertRaises(AccessError):
                self.as_user(self.file.attachment_id, user).read(["raw"])

    def test_another_companys_people_see_nothing(self):
        for record, name in zip(self.records(self.foreign), MODELS, strict=True):
            self.assertFalse(self.as_user(self.env[name], self.foreign).search([]))
            with self.assertRaises(AccessError):
                record.read()
        with self.assertRaises(AccessError):
            self.records(self.foreign)[2].action_apply()
        with self.assertRaises(AccessError):
            self.records(self.foreign)[1].action_match_again()
        with self.assertRaises(AccessError):
            self.records(self.foreign)[1].action_undo()
        wizard = self.as_user(self.env["ev.bank.settle"], self.foreign)
        with self.assertRaises(AccessError):
            wizard.create({"entry_id": self.entry.id}).action_settle()
        self.assert_untouched()

    def test_auditors_download_and_cannot_replace_the_file(self):
        self.assertTrue(self.as_user(self.file.attachment_id, self.auditor).raw)
        self.assertIn("/web/content/", self.as_user(self.file, self.auditor).action_download()["url"])
        for user in (self.auditor, self.maker, self.accountant):
            with self.assertRaises(AccessError):
                self.as_user(self.file.attachment_id, user).write({"raw": b"x"})
            with self.assertRaises(AccessError):
                self.as_user(self.file.attachment_id, user).unlink()

    def test_makers_settle(self):
        self.records(self.maker)[2].action_apply()
        self.assertEqual((self.entry.state, self.entry.settled_by_id), ("matched", self.maker))
        self.assertEqual(sum(self.invoices.mapped("amount_residual")), 50)
