import io
from decimal import Decimal

import pdfplumber

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import ev_statement_print
from .common import EvBillingCommon

MARCH = 1772319600  # 1 March 2026, 00:00 in Paris


@tagged("post_install", "-at_install")
class TestStatementPdf(EvBillingCommon):
    def make_statement(self, *terms, energies=(10_000,), date="2026-04-02", **values):
        contract = self.make_contract(*terms, **values)
        for day, energy in enumerate(energies, start=1):
            self.make_cdr(f"2026-03-{day:02d}T08:00:00Z", energy)
        statement = self.prepare(2026, 3, contract)
        statement.action_approve()
        if date:
            statement.with_context(force_report_rendering=True).document(date)
        return statement

    def read_text(self, attachment):
        pdf = pdfplumber.open(io.BytesIO(attachment.raw))
        return "\n".join(page.extract_text() for page in pdf.pages)

    def assert_says(self, text, *words):
        for word in words:
            self.assertIn(word, text)

    def test_self_billed_host(self):
        self.env["res.partner.bank"].create({"partner_id": self.host.id, "acc_number": "BE71096123456769"})
        statement = self.make_statement(
            ("credit", "kwh", "0.185"),
            ("charge", "session", "0.35"),
            ("charge", "charger_month", "15"),
            energies=(10_000, 20_000),
            mandate_reference="M-7",
        )
        text = self.read_text(statement.pdf_attachment_id)
        bill = statement.document_ids.filtered(lambda move: move.move_type == "in_invoice")
        invoice = statement.document_ids - bill
        # credit 30 kWh x 0.185 = 5.55; charge 2 x 0.35 = 0.70 and 2 chargers x 15 = 30.00
        # taxes of 20 %: 1.11 on the credit, 6.14 on 30.70. Balance: 36.84 due - 6.66 credited = 30.18
        self.assert_says(text, self.company.name, self.host.name, statement.name, statement.contract_id.name)
        self.assert_says(text, "03/01/2026 - 03/31/2026", "30.000 kWh", "M-7", "04/12/2026")
        self.assert_says(text, "Energy reimbursement", "Commissions and fees", "Services", "Lyon Test")
        self.assert_says(
            text, bill.name, invoice.name, "Self-billed invoice", "Invoice", "5.55", "30.70", "1.11", "6.14"
        )
        self.assert_says(text, "Balance due by you", "30.18", "BE71 0961 2345 6769", statement.inputs_hash, "Page")
        self.assert_says(text, "Credit 0.1850 EUR per kWh", statement._get_annex_name())

    def test_families_and_sites_add_up_to_the_statement(self):
        statement = self.make_statement(
            ("credit", "kwh", "0.185"), ("charge", "session", "0.35"), ("charge", "month", "9"), date=None
        )
        printed = statement._get_print_data()
        self.assertEqual(
            {row["name"]: (row["credit"], row["charge"]) for row in printed["families"]},
            {
                "Energy reimbursement": (statement._money(1.85), ""),
                "Commissions and fees": ("", statement._money(0.35)),
                "Services": ("", statement._money(9)),
            },
        )
        sites = {row["name"]: row for row in printed["sites"]}
        self.assertEqual(sites["Lyon Test"]["sessions"], "1")
        self.assertEqual(sites["Lyon Test"]["energy"], "10.000")
        self.assertEqual(sites["The contract as a whole"]["charge"], statement._money(9))

    def test_sales_are_a_family_of_their_own(self):
        contract = self.make_contract(
            ("charge", "kwh", "0.45"), partner=self.emsp, role="emsp", credit_document="statement"
        )
        self.assertTrue(contract.term_ids.is_sale)
        line = self.env["ev.statement.line"].new(
            {"term_id": contract.term_ids.id, "basis": "kwh", "direction": "charge"}
        )
        self.assertEqual(line._get_family(), "sales")

    def test_index_says_its_source_and_what_its_values_were(self):
        index = self.env["ev.price.index"].create(
            {
                "name": "Day-ahead France",
                "code": "FR-DA-T",
                "company_id": self.company.id,
                "resolution": "hour",
                "tz": "Europe/Paris",
                "source": "manual",
            }
        )
        # 80 EUR/MWh on the first day of March, 20 on every other day up to the night after the last, the last provisional
        values = [
            (MARCH + hour * 3600, MARCH + (hour + 1) * 3600, Decimal(80 if hour < 24 else 20), hour < 700)
            for hour in range(31 * 24)
        ]
        index._store_values(values, "test")
        indexed = {"price_kind": "indexed", "index_id": index.id}
        statement = self.make_statement(("credit", "kwh", 0, indexed))
        text = self.read_text(statement.pdf_attachment_id)
        self.assert_says(text, "[FR-DA-T] Day-ahead France", "Typed or imported", "20.00 to 80.00")
        # 743 hours in March 2026 (the clocks go forward): (24 x 80 + 719 x 20) / 743 = 16,300 / 743 = 21.9381
        self.assert_says(text, "743 values", "21.9381 on average")
        self.assert_says(text, "43 of them provisional")

    def test_statement_only_and_zero_get_one_too(self):
        statement = self.make_statement(("credit", "kwh", "0.185"), credit_document="statement")
        text = self.read_text(statement.pdf_attachment_id)
        self.assert_says(text, "the statement itself is the record", "1.85", "Energy reimbursement")
        self.assertNotIn("Balance", text)

    def test_zero_statement(self):
        statement = self.make_statement(("credit", "kwh", "0.185"), energies=())
        text = self.read_text(statement.pdf_attachment_id)
        self.assert_says(text, "Nothing was counted in this period", "totals are zero", statement.name)

    def test_credit_note(self):
        statement = self.make_statement(("credit", "kwh", "0.185"), credit_document="credit_note", mandate_date=False)
        text = self.read_text(statement.pdf_attachment_id)
        self.assert_says(text, "Credit note", statement.document_ids.name, "Balance in your favour", "2.22")
        self.assertNotIn("Self-billing under", text)

    def test_a_correction_names_what_it_corrects(self):
        contract = self.make_contract(("credit", "kwh", "0.185"))
        first = self.make_cdr("2026-02-01T08:00:00Z", 10_000)
        february = self.prepare(2026, 2, contract)
        february.action_approve()
        self.make_cdr("2026-02-01T08:00:00Z", 10_000, credit_of=first.external_id)
        self.make_cdr("2026-03-01T08:00:00Z", 20_000)
        march = self.prepare(2026, 3, contract)
        [section] = march._get_print_data()["sections"]
        marks = [mark for line in section["lines"] for mark in line["marks"]]
        self.assertEqual(marks, [f"corrects statement {february.name}"])

    def test_many_lines_are_added_up_per_term(self):
        self.patch(ev_statement_print, "MOST_LINES", 1)
        statement = self.make_statement(
            ("credit", "kwh", "0.10"), ("credit", "session", "1"), energies=(10_000, 5_000), date=None
        )
        [section] = statement._get_print_data()["sections"]
        self.assertTrue(section["grouped"])
        # 15 kWh x 0.10 = 1.50, two sessions at 1
        self.assertEqual(
            [(line["quantity"], line["price"], line["amount"]) for line in section["lines"]],
            [("15.000 kWh", "0.10", statement._money(1.5)), ("2 sessions", "1.00", statement._money(2))],
        )

    def test_six_hundred_lines_are_a_few_pages(self):
        # 24 terms x 25 sites with one session each of 1 kWh at 0.01: 600 lines of 0.01, 0.25 a term, 6.00 in total
        sites = [self.site] + [self.make_site(f"Site {number:02d}", self.host) for number in range(2, 26)]
        for number, site in enumerate(sites, start=1):
            station = self.make_station(f"T-600-{number}", site)
            self.make_cdr("2026-03-01T08:00:00Z", 1_000, station=station.identity)
        contract = self.make_contract(*[("credit", "kwh", "0.01")] * 24)
        for number, term in enumerate(contract.term_ids, start=1):
            term.name = f"Energy {number:02d}"
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(len(statement.line_ids), 600)
        printed = statement._get_print_data()
        [section] = printed["sections"]
        self.assertEqual((section["grouped"], len(section["lines"])), (True, 24))
        self.assertEqual({line["amount"] for line in section["lines"]}, {statement._money("0.25")})
        self.assertEqual((section["total"], len(printed["sites"])), (statement._money(6), 25))
        pdf = pdfplumber.open(io.BytesIO(statement.with_context(force_report_rendering=True)._render_pdf()))
        self.assertLessEqual(len(pdf.pages), 5)

    def test_the_partners_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.host.lang = "fr_FR"
        statement = self.make_statement(("credit", "kwh", "0.185"))
        self.assert_says(self.read_text(statement.pdf_attachment_id), "01/03/2026 - 31/03/2026", "1,85")

    def test_the_pdf_stays_as_it_went_out(self):
        statement = self.make_statement(("credit", "kwh", "0.185"))
        accountant = self.make_user(
            "pdf-accountant",
            "account.group_account_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        pdf = statement.pdf_attachment_id.with_user(accountant)
        before = pdf.raw
        for change in (lambda: pdf.write({"raw": b"other"}), pdf.unlink):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                change()
        self.assertEqual(pdf.raw, before)

    def test_files_are_made_once_and_what_is_missing_is_made(self):
        statement = self.make_statement(("credit", "kwh", "0.185"), ("charge", "session", "0.35"), date=None)
        statement._post_documents("2026-04-02")
        self.assertFalse(statement.annex_attachment_id or statement.pdf_attachment_id)
        self.assertFalse(statement.document_ids.invoice_pdf_report_id)
        # as a killed run leaves it: the annex is there, nothing else
        statement._attach_annex()
        annex = statement.annex_attachment_id
        statement._make_files()
        made = (
            statement.annex_attachment_id | statement.pdf_attachment_id | statement.document_ids.invoice_pdf_report_id
        )
        self.assertEqual(len(made), 4)
        self.assertIn(annex, made)
        statement._make_files()
        again = (
            statement.annex_attachment_id | statement.pdf_attachment_id | statement.document_ids.invoice_pdf_report_id
        )
        self.assertEqual(again, made)

    def test_documents_are_posted_once(self):
        statement = self.make_statement(("credit", "kwh", "0.185"), date=None)
        self.assertEqual(statement._post_documents("2026-04-02"), {})
        before = statement.document_ids
        self.assertEqual(statement._post_documents("2026-04-03"), {})
        self.assertEqual((statement.document_ids, statement.state), (before, "documented"))

    def test_another_company_prints_nothing(self):
        statement = self.make_statement(("credit", "kwh", "0.185"))
        other = self.make_company("Other Operator")
        stranger = self.make_user(
            "pdf-stranger",
            "account.group_account_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for call in (statement.with_user(stranger).action_print, statement.with_user(stranger)._get_print_data):
            with self.assertRaises(UserError):
                call()
