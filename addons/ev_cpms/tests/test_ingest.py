import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import ev_cdr_store
from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestIngest(EvCpmsCommon):
    def test_session_is_stored_as_at_its_start(self):
        # 10,000 Wh from 08:00 to 09:00 UTC on the AC station, by a local badge with the visitor profile.
        cdr = self.make_cdr()
        self.assertRecordValues(
            cdr,
            [
                {
                    "site_id": self.site.id,
                    "station_id": self.ac.id,
                    "evse_id": self.ac.evse_ids[0].id,
                    "power_type": "ac",
                    "token_id": self.badge.id,
                    "profile_id": self.profile.id,
                    "kind": "local",
                    "energy_wh": 10_000,
                    "energy_kwh": 10.0,
                    "flags": False,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(str(cdr.date_start), "2026-03-10 08:00:00")
        self.assertEqual(cdr.duration, 1.0)

    def test_zone_offset_is_converted_to_utc(self):
        cdr = self.make_cdr("2026-03-29T01:30:00+01:00", hours=1)  # the night clocks go forward in Paris
        self.assertEqual(str(cdr.date_start), "2026-03-29 00:30:00")
        self.assertEqual(str(cdr.date_stop), "2026-03-29 01:30:00")

    def test_same_batch_twice_is_duplicate(self):
        item = self.make_item()
        self.assertEqual([answer["status"] for answer in self.ingest(item)], ["stored"])
        self.assertEqual([answer["status"] for answer in self.ingest(item)], ["duplicate"])
        self.assertEqual(len(self.find_cdr(item["id"])), 1)

    def test_same_item_twice_in_one_batch(self):
        item = self.make_item()
        answers = self.ingest(item, dict(reversed(item.items())))  # the order of keys is no difference
        self.assertEqual([answer["status"] for answer in answers], ["stored", "duplicate"])

    def test_new_ones_are_stored_beside_those_already_there(self):
        first, second = self.make_item(), self.make_item("2026-03-11T08:00:00Z")
        self.ingest(first)
        self.assertEqual([answer["status"] for answer in self.ingest(first, second)], ["duplicate", "stored"])
        self.assertEqual(len(self.find_cdr(first["id"]) + self.find_cdr(second["id"])), 2)

    def test_one_stored_by_somebody_else_meanwhile_is_a_duplicate(self):
        """Between the look and the COPY: what COPY refuses as a whole is stored the longer way."""
        first, second = self.make_item(), self.make_item("2026-03-11T08:00:00Z", signed=[{"data": "a\\b\tc"}])
        self.ingest(first)
        with patch.object(ev_cdr_store, "_any_stored", return_value=False) as look:
            self.assertEqual([answer["status"] for answer in self.ingest(second, first)], ["stored", "duplicate"])
        self.assertTrue(look.called)
        self.assertEqual(len(self.find_cdr(first["id"]) + self.find_cdr(second["id"])), 2)
        self.assertEqual(self.find_cdr(second["id"]).signed_data, second["signed"])

    def test_more_rows_than_copy_is_told_at_a_time(self):
        items = [
            self.make_item(f"2026-03-10T{hour:02}:{minute:02}:00Z", 1_000 + hour)
            for hour in range(5)
            for minute in range(21)
        ]
        self.assertGreater(len(items), 2 * ev_cdr_store.PART)
        self.assertEqual({answer["status"] for answer in self.ingest(*items)}, {"stored"})
        for item in items:
            self.assertEqual(self.find_cdr(item["id"]).energy_wh, item["energy"])

    def test_same_id_other_content_is_a_conflict_and_changes_nothing(self):
        item = self.make_item(energy=10_000)
        self.ingest(item)
        answer = self.ingest(dict(item, energy=12_000, meter_stop=1_012_000))[0]
        self.assertEqual(answer["status"], "quarantined")
        self.assertIn("already stored with other content (10000 Wh", answer["reason"])
        self.assertEqual(self.find_cdr(item["id"]).energy_wh, 10_000)
        record = self.env["ev.cdr.quarantine"].search([("external_id", "=", item["id"])])
        self.assertEqual((record.reason_code, record.company_id), ("conflict", self.company))

    def test_same_id_from_another_source_is_another_session(self):
        item = self.make_item()
        self.assertEqual(self.ingest(item, source="bridge-a")[0]["status"], "stored")
        self.assertEqual(self.ingest(item, source="bridge-b")[0]["status"], "stored")

    def test_good_items_pass_beside_bad_ones_in_order(self):
        bad = self.make_item(station="NOBODY")
        answers = self.ingest(self.make_item(), bad, "not an object", self.make_item())
        self.assertEqual([answer["status"] for answer in answers], ["stored", "quarantined", "quarantined", "stored"])
        self.assertIn("Station 'NOBODY' is not registered", answers[1]["reason"])

    def test_empty_batch(self):
        self.assertEqual(self.ingest(), [])

    def test_unknown_token_is_stored_and_flagged_for_the_host_is_owed_the_energy(self):
        cdr = self.make_cdr(token={"uid": "FFFF", "type": None})
        self.assertRecordValues(
            cdr, [{"kind": False, "token_id": False, "token_uid": "FFFF", "flags": "unknown_token"}]
        )

    def test_no_token_is_ad_hoc(self):
        self.assertRecordValues(self.make_cdr(token=None), [{"kind": "ad_hoc", "flags": "no_token"}])
        paid = self.make_cdr(token={"uid": "", "type": "NoAuthorization"})
        self.assertRecordValues(paid, [{"kind": "ad_hoc", "flags": False}])

    def test_token_uid_ignores_case(self):
        self.badge.uid = "04AbCd"
        self.assertEqual(self.make_cdr(token={"uid": "04aBcD", "type": "RFID"}).token_id, self.badge)

    def test_holder_and_profile_are_those_of_the_start(self):
        staff = self.env["ev.user.profile"].create({"name": "Staff", "code": "staff-test"})
        self.badge.holder_ids = [
            (0, 0, {"date_from": "2026-03-15", "profile_id": staff.id, "partner_id": self.emsp.id})
        ]
        before = self.make_cdr("2026-03-14T20:00:00Z")
        after = self.make_cdr("2026-03-15T08:00:00Z")
        self.assertEqual((before.profile_id, before.partner_id.id), (self.profile, False))
        self.assertEqual((after.profile_id, after.partner_id), (staff, self.emsp))

    def test_token_out_of_validity_is_flagged(self):
        self.badge.valid_until = "2026-03-10 08:00:00"  # the end itself is no longer valid
        self.assertEqual(self.make_cdr("2026-03-10T08:00:00Z").flags, "token_not_valid")
        self.assertFalse(self.make_cdr("2026-03-10T07:59:59Z").flags)

    def test_energy_beyond_the_evse_is_flagged(self):
        # 22 kW for one hour, 10 % and 500 Wh of tolerance: up to 24,700 Wh is believable.
        self.assertFalse(self.make_cdr(energy=24_700).flags)
        self.assertEqual(self.make_cdr(energy=24_701).flags, "power_exceeded")

    def test_impossible_energy_waits_in_quarantine(self):
        # 22 kW for one hour is 22,000 Wh; three times that and 10 kWh are 76,000 Wh: a lifetime register, not a session.
        self.assertEqual(self.make_cdr(energy=76_000).flags, "power_exceeded")
        answer = self.ingest(self.make_item(energy=76_001))[0]
        self.assertEqual(answer["status"], "quarantined")
        self.assertIn("more than 3 times what the EVSE can deliver", answer["reason"])
        self.assertEqual(self.ingest(self.make_item(energy=10**15))[0]["status"], "quarantined")
        with_bad_clock = self.make_cdr(energy=76_001, hours=0, flags=["clock_implausible"])
        self.assertEqual(with_bad_clock.flags, "clock_implausible,power_exceeded")

    def test_a_rebuilt_journal_makes_no_conflict(self):
        item = self.make_item(raw="journal:1-9")
        self.ingest(item)
        self.assertEqual(self.ingest(dict(item, raw="journal:99-107"))[0]["status"], "duplicate")

    def test_session_outside_service_is_flagged_on_the_sites_calendar(self):
        self.ac.date_commissioned = "2026-03-10"
        # 23:30 UTC on the 9th is already the 10th in Paris.
        self.assertFalse(self.make_cdr("2026-03-09T23:30:00Z").flags)
        self.assertEqual(self.make_cdr("2026-03-09T22:30:00Z").flags, "not_in_service")

    def test_numbers_that_do_not_add_up_are_flagged(self):
        self.assertEqual(self.make_cdr(energy=5_000, meter_stop=1_009_000).flags, "energy_mismatch")
        offline = self.make_cdr(energy=5_000, meter_stop=1_009_000, flags=["offline"])
        self.assertEqual(offline.flags, "offline,energy_mismatch")
        self.assertEqual(
            self.make_cdr(energy=5_000, meter_stop=1_009_000, flags=["register_fell"]).flags, "register_fell"
        )

    def test_zero_energy_and_zero_length(self):
        cdr = self.make_cdr(energy=0, hours=0)
        self.assertEqual((cdr.energy_wh, cdr.energy_kwh, cdr.date_start), (0, 0.0, cdr.date_stop))

    def test_registers_beyond_32_bits(self):
        cdr = self.make_cdr(meter_start=5_000_000_000, meter_stop=5_000_010_000)
        cdr.invalidate_recordset()
        self.assertEqual((cdr.meter_start_wh, cdr.meter_stop_wh), (5_000_000_000, 5_000_010_000))

    def test_texts_survive_the_way_into_the_table(self):
        odd = "a\tb\\c\nd\re\x01 \\N é"
        cdr = self.make_cdr(stop_reason=odd, signed=[{"value": odd}])
        cdr.invalidate_recordset()
        self.assertEqual((cdr.stop_reason, cdr.signed_data), (odd, [{"value": odd}]))
        self.assertEqual(self.make_cdr(auth="\\N").authorization_reference, "\\N", "the text, not a NULL")
        self.assertEqual(self.make_cdr(auth="\x01").authorization_reference, "\x01", "the text, not a NULL")

    def test_queries_do_not_grow_with_the_batch(self):
        self.ingest(self.make_item())
        few = self._count_queries(5)
        many = self._count_queries(200)
        self.assertEqual(few, many)

    def _count_queries(self, size):
        items = [self.make_item() for _ in range(size)]
        self.env.flush_all()
        before = self.cr.sql_log_count
        self.ingest(*items)
        return self.cr.sql_log_count - before

    def test_only_a_bridge_may_call(self):
        payload = json.dumps({"schema": "ev.cdr.batch/1", "source": "test", "cdrs": []})
        accountant = self.make_user("t-reader", "ev_cpms.group_cdr_reader")
        with self.assertRaisesRegex(AccessError, "Only an OCPP bridge"):
            self.env["ev.cdr"].with_user(accountant).ingest(payload)

    def test_a_bridge_only_reaches_its_companies(self):
        other = self.env["res.company"].create({"name": "Other CPO"})
        self.make_station("T-OTHER", self.make_site("Other Site", company=other))
        bridge = self.make_user("t-bridge", "ev_cpms.group_bridge", company_id=self.company.id)
        answer = self.ingest(self.make_item(station="T-OTHER"), user=bridge)[0]
        self.assertEqual(answer["status"], "quarantined")
        self.assertEqual(self.ingest(self.make_item(), user=bridge)[0]["status"], "stored")

    def test_create_is_refused_so_that_there_is_one_way_in(self):
        with self.assertRaisesRegex(UserError, "through ingest"):
            self.env["ev.cdr"].create({"external_id": "x"})
