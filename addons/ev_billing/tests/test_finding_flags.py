from datetime import timedelta

from odoo.tests import tagged

from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestFindingFlags(EvFindingCommon):
    """Rules on clocks, messages, badges and stations."""

    def test_clock_flags(self):
        wrong = self.make_cdr("2026-03-10T08:00:00Z", flags=["clock_implausible"])
        unread = self.make_cdr("2026-03-11T08:00:00Z", flags=["time_unreadable", "offline"])
        self.make_cdr("2026-03-12T08:00:00Z", flags=["time_naive", "offline"])
        found = self.check(3, "clock")
        self.assertEqual((found.cdr_id, set(found.mapped("blocking"))), (wrong | unread, {True}))

    def insert(self, start, received):
        """A session received at a moment of the test's choice: ingest always says now."""
        like = self.make_cdr("2026-03-20T08:00:00Z")
        columns = [
            name
            for name, field in like._fields.items()
            if field.store and field.column_type and name not in ("id", "external_id", "received_at", "date_start")
        ]
        names = ", ".join(columns)
        self.env.cr.execute(
            f"INSERT INTO ev_cdr (external_id, received_at, date_start, {names}) SELECT %s, %s, %s, {names} FROM ev_cdr "
            "WHERE id = %s RETURNING id",
            [f"copy-{start}", received, start, like.id],
        )
        return like.browse(self.env.cr.fetchone())

    def test_clock_that_is_ahead_and_a_session_days_late(self):
        ahead = self.insert("2026-03-20 06:00:00", "2026-03-20 04:30:00")
        self.insert("2026-03-20 07:00:00", "2026-03-20 06:30:00")  # half an hour: within the tolerance
        self.insert("2026-03-20 07:30:00", "2026-03-29 06:30:00")  # nine days in an outage
        old = self.insert("2005-01-01 00:00:00", "2026-03-20 06:30:00")
        found = self.check(3, "clock")
        self.assertEqual(found.cdr_id, ahead | old)
        self.assertIn("starts after it was received", found.filtered(lambda one: one.cdr_id == ahead).name)

    def test_missing_messages(self):
        gap = self.make_cdr("2026-03-10T08:00:00Z", flags=["seq_gap", "offline"])
        start = self.make_cdr("2026-03-11T08:00:00Z", flags=["no_start"])
        self.make_cdr("2026-03-12T08:00:00Z", flags=["offline"])
        self.assertEqual(self.check(3, "sequence").cdr_id, gap | start)

    def test_unclosed(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", flags=["unclosed"])
        self.make_cdr("2026-03-11T08:00:00Z", flags=["stop_matched"])
        self.assertEqual(self.check(3, "unclosed").cdr_id, cdr)

    def test_tokens(self):
        self.make_token("04OLD", "local", valid_until="2026-03-01 00:00:00")
        unknown = self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "NOBODY", "type": "RFID"})
        invalid = self.make_cdr("2026-03-11T08:00:00Z", token={"uid": "04OLD", "type": "RFID"})
        self.make_cdr("2026-02-11T08:00:00Z", token={"uid": "04OLD", "type": "RFID"})
        self.make_cdr("2026-03-12T08:00:00Z", token=None)  # ad hoc
        self.assertEqual(self.check(3, "token_unknown").cdr_id, unknown)
        self.assertEqual(self.check(3, "token_not_valid").cdr_id, invalid)
        self.assertFalse(self.check(2, "token_not_valid"))

    def test_not_in_service(self):
        self.dc.date_decommissioned = "2026-03-12"
        self.make_cdr("2026-03-11T08:00:00Z", station="T-DC-1")
        late = self.make_cdr("2026-03-12T08:00:00Z", station="T-DC-1")
        self.assertEqual(self.check(3, "not_in_service").cdr_id, late)

    def test_signed_data_is_off_until_switched_on(self):
        signed = [{"value": "OCMF|..."}]
        for day in range(1, 10):
            self.make_cdr(f"2026-03-{day:02}T08:00:00Z", signed=signed)
        cdr = self.make_cdr("2026-03-10T08:00:00Z")
        self.make_cdr("2026-03-10T08:00:00Z", station="T-DC-1")  # never signs
        self.assert_quiet("signed_missing")
        self.rule("signed_missing").active = True
        # 9 of 10 signed
        self.assertEqual(self.check(3, "signed_missing").cdr_id, cdr)
        self.rule("signed_missing").limit_1 = 95
        self.assert_quiet("signed_missing")

    def test_a_month_and_a_day_of_23_hours_on_the_sites_clock(self):
        # Paris, 31 March 23:30 and 1 April 00:30
        march = self.make_cdr("2026-03-31T20:30:00Z", flags=["unclosed"])
        april = self.make_cdr("2026-03-31T21:30:00Z", flags=["unclosed"])
        # the clocks go forward on 29 March: 01:30 to 03:30 on the wall is one hour, 22 kWh are possible
        short = self.make_cdr("2026-03-29T00:30:00Z", 30_000)
        self.assertEqual(short.date_stop - short.date_start, timedelta(hours=1))
        self.assertEqual(self.check(3, "unclosed").cdr_id, march)
        self.assertEqual(self.check(4, "unclosed").cdr_id, april)
        self.assertEqual(self.check(3, "power").cdr_id, short)

    def test_another_clock_has_another_month(self):
        tokyo = self.make_site("Tokyo", self.host, tz="Asia/Tokyo")
        self.make_station("T-TOKYO", tokyo)
        # ends 28 February 16:00 UTC: 1 March in Tokyo, February in Lyon
        cdr = self.make_cdr("2026-02-28T15:00:00Z", station="T-TOKYO", flags=["unclosed"])
        lyon = self.make_cdr("2026-02-28T15:00:00Z", flags=["unclosed"])
        self.assertEqual(self.check(3, "unclosed").cdr_id, cdr)
        self.assertEqual(self.check(2, "unclosed").cdr_id, lyon)
        self.assertEqual(str(self.check(3, "unclosed").month), "2026-03-01")
