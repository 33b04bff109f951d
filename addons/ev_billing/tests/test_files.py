import io

import openpyxl
import pdfplumber

from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestFiles(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dc.date_commissioned = "2026-03-22"
        cls.contract = cls.make_contract(
            ("credit", "kwh", "0.185432"),
            ("charge", "session", "0.35"),
            ("charge", "charger_month", "39.90"),
            mandate_reference="M-7",
        )
        cls.original = cls.make_cdr("2026-03-01T08:00:00Z", 12_345)
        cls.make_cdr("2026-03-29T00:30:00Z", 7_001, hours=2)
        cls.make_cdr("2026-03-01T08:00:00Z", 12_345, credit_of=cls.original.external_id)
        cls.statement = cls.prepare(2026, 3, cls.contract)
        cls.statement.action_approve()
        cls.statement.with_context(force_report_rendering=True).document("2026-04-02")
        cls.book = openpyxl.load_workbook(io.BytesIO(cls.statement.annex_attachment_id.raw))

    def rows(self, sheet):
        head, *rows = self.book[sheet].iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    def summary(self):
        rows = list(self.book["Summary"].iter_rows(values_only=True))
        at = next(index for index, row in enumerate(rows) if row[0] == "Line")
        return [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :] if isinstance(row[0], int)]

    def test_every_session_and_term_is_in_the_annex(self):
        # three sessions (one a credit) x two terms
        rows = self.rows("Sessions")
        self.assertEqual(len(rows), 6)
        self.assertEqual({row["Session"] for row in rows}, set(self.statement.charge_ids.cdr_id.mapped("external_id")))
        [credit] = [row for row in rows if row["kWh"] < 0 and row["Price"] == 0.185432]
        self.assertEqual(credit["Corrects Session"], self.original.external_id)
        self.assertIn("credit", credit["Remarks"])

    def test_times_are_the_sites(self):
        # 00:30 UTC on 29 March 2026 is 01:30 in Paris, half an hour before the clocks go forward; it ends 02:30 UTC = 04:30
        row = next(row for row in self.rows("Sessions") if row["kWh"] == 7.001)
        self.assertEqual((str(row["Start"]), str(row["End"])), ("2026-03-29 01:30:00", "2026-03-29 04:30:00"))
        self.assertEqual(row["Time Zone"], "Europe/Paris (+01:00)")

    def test_sheets_add_up_to_the_lines_of_the_statement(self):
        sums = {}
        for row in self.rows("Sessions") + self.rows("Services"):
            sums[row["Line"]] = sums.get(row["Line"], 0) + row["Amount"]
        lines = self.statement._get_exact_lines()
        self.assertEqual(len(sums), len(lines))
        for line, row in zip(lines, self.summary(), strict=True):
            self.assertEqual(round(round(sums[line.record.number], 6), 2), float(line.amount))
            self.assertEqual(row["On the Statement"], float(line.amount))
            self.assertTrue(row["Exact Sum"].startswith("=SUMIFS('Sessions'!M:M"))
            self.assertTrue(row["Rounded"].startswith("=ROUND("))

    def test_services_show_the_days(self):
        row = next(row for row in self.rows("Services") if row["For"] == "T-DC-1")
        self.assertEqual((row["Days"], row["Days of Whole"], row["Amount"]), (10, 31, 12.870968))

    def test_pdf_has_text_header_and_mentions(self):
        bill = self.statement.document_ids.filtered(lambda move: move.move_type == "in_invoice")
        pdf = pdfplumber.open(io.BytesIO(bill.invoice_pdf_report_id.raw))
        text = "\n".join(page.extract_text() for page in pdf.pages)
        for words in (
            self.company.name,
            self.host.name,
            bill.name,
            self.statement.name,
            "Self-billing",
            "M-7",
            "04/12/2026",
            "credit kwh - Lyon Test",
            "kWh",
            "Page",
        ):
            self.assertIn(words, text)

    def test_files_hang_on_statement_and_documents(self):
        files = self.env["ev.statement"].collect_files(self.statement.ids)
        self.assertEqual(sorted(file["kind"] for file in files), ["pdf", "pdf", "xlsx"])
        self.assertEqual(
            {file["document"] for file in files if file["kind"] == "pdf"},
            set(self.statement.document_ids.mapped("name")),
        )
        for move in self.statement.document_ids:
            names = self.env["account.move.send"]._get_invoice_extra_attachments(move).mapped("name")
            self.assertIn(self.statement.annex_attachment_id.name, names)
            self.assertEqual(move.ev_annex_attachment_id.res_id, move.id)
            self.assertEqual(len(move._get_invoice_legal_documents_all()), 2)
            self.assertFalse(move.is_move_sent, "printed is not sent")
