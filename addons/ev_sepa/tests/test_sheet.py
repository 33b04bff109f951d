"""The batch on paper and as CSV: the same sums as the file, and texts that no spreadsheet runs."""

import csv
import io
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..models import ev_payment_sheet
from .common import HOST_IBAN, EvSepaCommon


class SheetCommon(EvSepaCommon):
    def print_sheet(self, batch, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.auditor)
        reports = reports.with_context(allowed_company_ids=self.company.ids)
        return reports._render_qweb_html("ev_sepa.report_payment_sheet", batch.ids)[0].decode()

    def read_csv(self, batch):
        content = self.as_user(batch, self.auditor)._make_csv()
        self.assertTrue(content.startswith(b"\xef\xbb\xbf"))
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


@tagged("post_install", "-at_install")
class TestSheet(SheetCommon):
    def test_sheet_says_what_was_paid_and_by_whom(self):
        bill = self.make_bill("120.50")
        batch = self.release(self.propose(bill | self.make_bill("1000.01")))
        page = self.print_sheet(batch)
        # 120.50 + 1000.01
        for said in ("1,120.51", "120.50", HOST_IBAN, bill.name, batch.name, batch.message_id, batch.file_sha256,
                     self.maker.name, self.approver.name, "11/24/2026", "signature"):  # fmt: skip
            self.assertIn(said, page)

    def test_sheet_says_what_is_held_and_why(self):
        held = self.make_partner("Held Host")
        batch = self.propose(self.make_bill("10") | self.make_bill("99.99", held))
        page = self.print_sheet(batch)
        self.assertIn("No bank account is on file", page)
        self.assertIn("99.99", page)
        data = self.as_user(batch, self.auditor)._get_sheet_data()
        # what is held is not in the total
        self.assertEqual((data["total"], len(data["held"])), ("10.00 EUR", 1))

    def test_many_payments_are_sums_per_partner(self):
        other = self.make_partner("Other Host", "DE89370400440532013000")
        bills = self.make_bill("10.01") | self.make_bill("20.02") | self.make_bill("5", other)
        batch = self.propose(bills)
        with patch.object(ev_payment_sheet, "MOST_LINES", 2):
            data = self.as_user(batch, self.auditor)._get_sheet_data()
            page = self.print_sheet(batch)
        # 10.01 + 20.02 = 30.03 for the host; + 5 = 35.03 in all
        self.assertEqual(data["partners"], [(self.host.name, 2, "30.03 EUR"), (other.name, 1, "5.00 EUR")])
        self.assertEqual((data["lines"], data["total"]), ([], "35.03 EUR"))
        self.assertIn("too many payments to print", page)
        with patch.object(ev_payment_sheet, "MOST_LINES", 1):
            data = self.as_user(batch, self.auditor)._get_sheet_data()
        self.assertEqual(data["partners"], [(self.host.name, 2, "30.03 EUR"), ("1 others", 1, "5.00 EUR")])

    def test_csv_has_every_payment_and_its_exact_amount(self):
        batch = self.release(self.propose(self.make_bill("120.50") | self.make_bill("0.10")))
        head, *rows = self.read_csv(batch)
        self.assertEqual(head[:5], ["Batch", "Number", "End-to-End Id", "Partner", "Account"])
        self.assertEqual([row[6] for row in rows], ["120.50", "0.10"])
        self.assertEqual({row[4] for row in rows}, {HOST_IBAN})
        self.assertTrue(all(len(row) == len(head) for row in rows))

    def test_no_spreadsheet_runs_a_name(self):
        for name in ("=HYPERLINK(1)", "+1", "-1", "@sum", "\tx", 'a";"b\n=1'):
            self.host.name = name
            batch = self.propose(self.make_bill("10"))
            _head, row = self.read_csv(batch)
            self.assertEqual(len(row), 15, name)
            self.assertFalse(row[3].startswith(("=", "+", "-", "@", "\t")), name)
            batch.sudo().unlink()

    def test_names_are_text_on_paper(self):
        self.host.name = "<script>alert(1)</script>"
        self.assertNotIn("<script>alert", self.print_sheet(self.propose(self.make_bill("10"))))

    def test_who_prints(self):
        batch = self.propose(self.make_bill("10"))
        for user in (self.maker, self.approver, self.auditor):
            self.assertIn(batch.name, self.print_sheet(batch, user))
            self.assertEqual(self.as_user(batch, user).action_export_csv()["type"], "ir.actions.act_url")
        for login, group in (
            ("sheet-technician", "ev_cpms.group_technician"),
            ("sheet-stranger", "base.group_user"),
            ("sheet-portal", "base.group_portal"),
        ):
            user = self.make_user(login, group)
            with self.assertRaises(AccessError, msg=login):
                self.as_user(batch, user).action_export_csv()
            with self.assertRaises(AccessError, msg=login):
                self.print_sheet(batch, user)


@tagged("post_install", "-at_install")
class TestSheetDownload(SheetCommon, HttpCase):
    def test_csv_over_http(self):
        batch = self.propose(self.make_bill("10"))
        url = f"/ev_sepa/batch/{batch.id}/lines.csv"
        self.authenticate(self.auditor.login, self.auditor.login)
        answer = self.url_open(url)
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "text/csv; charset=utf-8"))
        self.assertIn(HOST_IBAN, answer.text)
        stranger = self.make_user("sheet-http-stranger", "base.group_user")
        other = self.make_user("sheet-http-other", "ev_sepa.group_payment_maker", self.make_company("Neighbour"))
        for user in (stranger, other):
            self.authenticate(user.login, user.login)
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 404, user.login)
            self.assertNotIn(HOST_IBAN, answer.text)
