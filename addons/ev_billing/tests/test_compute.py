from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestCompute(EvBillingCommon):
    def test_three_terms_over_two_sessions(self):
        # 12,345 Wh x 0.1850 = 2.283825; 7,001 Wh x 0.1850 = 1.295185; sum 3.579010 -> 3.58
        # commission per kWh 0.03: 0.370350 + 0.210030 = 0.580380 -> 0.58; per session 2 x 0.35 = 0.70
        contract = self.make_contract(
            ("credit", "kwh", "0.185"), ("charge", "kwh", "0.03"), ("charge", "session", "0.35")
        )
        first = self.make_cdr("2026-03-01T08:00:00Z", 12_345)
        second = self.make_cdr("2026-03-02T08:00:00Z", 7_001)
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(
            self.exact(statement),
            {
                ("credit kwh", first.external_id): (Decimal("12.345000"), Decimal("2.283825")),
                ("credit kwh", second.external_id): (Decimal("7.001000"), Decimal("1.295185")),
                ("charge kwh", first.external_id): (Decimal("12.345000"), Decimal("0.370350")),
                ("charge kwh", second.external_id): (Decimal("7.001000"), Decimal("0.210030")),
                ("charge session", first.external_id): (Decimal(1), Decimal("0.350000")),
                ("charge session", second.external_id): (Decimal(1), Decimal("0.350000")),
            },
        )
        self.assertEqual(
            self.lines(statement),
            [
                ("credit", "regular", Decimal("3.580000")),
                ("charge", "regular", Decimal("0.580000")),
                ("charge", "regular", Decimal("0.700000")),
            ],
        )
        self.assertRecordValues(
            statement,
            [
                {"total_credit": 3.58, "total_charge": 1.28, "total": -2.30, "session_count": 2, "energy_kwh": 19.346},
            ],
        )

    def test_line_rounds_once(self):
        # 3 x 0.004 = 0.012 -> 0.01; rounding each session first would make 0.00
        contract = self.make_contract(("credit", "kwh", "0.004"))
        for day in (1, 2, 3):
            self.make_cdr(f"2026-03-0{day}T08:00:00Z", 1_000)
        self.assertEqual(self.lines(self.prepare(2026, 3, contract)), [("credit", "regular", Decimal("0.010000"))])

    def test_running_again_gives_the_same(self):
        contract = self.make_contract(("credit", "kwh", "0.185"), ("charge", "charger_month", "15"))
        self.make_cdr("2026-03-01T08:00:00Z", 12_345)
        statement = self.prepare(2026, 3, contract)
        before = (statement.inputs_hash, self.lines(statement), self.exact(statement))
        self.assertEqual(self.prepare(2026, 3, contract), statement)
        self.assertEqual((statement.inputs_hash, self.lines(statement), self.exact(statement)), before)

    def test_a_new_session_changes_the_fingerprint_and_stops_approval(self):
        contract = self.make_contract(("credit", "kwh", "0.185"))
        self.make_cdr("2026-03-01T08:00:00Z")
        statement = self.prepare(2026, 3, contract)
        before = statement.inputs_hash
        self.make_cdr("2026-03-02T08:00:00Z")
        with self.assertRaisesRegex(UserError, "compute it again"):
            statement.action_approve()
        statement.action_compute()
        self.assertNotEqual(statement.inputs_hash, before)
        statement.action_approve()
        self.assertEqual(statement.state, "approved")

    def test_filters_ac_dc_and_kind(self):
        contract = self.make_contract(
            ("credit", "kwh", "0.10", {"power_type": "ac"}),
            ("charge", "kwh", "0.20", {"power_type": "dc"}),
            ("charge", "session", "1", {"kind": "roaming"}),
        )
        ac = self.make_cdr("2026-03-01T08:00:00Z", 10_000)
        dc = self.make_cdr("2026-03-02T08:00:00Z", 20_000, station="T-DC-1", token={"uid": "04TEST02", "type": "RFID"})
        self.assertEqual(
            self.exact(self.prepare(2026, 3, contract)),
            {
                ("credit kwh", ac.external_id): (Decimal(10), Decimal(1)),
                ("charge kwh", dc.external_id): (Decimal(20), Decimal(4)),
                ("charge session", dc.external_id): (Decimal(1), Decimal(1)),
            },
        )

    def test_filter_user_profile(self):
        other = self.env["ev.user.profile"].create({"name": "Staff", "code": "staff-test"})
        contract = self.make_contract(("credit", "kwh", "0.10", {"profile_ids": [(6, 0, other.ids)]}))
        self.make_cdr("2026-03-01T08:00:00Z", 10_000)  # the badge's profile is Visitor
        self.assertFalse(self.prepare(2026, 3, contract).line_ids)

    def test_zero_energy_is_rated_but_does_not_count_as_a_session(self):
        contract = self.make_contract(
            ("credit", "kwh", "0.185"),
            ("charge", "session", "0.35"),
            ("charge", "session", "0.05", {"count_zero_energy": True}),
        )
        contract.term_ids[2].name = "every plug"
        cdr = self.make_cdr("2026-03-01T08:00:00Z", 0)
        self.assertEqual(
            self.exact(self.prepare(2026, 3, contract)),
            {
                ("credit kwh", cdr.external_id): (Decimal(0), Decimal(0)),
                ("every plug", cdr.external_id): (Decimal(1), Decimal("0.05")),
            },
        )

    def test_negative_price(self):
        contract = self.make_contract(("credit", "kwh", "-0.012345"))
        cdr = self.make_cdr("2026-03-01T08:00:00Z", 10_000)
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(self.exact(statement)["credit kwh", cdr.external_id], (Decimal(10), Decimal("-0.12345")))
        self.assertEqual(self.lines(statement), [("credit", "regular", Decimal("-0.120000"))])

    def test_new_version_applies_from_its_day(self):
        # 0.10 to 14 March, 0.20 from 15 March: by the start on the site's clock
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.env["ev.contract.term.version"].create(
            {"term_id": contract.term_ids.id, "date_from": "2026-03-15", "price": 0.20}
        )
        # 14 March 23:30 in Paris is 22:30 UTC, runs over midnight: still 0.10
        before = self.make_cdr("2026-03-14T22:30:00Z", 10_000)
        after = self.make_cdr("2026-03-14T23:00:00Z", 10_000, connector=2, evse=2)
        self.assertEqual(
            self.exact(self.prepare(2026, 3, contract)),
            {
                ("credit kwh", before.external_id): (Decimal(10), Decimal(1)),
                ("credit kwh", after.external_id): (Decimal(10), Decimal(2)),
            },
        )

    def test_host_at_the_start_of_the_session(self):
        # the site changes hands on 10 March: each host gets its own sessions
        newcomer = self.env["res.partner"].create({"name": "New Host", "is_company": True})
        self.env["ev.site.host"].create({"site_id": self.site.id, "partner_id": newcomer.id, "date_from": "2026-03-10"})
        old, new = (
            self.make_contract(("credit", "kwh", "0.10")),
            self.make_contract(("credit", "kwh", "0.10"), partner=newcomer),
        )
        first, second = self.make_cdr("2026-03-09T08:00:00Z"), self.make_cdr("2026-03-10T08:00:00Z")
        self.assertEqual(list(self.exact(self.prepare(2026, 3, old))), [("credit kwh", first.external_id)])
        self.assertEqual(list(self.exact(self.prepare(2026, 3, new))), [("credit kwh", second.external_id)])

    def test_scope_leaves_other_sites_out(self):
        elsewhere = self.make_site("Elsewhere", self.host)
        self.make_station("T-AC-9", elsewhere)
        contract = self.make_contract(("credit", "kwh", "0.10"), site_ids=[(6, 0, elsewhere.ids)])
        self.make_cdr("2026-03-01T08:00:00Z")
        there = self.make_cdr("2026-03-01T08:00:00Z", station="T-AC-9")
        self.assertEqual(list(self.exact(self.prepare(2026, 3, contract))), [("credit kwh", there.external_id)])

    def test_emsp_pays_for_its_tokens(self):
        contract = self.make_contract(("charge", "kwh", "0.40"), partner=self.emsp, role="emsp")
        self.make_cdr("2026-03-01T08:00:00Z", 10_000)
        roaming = self.make_cdr("2026-03-02T08:00:00Z", 10_000, token={"uid": "04TEST02", "type": "RFID"})
        self.assertEqual(
            self.exact(self.prepare(2026, 3, contract)),
            {("charge kwh", roaming.external_id): (Decimal(10), Decimal(4))},
        )

    def test_charger_month_pro_rata(self):
        # DC in service from 22 March: 10 of 31 days. 39.90 x 10 / 31 = 12.870967... -> 12.870968; AC the whole month: 15
        self.dc.date_commissioned = "2026-03-22"
        contract = self.make_contract(
            ("charge", "charger_month", "15", {"power_type": "ac"}),
            ("charge", "charger_month", "39.90", {"power_type": "dc"}),
        )
        contract.term_ids[1].name = "dc fee"
        self.assertEqual(
            self.exact(self.prepare(2026, 3, contract)),
            {
                ("charge charger_month", "T-AC-1"): (Decimal(1), Decimal(15)),
                ("dc fee", "T-DC-1"): (Decimal("0.322581"), Decimal("12.870968")),
            },
        )

    def test_charger_month_begins_when_the_charger_was_entered(self):
        # entered on 21 March 23:30 UTC, 22 March in Paris: 10 of 31 days. 31 x 10 / 31 = 10
        self.dc.date_commissioned = False
        self.env.flush_all()
        self.env.cr.execute("UPDATE ev_station SET create_date = '2026-03-21 23:30:00' WHERE id = %s", [self.dc.id])
        self.env.invalidate_all()
        contract = self.make_contract(("charge", "charger_month", "31", {"power_type": "dc"}))
        self.assertEqual(self.lines(self.prepare(2026, 3, contract)), [("charge", "regular", Decimal("10.000000"))])
        self.assertFalse(self.prepare(2026, 2, contract).line_ids)

    def test_archived_charger_needs_the_day_it_went(self):
        contract = self.make_contract(("charge", "charger_month", "31", {"power_type": "dc"}))
        self.env.cr.execute("UPDATE ev_station SET active = FALSE WHERE id = %s", [self.dc.id])
        self.env.invalidate_all()
        statement = self.prepare(2026, 3, contract)
        self.assertIn("T-DC-1 is archived", statement.blocking_message)
        self.dc.date_decommissioned = "2026-03-11"
        statement.action_compute()
        self.assertEqual(self.lines(statement), [("charge", "regular", Decimal("10.000000"))])

    def test_charger_month_stops_with_the_contract(self):
        # contract ends on 15 March: 15 of 31 days. 31 x 15 / 31 = 15 per charger
        contract = self.make_contract(("charge", "charger_month", "31"), date_end="2026-03-15")
        self.assertEqual(self.lines(self.prepare(2026, 3, contract)), [("charge", "regular", Decimal("30.000000"))])
        self.assertFalse(self.prepare(2026, 4, contract), "nothing is left to bill after the end")

    def test_two_contracts_for_one_thing_block(self):
        one, two = self.make_contract(("credit", "kwh", "0.10")), self.make_contract(("credit", "kwh", "0.12"))
        self.make_cdr("2026-03-01T08:00:00Z")
        statements = self.prepare(2026, 3, one | two)
        for statement in statements:
            self.assertFalse(statement.line_ids)
            self.assertIn("Lyon Test", statement.blocking_message)
            with self.assertRaisesRegex(UserError, "blocked"):
                statement.action_approve()
        two.action_end()
        two.date_end = "2026-02-28"
        statement = self.prepare(2026, 3, one)
        self.assertFalse(statement.blocking_message)
        self.assertTrue(statement.line_ids)

    def test_opposite_directions_do_not_block(self):
        one, two = self.make_contract(("credit", "kwh", "0.10")), self.make_contract(("charge", "session", "1"))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.assertFalse(any(self.prepare(2026, 3, one | two).mapped("blocking_message")))

    def test_station_without_evse_blocks_its_fee(self):
        self.make_station("T-NONE", self.site, evses=0)
        contract = self.make_contract(("charge", "charger_month", "15", {"power_type": "ac"}))
        self.assertIn("T-NONE", self.prepare(2026, 3, contract).blocking_message)

    def test_approval_waits_for_the_end_of_the_period(self):
        statement = self.prepare(2099, 1, self.make_contract(("credit", "kwh", "0.10")))
        with self.assertRaisesRegex(UserError, "from the day after"):
            statement.action_approve()

    def test_reset_to_draft_only_from_approved(self):
        statement = self.prepare(2026, 3, self.make_contract(("credit", "kwh", "0.10")))
        with self.assertRaisesRegex(UserError, "only an approved statement"):
            statement.action_reset_to_draft()
        statement.action_approve()
        statement.action_reset_to_draft()
        self.assertEqual(statement.state, "draft")

    def test_a_quarter_is_due_in_its_last_month(self):
        contract = self.make_contract(
            ("credit", "kwh", "0.10"), ("charge", "charger_month", "15"), periodicity="quarterly"
        )
        for day in ("2026-01-05", "2026-02-05", "2026-03-05", "2026-04-05"):
            self.make_cdr(f"{day}T08:00:00Z")
        self.assertFalse(self.prepare(2026, 2, contract))
        statement = self.prepare(2026, 3, contract)
        self.assertEqual((str(statement.period_start), str(statement.period_end)), ("2026-01-01", "2026-03-31"))
        # three sessions x 10 kWh x 0.10; three months x two chargers x 15
        self.assertEqual((statement.total_credit, statement.total_charge), (3.0, 90.0))

    def test_a_contract_that_ends_closes_its_year_then(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), periodicity="yearly", date_end="2026-02-10")
        self.make_cdr("2026-02-05T08:00:00Z")
        statement = self.prepare(2026, 2, contract)
        self.assertEqual((str(statement.period_start), statement.total_credit), ("2026-01-01", 1.0))

    def test_two_companies_do_not_meet(self):
        other = self.make_company("EV Other Operator")
        contract = self.make_contract(("credit", "kwh", "0.10"))
        theirs = self.env["ev.site"].create(
            {
                "name": "Their Site",
                "tz": "Europe/Paris",
                "company_id": other.id,
                "host_ids": [(0, 0, {"partner_id": self.host.id, "date_from": "2020-01-01"})],
            }
        )
        self.make_station("T-OTHER", theirs)
        mine = self.make_cdr("2026-03-01T08:00:00Z")
        self.make_cdr("2026-03-01T08:00:00Z", station="T-OTHER")
        self.assertEqual(list(self.exact(self.prepare(2026, 3, contract))), [("credit kwh", mine.external_id)])
        self.assertFalse(self.prepare(2026, 3, company=other))
