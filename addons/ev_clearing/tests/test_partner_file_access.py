import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.ev_billing.tests.closed_doors import ClosedDoors

from .partner_file_common import PartnerFileCommon

MODULES = tuple(
    f"odoo.addons.ev_clearing.{name}"
    for name in ("models.ev_partner_file", "models.ev_statement_partner_file", "wizards.ev_partner_file")
)
# What each public method is called with besides its records; a new one must be added here, and so be thought about.
CALLS = {
    "ev.partner.file": {
        "create": ([{"file_name": "x"}],),
        "write": ({"note": "x"},),
        "action_compare": (),
        "action_open_lines": (),
        "action_download": (),
        "action_dispute": (),
    },
    "ev.partner.file.line": {"create": ([{}],), "write": ({"amount": 0},), "unlink": ()},
    "ev.partner.file.sum": {"action_open_lines": ()},
    "ev.partner.file.dispute": {"action_dispute": ()},
    "ev.statement": {"action_open_partner_files": ()},
}
READERS = ("account.group_account_readonly", "ev_billing.group_contract_admin")
STRANGERS = ("base.group_user", "ev_cpms.group_technician", "ev_cpms.group_bridge", "base.group_portal")
MODELS = ("ev.partner.file", "ev.partner.file.line", "ev.partner.file.sum")


@tagged("post_install", "-at_install")
class TestPartnerFileAccess(ClosedDoors, PartnerFileCommon):
    modules = MODULES
    calls = CALLS

    def setUp(self):
        super().setUp()
        self.record = self.compare(self.line(0, kwh="9"))
        self.records = {
            "ev.partner.file": self.record,
            "ev.partner.file.line": self.env["ev.partner.file.line"].search([("file_id", "=", self.record.id)]),
            "ev.partner.file.sum": self.record.sum_ids[:1],
            "ev.partner.file.dispute": self.env["ev.partner.file.dispute"].create({"file_id": self.record.id}),
            "ev.statement": self.statement,
        }

    def user(self, group, company=None):
        company = company or self.company
        return self.make_user(
            f"lists-{group}-{company.id}", group, company_id=company.id, company_ids=[Command.set(company.ids)]
        )

    def test_the_accountant_compares_and_disputes(self):
        record = self.compare(self.line(0, kwh="9")).with_user(self.accountant)
        record.with_user(self.accountant).write({"tolerance_wh": 10, "note": "Ada, on the phone"})
        record.action_compare()
        self.assertTrue(record.action_download()["url"].startswith("/web/content/"))
        self.assertEqual(record.sum_ids[0].action_open_lines()["domain"], [("file_id", "=", record.id)])
        self.env["ev.partner.file.dispute"].with_user(self.accountant).create({"file_id": record.id}).action_dispute()
        self.assertEqual(self.statement.dispute_ids.author_id, self.accountant.partner_id)
        record.unlink()
        self.assertFalse(record.exists())

    def test_readers_look_and_do_nothing(self):
        for group in READERS:
            user = self.user(group)
            with self.subTest(group=group):
                for model in MODELS:
                    self.assertTrue(self.records[model].with_user(user).read())
                self.assertTrue(self.record.with_user(user).action_open_lines())
                self.assertTrue(self.record.with_user(user)._get_attachment().with_user(user).read(["raw"])[0]["raw"])
                for method in ("action_compare", "action_dispute", "unlink"):
                    with self.assertRaises(AccessError):
                        getattr(self.record.with_user(user), method)()
                with self.assertRaises(AccessError):
                    self.record.with_user(user).write({"note": "x"})

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_else_sees_anything(self):
        for group in STRANGERS:
            user = self.user(group)
            for model in MODELS:
                with self.subTest(group=group, model=model), self.assertRaises(AccessError):
                    self.records[model].with_user(user).read()
            with self.subTest(group=group), self.assertRaises(AccessError):
                self.record._get_attachment().with_user(user).read(["raw"])

    def test_every_public_method_is_listed_here(self):
        self.assert_every_method_is_listed()

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_outside_gets_an_answer(self):
        for group in STRANGERS:
            self.assert_no_answer(self.user(group), self.records)
        self.assertFalse(self.statement.dispute_ids)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_other_companies_see_nothing(self):
        other = self.make_company("Other Operator")
        user = self.user("account.group_account_invoice", other)
        env = self.env(user=user, context={"allowed_company_ids": other.ids})
        for model in MODELS:
            with self.subTest(model=model):
                self.assertFalse(env[model].search([]))
                with self.assertRaises(AccessError):
                    env[model].browse(self.records[model].ids).read()

    def test_what_was_found_is_not_written_by_hand(self):
        for vals in ({"state": "compared"}, {"line_count": 5}, {"source": "portal"}, {"author_name": "Eve"}):
            with self.subTest(vals=vals):
                with self.assertRaises(UserError):
                    self.record.with_user(self.accountant).write(vals)
                with self.assertRaises(UserError):
                    self.record.with_user(self.accountant).create([{"statement_id": self.statement.id, **vals}])
        with self.assertRaises(UserError):
            self.records["ev.partner.file.line"].write({"amount": 0})
        with self.assertRaises(UserError):
            self.record.with_user(self.accountant).write({"file": base64.b64encode(b"x")})

    def test_erasing_a_badge_reaches_their_lines(self):
        self.record._get_workbook()
        line = self.records["ev.partner.file.line"].filtered("number")
        self.assertEqual(line.token_uid, "04TEST02")
        self.env["ev.cdr.quarantine"]._erase_tokens(self.roaming)
        self.assertFalse(line.token_uid or self.record.xlsx_attachment_id)
