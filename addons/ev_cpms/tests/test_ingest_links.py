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

    def test_a_credit_cannot_be_credited(self):
        self.ingest(self.item, self._credit())
        answer = self.ingest(dict(self._credit(), id="second", credit_of=self._credit()["id"]))[0]
        self.assertIn("is itself a credit", answer["reason"])
