from contextlib import closing
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import UserError
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.ev_billing.models.ev_finding_rules import check as bench
from odoo.addons.ev_billing.rating import month

from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestFindingCheck(EvFindingCommon):
    """What a check does with what it finds: once, kept up to date, decided by people."""

    def test_checking_again_changes_nothing(self):
        self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        first = self.check(3)
        before = first.read(["name", "state", "money_at_risk", "write_date"])
        self.assertEqual(self.check(3), first)
        self.assertEqual(first.read(["name", "state", "money_at_risk", "write_date"]), before)
        self.assertEqual(self.env["ev.finding"].search_count([("company_id", "=", self.company.id)]), 1)
        self.assertTrue(self.rule("power").checked_at)

    def test_what_is_gone_is_resolved_and_comes_back(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        found = self.check(3)
        cdr.evse_id.max_power_kw = 43
        self.assertFalse(self.check(3))
        self.assertEqual(found.state, "resolved")
        cdr.evse_id.max_power_kw = 22
        self.assertEqual(self.check(3), found)

    def test_a_decision_holds_for_its_facts(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        found = self.check(3)
        found._accept("the meter was exchanged that day")
        self.assertFalse(self.check(3))
        self.assertEqual((found.state, found.decided_by_id), ("accepted", self.env.user))
        # the EVSE turns out to be smaller: something else than what was accepted
        cdr.evse_id.max_power_kw = 11
        self.assertEqual(self.check(3), found)
        self.assertIn("11 kW", found.name)
        self.assertFalse(found.reason or found.decided_by_id or found.decided_at)

    def test_a_rule_switched_off_finds_nothing(self):
        self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        found = self.check(3)
        self.rule("power").active = False
        self.assert_quiet()
        self.assertEqual(found.state, "resolved")

    def test_a_rule_made_harmless_blocks_nothing(self):
        self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        march = self.prepare(2026, 3, self.contract)
        self.rule("power").write({"blocking": False, "severity": "warning"})
        found = self.check(3)
        self.assertEqual((found.blocking, found.severity), (False, "warning"))
        march.action_approve()
        self.assertEqual(march.state, "approved")

    def test_more_than_can_be_listed_are_one_finding(self):
        for day in range(1, 6):
            self.make_cdr(f"2026-03-{day:02}T08:00:00Z", 1_000, flags=["unclosed"])
        module = "odoo.addons.ev_billing.models."
        with patch.object(bench, "MOST", 3), patch(module + "ev_finding_check.MOST", 3):
            found = self.check(3, "unclosed")
        self.assertEqual(len(found), 4)
        rest = found.filtered(lambda one: not one.cdr_id)
        self.assertEqual((rest.session_count, rest.energy_kwh), (2, 2.0))
        self.assertIn("2 more of the same", rest.name)
        # with room for all of them, the rest is gone
        self.assertEqual(len(self.check(3, "unclosed")), 5)
        self.assertEqual(rest.state, "resolved")

    def test_companies_apart(self):
        self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        other = self.make_company("EV Other Operator")
        rules = self.env["ev.finding.rule"].with_context(active_test=False)
        mine, theirs = (rules.search_count([("company_id", "=", company.id)]) for company in (self.company, other))
        self.assertEqual(mine, theirs)
        self.assertFalse(self.check(3, company=other))
        self.assertEqual(self.check(3).company_id, self.company)

    def test_hold_release_and_reopen(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        found = self.check(3)
        found._hold("held", "waits for the meter photo")
        self.assertEqual((found.state, cdr.ev_hold_ids.state, cdr.ev_hold_ids.finding_id), ("held", "held", found))
        self.assertIn("waits for the meter photo", found.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "open it again first"):
            found._accept("twice")
        self.assertEqual(found.state, "held")
        found.action_reopen()
        self.assertEqual((found.state, cdr.ev_hold_ids.state), ("open", "released"))
        found._hold("excluded", "never happened")
        # released by other ways, the finding is open again too
        cdr._release("it did")
        self.assertEqual(found.state, "open")

    def test_two_findings_on_one_session_do_not_undo_each_other(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 25_000, flags=["register_fell"])
        found = self.check(3)
        power, fell = found.sorted("rule")
        self.assertEqual((power.rule, fell.rule), ("power", "register_fell"))
        power._hold("held", "waits for the meter photo")
        fell._hold("excluded", "a ghost")
        self.assertEqual((power.state, power.reason), ("held", "waits for the meter photo"))
        self.assertEqual(
            (fell.state, cdr.ev_hold_ids.sorted("id").mapped("state")), ("excluded", ["released", "excluded"])
        )
        self.assertNotIn("no longer kept out", "".join(str(body) for body in power.message_ids.mapped("body")))
        # taking the first decision back leaves the second alone
        power.action_reopen()
        self.assertEqual((power.state, fell.state, cdr._active_holds().state), ("open", "excluded", "excluded"))
        power._hold("held", "look again")
        cdr._release("it is right")
        self.assertEqual((power.state, fell.state), ("open", "open"), "nothing keeps it out any more")
        self.assertIn("no longer kept out of billing: it is right", fell.message_ids[0].body)

    def test_what_has_no_session_cannot_be_held(self):
        self.ingest(self.make_item("2026-03-10T08:00:00Z", station="NOBODY"))
        found = self.check(3, "quarantine")
        with self.assertRaisesRegex(UserError, "not about a session that could be kept out"):
            found._hold("excluded", "x")
        with self.assertRaisesRegex(UserError, "Say why"):
            found._accept(" ")
        self.assertEqual(found.state, "open")

    def test_an_excluded_session_makes_no_other_findings(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 25_000, flags=["unclosed", "clock_implausible"])
        found = self.check(3)
        self.assertEqual(set(found.mapped("rule")), {"unclosed", "clock"})
        clock = found.filtered(lambda one: one.rule == "clock")
        clock._hold("excluded", "a ghost")
        self.assertFalse(self.check(3))
        self.assertEqual(set(found.mapped("state")), {"excluded", "resolved"})
        self.assertEqual(cdr.ev_hold_ids.state, "excluded")

    def test_correct_opens_the_wizard_on_the_session(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 25_000)
        found = self.check(3)
        action = found.action_correct()
        wizard = (
            self.env["ev.cdr.correct"]
            .with_context(**action["context"])
            .create({"energy_wh": 20_000, "reason": "photo"})
        )
        wizard.action_correct()
        self.assertFalse(self.check(3))
        self.assertEqual(found.state, "corrected")
        with self.assertRaisesRegex(UserError, "taken back already"):
            found.action_correct()
        self.assertEqual(cdr.replaced_by_ids.energy_wh, 20_000)


@tagged("post_install", "-at_install")
class TestFindingTwoAtOnce(BaseCase):
    """Two checks of one company at once, on real connections."""

    def open(self):
        return closing(sql_db.db_connect(get_db_name()).cursor())

    def run_check(self, cursor):
        env = api.Environment(cursor, SUPERUSER_ID, {})
        company = env["res.company"].search([], order="id", limit=1)
        env["ev.finding"]._check_period(company, month(2031, 3), {"clock"})
        return company.id

    @mute_logger("odoo.sql_db")
    def test_the_later_one_is_sent_back_to_be_retried(self):
        with self.open() as late:
            late.execute("SELECT count(*) FROM ev_finding")  # its view of the world is taken here
            with self.open() as first:
                self.run_check(first)
                first.commit()
            with self.assertRaises(psycopg2.OperationalError):
                self.run_check(late)
            late.rollback()
            # on a fresh view it goes through
            self.assertTrue(self.run_check(late))
            late.rollback()
