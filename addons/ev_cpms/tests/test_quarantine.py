import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestQuarantine(EvCpmsCommon):
    def setUp(self):
        super().setUp()
        self.technician = self.make_user("t-tech-quarantine", "ev_cpms.group_technician")

    def _quarantine(self, item):
        self.assertEqual(self.ingest(item)[0]["status"], "quarantined")
        return self.env["ev.cdr.quarantine"].search([("external_id", "=", item["id"])]).with_user(self.technician)

    def test_replay_after_the_station_was_added(self):
        item = self.make_item(station="T-NEW")
        record = self._quarantine(item)
        record.action_replay()
        self.assertEqual((record.state, record.replay_count), ("open", 1), "still unknown: it stays, with the reason")
        self.make_station("T-NEW", self.site)
        record.action_replay()
        self.assertEqual(record.state, "replayed")
        self.assertEqual(record.cdr_id.station_id.identity, "T-NEW")
        self.assertEqual(record.solved_uid, self.technician)

    def test_the_bridge_sending_again_solves_it_too(self):
        item = self.make_item(station="T-NEW")
        record = self._quarantine(item)
        self.make_station("T-NEW", self.site)
        self.assertEqual(self.ingest(item)[0]["status"], "stored")
        self.assertEqual((record.state, record.cdr_id), ("replayed", self.find_cdr(item["id"])))

    def test_sent_again_keeps_one_record(self):
        item = self.make_item(station="T-NEW")
        record = self._quarantine(item)
        self.ingest(item, item)
        self.assertEqual(self.env["ev.cdr.quarantine"].search([("external_id", "=", item["id"])]), record)

    def test_corrected_payload_is_replayed_and_the_original_kept(self):
        item = self.make_item(start="1970-01-01T00:00:10Z")
        record = self._quarantine(item)
        record.action_copy_payload()
        fixed = dict(json.loads(record.corrected_payload), start="2026-03-10T08:00:00Z", stop="2026-03-10T09:00:00Z")
        record.corrected_payload = json.dumps(fixed)
        record.action_replay()
        self.assertEqual(str(record.cdr_id.date_start), "2026-03-10 08:00:00")
        self.assertEqual(json.loads(record.payload), item)
        self.assertEqual(self.ingest(item)[0]["status"], "duplicate", "the bridge may send the broken one for ever")

    def test_broken_correction_says_so(self):
        record = self._quarantine(self.make_item(station="T-NEW"))
        record.corrected_payload = "{"
        with self.assertRaisesRegex(UserError, "not valid JSON"):
            record.action_replay()

    def test_excluding_takes_a_reason_and_holds(self):
        item = self.make_item(energy=-5)
        record = self._quarantine(item)
        wizard = self.env["ev.quarantine.dismiss"].with_user(self.technician)
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.create({"quarantine_ids": record.ids, "reason": "  "}).action_dismiss()
        wizard.create({"quarantine_ids": record.ids, "reason": "Installer's test"}).action_dismiss()
        self.assertEqual((record.state, record.dismiss_reason), ("dismissed", "Installer's test"))
        self.assertIn("Installer's test", self.ingest(item)[0]["reason"])
        with self.assertRaisesRegex(UserError, "already solved"):
            record.action_replay()
        record.action_reopen()
        self.assertEqual(record.state, "open")

    def test_what_the_bridge_could_not_assemble_waits_here(self):
        item = {
            "id": "T-AC-1:stop:77",
            "station": "T-AC-1",
            "quarantine": "Stop without a start.",
            "raw": {"messages": []},
        }
        record = self._quarantine(item)
        self.assertRecordValues(
            record, [{"reason_code": "bridge", "reason": "Stop without a start.", "station": "T-AC-1"}]
        )
        record.corrected_payload = json.dumps(self.make_item())
        record.action_replay()
        self.assertTrue(record.cdr_id)

    def test_received_payload_is_not_editable_and_roles_hold(self):
        record = self._quarantine(self.make_item(station="T-NEW"))
        reader = self.make_user("t-reader-quarantine", "ev_cpms.group_cdr_reader")
        self.assertTrue(record.with_user(reader).payload)
        for call in (record.with_user(reader).action_replay, record.with_user(reader).action_copy_payload):
            with self.assertRaises(AccessError):
                call()
        for field, value in (("payload", "{}"), ("state", "replayed"), ("reason", "x")):
            with self.subTest(field=field), self.assertRaises(UserError):
                record.write({field: value})
