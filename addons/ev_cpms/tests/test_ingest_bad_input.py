import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestIngestBadInput(EvCpmsCommon):
    def check_refused(self, payload, words):
        before = self.env["ev.cdr"].search_count([])
        with self.assertRaisesRegex(UserError, words):
            self.env["ev.cdr"].ingest(payload)
        self.assertEqual(self.env["ev.cdr"].search_count([]), before)

    def test_broken_envelopes_say_what_to_send_instead(self):
        for payload, words in (
            ("", "not valid JSON"),
            ("{", "not valid JSON"),
            ('{"schema": "ev.cdr.batch/1", "cdrs": [NaN]}', "NaN is not JSON"),
            ("[" * 100_000, "not valid JSON"),
            ("[]", "Expected a JSON object, got list"),
            ({"schema": "ev.cdr.batch/1"}, "one string holding JSON, got dict"),
            ('{"schema": "ev.cdr.batch/2", "source": "b", "cdrs": []}', "this version reads 'ev.cdr.batch/1'"),
            ('{"schema": "ev.cdr.batch/1", "source": " ", "cdrs": []}', "'source' must name the sender"),
            ('{"schema": "ev.cdr.batch/1", "source": 7, "cdrs": []}', "'source' must name the sender"),
            ('{"schema": "ev.cdr.batch/1", "source": "a\\ud800", "cdrs": []}', "'source' must name the sender"),
            ('{"schema": "ev.cdr.batch/1", "source": "a\\u0000", "cdrs": []}', "'source' must name the sender"),
            ('{"schema": "ev.cdr.batch/1", "source": "b", "cdrs": {}}', "'cdrs' must be a list"),
            (json.dumps({"schema": "ev.cdr.batch/1", "source": "b", "cdrs": [1] * 5001}), "send at most 5000"),
        ):
            with self.subTest(words=words):
                self.check_refused(payload, words)

    def test_bad_items_are_quarantined_with_the_field_and_the_mend(self):
        for values, code, words in (
            ({"energy": -1}, "energy", "must not be negative"),
            ({"energy": "10"}, "malformed", "expected an integer"),
            ({"energy": 1.5}, "malformed", "expected an integer"),
            ({"energy": True}, "malformed", "expected an integer"),
            ({"energy": 2**63}, "energy", "beyond any meter"),
            ({"energy": None}, "energy", "is missing"),
            ({"meter_start": -5}, "energy", "must not be negative"),
            ({"stop": "2026-03-10T07:59:59Z"}, "clock", "before it starts"),
            ({"start": "1970-01-01T00:00:10Z"}, "clock", "starts in 1970"),
            ({"stop": "2099-01-01T00:00:00Z"}, "clock", "in the future"),
            ({"start": "2026-03-10T08:00:00"}, "clock", "a moment with its zone"),
            ({"start": "garbage"}, "clock", "'garbage'"),
            ({"start": None}, "clock", "expected a moment"),
            ({"start": 1773129600}, "clock", "expected a moment"),
            ({"station": None}, "malformed", "'station' (a text) is missing"),
            ({"station": "x" * 256}, "malformed", "at most 255"),
            ({"station": "a\x00b"}, "malformed", "NUL"),
            ({"stop_reason": "\ud800"}, "malformed", "half a pair"),
            ({"evse": None}, "malformed", "'evse' (an integer) is missing"),
            ({"evse": 2**31}, "malformed", "'evse'"),
            ({"evse": 9}, "unknown_evse", "has no EVSE 9"),
            ({"token": "04TEST01"}, "malformed", "'token' must be an object"),
            ({"readings": [[1, 2, 3]]}, "malformed", "Reading 1"),
            ({"readings": [[10, 5.0]]}, "malformed", "two integers"),
            ({"readings": [[10, 5], [10, 6]]}, "energy", "only rise"),
            ({"readings": [[10, 5], [20, 4]]}, "energy", "only rise"),
            ({"flags": "late"}, "malformed", "list of at most 20"),
            ({"flags": ["<script>"]}, "malformed", "letters, digits"),
            ({"signed": "OCMF|{}"}, "malformed", "'signed' must be a list"),
            ({"signed": [{"v": "\x00"}]}, "malformed", "NUL"),
            ({"surprise": 1}, "malformed", "Unknown field 'surprise'"),
            ({"id": ""}, "malformed", "'id' (a text) is missing"),
            ({"id": 7}, "malformed", "'id' must be a text"),
            ({"id": "a\ud800"}, "malformed", "half a pair"),
            ({"station": "a\ud800"}, "malformed", "half a pair"),
        ):
            with self.subTest(values=values):
                item = {**self.make_item(), **values}
                answer = self.ingest(item)[0]
                self.assertEqual(answer["status"], "quarantined", answer)
                self.assertIn(words, answer["reason"])
                record = self.env["ev.cdr.quarantine"].search([("external_id", "=", answer["id"])])
                self.assertEqual(record.reason_code, code)
                self.assertEqual(json.loads(record.payload), item, "the payload is kept exactly")

    def test_items_that_are_no_objects_are_kept_too(self):
        answers = self.ingest(None, 7, [], "x")
        self.assertEqual({answer["status"] for answer in answers}, {"quarantined"})
        self.assertEqual(len({answer["id"] for answer in answers}), 4)

    def test_huge_reading_lists_are_quarantined_not_stored(self):
        readings = [[epoch, epoch] for epoch in range(100_001)]
        answer = self.ingest(self.make_item(readings=readings))[0]
        self.assertIn("at most 100000", answer["reason"])

    def test_sql_in_a_text_is_only_text(self):
        cdr = self.make_cdr(stop_reason="'); DROP TABLE ev_cdr; --")
        self.assertEqual(cdr.stop_reason, "'); DROP TABLE ev_cdr; --")
