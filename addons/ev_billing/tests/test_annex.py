import io
from decimal import Decimal

import openpyxl

from odoo.tests import tagged

from ..reports.annex import book as annex_book
from ..reports.annex import write_annex
from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestAnnex(EvBillingCommon):
    def make_book(self, *terms, cdrs=(("2026-03-01T08:00:00Z", 10_000),), **values):
        contract = self.make_contract(*terms, **values)
        for start, energy in cdrs:
            self.make_cdr(start, energy)
        self.statement = self.prepare(2026, 3, contract)
        return self.open_book(self.statement)

    def open_book(self, statement):
        with write_annex(statement.sudo()) as file:
            return openpyxl.load_workbook(io.BytesIO(file.read()))

    def rows(self, book, sheet):
        head, *rows = book[sheet].iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    # ------------------------------------------------------------------- slices

    def test_bands_are_sliced_and_add_up(self):
        # 10 kWh from 08:00 to 09:00 UTC, 09:00 to 10:00 in Lyon, without readings: constant power. Peak from 09:30: half each.
        bands = [(0, 0, {"name": "Peak", "price": 0.30, "hour_from": 9.5, "hour_to": 20})]
        book = self.make_book(("credit", "kwh", "0.10", {"price_kind": "banded", "band_ids": bands}))
        rows = self.rows(book, "Slices")
        self.assertEqual(
            [(row["Quantity"], row["Price"], row["Band"]) for row in rows], [(5, 0.1, None), (5, 0.3, "Peak")]
        )
        self.assertEqual([row["Amount"] for row in rows], [0.5, 1.5])
        self.assertEqual([str(row["From"]) for row in rows], ["2026-03-01 09:00:00", "2026-03-01 09:30:00"])
        self.assertEqual({row["UTC"] for row in rows}, {"+01:00"})
        # 0.5 + 1.5 = 2, the session's amount
        self.assertEqual(rows[-1]["On Sessions"], 2)
        self.assertEqual(rows[-1]["Sum of Slices"], "=ROUND(SUM(K2:K3),6)")
        self.assertEqual(rows[-1]["Difference"], "=ROUND(L3-M3,6)")

    def make_index(self, prices):
        """Hourly values from 08:00 UTC on 1 March 2026."""
        index = self.env["ev.price.index"].create(
            {"name": "Spot", "code": "SPOT-T", "company_id": self.company.id, "resolution": "hour"}
        )
        start = 1772352000
        index._store_values(
            [
                (start + hour * 3600, start + (hour + 1) * 3600, Decimal(price), True)
                for hour, price in enumerate(prices)
            ],
            "t",
        )
        return index

    def test_index_values_are_sliced_with_every_value_and_credits_mirror_them(self):
        # 08:00 to 10:00 UTC, 10,001 Wh at constant power: 5,000.5 Wh an hour, the odd Wh to the earlier slice
        index = self.make_index(["100", "-20", "50"])
        contract = self.make_contract(("credit", "kwh", 0, {"price_kind": "indexed", "index_id": index.id}))
        original = self.make_cdr("2026-03-01T08:00:00Z", 10_001, hours=2)
        self.make_cdr("2026-03-01T08:00:00Z", 10_001, hours=2, credit_of=original.external_id)
        self.make_cdr("2026-03-01T09:00:00Z", 3_333, hours=2)
        statement = self.prepare(2026, 3, contract)
        rows = self.rows(self.open_book(statement), "Slices")
        by_session = {}
        for row in rows:
            by_session.setdefault((row["Session"], row["Quantity"] < 0), []).append(row)
        usual = by_session[original.external_id, False]
        self.assertEqual(
            [(row["Quantity"], row["Price"], row["Index Value"]) for row in usual], [(5.001, 0.1, 100), (5, -0.02, -20)]
        )
        # 5.001 x 0.1 - 5 x 0.02 = 0.5001 - 0.1 = 0.4001
        self.assertEqual(usual[-1]["On Sessions"], 0.4001)
        [taken_back] = [group for (_session, negative), group in by_session.items() if negative]
        self.assertEqual([row["Quantity"] for row in taken_back], [-5.001, -5])
        self.assertEqual(taken_back[-1]["On Sessions"], -0.4001)

    def test_every_session_with_a_price_over_time_re_adds(self):
        index = self.make_index([str(20 + hour) + ".37" for hour in range(48)])
        contract = self.make_contract(
            ("credit", "kwh", 0, {"price_kind": "indexed", "index_id": index.id, "index_factor": 1.07, "losses": 3.3})
        )
        for hour in range(20):
            self.make_cdr(f"2026-03-01T{8 + hour % 12:02d}:{hour:02d}:00Z", 1_237 + 611 * hour, hours=2)
        statement = self.prepare(2026, 3, contract)
        book = self.open_book(statement)
        sums, charged = {}, {}
        for row in self.rows(book, "Slices"):
            sums[row["Session"]] = sums.get(row["Session"], 0) + row["Amount"]
            if row["On Sessions"] is not None:
                charged[row["Session"]] = row["On Sessions"]
        sessions = {row["Session"]: row["Amount"] for row in self.rows(book, "Sessions")}
        self.assertEqual(len(sessions), 20)
        self.assertEqual(charged, sessions)
        for session, amount in sessions.items():
            self.assertLessEqual(abs(round(sums[session], 6) - amount), 0.0000011)

    def test_fixed_prices_have_no_slices(self):
        self.assertNotIn("Slices", self.make_book(("credit", "kwh", "0.185")).sheetnames)

    # ------------------------------------------------------------------- sheets

    def test_summary_by_family_and_site_are_formulas(self):
        book = self.make_book(("credit", "kwh", "0.185"), ("charge", "session", "0.35"), ("charge", "month", "9"))
        rows = {row[0]: row[1:] for row in book["By Family and Site"].iter_rows(values_only=True) if row[0]}
        self.assertEqual(
            set(rows),
            {
                "Family",
                "Site",
                "Energy reimbursement",
                "Commissions and fees",
                "Services",
                "Lyon Test",
                "The contract as a whole",
            },
        )
        self.assertTrue(rows["Energy reimbursement"][0].startswith("=SUMIFS(Summary!J:J,Summary!L:L,A"))
        self.assertIn('Summary!M:M,""', rows["The contract as a whole"][1])
        self.assertIn("Read Me", book.sheetnames)

    def test_a_host_sees_no_whole_badge(self):
        # the session was started with badge 04TEST01
        book = self.make_book(("credit", "kwh", "0.185"))
        self.assertEqual([row["Badge"] for row in self.rows(book, "Sessions")], ["...ST01"])
        for sheet in book:
            for row in sheet.iter_rows(values_only=True):
                self.assertNotIn("04TEST01", [str(cell) for cell in row])

    def test_full_sheets_go_on_and_sums_name_all_of_them(self):
        self.patch(annex_book, "ROWS_PER_SHEET", 2)
        cdrs = [(f"2026-03-{day:02d}T08:00:00Z", 1_000 * day) for day in range(1, 6)]
        book = self.make_book(("credit", "kwh", "0.185"), cdrs=cdrs)
        self.assertEqual([len(self.rows(book, name)) for name in ("Sessions", "Sessions 2", "Sessions 3")], [2, 2, 1])
        formula = book["Summary"]["H8"].value
        for name in ("'Sessions'!M:M", "'Sessions 2'!M:M", "'Sessions 3'!M:M"):
            self.assertIn(name, formula)

    def test_slices_of_one_session_stay_on_one_sheet(self):
        self.patch(annex_book, "ROWS_PER_SHEET", 3)
        bands = [(0, 0, {"name": "Peak", "price": 0.30, "hour_from": 9.5, "hour_to": 20})]
        book = self.make_book(
            ("credit", "kwh", "0.10", {"price_kind": "banded", "band_ids": bands}),
            cdrs=[("2026-03-01T08:00:00Z", 10_000), ("2026-03-02T08:00:00Z", 10_000)],
        )
        self.assertEqual([len(self.rows(book, name)) for name in ("Slices", "Slices 2")], [2, 2])

    def test_findings_have_a_sheet_where_there_are_any(self):
        book = self.make_book(("credit", "kwh", "0.185"))
        self.assertNotIn("Findings", book.sheetnames)
        self.patch(type(self.statement), "_get_findings_rows", lambda self: [("cdr-1", "Register gap", "Accepted")])
        self.assertEqual(
            self.rows(self.open_book(self.statement), "Findings"),
            [{"Session": "cdr-1", "What Was Looked At": "Register gap", "Outcome": "Accepted"}],
        )
