import io
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models import ev_file_line as line
from ..models import ev_partner_file_job as job
from ..models.ev_disputing import Claim
from ..models.ev_partner_file_dispute import REASON_OF
from ..reports.partner_file import rows
from .partner_file_common import HEADER, PartnerFileCommon


@tagged("post_install", "-at_install")
class TestPartnerFileSteps(PartnerFileCommon):
    def all_lines(self):
        return [self.line(number) for number in range(3)]

    def test_compared_twice_is_the_same(self):
        record = self.compare(self.line(0, kwh="12"), self.line(None), "broken;line\n")
        before, sums = self.found(record), self.sums(record)
        self.assertEqual(
            [row[1] for row in before], ["different", "missing_here", "error", "missing_there", "missing_there"]
        )
        record.action_compare()
        self.assertEqual((self.found(record), self.sums(record)), (before, sums))

    def test_other_tolerances_and_compared_again(self):
        record = self.compare(self.line(0, kwh="10.5"))
        self.assertEqual(self.only(record), ("different", "energy"))
        record.tolerance_wh = 500
        record.action_compare()
        self.assertEqual(self.only(record), ("matched", None))
        self.assertEqual(self.profile.tolerance_wh, 10)

    def test_files_that_cannot_be_read_say_so(self):
        for content, why in (
            (HEADER, "no lines below"),
            ("", "The file is empty"),
            ("%PDF-1.7", "This is a PDF"),
            ("A;B\n1;2\n", "no column 'ID'"),
        ):
            with self.subTest(content=content):
                record = self.compare(header=content)
                self.assertEqual(record.state, "failed")
                self.assertIn(why, record.message)
                self.assertFalse(self.found(record))

    def test_broken_lines_do_not_stop_the_rest(self):
        record = self.compare(
            self.line(0, kwh="many"), self.line(1, id="x" * 25_000), self.line(2, start="31/31/2026"), self.line(1)
        )
        self.assertEqual([row[1] for row in self.found(record)[:4]], ["error", "error", "error", "matched"])
        [first] = self.env["ev.partner.file.line"].search([("file_id", "=", record.id), ("number", "=", 2)])
        self.assertIn("kWh: 'many'", first.message)
        self.assertEqual(self.sums(record)["error"], (3, 0, 0, 0, 0, 0))

    def test_the_list_of_another_month_is_noticed(self):
        record = self.compare(
            self.line(None), self.line(None, id="THEIRS-2", start="2026-02-20 08:00:00", stop="2026-02-20 09:00:00")
        )
        self.assertIn("is it the right month", record.message)
        self.assertEqual((record.missing_here_count, record.missing_there_count), (2, 3))
        with self.assertRaisesRegex(UserError, "is it the right month"):
            record._dispute_lines(REASON_OF, True, self.emsp)
        self.assertFalse(self.statement.dispute_ids)

    def test_a_statement_that_was_withdrawn_has_nothing_to_compare(self):
        record = self.compare(*self.all_lines())
        self.statement.action_withdraw_window()
        with self.assertRaisesRegex(UserError, "no list to compare with"):
            record.action_compare()
        self.assertEqual(record.matched_count, 3)

    def test_another_partners_profile_is_refused(self):
        other = self.make_comparison_profile(partner_id=self.host.id)
        with self.assertRaises(ValidationError):
            self.make_file(self.line(0), profile=other)
        importing = self.env.ref("ev_clearing.file_profile_ocpi")
        with self.assertRaises(ValidationError):
            self.make_file(self.line(0), profile=importing)

    # --------------------------------------------------------------------- jobs

    def test_a_long_list_is_read_and_compared_by_jobs(self):
        with patch.object(job, "SMALL", 2), patch.object(line, "BATCH", 1):
            record = self.compare(*self.all_lines())
            self.assertEqual((record.state, record.line_count), ("reading", 0))
            self.assertEqual(self.work(), 3)
        self.assertEqual((record.state, record.matched_count), ("compared", 3))
        self.assertTrue(record.xlsx_attachment_id.raw.startswith(b"PK"))

    def test_killed_anywhere_it_ends_the_same(self):
        for kill in (1, 2, 3):
            with self.subTest(kill=kill), patch.object(job, "SMALL", 2), patch.object(line, "BATCH", 1):
                record = self.compare(*self.all_lines(), self.line(0, id="THEIRS"))
                self.work(kill)
                self.work()
                self.assertEqual((record.state, record.line_count), ("compared", 4))
                self.assertEqual(self.sums(record)["matched"], (3, 60, 60, 30, 30, 0))

    def test_killed_while_reading_nothing_is_there(self):
        staged = []

        def die(lines, buffer):
            staged.append(buffer.getvalue())
            if len(staged) == 2:
                raise MemoryError
            return io.StringIO()

        with patch.object(job, "SMALL", 2), patch.object(line, "BATCH", 1):
            record = self.compare(*self.all_lines())
            dying = patch.object(type(self.env["ev.partner.file.line"]), "_copy", die)
            with dying, self.assertRaises(MemoryError), self.env.cr.savepoint():
                record._job_read()
            self.env.invalidate_all(flush=False)
            self.assertEqual((record.line_count, self.found(record)), (0, []))
            record._on_job_failed(None, "MemoryError", "")
            self.assertEqual(record.state, "failed")
            record.action_compare()
            self.work()
        self.assertEqual((record.state, record.matched_count), ("compared", 3))

    def test_jobs_done_twice_are_done_once(self):
        with patch.object(job, "SMALL", 2):
            record = self.compare(*self.all_lines())
            record.action_compare()
            self.assertEqual(len(self.waiting()), 1)
            record._job_read()
            record._job_read()
            self.assertEqual(record.line_count, 3)
            record._job_compare()
            record._job_compare()
        self.assertEqual(self.sums(record), {"matched": (3, 60, 60, 30, 30, 0)})

    # ----------------------------------------------------------------- disputes

    def test_differences_become_disputes_in_bulk(self):
        record = self.compare(self.line(0, kwh="9", amount="4.5"), self.line(1, amount="9"))
        self.statement._dispute([Claim(self.cdrs[1].id, "price")], self.emsp)
        wizard = self.env["ev.partner.file.dispute"].create({"file_id": record.id})
        self.assertEqual((wizard.count, wizard.known_count), (3, 1))
        wizard.action_dispute()
        disputes = self.statement.dispute_ids.sorted(lambda dispute: dispute.cdr_id.id)
        self.assertEqual(disputes.cdr_id, self.cdrs)
        first, second, third = disputes
        self.assertEqual((first.reason, first.claim, first.claim_kwh, first.source), ("energy", 4.5, 9, "file"))
        self.assertEqual(first.comment, "Line 2 of march.csv")
        self.assertEqual((second.source, second.reason), ("portal", "price"))
        self.assertEqual((third.reason, third.comment, third.claim), ("unknown_session", "Not in march.csv", 0))

    def test_what_becomes_a_dispute_is_chosen(self):
        record = self.compare(self.line(0, kwh="9"), self.line(1, amount="9"), self.line(2, currency="SEK"))
        wizard = self.env["ev.partner.file.dispute"].create(
            {"file_id": record.id, "energy": False, "missing_there": False}
        )
        self.assertEqual(wizard.count, 2)
        wizard.action_dispute()
        self.assertEqual(self.statement.dispute_ids.cdr_id, self.cdrs[1:])
        foreign = self.statement.dispute_ids.filtered(lambda one: one.cdr_id == self.cdrs[2])
        self.assertEqual((foreign.reason, foreign.claim), ("other", 0))
        self.assertEqual(foreign.comment, "Line 4 of march.csv: 15.0 SEK")

    def test_a_closed_window_takes_no_disputes(self):
        record = self.compare(self.line(0, kwh="9"))
        self.statement.action_close_window()
        with self.assertRaisesRegex(UserError, "closed on"):
            record.action_dispute()
        with self.assertRaisesRegex(UserError, "closed on"):
            self.env["ev.partner.file.dispute"].create({"file_id": record.id}).action_dispute()
        self.assertFalse(self.statement.dispute_ids)

    # --------------------------------------------------------------------- XLSX

    def test_the_spreadsheet_adds_up(self):
        record = self.compare(
            self.line(0, kwh="9", amount="4.5"), self.line(1), self.line(None, id="=1+1"), self.line(2, currency="SEK")
        )
        with patch.object(rows, "PAGE", 1):
            record.action_download()
        book = load_workbook(io.BytesIO(record.xlsx_attachment_id.raw))
        values = load_workbook(io.BytesIO(record.xlsx_attachment_id.raw), data_only=True)
        self.assertEqual(
            book.sheetnames, ["Summary", "Matched", "Different", "Only in Their List", "Only in Our List", "Broken"]
        )
        different = book["Different"]
        self.assertEqual(
            [cell.value for cell in different[2]][7:13], [9, 10, "=ROUND(H2-I2,6)", 4.5, 5, "=ROUND(K2-L2,6)"]
        )
        self.assertEqual(different["S2"].value, "Energy, Amount")
        # 57 crowns less 15 euros is nothing
        self.assertIsNone(different["M3"].value)
        self.assertEqual(book["Only in Their List"]["B2"].value, "=1+1")
        # an id is no formula: openpyxl would read one as such
        self.assertEqual(values["Only in Their List"]["B2"].value, "=1+1")
        summary = {
            row[0].value: [cell.value for cell in row[1:8]] for row in values["Summary"].iter_rows() if row[0].value
        }
        # sessions, their kWh, ours, difference, their EUR, ours, difference; the crowns are not added
        self.assertEqual(summary["Matched"], [1, 20, 20, 0, 10, 10, 0])
        self.assertEqual(summary["Different"], [2, 39, 40, -1, 4.5, 20, -15.5])
        self.assertEqual(summary["Only in Their List"], [1, 40, 0, 40, 20, 0, 20])
        formulas = {row[0].value: row[5].value for row in book["Summary"].iter_rows() if row[0].value}
        self.assertEqual(formulas["Different"], "=ROUND(SUMIFS('Different'!K2:K3,'Different'!N2:N3,\"EUR\"),6)")

    def test_compared_again_the_spreadsheet_is_new(self):
        record = self.compare(self.line(0, kwh="10.5"))
        record.action_download()
        before = record.xlsx_attachment_id
        record.action_download()
        self.assertEqual(record.xlsx_attachment_id, before)
        record.action_compare()
        self.assertFalse(before.exists())
