from odoo.exceptions import UserError
from odoo.tests import tagged

from .import_common import ImportCommon


@tagged("post_install", "-at_install")
class TestImportTry(ImportCommon):
    """What an import would do is told before, by the very path that does it; nothing is stored."""

    def assert_nothing_stored(self, record):
        self.assertFalse(self.stored())
        self.assertFalse(self.env["ev.cdr.quarantine"].search([("source", "=", "hub")]))
        self.assertFalse(self.env["ev.cdr.import.line"].search([("import_id", "=", record.id)]))

    def test_preview_tells_what_the_first_lines_would_become(self):
        record = self.make_import(
            self.lines(1)
            + "S2;01/07/2026 08:00;01/07/2026 09:00;5;FR*ABC*E777;04TEST01;\n"
            + "S3;01/07/2026 08:00;01/07/2026 09:00;<b>x</b>;FR*ABC*E1*1;04TEST01;\n"
            + self.lines(40, first=10)
        )
        record.action_preview()
        self.assertEqual((record.state, len(record.preview)), ("previewed", 20))
        first, second, third = record.preview[:3]
        self.assertEqual((first["state"], first["site"], first["evse"]), ("stored", "Lyon Test", "T-AC-1/1"))
        self.assertEqual((second["state"], third["state"]), ("quarantined", "error"))
        self.assertIn("FR*ABC*E777", second["reason"])
        self.assertIn("Lyon Test", record.preview_html)
        self.assertNotIn("<b>x</b>", record.preview_html)
        self.assert_nothing_stored(record)

    def test_preview_knows_duplicates(self):
        self.run_import(self.lines(1))
        record = self.make_import(self.lines(2))
        record.action_preview()
        self.assertEqual([row["state"] for row in record.preview], ["duplicate", "stored"])

    def test_preview_of_a_file_that_cannot_be_read(self):
        with self.assertRaisesRegex(UserError, "PDF"):
            self.make_import(b"%PDF-1.4").action_preview()

    def test_dry_run_counts_everything_and_stores_nothing(self):
        record = self.make_import(
            self.lines(30)
            + "S99;01/07/2026 08:00;01/07/2026 09:00;5;FR*ABC*E777;04TEST01;\n"
            + "S98;01/07/2026 08:00;01/07/2026 07:00;5;FR*ABC*E1*1;04TEST01;\n"
        )
        record.action_dry_run()
        self.assertTrue(record.checking)
        with self.assertRaises(UserError):
            record.action_import()
        self.work()
        self.assertFalse(record.checking)
        self.assertEqual(record.check_result["counts"], {"stored": 30, "quarantined": 1, "error": 1})
        self.assertEqual([problem["number"] for problem in record.check_result["problems"]], [32, 33])
        self.assertIn("FR*ABC*E777", record.check_html)
        self.assert_nothing_stored(record)
        record.action_import()
        self.work()
        self.assertEqual(self.counts(record), (30, 0, 1, 1))

    def test_dry_run_of_a_broken_file_fails_with_a_sentence(self):
        record = self.make_import(b"A;B\n1;2\n")
        record.action_dry_run()
        self.work()
        self.assertEqual((record.state, record.checking), ("failed", False))
        self.assertIn("no column", record.message)

    def test_another_file_wants_another_preview(self):
        record = self.make_import(self.lines(1))
        record.action_preview()
        admin = self.make_user(
            "import-admin",
            "ev_billing.group_contract_admin",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        record.with_user(admin).write({"source": "other"})
        self.assertEqual((record.state, record.preview), ("new", False))

    def test_dry_run_enters_no_badges(self):
        self.csv.write({"enter_badges": True, "partner_id": self.emsp.id})
        record = self.make_import(self.lines(1, badge="STRANGER"))
        record.action_dry_run()
        self.work()
        self.assertFalse(self.env["ev.token"].search([("uid", "=", "STRANGER")]))
