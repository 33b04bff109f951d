from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestCreditAndReplacement(EvCpmsCommon):
    def setUp(self):
        super().setUp()
        self.item = self.make_item(energy=10_000)

    def _credit(self, **values):
        return dict(self.item, id=f"{self.item['id']}-credit", credit_of=self.item["id"], **values)

    def _replacement(self, **values):
        return dict(
            self.item,
            id=f"{self.item['id']}-new",
            replaces=self.item["id"],
            energy=9_000,
            meter_stop=1_009_000,
            **values,
        )

    def test_a_correction_in_one_batch(self):
        # 10 kWh taken back, 9 kWh put in: what was really delivered is 10 - 10 + 9 = 9 kWh.
        answers = self.ingest(self._credit(), self._replacement(), self.item)
        self.assertEqual([answer["status"] for answer in answers], ["stored"] * 3)
        original = self.find_cdr(self.item["id"])
        self.assertEqual(original.credited_by_ids.energy_wh, 10_000, "a credit repeats its original's energy")
        self.assertEqual(original.credited_by_ids.energy_kwh, -10.0)
        self.assertTrue(original.credited_by_ids.credit)
        self.assertEqual(original.replaced_by_ids.energy_wh, 9_000)
        total = self.env["ev.cdr"]._read_group([("station_id", "=", self.ac.id)], [], ["energy_kwh:sum"])
        self.assertEqual(total, [(9.0,)])

    def test_a_credit_keeps_what_was_known_at_its_original(self):
        self.ingest(self.item)
        self.badge.holder_ids.profile_id = False
        self.badge.kind = "roaming"
        self.ingest(self._credit())
        self.assertRecordValues(
            self.find_cdr(self._credit()["id"]),
            [{"profile_id": self.profile.id, "kind": "local", "token_id": self.badge.id}],
        )

    def test_a_credit_repeats_what_the_price_was_worked_out_from(self):
        """Whatever its sender left out: 10 kWh, charging for 40 minutes of the hour, read once in between."""
        start = 1773129600  # 2026-03-10T08:00:00Z
        measured = {
            "charging_seconds": 2400,
            "idle_seconds": 1200,
            "readings": [[start, 1_000_000], [start + 2400, 1_010_000]],
        }
        self.ingest(dict(self.item, **measured))
        self.ingest(
            self._credit(charging_seconds=None, idle_seconds=None, readings=[], meter_start=None, meter_stop=None)
        )
        names = ("meter_start_wh", "meter_stop_wh", "charging_seconds", "idle_seconds", "readings")
        original, credit = (self.find_cdr(item["id"]) for item in (self.item, self._credit()))
        self.assertEqual(credit.readings, measured["readings"])
        self.assertEqual([credit[name] for name in names], [original[name] for name in names])

    def test_what_nobody_measured_is_not_zero_on_a_credit(self):
        self.ingest(dict(self.item, charging_seconds=None, idle_seconds=None, meter_start=None, meter_stop=None))
        self.ingest(self._credit())
        self.env.cr.execute(
            """SELECT charging_seconds, idle_seconds, meter_start_wh, meter_stop_wh, readings FROM ev_cdr
                WHERE external_id = %s""",
            [self._credit()["id"]],
        )
        self.assertEqual(self.env.cr.fetchone(), (None,) * 5)

    def test_refusals_name_the_session(self):
        self.ingest(self.item)
        for item, words in (
            (self._credit(energy=9_999), "energy is 9999"),
            (self._credit(evse=2), "EVSE is"),
            (dict(self._credit(), credit_of="nobody"), "'nobody', which this source never sent"),
            (dict(self._replacement(), replaces="nobody"), "'nobody', which this source never sent"),
        ):
            with self.subTest(words=words):
                answer = self.ingest(item)[0]
                self.assertEqual(answer["status"], "quarantined")
                self.assertIn(words, answer["reason"])

    def test_a_session_is_credited_and_replaced_once(self):
        self.ingest(self.item, self._credit(), self._replacement())
        self.assertEqual(self.ingest(self._credit(), self._replacement())[0]["status"], "duplicate")
        again = self.ingest(dict(self._credit(), id="second"), dict(self._replacement(), id="third"))
        self.assertIn("already credited by", again[0]["reason"])
        self.assertIn("already replaced by", again[1]["reason"])

    def test_two_credits_in_one_batch(self):
        answers = self.ingest(self.item, self._credit(), dict(self._credit(), id="second"))
        self.assertEqual([answer["status"] for answer in answers], ["stored", "stored", "quarantined"])
        self.assertIn("already credited by", answers[2]["reason"])

    def test_a_replacement_needs_the_credit_or_both_would_be_billed(self):
        self.ingest(self.item)
        answer = self.ingest(self._replacement())[0]
        self.assertEqual(answer["status"], "quarantined")
        self.assertIn("not credited: both would be billed", answer["reason"])
        self.assertEqual([a["status"] for a in self.ingest(self._replacement(), self._credit())], ["stored", "stored"])

    def test_an_item_is_not_both(self):
        self.ingest(self.item)
        answer = self.ingest(dict(self._credit(), replaces=self.item["id"]))[0]
        self.assertIn("not both", answer["reason"])

    def test_a_credit_does_not_bring_erased_data_back(self):
        self.ingest(dict(self.item, auth="auth-1", signed=[{"value": "x"}]))
        self.env["ev.cdr.erasure"]._erase(self.badge, "Request")
        self.ingest(self._credit(auth="auth-1", signed=[{"value": "x"}]))
        self.assertRecordValues(
            self.find_cdr(self._credit()["id"]),
            [{"token_uid": False, "token_id": False, "authorization_reference": False, "signed_data": False}],
        )

    def test_the_wizard_makes_both(self):
        self.ingest(self.item)
        original = self.find_cdr(self.item["id"])
        admin = self.make_user("t-admin-correct", "ev_cpms.group_admin")
        wizard = self.env["ev.cdr.correct"].with_user(admin).create({"cdr_id": original.id, "reason": "Meter photo"})
        self.assertEqual((wizard.energy_wh, wizard.evse_id), (10_000, original.evse_id))
        wizard.energy_wh = 8_000
        wizard.action_correct()
        self.assertEqual(original.credited_by_ids.energy_kwh, -10.0)
        self.assertEqual(original.replaced_by_ids.energy_kwh, 8.0)
        self.assertIn("Meter photo", original.replaced_by_ids.raw_reference)
        self.assertEqual(original.replaced_by_ids.source, "test")

    def test_the_wizard_stores_all_or_nothing(self):
        self.ingest(self.item)
        original = self.find_cdr(self.item["id"])
        wizard = self.env["ev.cdr.correct"].create({"cdr_id": original.id, "reason": "x", "energy_wh": 900_000})
        with self.assertRaisesRegex(UserError, "more than 3 times"), self.cr.savepoint():
            wizard.action_correct()
        self.assertFalse(original.credited_by_ids)
        reader = self.make_user("t-reader-correct", "ev_cpms.group_technician")
        with self.assertRaises(AccessError):
            self.env["ev.cdr.correct"].with_user(reader).create({"cdr_id": original.id, "reason": "x"})

    def test_a_credit_cannot_be_credited(self):
        self.ingest(self.item, self._credit())
        answer = self.ingest(dict(self._credit(), id="second", credit_of=self._credit()["id"]))[0]
        self.assertIn("is itself a credit", answer["reason"])
