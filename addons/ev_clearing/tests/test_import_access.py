import base64
from decimal import Decimal

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from odoo.addons.ev_billing.tests.closed_doors import ClosedDoors

from .import_common import ImportCommon

READERS = {"accountant": "account.group_account_invoice", "auditor": "account.group_account_readonly"}
IMPORTERS = {"contracts": "ev_billing.group_contract_admin", "charging": "ev_cpms.group_admin"}
OTHERS = {
    "technician": "ev_cpms.group_technician",
    "bridge": "ev_cpms.group_bridge",
    "portal": "base.group_portal",
    "user": "base.group_user",
}

MODULES = tuple(
    f"odoo.addons.ev_clearing.{name}"
    for name in (
        "models.ev_file_profile",
        "models.ev_cdr_import",
        "models.ev_cdr_named",
        "wizards.ev_file_profile_read",
    )
)
# What each public method is called with besides its records; a new one must be added here, and so be thought about.
CALLS = {
    "ev.file.profile": {"action_read_columns": ()},
    "ev.file.profile.read": {"action_read": ()},
    "ev.cdr.import": {
        "create": ([{"file_name": "x"}],),
        "write": ({"source": "x"},),
        "action_preview": (),
        "action_dry_run": (),
        "action_import": (),
        "action_open_lines": (),
        "action_open_sessions": (),
        "action_download_broken": (),
        "action_download_template": (),
    },
}


