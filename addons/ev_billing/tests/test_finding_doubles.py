from odoo.tests import tagged

from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestFindingDoubles(EvFindingCommon):
    """Sessions that cannot both be true, and those that only look so."""

    def test_double(self):
        first = self.make_cdr("2026-03-10T08:00:00Z", 10_000)
        # 4 minutes later and 0.9 % more, under another id
        second = self.make_cdr("2026-03-10T08:04:00Z", 10_090)
        found = self.check(3, "double", "overlap")
        self.assertEqual((found.rule, found.cdr_id, found.other_cdr_id), ("double", second, first))
        self.assertTrue(found.blocking)
        self.assertIn(second.external_id, found.name)
        self.assertIn(first.external_id, found.name)

    def test_double_look_alikes(self):
        # two short tries, then the real one: different energy
        self.make_cdr("2026-03-10T08:00:00Z", 200, hours=0.02)
        self.make_cdr("2026-03-10T08:02:00Z", 300, hours=0.02)
        self.make_cdr("2026-03-10T08:04:00Z", 10_000)
        # a session and its correction
        wrong = self.make_cdr("2026-03-11T08:00:00Z", 10_000)
        self.make_cdr("2026-03-11T08:00:00Z", 10_000, credit_of=wrong.external_id)
        self.make_cdr("2026-03-11T08:01:00Z", 10_000, replaces=wrong.external_id)
        # another EVSE, another badge, and nothing charged at all
        self.make_cdr("2026-03-12T08:00:00Z", 10_000)
        self.make_cdr("2026-03-12T08:00:00Z", 10_000, evse=2)
        self.make_cdr("2026-03-13T08:00:00Z", 0, hours=0.02)
        self.make_cdr("2026-03-13T08:02:00Z", 0, hours=0.02)
        # 1.1 % apart, one after the other
        self.make_cdr("2026-03-14T08:00:00Z", 1_000, hours=0.05)
        self.make_cdr("2026-03-14T08:04:00Z", 1_012, hours=0.05)
        self.assert_quiet("double", "overlap")

    def test_the_same_content_from_another_source(self):
        item = self.make_item("2026-03-10T08:00:00Z", 10_000)
        self.ingest(item)
        self.ingest(item, source="hub")
        found = self.check(3, "same_content", "double", "overlap")
        self.assertEqual((found.rule, found.cdr_id.source, found.other_cdr_id.source), ("same_content", "hub", "test"))
        self.assertIn("came from test and from hub", found.name)

    def test_a_second_source_with_its_own_sessions(self):
        self.make_cdr("2026-03-10T08:00:00Z")
        self.ingest(self.make_item("2026-03-11T08:00:00Z"), source="hub")
        self.assert_quiet("same_content", "double", "overlap")

    def test_overlap(self):
        first = self.make_cdr("2026-03-10T08:00:00Z", 10_000, hours=5)
        self.make_cdr("2026-03-10T08:10:00Z", 10_000, hours=0.5, evse=2)
        inside = self.make_cdr("2026-03-10T12:30:00Z", 5_000, hours=2)
        found = self.check(3, "overlap")
        self.assertEqual((found.cdr_id, found.other_cdr_id, found.blocking), (inside, first, True))
        # from 12:30 to 13:00
        self.assertIn(f"{inside.external_id} starts 30.0 minutes before {first.external_id} ends", found.name)

    def test_overlap_look_alikes(self):
        self.make_cdr("2026-03-10T08:00:00Z")
        self.make_cdr("2026-03-10T09:00:00Z", 5_000)  # back to back
        self.make_cdr("2026-03-10T09:59:30Z", 6_000)  # half a minute
        wrong = self.make_cdr("2026-03-11T08:00:00Z", 10_000)
        self.make_cdr("2026-03-11T08:00:00Z", 10_000, credit_of=wrong.external_id)
        self.make_cdr("2026-03-11T08:10:00Z", 9_000, replaces=wrong.external_id)
        self.make_cdr("2026-03-12T08:00:00Z", 10_000)
        self.make_cdr("2026-03-12T08:30:00Z", 5_000, flags=["clock_implausible"])
        self.assert_quiet("overlap")

    def test_overlap_across_the_months_border(self):
        # Paris: the first ends 1 April 00:30, the second 1 April 01:30
        first = self.make_cdr("2026-03-31T20:30:00Z", 10_000, hours=2)
        second = self.make_cdr("2026-03-31T21:30:00Z", 4_000, hours=2)
        self.assertFalse(self.check(3, "overlap"))
        self.assertEqual(self.check(4, "overlap").cdr_id, second)
        # one ends in March, the other in April: found from either month, and known in the later
        early = self.make_cdr("2026-04-30T19:30:00Z", 10_000, hours=2)
        late = self.make_cdr("2026-04-30T20:30:00Z", 4_000, hours=2)
        self.check(4, "overlap")
        found = self.env["ev.finding"].search([("cdr_id", "=", late.id)])
        self.assertEqual((found.other_cdr_id, str(found.month), found.state), (early, "2026-05-01", "open"))
        self.check(5, "overlap")
        self.assertEqual(self.env["ev.finding"].search([("cdr_id", "=", late.id)]), found)
        self.assertEqual(found.state, "open")
        self.assertEqual(first.date_stop.day, 31)

    def test_excluding_the_later_received_of_a_double(self):
        first = self.make_cdr("2026-03-10T08:00:00Z", 10_000)
        second = self.make_cdr("2026-03-10T08:01:00Z", 10_000)
        march = self.prepare(2026, 3, self.contract)
        found = self.check(3)
        self.assertEqual(found.rule, "double")
        self.assertEqual(found.money_at_risk, 1.0)
        with self.assertRaisesRegex(Exception, "has open findings"):
            march.action_approve()
        self.assertEqual(march.state, "draft")
        wizard = self.env["ev.finding.decide"].create(
            {"finding_ids": [(6, 0, found.ids)], "action": "exclude", "reason": "the hub sent it too"}
        )
        wizard.action_decide()
        self.assertEqual(
            (found.state, second.ev_hold_ids.state, first.ev_hold_ids.state), ("excluded", "excluded", False)
        )
        march.action_compute()
        self.assertEqual(march.charge_ids.cdr_id, first)
        self.assertFalse(self.check(3))
        self.assertEqual(found.state, "excluded")
        march.action_approve()
        self.assertEqual(march.state, "approved")
