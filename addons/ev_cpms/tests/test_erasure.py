from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestErasure(EvCpmsCommon):
    def test_personal_data_goes_and_the_books_stay(self):
        cdr = self.make_cdr(auth="auth-7", signed=[{"format": "OCMF", "value": "x"}])
        other = self.make_cdr(token={"uid": "04TEST02", "type": "RFID"})
        erasure = self.env["ev.cdr.erasure"]._erase(self.badge, "Request 2026-114")
        self.assertEqual((erasure.cdr_count, erasure.reason), (1, "Request 2026-114"))
        self.assertRecordValues(
            cdr,
            [
                {
                    "token_uid": False,
                    "token_id": False,
                    "authorization_reference": False,
                    "signed_data": False,
                    "energy_wh": 10_000,
                    "kind": "local",
                    "profile_id": self.profile.id,
                }
            ],
        )
        self.assertEqual(other.token_uid, "04TEST02")

    def test_only_older_sessions_when_a_date_is_given(self):
        old = self.make_cdr("2025-01-01T00:00:00Z")
        new = self.make_cdr("2026-01-01T00:00:00Z")
        self.env["ev.cdr.erasure"]._erase(self.badge, "Retention", date_to="2026-01-01 00:00:00")
        self.assertEqual((old.token_uid, new.token_uid), (False, "04TEST01"))

    def test_the_door_closes_behind_an_erasure(self):
        cdr = self.make_cdr()
        self.env["ev.cdr.erasure"]._erase(self.badge, "Request")
        self.cr.execute("SELECT current_setting('ev_cpms.erasure', true)")
        self.assertEqual(self.cr.fetchone()[0], "")
        with self.assertRaises(UserError):
            cdr.sudo().write({"token_uid": "back"})

    def test_payloads_in_quarantine_are_erased_too(self):
        item = self.make_item(station="T-NEW", auth="auth-7")
        other = self.make_item(station="T-NEW", token={"uid": "04TEST02", "type": None})
        self.ingest(item, other)
        self.env["ev.cdr.erasure"]._erase(self.badge, "Request")
        records = self.env["ev.cdr.quarantine"].search([("station", "=", "T-NEW")], order="id")
        self.assertNotIn("04TEST01", records[0].payload)
        self.assertNotIn("auth-7", records[0].payload)
        self.assertIn("04TEST02", records[1].payload)
        self.assertEqual(self.ingest(item)[0]["status"], "quarantined", "sent again, it is still the same one")
        self.assertEqual(self.env["ev.cdr.quarantine"].search_count([("station", "=", "T-NEW")]), 2)

    def test_a_reason_and_the_right_role_are_needed(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.env["ev.cdr.erasure"]._erase(self.badge, " ")
        technician = self.make_user("t-tech-erase", "ev_cpms.group_technician")
        with self.assertRaises(AccessError):
            self.env["ev.cdr.erase"].with_user(technician).create({"token_ids": self.badge.ids, "reason": "x"})
