from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.ev_billing.models.ev_finding_rules import Check
from odoo.addons.ev_billing.models.ev_finding_rules.statements import find_quarantine
from odoo.addons.ev_billing.rating import month

from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestFindingStatements(EvFindingCommon):
    """Rules on contracts, statements and what stands outside of them, and what each of them stops."""

    def roam(self, start, **values):
        return self.make_cdr(start, token={"uid": "04TEST02", "type": "RFID"}, **values)

    def test_no_contract_stops_the_run(self):
        self.roam("2026-03-10T08:00:00Z")
        self.roam("2026-03-11T08:00:00Z")
        found = self.check(3, "no_contract")
        self.assertEqual((found.partner_id, found.session_count, found.energy_kwh), (self.emsp, 2, 20.0))
        self.assertIn("no client or eMSP contract of RoamCo applies", found.name)
        self.assertEqual(self.env["ev.finding"]._get_run_blockers(self.company, found.month), found)

    def test_contract_look_alikes(self):
        # nobody holds the badge; a site without a host; what was taken back
        self.make_cdr("2026-03-10T08:00:00Z")
        self.make_station("T-OWN", self.make_site("Own"))
        self.make_cdr("2026-03-10T08:00:00Z", station="T-OWN")
        cdr = self.roam("2026-03-11T08:00:00Z")
        self.make_cdr("2026-03-11T08:00:00Z", credit_of=cdr.external_id)
        self.assert_quiet("no_contract", "several_contracts")

    def test_several_contracts(self):
        other = self.make_contract(("charge", "session", "1"))
        self.make_cdr("2026-03-10T08:00:00Z")
        found = self.check(3, "several_contracts", "no_contract")
        self.assertEqual(found.rule, "several_contracts")
        self.assertIn(f"({self.contract.name}, {other.name})", found.name)

    def test_one_month_later_it_is_another_finding(self):
        self.roam("2026-03-10T08:00:00Z")
        march = self.check(3, "no_contract")
        march._accept("a guest")
        self.assertFalse(self.check(3, "no_contract"))
        self.roam("2026-04-10T08:00:00Z")
        self.assertTrue(self.check(4, "no_contract"))
        # one more session in March is not what was accepted
        self.roam("2026-03-20T08:00:00Z")
        self.assertEqual(self.check(3, "no_contract"), march)
        self.assertEqual((march.state, march.session_count, march.reason), ("open", 2, False))
        self.assertIn("What was decided on has changed", march.message_ids[0].body)

    def test_quarantine(self):
        item = self.make_item("2026-03-10T08:00:00Z", 12_400, station="NOBODY")
        self.ingest(item, self.make_item("2026-04-10T08:00:00Z", station="NOBODY"))
        found = self.check(3, "quarantine")
        self.assertEqual((found.energy_kwh, found.blocking, found.quarantine_id.external_id), (12.4, True, item["id"]))
        self.assertEqual(self.env["ev.finding"]._get_run_blockers(self.company, found.month), found)
        # the station is entered, and the item replayed by looking again
        self.make_station("NOBODY", self.site)
        found.action_retry()
        self.assertEqual((found.state, found.quarantine_id.state), ("resolved", "replayed"))
        self.assertEqual(self.find_cdr(item["id"]).energy_wh, 12_400)

    def test_stations_of_the_quarantine_are_looked_up_once(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            hits = find_quarantine(check, None)
            return self.env.cr.sql_log_count - before, [one.site or False for one in hits.found]

        check = Check(self.env, self.company, month(2026, 3))
        # an EVSE that nobody entered at a station that is known, and stations that nobody entered
        self.ingest(self.make_item("2026-03-10T08:00:00Z", evse=3))
        self.ingest(self.make_item("2026-03-11T08:00:00Z", station="NOBODY-1"))
        queries, sites = count_queries()
        self.assertEqual(sites, [False, self.site.id])
        self.ingest(*(self.make_item(f"2026-03-1{day}T08:00:00Z", station=f"NOBODY-{day}") for day in range(2, 6)))
        self.assertEqual(count_queries(), (queries, [False] * 5 + [self.site.id]))

    def test_dismissed_is_no_finding(self):
        self.ingest(self.make_item("2026-03-10T08:00:00Z", station="NOBODY"))
        found = self.check(3, "quarantine")
        found.quarantine_id._dismiss("a test drive")
        self.assert_quiet("quarantine")
        self.assertEqual(found.state, "resolved")

    def test_blocked_statement(self):
        self.make_contract(("credit", "kwh", "0.20"))
        self.make_cdr("2026-03-10T08:00:00Z")
        march = self.prepare(2026, 3, self.contract)
        self.assertTrue(march.blocking_message)
        found = self.check(3, "blocked_statement")
        self.assertEqual((found.statement_id, found.contract_id, found.blocking), (march, self.contract, True))
        self.assertEqual(self.env["ev.finding"]._get_blocking_findings(march), {march.id: found})

    def test_waiting_for_prices(self):
        index = self.env["ev.price.index"].create({"name": "Spot", "code": "WAIT", "company_id": self.company.id})
        self.contract.date_end = "2026-02-28"
        priced = self.make_contract(
            ("credit", "kwh", 0, {"price_kind": "indexed", "index_id": index.id}), start="2026-03-01"
        )
        self.make_cdr("2026-03-10T08:00:00Z")
        march = self.prepare(2026, 3, priced)
        found = self.check(3, "waiting")
        self.assertEqual((found.statement_id, found.energy_kwh, found.session_count), (march, 10.0, 1))
        self.assertIn("wait for values of Spot", found.name)
        self.assertEqual(self.env["ev.finding"]._get_blocking_findings(march), {march.id: found})
        # approving without them is a decision of its own
        march.action_approve_without_prices()
        self.assertEqual(march.state, "approved")

    def test_nothing_is_wrong_with_a_plain_month(self):
        self.make_cdr("2026-03-10T08:00:00Z")
        self.prepare(2026, 3, self.contract)
        self.assert_quiet()

    def test_estimated_under_a_price_by_time(self):
        halves = (("morning", 0, 12, 0.1), ("afternoon", 12, 24, 0.3))
        bands = [
            (0, 0, {"name": name, "hour_from": start, "hour_to": end, "price": price})
            for name, start, end, price in halves
        ]
        self.contract.date_end = "2026-02-28"
        banded = self.make_contract(
            ("credit", "kwh", 0, {"price_kind": "banded", "band_ids": bands}), start="2026-03-01"
        )
        # from 11:30 to 12:30 on the wall
        self.make_cdr("2026-03-10T10:30:00Z")
        begin = 1_773_225_000  # 2026-03-11 10:30 UTC
        readings = [[begin, 1_000_000], [begin + 1800, 1_004_000], [begin + 3600, 1_010_000]]
        self.make_cdr("2026-03-11T10:30:00Z", readings=readings, station="T-DC-1")
        march = self.prepare(2026, 3, banded)
        found = self.check(3, "estimated")
        self.assertEqual((found.statement_id, found.station_id, found.session_count), (march, self.ac, 1))
        # 5 kWh x 0.10 + 5 kWh x 0.30
        self.assertEqual(found.money_at_risk, 2.0)

    def test_a_fixed_price_needs_no_readings(self):
        self.make_cdr("2026-03-10T08:00:00Z")
        self.prepare(2026, 3, self.contract)
        self.assert_quiet("estimated")

    def test_late(self):
        self.make_cdr("2026-03-10T08:00:00Z")
        with freeze_time("2026-04-02 08:00:00"):
            march = self.prepare(2026, 3, self.contract)
            march.action_approve()
        self.assertEqual(march.computed_at.day, 2)
        # both sessions were received now, after that day: only as much is known of a bill that was made in the past
        self.make_cdr("2026-03-20T08:00:00Z", 5_000)
        found = self.check(3, "late")
        self.assertEqual((found.statement_id, found.severity, found.blocking), (march, "info", False))
        self.assertIn("they come on the next statement", found.name)

    def test_on_time_is_not_late(self):
        self.make_cdr("2026-03-10T08:00:00Z")
        self.prepare(2026, 3, self.contract).action_approve()
        self.assert_quiet("late")

    def test_credit_without_replacement(self):
        alone, complete = self.make_cdr("2026-03-10T08:00:00Z"), self.make_cdr("2026-03-11T08:00:00Z")
        credit = self.make_cdr("2026-03-10T08:00:00Z", credit_of=alone.external_id)
        self.make_cdr("2026-03-11T08:00:00Z", credit_of=complete.external_id)
        self.make_cdr("2026-03-11T08:00:00Z", 9_000, replaces=complete.external_id)
        self.assert_quiet("credit_alone")
        self.rule("credit_alone").limit_1 = 0
        found = self.check(3, "credit_alone")
        # a credit's energy counts negative
        self.assertEqual((found.cdr_id, found.other_cdr_id, found.energy_kwh), (credit, alone, -10.0))

    def test_numbers_that_do_not_add_up_stop_the_run(self):
        self.make_cdr("2026-03-10T08:00:00Z")
        self.assert_quiet("completeness")
        statements = type(self.env["ev.statement"])
        self.patch(statements, "_count_again", lambda *args: (2, 20_000))
        found = self.check(3, "completeness")
        self.assertIn("2 sessions (20.000 kWh) ended in March 2026", found.name)
        self.assertEqual(self.env["ev.finding"]._get_run_blockers(self.company, found.month), found)

    def test_approval_names_the_findings(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        march = self.prepare(2026, 3, self.contract)
        found = self.check(3)
        self.assertEqual(found.rule, "power")
        with self.assertRaisesRegex(UserError, "25.000 kWh, but 22 kW can deliver"):
            march.action_approve()
        self.assertEqual(march.state, "draft")
        # taken back, it stops nothing any more, also before the month is checked again
        self.make_cdr("2026-03-10T08:00:00Z", 25_000, credit_of=cdr.external_id)
        march.action_compute()
        march.action_approve()
        self.assertFalse(self.check(3))
        self.assertEqual(found.state, "corrected")

    def test_warnings_stop_nothing(self):
        self.make_cdr("2026-03-10T08:00:00Z", flags=["unclosed"])
        march = self.prepare(2026, 3, self.contract)
        self.assertTrue(self.check(3))
        march.action_approve()
        self.assertEqual(march.state, "approved")
