from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.ev_clearing.models import ev_cdr_import_take

from .import_common import HEADER, ImportCommon


@tagged("post_install", "-at_install")
class TestImportTake(ImportCommon):
    """Files go in line by line, once, whatever happens in between."""

    def test_a_file_is_stored_through_the_ingest(self):
        record = self.run_import(self.lines(3))
        self.assertEqual(record.state, "done")
        self.assertEqual(self.counts(record), (3, 0, 0, 0))
        cdr = self.stored()[0]
        # 08:00 in Paris in July is 06:00 UTC; 12,5 kWh are 12,500 Wh
        self.assertEqual((cdr.external_id, cdr.date_start, cdr.energy_wh), ("S1", datetime(2026, 7, 1, 6), 12_500))
        self.assertEqual((cdr.evse_id, cdr.token_id, cdr.site_id), (self.ac.evse_ids[0], self.badge, self.site))
        self.assertIn("3 sessions stored", record.message)

    def test_the_same_file_again_is_all_duplicates(self):
        self.run_import(self.lines(3))
        again = self.run_import(self.lines(3))
        self.assertEqual(self.counts(again), (0, 3, 0, 0))
        self.assertEqual(len(self.stored()), 3)

    def test_the_same_file_is_a_duplicate_whatever_was_registered_since(self):
        record = self.run_import(self.lines(1, badge="NEW-BADGE"))
        self.make_token("NEW-BADGE", "local")
        self.ac.evse_ids[0].evse_id = "fr-abc-e1-1"
        self.assertEqual(self.counts(record), (1, 0, 0, 0))
        self.assertEqual(self.counts(self.run_import(self.lines(1, badge="NEW-BADGE"))), (0, 1, 0, 0))

    def test_a_file_with_a_byte_order_mark(self):
        self.assertEqual(
            self.counts(self.run_import(b"\xef\xbb\xbf" + (HEADER + self.lines(1)).encode())), (1, 0, 0, 0)
        )

    def test_two_imports_of_one_file_at_once_store_once(self):
        first, second = self.make_import(self.lines(10)), self.make_import(self.lines(10))
        with patch.object(ev_cdr_import_take, "CHUNK", 3):
            first.action_import()
            second.action_import()
            # the jobs of both take turns
            self.work()
        self.assertEqual(len(self.stored()), 10)
        self.assertEqual(first.stored_count + second.stored_count, 10)
        self.assertEqual(first.duplicate_count + second.duplicate_count, 10)

    def test_killed_anywhere_it_goes_on(self):
        for kill in range(1, 6):
            with self.subTest(kill=kill):
                source = f"crash-{kill}"
                record = self.make_import(self.lines(9), source=source)
                record.action_import()
                with (
                    patch.object(ev_cdr_import_take, "CHUNK", 3),
                    patch.object(type(record)._take_chunk, "__defaults__", (3,)),
                ):
                    self.assertEqual(self.work(kill=kill), kill)
                    self.assertEqual(record.state, "running")
                    self.assertEqual(len(self.stored(source)), min(max(kill - 2, 0) * 3, 9))
                    self.work()
                self.assertEqual((record.state, *self.counts(record)), ("done", 9, 0, 0, 0))
                self.assertEqual(len(self.stored(source)), 9)

    def test_a_lost_job_is_asked_for_again(self):
        record = self.make_import(self.lines(2))
        record.action_import()
        self.waiting().unlink()
        record.action_import()
        self.work()
        self.assertEqual((record.state, record.stored_count), ("done", 2))

    def test_broken_lines_do_not_stop_the_rest_and_come_back_as_csv(self):
        record = self.run_import(
            self.lines(1)
            + "S2;01/07/2026 08:00;01/07/2026 09:00;-1;FR*ABC*E1*1;=1+1;\n"
            + "S3;29/03/2026 02:30;29/03/2026 04:00;1;FR*ABC*E1*1;04TEST01;\n"
            + ";;;13,5;;;\n"
            + self.lines(1, first=4, kwh="0")
        )
        self.assertEqual(self.counts(record), (2, 0, 0, 3))
        broken = record.line_ids.filtered(lambda line: line.state == "error").sorted("number")
        self.assertEqual(broken.mapped("number"), [3, 4, 5])
        self.assertEqual(broken.mapped("column_name"), ["kWh", "Start", "ID"])
        self.assertIn("Europe/Paris", broken[1].reason)
        self.assertTrue(record.action_download_broken()["url"].startswith("/web/content/"))
        text = record._write_broken().decode("utf-8-sig").splitlines()
        self.assertEqual(text[0], "ID;Start;Stop;kWh;EVSE;Badge;Amount;Line;Session;Column;Problem")
        self.assertTrue(
            text[1].startswith("S2;01/07/2026 08:00;01/07/2026 09:00;-1;FR*ABC*E1*1;'=1+1;;3;S2;kWh;"), text
        )

    def test_mended_lines_go_in(self):
        record = self.run_import("S1;01/07/2026 08:00;01/07/2026 09:00;much;FR*ABC*E1*1;04TEST01;\n")
        mended = record._write_broken().decode("utf-8-sig").replace("much", "5,5")
        self.assertEqual(self.counts(self.run_import(mended.encode())), (1, 0, 0, 0))

    def test_the_hour_that_happens_twice(self):
        self.run_import("S1;25/10/2025 23:00;26/10/2025 02:30;1;FR*ABC*E1*1;04TEST01;\n")
        self.assertEqual(self.stored().date_stop, datetime(2025, 10, 26, 0, 30))

    def test_one_id_with_two_contents_is_a_conflict(self):
        record = self.run_import(self.lines(1) + self.lines(1, kwh="13"))
        self.assertEqual(self.counts(record), (1, 0, 1, 0))
        self.assertIn("other content", record.line_ids.filtered(lambda line: line.state == "quarantined").reason)

    def test_an_unknown_evse_waits_in_quarantine_until_it_is_entered(self):
        content = "S1;01/07/2026 08:00;01/07/2026 09:00;5;FR*ABC*E777;04TEST01;\n"
        record = self.run_import(content)
        self.assertEqual(self.counts(record), (0, 0, 1, 0))
        waiting = self.env["ev.cdr.quarantine"].search([("source", "=", "hub")])
        self.assertEqual((waiting.station, waiting.reason_code), ("FR*ABC*E777", "unknown_station"))
        self.ac.evse_ids[1].evse_id = "frabce777"
        self.assertEqual(self.counts(self.run_import(content)), (1, 0, 0, 0))
        self.assertEqual((waiting.state, self.stored().evse_id), ("replayed", self.ac.evse_ids[1]))

    def test_a_quarantined_session_is_replayed_by_its_evse_id(self):
        self.run_import("S1;01/07/2026 08:00;01/07/2026 09:00;5;FR*ABC*E777;04TEST01;\n")
        self.ac.evse_ids[1].evse_id = "FR*ABC*E777"
        self.env["ev.cdr.quarantine"].search([("source", "=", "hub")]).action_replay()
        self.assertEqual(self.stored().evse_id, self.ac.evse_ids[1])

    def test_an_evse_id_in_any_writing(self):
        for number, written in enumerate(("fr*abc*e1*1", "FRABCE11", "FR-ABC-E1-1")):
            content = f"W{number};01/07/2026 08:00;01/07/2026 09:00;5;{written};04TEST01;\n"
            self.assertEqual(self.counts(self.run_import(content)), (1, 0, 0, 0), written)

    def test_of_two_stations_with_one_evse_id_the_one_in_service_counts(self):
        newer = self.make_station("T-AC-NEW", self.site, date_commissioned="2026-07-01")
        newer.evse_ids.evse_id = "FR*ABC*E1*1"
        self.ac.date_decommissioned = "2026-07-01"
        self.run_import(
            "S1;30/06/2026 08:00;30/06/2026 09:00;5;FR*ABC*E1*1;04TEST01;\n"
            "S2;02/07/2026 08:00;02/07/2026 09:00;5;FR*ABC*E1*1;04TEST01;\n"
        )
        self.assertEqual(self.stored().mapped("station_id.identity"), ["T-AC-1", "T-AC-NEW"])

    def test_another_companys_evse_is_not_found(self):
        other = self.make_company("Other Operator")
        site = self.make_site("Elsewhere", company=other)
        self.make_station("T-OTHER", site).evse_ids.evse_id = "FR*XYZ*E5"
        record = self.run_import("S1;01/07/2026 08:00;01/07/2026 09:00;5;FR*XYZ*E5;04TEST01;\n")
        self.assertEqual(self.counts(record), (0, 0, 1, 0))

    def test_files_that_cannot_be_read_fail_with_a_sentence(self):
        for content, words in (
            (b"%PDF-1.7", "PDF"),
            (b"", "empty"),
            (b"A;B\n1;2\n", "no column"),
            (HEADER.encode(), "no lines"),
        ):
            with self.subTest(words=words):
                record = self.make_import(content or b" ")
                record.action_import()
                self.work()
                self.assertEqual(record.state, "failed")
                self.assertIn(words, record.message)
                self.assertFalse(record.line_ids)

    def test_what_the_lines_said_is_not_kept(self):
        record = self.run_import(self.lines(2))
        self.assertEqual(record.line_ids.mapped("payload"), [False, False])
        self.assertEqual(record.line_ids.mapped("badge"), [False, False])

    def test_a_running_import_is_not_changed_or_deleted(self):
        record = self.make_import(self.lines(1))
        record.action_import()
        admin = self.make_user("import-admin", "ev_billing.group_contract_admin", company_ids=[(6, 0, self.company.ids)],
                               company_id=self.company.id)  # fmt: skip
        with self.assertRaises(UserError):
            record.with_user(admin).write({"source": "other"})
        with self.assertRaises(UserError):
            record.with_user(admin).write({"state": "new"})
        with self.assertRaises(UserError):
            record.with_user(admin).unlink()
        self.assertEqual((record.source, record.state), ("hub", "running"))

    def test_erasing_a_badge_reaches_broken_lines_and_previews(self):
        broken = "S{0};01/07/2026 08:00;01/07/2026 09:00;much;FR*ABC*E1*1;{1};\n"
        record = self.run_import(broken.format(1, "04test01") + broken.format(2, "04TEST02"))
        seen = self.make_import(self.lines(1))
        seen.action_preview()
        self.env["ev.cdr.erasure"]._erase(self.badge, "Request 7")
        mine, other = record.line_ids.sorted("number")
        self.assertFalse(mine.row)
        self.assertEqual(other.row[5], "04TEST02")
        self.assertFalse(seen.preview)
