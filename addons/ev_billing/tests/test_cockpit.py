from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .run_common import EvRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10 04:00:00")
class EvCockpitCase(EvRunCommon):
    """March 2026 of `EvRunCommon`: three sessions of 10 kWh at the first host, one of 20 kWh of the eMSP at the second.

    Statements: the first host is credited 30 x 0.10 = 3.00 and charged 3 x 0.35 = 1.05, the second credited 20 x 0.20 = 4.00,
    the eMSP charged 20 x 0.40 = 8.00.
    """

    def cockpit(self, month="2026-03", user=None, company=None):
        runs = self.env["ev.run"].with_user(user) if user else self.env["ev.run"]
        return runs.get_cockpit((company or self.company).id, month)

    def stages(self, cockpit=None):
        """{stage: (count, of)}"""
        return {stage["key"]: (stage["count"], stage["of"]) for stage in (cockpit or self.cockpit())["stages"]}

    def parts(self, cockpit=None):
        """{part: (count, Wh)}"""
        return {part["key"]: (part["count"], part["wh"]) for part in (cockpit or self.cockpit())["proof"]["parts"]}

    def find_links(self, value):
        """Every link below a value."""
        if isinstance(value, dict):
            if {"label", "count", "action"} <= value.keys() and value["count"] is not None:
                yield value
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from self.find_links(each)

    def assert_links_open_what_they_count(self, cockpit, user=None):
        """:return: how many links there were"""
        links = [link for link in self.find_links(cockpit) if link["action"]]
        for link in links:
            action = link["action"]
            records = self.env[action["res_model"]]
            records = records.with_user(user) if user else records
            self.assertEqual(records.search_count(action["domain"]), link["count"], (link["label"], action))
        return len(links)

    def blockers(self, cockpit, key):
        [stage] = [stage for stage in cockpit["stages"] if stage["key"] == key]
        return {blocker["label"]: blocker["count"] for blocker in stage["blockers"]}


