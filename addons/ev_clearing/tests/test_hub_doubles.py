"""A charge that came through a hub and directly is told once; look-alikes are not; a decision is kept."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .clearing_common import EvClearingCommon

PAIR = ("hub_double", "double", "overlap", "same_content")


@tagged("post_install", "-at_install")
class TestHubDoubles(EvClearingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_emsp_contract()
        cls.make_contract(("credit", "kwh", "0.10"))
        cls.make_hub_rule()
        cls.direct = cls.make_roaming("2026-03-10T08:00:00Z", 10_000)

    def assert_quiet(self, *codes):
        found = self.check(3, *(codes or ("hub_double",)))
        self.assertFalse(found, found.mapped("name"))

    def test_told_once(self):
        through = self.make_roaming("2026-03-10T08:04:59Z", 10_100, source="hub")
        [finding] = self.check(3, *PAIR)
        self.assertEqual(finding.rule, "hub_double")
        self.assertEqual((finding.cdr_id, finding.other_cdr_id), (through, self.direct))
        self.assertEqual((finding.hub_cdr_id, finding.direct_cdr_id), (through, self.direct))
        self.assertEqual((finding.severity, finding.blocking, finding.hub_id), ("critical", True, self.gireve))
        self.assertIn(f"{through.external_id} came through GIREVE and {self.direct.external_id} directly", finding.name)

    def test_the_hubs_may_come_first(self):
        through = self.make_roaming("2026-03-10T07:58:00Z", 10_000, source="hub")
        [finding] = self.check(3, *PAIR)
        self.assertEqual((finding.cdr_id, finding.other_cdr_id), (self.direct, through))
        self.assertEqual((finding.hub_cdr_id, finding.direct_cdr_id), (through, self.direct))

    def test_it_blocks_the_statement_until_decided(self):
        self.make_roaming("2026-03-10T08:01:00Z", 10_000, source="hub")
        statement = self.prepare(2026, 3, self.contract)
        self.check()
        with self.assertRaisesRegex(UserError, "came through GIREVE"), self.env.cr.savepoint():
            statement.action_approve()
        self.assertEqual(statement.state, "draft")

    def test_the_contract_id_names_the_same_driver(self):
        """The hub says the eMAID of the badge that the charger read."""
        self.roaming.emaid = "FR*ABC*C12345678"
        self.make_token("FR-ABC-C12345678", "roaming", partner=self.emsp, type="EMAID")
        through = self.make_roaming("2026-03-10T08:01:00Z", 10_000, uid="FR-ABC-C12345678", source="hub")
        self.assertEqual(self.check(3, "hub_double").hub_cdr_id, through)

    def test_an_unknown_contract_id_of_one_holder(self):
        """Nobody entered the badge's contract id, but the eMSP is the same and one side is named by a contract id."""
        self.make_token("FR-ABC-C12345678", "roaming", partner=self.emsp, type="EMAID")
        through = self.make_roaming("2026-03-10T08:01:00Z", 10_000, uid="FR-ABC-C12345678", source="hub")
        self.assertEqual(self.check(3, "hub_double").hub_cdr_id, through)
        # as soon as the badge's own is known to be another, they are two drivers
        self.roaming.emaid = "FR-ABC-C99999999"
        self.assert_quiet()

    # -------------------------------------------------------------- look-alikes

    def test_a_car_plugged_in_twice(self):
        self.make_roaming("2026-03-10T08:04:00Z", 10_102, source="hub")
        self.assert_quiet()

    def test_five_minutes_later(self):
        self.make_roaming("2026-03-10T08:05:01Z", 10_000, source="hub")
        self.assert_quiet()

    def test_two_hubs(self):
        self.make_hub_rule(source="hub2", hub_id=self.hubject.id)
        self.make_roaming("2026-03-11T08:00:00Z", 10_000, source="hub")
        self.make_roaming("2026-03-11T08:01:00Z", 10_000, source="hub2")
        self.assert_quiet()
        # billing's own rule tells that one
        self.assertEqual(len(self.check(3, "double")), 1)

    def test_two_badges_of_one_emsp(self):
        self.make_token("04TEST99", "roaming", partner=self.emsp)
        self.make_roaming("2026-03-10T08:01:00Z", 10_000, uid="04TEST99", source="hub")
        self.assert_quiet()

    def test_two_plugs(self):
        self.make_roaming("2026-03-10T08:01:00Z", 10_000, evse=2, source="hub")
        self.assert_quiet()

    def test_both_direct(self):
        self.make_roaming("2026-03-10T08:01:00Z", 10_000)
        self.assert_quiet()

    def test_a_credit_and_its_replacement(self):
        """What came through the hub was taken back and put right: the correction of another charge."""
        through = self.make_roaming("2026-03-10T08:01:00Z", 10_000, source="hub")
        self.make_roaming("2026-03-10T08:01:00Z", 10_000, source="hub", credit_of=through.external_id)
        self.make_roaming("2026-03-10T08:01:00Z", 12_000, source="hub", replaces=through.external_id)
        self.assert_quiet()

    # ---------------------------------------------------------------- decisions

    def test_the_hub_bills_it(self):
        self.make_roaming("2026-03-10T08:01:00Z", 10_000, source="hub")
        finding = self.check(3, "hub_double")
        finding.action_hub_bills()
        self.assertEqual((finding.state, finding.decided_by_id), ("excluded", self.env.user))
        hold = self.direct.ev_hold_ids
        self.assertEqual((hold.state, hold.finding_id), ("excluded", finding))
        self.assertIn("GIREVE bills this charge", hold.reason)
        statement = self.prepare(2026, 3, self.contract)
        self.assertEqual(statement.charge_ids.cdr_id, finding.hub_cdr_id)
        # decided: a later look finds nothing new
        self.assert_quiet(*PAIR)

    def test_we_bill_it(self):
        through = self.make_roaming("2026-03-10T07:59:00Z", 10_000, source="hub")
        finding = self.check(3, "hub_double")
        finding.action_we_bill()
        self.assertEqual(through.ev_hold_ids.state, "excluded")
        self.assertFalse(self.direct.ev_hold_ids)
        self.assertEqual(self.prepare(2026, 3, self.contract).charge_ids.cdr_id, self.direct)

    def test_only_such_pairs_and_only_accountants(self):
        self.make_roaming("2026-03-10T08:01:00Z", 10_000)
        double = self.check(3, "double")
        with self.assertRaisesRegex(UserError, "is not about a charge through a hub"), self.env.cr.savepoint():
            double.action_hub_bills()
        self.assertEqual(double.state, "open")
        self.make_roaming("2026-03-12T08:00:00Z", 5_000)
        self.make_roaming("2026-03-12T08:01:00Z", 5_000, source="hub")
        finding = self.check(3, "hub_double")
        auditor = self.make_user(
            "double-auditor",
            "account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            finding.with_user(auditor).action_we_bill()
        self.assertEqual(finding.state, "open")
        self.assertIn("GIREVE", finding.with_user(auditor).pair_table)

    def test_side_by_side(self):
        through = self.make_roaming("2026-03-10T08:01:00Z", 10_050, source="hub")
        self.prepare(2026, 3, self.contract)
        table = self.check(3, "hub_double").pair_table
        for words in ("Through GIREVE", through.external_id, self.direct.external_id, "10.050", "10.000", "T-AC-1"):
            self.assertIn(words, table)
        # the badge is the same, the energy is not
        self.assertIn("<td>04TEST02</td><td>04TEST02</td>", table)
        self.assertIn('<td class="table-warning fw-bold">10.050</td>', table)
        # 10.05 kWh x 0.40
        self.assertIn("4.02", table)

    def test_what_is_at_risk(self):
        """10 kWh x 0.40, whichever of the two is charged."""
        self.env["ev.roaming.rule"].search([("company_id", "=", self.company.id)]).billed_by = "hub"
        self.make_roaming("2026-03-10T08:01:00Z", 10_000, source="hub")
        self.prepare(2026, 3, self.contract)
        later = self.check(3, "hub_double")
        self.assertEqual((later.cdr_id, later.money_at_risk), (later.hub_cdr_id, 4.0))
        self.make_roaming("2026-03-20T07:59:00Z", 20_000, source="hub")
        self.make_roaming("2026-03-20T08:00:00Z", 20_000)
        self.prepare(2026, 3, self.contract).action_compute()
        earlier = self.check(3, "hub_double") - later
        self.assertEqual((earlier.cdr_id, earlier.money_at_risk), (earlier.direct_cdr_id, 8.0))

    def test_the_rule_has_its_words_and_limits(self):
        self.check(3, "hub_double")
        rule = self.env["ev.finding.rule"].search([("company_id", "=", self.company.id), ("code", "=", "hub_double")])
        self.assertEqual((rule.limit_1, rule.limit_2, rule.limit_1_unit), (5, 1, "minutes between the starts"))
        self.assertIn("through a hub and directly", rule.description)
        self.make_roaming("2026-03-10T08:08:00Z", 10_000, source="hub")
        self.assert_quiet()
        rule.limit_1 = 10
        self.assertEqual(len(self.check(3, "hub_double")), 1)