@tagged("post_install", "-at_install")
class TestImportAccess(ClosedDoors, ImportCommon):
    """Who sees and does what with files, profiles and imports."""

    modules = MODULES
    calls = CALLS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.users = {
            name: cls.make_user(f"files-{name}", group, **mine)
            for name, group in (READERS | IMPORTERS | OTHERS).items()
        }
        cls.record = cls.make_import(cls.lines(1))

    def test_importers_make_preview_and_import(self):
        for name in IMPORTERS:
            with self.subTest(name=name):
                record = (
                    self.env["ev.cdr.import"]
                    .with_user(self.users[name])
                    .create({"profile_id": self.csv.id, "file": self.record.file, "file_name": "x.csv", "source": name})
                )
                record.action_preview()
                record.action_dry_run()
                self.work()
                record.action_import()
                self.work()
                self.assertEqual((record.state, record.stored_count), ("done", 1))
                self.assertTrue(record.line_ids.read(["state"]))

    def test_every_public_method_is_listed_here(self):
        self.assert_every_method_is_listed()

    def test_nobody_outside_gets_an_answer(self):
        records = {
            "ev.cdr.import": self.record,
            "ev.file.profile": self.csv,
            "ev.file.profile.read": self.env["ev.file.profile.read"].create(
                {"profile_id": self.csv.id, "file": self.record.file}
            ),
        }
        for name in OTHERS:
            self.assert_no_answer(self.users[name], records)
        self.assertEqual(self.record.state, "new")
        self.assertFalse(self.waiting())

    def test_readers_look_but_do_not_import(self):
        for name in READERS:
            with self.subTest(name=name):
                record = self.record.with_user(self.users[name])
                self.assertEqual(record.read(["file_name", "state"])[0]["file_name"], "july.csv")
                self.assertTrue(self.csv.with_user(self.users[name]).column_ids.read(["field"]))
                for method in ("action_preview", "action_dry_run", "action_import"):
                    with self.assertRaises(AccessError):
                        getattr(record, method)()
                with self.assertRaises(AccessError):
                    self.csv.with_user(self.users[name]).write({"name": "x"})
        self.assertEqual(self.record.state, "new")

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_else_sees_anything(self):
        self.record.action_preview()
        for name in OTHERS:
            for record in (self.record, self.csv, self.csv.column_ids):
                with self.subTest(name=name, model=record._name), self.assertRaises(AccessError):
                    record.with_user(self.users[name]).read()

    def test_the_file_is_readable_only_with_its_import(self):
        attachment = self.record._get_attachment()
        self.assertTrue(attachment.with_user(self.users["auditor"]).read(["raw"])[0]["raw"])
        for name in OTHERS:
            with self.subTest(name=name), self.assertRaises(AccessError):
                attachment.with_user(self.users[name]).read(["raw"])

    def test_other_companies_see_nothing(self):
        other = self.make_company("Other Operator")
        user = self.make_user(
            "files-other", "ev_billing.group_contract_admin", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        env = self.env(user=user, context={"allowed_company_ids": other.ids})
        imports, profiles = env["ev.cdr.import"], env["ev.file.profile"]
        self.assertFalse(imports.search([]))
        self.assertEqual(profiles.search([("company_id", "!=", False)]), profiles)
        self.assertIn(self.ocpi, profiles.search([]))
        with self.assertRaises(AccessError):
            imports.browse(self.record.id).read(["file_name"])

    def test_shared_profiles_are_duplicated_not_changed(self):
        admin = self.users["contracts"]
        with self.assertRaises(AccessError):
            self.ocpi.with_user(admin).write({"enter_badges": True})
        copied = self.ocpi.with_user(admin).copy({"company_id": self.company.id, "name": "Mine"})
        copied.enter_badges = True
        self.assertEqual((copied.format, self.ocpi.enter_badges), ("ocpi", False))
        with self.assertRaises(ValidationError):
            self.ocpi.partner_id = self.emsp

    def test_only_contract_admins_let_badges_be_entered(self):
        with self.assertRaises(AccessError):
            self.csv.with_user(self.users["charging"]).write({"enter_badges": True})
        self.csv.with_user(self.users["contracts"]).enter_badges = True
        self.assertTrue(self.csv.enter_badges)

    def test_what_an_import_found_is_not_written_by_hand(self):
        admin = self.users["contracts"]
        for vals in ({"state": "done"}, {"message": "x"}, {"line_count": 5}, {"preview": []}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.record.with_user(admin).write(vals)
        with self.assertRaises(UserError):
            self.env["ev.cdr.import"].with_user(admin).create(
                {"profile_id": self.csv.id, "file": self.record.file, "state": "done"}
            )
        with self.assertRaises(AccessError):
            self.env["ev.cdr.import.line"].with_user(admin).create({"import_id": self.record.id})


@tagged("post_install", "-at_install")
class TestFileProfile(ImportCommon):
    def read_columns(self, text, profile):
        wizard = self.env["ev.file.profile.read"].create(
            {"profile_id": profile.id, "file": base64.b64encode(text.encode())}
        )
        wizard.action_read()
        return {line.field: (line.column, line.unit) for line in profile.column_ids}

    def test_the_columns_of_a_sample_are_proposed(self):
        found = self.read_columns(
            "Export\nNuméro de session;Borne;Point de charge;Date début;Date fin;Énergie (Wh);Badge\n"
            "S1;T-AC-1;1;01/07/2026 08:00;01/07/2026 09:00;5000;04TEST01\n",
            self.csv,
        )
        self.assertEqual(found["energy"], ("Énergie (Wh)", "Wh"))
        self.assertEqual(set(found), {"id", "station", "evse", "start", "stop", "energy", "token_uid"})
        self.assertEqual((self.csv.header_row, self.csv.date_format), (2, "dmy"))

    def test_a_sample_without_headers_says_so(self):
        with self.assertRaisesRegex(UserError, "headers"):
            self.read_columns("1;2\n3;4\n", self.csv)

    def test_the_template_is_read_by_its_profile(self):
        profile = self.env.ref("ev_clearing.file_profile_template")
        with open(file_path("ev_clearing/static/template/sessions.csv"), "rb") as file:
            first, second = profile._open(file.read())
        self.assertEqual((first.energy_wh, first.evse, first.party_id), (12_345, 1, "ABC"))
        self.assertEqual((second.evse_id, second.amount), ("FR*ABC*E1234*1", Decimal("7.18")))

    def test_columns_that_say_nothing_are_refused(self):
        for values in ({"field": "station"}, {"field": "station", "column": "X", "unit": "kWh"}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.csv.column_ids = [Command.create(values)]

    def test_a_comparison_needs_no_source_and_an_import_does(self):
        profile = self.env["ev.file.profile"].create(
            {"name": "RoamCo's list", "usage": "comparison", "partner_id": self.emsp.id, "format": "ocpi"}
        )
        self.assertEqual(list(profile._open(b"[]")), [])
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.env["ev.file.profile"].create({"name": "No source", "format": "ocpi"})
            self.env.flush_all()
