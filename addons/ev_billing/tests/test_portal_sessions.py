from odoo import Command
from odoo.tests import tagged

from odoo.addons.ev_billing.rating import month

from ..models import ev_cdr_portal
from .portal_common import EvPortalCommon

MARCH = month(2026, 3)


@tagged("post_install", "-at_install")
class TestPortalSessions(EvPortalCommon):
    """Whose sessions somebody sees: the one rule, asked directly."""

    def find(self, partner, span=MARCH, companies=None, **options):
        return self.env["ev.cdr"]._find_for_portal(partner, companies or self.company, span, **options)

    def refs(self, partner, *args, **options):
        return [session.reference for session in self.find(partner, *args, **options)]

    # ---------------------------------------------------------------------- who

    def test_host_sees_sessions_at_its_site_with_the_end_of_the_badge_only(self):
        [session] = self.find(self.host)
        # 08:00 to 09:00 UTC on 1 March is 09:00 to 10:00 in Paris; 1772355600 s = 2026-03-01 09:00 as if it were UTC
        self.assertEqual((session.reference, session.site, session.wh), (self.cdr.external_id, "Lyon Test", 10_000))
        self.assertEqual((session.start, session.stop - session.start, session.seconds), (1772355600, 3600, 3600))
        self.assertEqual((session.badge, session.holder), ("...ST01", False))
        self.assertNotIn("Visitor", str(session), "no profile")

    def test_a_short_badge_is_not_shown_to_a_host_at_all(self):
        self.make_token("1234", "local")
        cdr = self.make_cdr("2026-03-02T08:00:00Z", token={"uid": "1234", "type": "RFID"})
        badges = {session.reference: session.badge for session in self.find(self.host)}
        self.assertIsNone(badges[cdr.external_id])

    def test_unknown_badges_are_masked_too(self):
        cdr = self.make_cdr("2026-03-02T08:00:00Z", token={"uid": "SECRET99", "type": "RFID"})
        badges = {session.reference: session.badge for session in self.find(self.host)}
        self.assertEqual(badges[cdr.external_id], "...ET99")

    def test_holder_sees_its_badge_in_full_and_nobody_elses(self):
        cdr = self.make_cdr("2026-03-02T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        [session] = self.find(self.emsp)
        self.assertEqual((session.reference, session.badge, session.holder), (cdr.external_id, "04TEST02", True))
        self.assertEqual(len(self.find(self.host)), 2, "the host sees both")

    def test_neighbour_and_stranger_see_nothing(self):
        stranger = self.env["res.partner"].create({"name": "Stranger", "is_company": True})
        for partner in (self.neighbour, stranger, self.env.ref("base.public_partner")):
            self.assertEqual(self.find(partner), [])
            self.assertEqual(self.env["ev.cdr"]._sum_for_portal(partner, self.company, MARCH), {})
            self.assertEqual(self.find(partner, site_id=self.site.id), [], "nor by the site's id")

    def test_former_host_sees_only_the_days_it_hosted(self):
        # the neighbour takes over on 10 March, Paris time: 22:59 UTC on the 9th is 23:59 there, 23:00 UTC is midnight
        self.site.host_ids = [Command.create({"partner_id": self.neighbour.id, "date_from": "2026-03-10"})]
        before = self.make_cdr("2026-03-09T22:59:00Z")
        after = self.make_cdr("2026-03-09T23:00:00Z")
        self.assertEqual(set(self.refs(self.host)), {self.cdr.external_id, before.external_id})
        self.assertEqual(self.refs(self.neighbour), [after.external_id])

    def test_a_gap_without_host_belongs_to_nobody(self):
        self.site.host_ids = [Command.create({"partner_id": False, "date_from": "2026-03-10"})]
        self.make_cdr("2026-03-11T08:00:00Z")
        self.assertEqual(self.refs(self.host), [self.cdr.external_id])

    def test_contacts_and_their_company_see_the_same(self):
        self.assertEqual(self.refs(self.bookkeeper), self.refs(self.host))
        site = self.make_site("Hosted by a contact", self.bookkeeper)
        self.make_station("T-AC-3", site, "ac", 22)
        cdr = self.make_cdr("2026-03-03T08:00:00Z", station="T-AC-3")
        self.assertEqual(self.refs(self.host, site_id=site.id), [cdr.external_id])

    def test_other_companies_sessions_stay_out(self):
        other = self.make_company("EV Other Operator")
        self.assertEqual(self.find(self.host, companies=other), [])
        self.assertEqual(self.env["ev.site"]._find_for_portal(self.host, other, MARCH.start), [])
        self.assertEqual(len(self.find(self.host, companies=other | self.company)), 1)

    def test_archived_sites_keep_their_sessions(self):
        self.site.active = False
        self.env["res.partner"].create({"name": "Gone", "parent_id": self.host.id, "active": False})
        self.assertEqual(self.refs(self.host), [self.cdr.external_id])
        [site] = self.env["ev.site"]._find_for_portal(self.host, self.company, MARCH.start)
        self.assertFalse(site.current)

    # --------------------------------------------------------------------- when

    def test_month_is_that_of_the_end_on_the_sites_clock(self):
        # Paris is at +2 from 29 March: 21:59 UTC on the 31st is 23:59 there, 22:00 is April
        march = self.make_cdr("2026-03-31T20:59:00Z")
        april = self.make_cdr("2026-03-31T21:00:00Z")
        self.assertEqual(self.refs(self.host), [march.external_id, self.cdr.external_id])
        self.assertEqual(self.refs(self.host, month(2026, 4)), [april.external_id])

    def test_pages_by_key_have_every_session_once(self):
        for minute in range(7):
            # four at the very same moment, three one after the other
            self.make_cdr("2026-03-05T08:00:00Z" if minute < 4 else f"2026-03-05T09:{minute:02d}:00Z")
        whole, pages, key = self.refs(self.host, limit=100), [], None
        while page := self.find(self.host, before=key, limit=3):
            pages += [session.reference for session in page]
            key = page[-1].key
        self.assertEqual(len(set(whole)), 8)
        self.assertEqual(pages, whole)

    def test_a_key_somebody_typed_does_no_harm(self):
        for key in ("x", "1-2; DROP TABLE ev_cdr", "-", "99999999999999999999-1", "'"):
            self.assertEqual(self.refs(self.host, before=key), [self.cdr.external_id])

    def test_sums_take_back_what_was_taken_back(self):
        # 10 + 4 kWh, and the 4 taken back: 2 sessions, 10 kWh, 2 hours
        wrong = self.make_cdr("2026-03-02T08:00:00Z", 4_000)
        self.make_cdr("2026-03-02T08:00:00Z", 4_000, credit_of=wrong.external_id)
        sums = self.env["ev.cdr"]._sum_for_portal(self.host, self.company, MARCH)
        self.assertEqual(sums, {self.site.id: ev_cdr_portal.PortalSum(2, 10_000, 7200)})
        marks = [session.marks for session in self.find(self.host)]
        self.assertCountEqual(marks, [["credit"], ["taken_back"], []])

    def test_a_host_that_charges_at_home_sees_the_session_once_and_its_badge(self):
        self.make_token("OWNFLEET", "local", partner=self.host)
        cdr = self.make_cdr("2026-03-02T08:00:00Z", token={"uid": "OWNFLEET", "type": "RFID"})
        rows = [session for session in self.find(self.host) if session.reference == cdr.external_id]
        self.assertEqual([(row.badge, row.holder) for row in rows], [("OWNFLEET", True)])
        self.assertEqual(self.env["ev.cdr"]._sum_for_portal(self.host, self.company, MARCH)[self.site.id].count, 2)

    # ------------------------------------------------------------------- amounts

    def test_amounts_are_told_once_approved_and_to_their_party_only(self):
        statement = self.prepare(2026, 3, self.contract)
        [session] = self.find(self.host)
        self.assertEqual(session.billed, [], "a draft is nobody else's business")
        statement.action_approve()
        [session] = self.find(self.host)
        # 0.35 charged for the session, 10 kWh x 0.185 = 1.85 credited: -1.5
        self.assertEqual([(made.statement, made.amount) for made in session.billed], [(statement.name, "-1.500000")])

    def test_a_holder_does_not_see_what_the_host_was_paid(self):
        self.make_cdr("2026-03-02T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.prepare(2026, 3, self.contract).action_approve()
        [session] = self.find(self.emsp)
        self.assertEqual(session.billed, [])

    # --------------------------------------------------------------------- sites

    def test_sites_say_when_and_only_hosts_of_today_see_stations(self):
        [site] = self.env["ev.site"]._find_for_portal(self.host, self.company, MARCH.start)
        self.assertTrue(site.current)
        self.assertEqual([name for name, _evses in site.stations], ["T-AC-1", "T-DC-1"])
        self.site.host_ids = [Command.create({"partner_id": self.neighbour.id, "date_from": "2026-03-10"})]
        [site] = self.env["ev.site"]._find_for_portal(self.host, self.company, MARCH.end)
        self.assertEqual((site.current, site.stations), (False, []))
        self.assertEqual([(str(start), str(end)) for start, end in site.spans], [("2020-01-01", "2026-03-10")])

    def test_days_reach_from_the_first_to_the_last_session(self):
        self.make_cdr("2025-11-02T08:00:00Z")
        first, last = self.env["ev.cdr"]._get_portal_days(self.host, self.company)
        self.assertEqual((str(first), str(last)), ("2025-11-02 09:00:00", "2026-03-01 09:00:00"))
        self.assertIsNone(self.env["ev.cdr"]._get_portal_days(self.neighbour, self.company))

    # ------------------------------------------------------------- through RPC

    def test_portal_users_have_no_access_to_sessions_themselves(self):
        for user in (self.portal_host, self.portal_emsp):
            for model in ("ev.cdr", "ev.site", "ev.site.host", "ev.charge", "ev.finding", "ev.statement.contest"):
                self.assertFalse(self.env[model].with_user(user).has_access("read"), model)