class TestCockpit(EvCockpitCase):
    def test_month_without_run_shows_its_sessions_and_how_to_begin(self):
        cockpit = self.cockpit()
        self.assertFalse(cockpit["run"]["id"])
        self.assertTrue(cockpit["run"]["may"])
        self.assertEqual(self.parts(cockpit)["total"], (4, 50_000))
        self.assertEqual(self.parts(cockpit)["pending"], (4, 50_000))
        self.assertEqual(
            self.stages(cockpit),
            {
                "sessions": (4, 4),
                "rated": (0, 4),
                "controlled": (0, 0),
                "documented": (0, 0),
                "sent": (0, 0),
                "paid": (0, 0),
            },
        )
        self.assertEqual(self.blockers(cockpit, "rated"), {"on no statement": 4})
        self.assertEqual(cockpit["contracts"]["total"], 0)
        self.assertGreater(self.assert_links_open_what_they_count(cockpit), 10)

    def test_empty_month(self):
        cockpit = self.cockpit("2025-01")
        self.assertEqual(set(self.parts(cockpit).values()), {(0, 0)})
        self.assertTrue(cockpit["proof"]["adds_up"])
        self.assertEqual(cockpit["month_name"], "January 2025")
        self.assertEqual((cockpit["previous"], cockpit["next"]), ("2024-12", "2025-02"))
        # the month itself, and the one with sessions
        self.assertEqual([month["value"] for month in cockpit["months"]], ["2026-03", "2025-01"])
        self.assert_links_open_what_they_count(cockpit)

    def test_without_a_month_the_last_one_that_is_over_and_has_something(self):
        self.assertEqual(self.env["ev.run"].get_cockpit()["month"], "2026-03")
        with freeze_time("2026-08-02 04:00:00"):
            self.assertEqual(self.env["ev.run"].get_cockpit()["month"], "2026-03")

    def test_each_stage_in_turn(self):
        run = self.start()
        self.assertEqual(self.stages()["rated"], (0, 4))
        self.assertTrue(self.cockpit()["jobs"]["at_work"])
        self.work()
        cockpit = self.cockpit()
        self.assertEqual(
            self.stages(cockpit),
            {
                "sessions": (4, 4),
                "rated": (4, 4),
                "controlled": (3, 3),
                "documented": (0, 3),
                "sent": (0, 3),
                "paid": (0, 0),
            },
        )
        [rated] = [stage for stage in cockpit["stages"] if stage["key"] == "rated"]
        # charged 1.05 + 8.00, credited 3.00 + 4.00
        self.assertEqual([(row["charge"], row["credit"]) for row in rated["money"]], [("9.05\xa0€", "7.00\xa0€")])
        self.assertEqual(rated["statements"]["count"], 3)
        self.assertEqual((cockpit["run"]["ready"], cockpit["run"]["why_not"]), (3, False))
        self.assertFalse(cockpit["jobs"]["at_work"])
        self.assert_links_open_what_they_count(cockpit)
        run.action_release()
        self.work()
        cockpit = self.cockpit()
        self.assertEqual(cockpit["run"]["state"], "closed")
        # released on 10 April: ten days after 31 March, nine after the month's end
        self.assertEqual(cockpit["run"]["days_to_close"], 9)
        # the first host has a bill and an invoice, the eMSP an invoice, the second host a statement only
        self.assertEqual(
            {
                key: value
                for key, value in self.stages(cockpit).items()
                if key not in ("sessions", "rated", "controlled")
            },
            {"documented": (3, 3), "sent": (3, 3), "paid": (0, 2)},
        )
        self.assertEqual(self.parts(cockpit)["billed"], (4, 50_000))
        self.assert_links_open_what_they_count(cockpit)

    def test_paid_and_days_to_pay(self):
        run = self.start("autopilot")
        self.work()
        invoice = run.contract_ids.filtered(lambda item: item.contract_id == self.roaming).statement_id.document_ids
        # the eMSP pays 8.00 + 20 % = 9.60 on 30 April, twenty days after 10 April
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {"payment_date": "2026-04-30"}
        )._create_payments()
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        cockpit = self.cockpit()
        self.assertEqual(self.stages(cockpit)["paid"], (1, 2))
        self.assertEqual(
            [(row["short"], row["days"], row["count"]) for row in cockpit["days_to_pay"] if row["count"]],
            [("Apr 26", 20.0, 1)],
        )
        [paid] = [stage for stage in cockpit["stages"] if stage["key"] == "paid"]
        # the first host owes 1.05 + 20 % = 1.26 and gets 3.00 + 20 % = 3.60
        self.assertEqual(
            [(note["label"], note["amounts"]) for note in paid["notes"]],
            [("To receive", ["1.26\xa0€"]), ("To pay", ["3.60\xa0€"])],
        )
        self.assert_links_open_what_they_count(cockpit)
        with freeze_time("2027-01-10 04:00:00"):
            late = self.cockpit()
            self.assertEqual(self.blockers(late, "paid"), {"overdue": 2})
            self.assert_links_open_what_they_count(late)

    def test_quarantined_excluded_and_held(self):
        waiting = self.make_item("2026-03-20T08:00:00Z", 7_000, station="NOBODY-KNOWS")
        gone = self.make_item("2026-03-21T08:00:00Z", 5_000, station="NOBODY-KNOWS")
        self.assertEqual({answer["status"] for answer in self.ingest(waiting, gone)}, {"quarantined"})
        record = self.env["ev.cdr.quarantine"].search([("external_id", "=", gone["id"])])
        record.sudo().write({"state": "dismissed", "dismiss_reason": "a test"})
        sessions = self.env["ev.cdr"].search([("company_id", "=", self.company.id)], order="date_stop, id")
        sessions[0]._hold("held", "meter is looked at")
        sessions[1]._hold("excluded", "free by promise")
        self.start()
        self.work()
        cockpit = self.cockpit()
        self.assertEqual(
            self.parts(cockpit),
            {
                "total": (6, 62_000),
                "billed": (0, 0),
                "draft": (2, 30_000),
                "pending": (1, 10_000),
                "quarantined": (1, 7_000),
                "excluded": (2, 15_000),
            },
        )
        self.assertTrue(cockpit["proof"]["adds_up"])
        [excluded] = [part for part in cockpit["proof"]["parts"] if part["key"] == "excluded"]
        self.assertEqual(
            [(link["action"]["res_model"], link["count"]) for link in excluded["links"]],
            [("ev.cdr", 1), ("ev.cdr.quarantine", 1)],
        )
        self.assertEqual(self.blockers(cockpit, "sessions"), {"in quarantine": 1})
        self.assertEqual(self.blockers(cockpit, "rated"), {"on no statement": 1})
        self.assertEqual(self.stages(cockpit)["rated"], (2, 6))
        self.assert_links_open_what_they_count(cockpit)

    def test_blocking_finding_keeps_its_statement_and_says_so(self):
        # overlaps the first host's session of the 4th on the same EVSE
        self.make_cdr("2026-03-04T08:30:00Z", 5_000, meter_start=45_000, meter_stop=50_000)
        rule = self.env["ev.finding.rule"]._start_check(self.company).filtered(lambda rule: rule.code == "overlap")
        rule.blocking = True
        self.start()
        self.work()
        cockpit = self.cockpit()
        self.assertEqual(self.stages(cockpit)["controlled"], (2, 3))
        blocking = cockpit["findings"]["blocking"]["count"]
        self.assertGreaterEqual(blocking, 1)
        self.assertEqual(self.blockers(cockpit, "controlled"), {"blocking findings": blocking})
        self.assertTrue(cockpit["findings"]["rows"][0]["blocking"], "blocking ones come first")
        self.assertEqual(cockpit["run"]["ready"], 2)
        self.assert_links_open_what_they_count(cockpit)

    def test_what_does_not_add_up_stops_the_month(self):
        run = self.start()
        self.work()
        self.patch(self.env.registry["ev.statement"], "_count_again", lambda *args: (5, 60_000))
        cockpit = self.cockpit()
        self.assertFalse(cockpit["proof"]["adds_up"])
        self.assertEqual(self.parts(cockpit)["total"], (5, 60_000))
        self.assertIn("does not add up", cockpit["run"]["stops"][0])
        self.assertEqual(cockpit["run"]["ready"], 0)
        self.assertIn("Stopped", cockpit["run"]["why_not"])
        with self.assertRaises(UserError):
            run.action_release()
        self.assertEqual(set(self.steps(run).values()), {"review"})

    def test_stopped_contract_is_listed_with_its_message(self):
        run = self.start()
        self.work()
        item = run.contract_ids.filtered(lambda item: item.contract_id == self.hosted)
        item._release()
        item._stop("the mandate is missing")
        cockpit = self.cockpit()
        self.assertEqual(cockpit["contracts"]["stopped"]["count"], 1)
        self.assertEqual([row["message"] for row in cockpit["contracts"]["rows"]], ["the mandate is missing"])
        self.assertEqual(self.blockers(cockpit, "documented"), {"stopped": 1})
        self.assertEqual(
            {row["step"]: row["count"] for row in cockpit["contracts"]["steps"]}, {"review": 2, "approve": 1}
        )
        self.assert_links_open_what_they_count(cockpit)

    def test_compute_again_starts_all_open_statements_over(self):
        run = self.start()
        self.work()
        before = run._get_summary()
        run.action_compute_again()
        self.assertEqual(set(self.steps(run).values()), {"prepare"})
        self.work()
        self.assertEqual(run._get_summary(), before)
        run.action_release()
        self.work()
        with self.assertRaises(UserError):
            run.action_compute_again()
        self.assertEqual(run.state, "closed")

    def test_history_tells_of_closed_and_open_months(self):
        self.make_cdr("2026-02-10T08:00:00Z", 8_000, meter_start=500, meter_stop=8_500)
        with freeze_time("2026-03-03 04:00:00"):
            self.start("autopilot", month=2)
            self.work()
        self.start()
        self.work()
        march, february = self.cockpit()["history"]
        self.assertEqual((march["short"], march["state"], march["days_to_close"]), ("Mar 26", "open", False))
        # 1.05 + 8.00 - 3.00 - 4.00
        self.assertEqual((march["sessions"]["count"], march["net"]), (4, "2.05\xa0€"))
        self.assertEqual((february["short"], february["state"], february["days_to_close"]), ("Feb 26", "closed", 2))
        # 0.35 - 8 x 0.10
        self.assertEqual(
            (february["sessions"]["count"], february["net"], february["kwh"]), (1, "-0.45\xa0€", "8.0 kWh")
        )
        self.assert_links_open_what_they_count(self.cockpit())

    def test_margin_per_site_with_the_operators_energy(self):
        self.env["ev.supply.contract"].create(
            {
                "name": "SC-1",
                "site_id": self.second_site.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "paid_by": "operator",
                "date_from": "2026-01-01",
                "price": 0.05,
            }
        )
        self.start()
        self.work()
        rows = {row["label"]: row for row in self.cockpit()["margin"]["rows"]}
        # 8.00 of the eMSP - 4.00 to the host - 20 kWh x 0.05
        second = rows["Paris Test"]
        self.assertEqual(
            [second[part] for part in ("revenue", "charged", "paid_out", "energy", "margin")], [8, 0, 4, 1, 3]
        )
        # 1.05 charged - 3.00 paid
        first = rows[self.site.name]
        self.assertEqual([first[part] for part in ("revenue", "charged", "paid_out", "energy")], [0, 1.05, 3, 0])
        self.assertEqual(first["words"]["margin"], "-1.95\xa0€")
        self.assertEqual(self.cockpit()["margin"]["total"], "1.05\xa0€")

    def test_kinds_add_up_to_the_stored_sessions(self):
        kinds = {row["key"]: (row["kwh"], row["count"]) for row in self.cockpit()["kinds"]}
        self.assertEqual(kinds["roaming"], (20, 1))
        self.assertEqual(sum(count for _kwh, count in kinds.values()), 4)
        self.assertEqual(sum(kwh for kwh, _count in kinds.values()), 50)

    def test_other_currencies_are_listed_and_not_added(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.make_contract(
            ("charge", "kwh", "0.30"),
            partner=self.env["res.partner"].create({"name": "Fleet", "is_company": True}),
            role="client",
            currency_id=dollar.id,
        )
        self.start()
        self.work()
        [rated] = [stage for stage in self.cockpit()["stages"] if stage["key"] == "rated"]
        self.assertEqual([row["currency"] for row in rated["money"]], ["EUR", "USD"])
        self.assertEqual(rated["money"][0]["charge"], "9.05\xa0€")

    def test_prepare_wizard_starts_in_the_background_and_opens_the_month(self):
        wizard = self.env["ev.statement.prepare"].create({"company_id": self.company.id, "month": "2026-03-15"})
        action = wizard.action_start()
        self.assertEqual(action["tag"], "ev_billing.close_cockpit")
        self.assertEqual(action["params"], {"company_id": self.company.id, "month": "2026-03"})
        run = self.env["ev.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual(set(self.steps(run).values()), {"prepare"}, "nothing was computed yet")
        self.assertEqual(run.action_open_cockpit()["params"], action["params"])


class TestCockpitAccess(EvCockpitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.accountant = cls.make_user("cockpit-accountant", "account.group_account_invoice", **mine)
        cls.auditor = cls.make_user("cockpit-auditor", "account.group_account_readonly", **mine)
        cls.contract_admin = cls.make_user("cockpit-contracts", "ev_billing.group_contract_admin", **mine)
        stranger = cls.env["res.partner"].create({"name": "Stranger", "is_company": True})
        cls.outsiders = [
            cls.make_user("cockpit-technician", "ev_cpms.group_technician", **mine),
            cls.make_user("cockpit-bridge", "ev_cpms.group_bridge", **mine),
            cls.make_user("cockpit-employee", "base.group_user", **mine),
            *(
                cls.make_user(f"cockpit-portal-{partner.id}", "base.group_portal", partner_id=partner.id, **mine)
                for partner in (cls.host, cls.emsp, stranger)
            ),
        ]

    def test_readers_see_the_same_numbers_and_have_no_buttons(self):
        run = self.start("autopilot")
        self.work()
        expected = self.stages(self.cockpit(user=self.accountant))
        self.assertEqual(expected["documented"], (3, 3))
        for user in (self.accountant, self.auditor, self.contract_admin):
            with self.subTest(user=user.login):
                cockpit = self.cockpit(user=user)
                self.assertEqual(self.stages(cockpit), expected)
                self.assertEqual(cockpit["run"]["may"], user == self.accountant)
                self.assertGreater(self.assert_links_open_what_they_count(cockpit, user), 10)
        for user in (self.auditor, self.contract_admin):
            with self.assertRaises(AccessError):
                run.with_user(user).action_compute_again()

    def test_nobody_else_gets_an_answer(self):
        for user in self.outsiders:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.cockpit(user=user)

    def test_the_month_search_is_for_finance_only(self):
        domain = [("ev_month_part", "=", "2026-03")]
        self.assertEqual(self.env["ev.cdr"].with_user(self.accountant).search_count(domain), 4)
        with self.assertRaises(AccessError):
            self.env["ev.cdr"].with_user(self.outsiders[0]).search_count(domain)

    def test_another_company_neither_sees_nor_is_seen(self):
        other = self.make_company("EV Other Operator")
        foreigner = self.make_user(
            "cockpit-other", "account.group_account_invoice", company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.start()
        self.work()
        runs = self.env["ev.run"].with_user(foreigner).with_context(allowed_company_ids=other.ids)
        theirs = runs.get_cockpit(other.id, "2026-03")
        self.assertEqual(self.parts(theirs)["total"], (0, 0))
        self.assertFalse(theirs["run"]["id"])
        with self.assertRaises(UserError):
            runs.get_cockpit(self.company.id, "2026-03")
        both = self.make_user(
            "cockpit-both",
            "account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set((other | self.company).ids)],
        )
        runs = self.env["ev.run"].with_user(both).with_context(allowed_company_ids=[other.id, self.company.id])
        cockpit = runs.get_cockpit(self.company.id, "2026-03")
        self.assertEqual({company["id"] for company in cockpit["companies"]}, {other.id, self.company.id})
        self.assertEqual(self.parts(cockpit)["total"], (4, 50_000))
        self.assertEqual(self.parts(runs.get_cockpit(other.id, "2026-03"))["total"], (0, 0))

    def test_nonsense_is_refused_in_words(self):
        for month in ("2026-13", "march", "2026-03-01"):
            with self.subTest(month=month), self.assertRaises(UserError) as refusal:
                self.cockpit(month)
            self.assertIn(month, str(refusal.exception))
        for value in ("2026-03:nonsense", "nonsense", ""):
            self.assertEqual(self.env["ev.cdr"].search_count([("ev_month_part", "=", value)]), 0)
