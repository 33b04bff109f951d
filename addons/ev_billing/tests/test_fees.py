"""Fees that are counted on things: badges, SIM cards, sites, users, the contract itself; agents; quarters and ad hoc days."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.ev_billing.rating import Span

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestFees(EvBillingCommon):
    def amounts(self, statement):
        """{what it was for: exact amount} of the fees, each explained."""
        for charge in statement.charge_ids:
            self.assertEqual(charge._explain().amount, charge._get_amount(), charge.display_name)
        return {charge.display_name.split(" · ")[1]: charge._get_amount() for charge in statement.charge_ids}

    def client(self, *terms, **values):
        return self.make_contract(*terms, partner=self.emsp, role="client", **values)

    def test_badges_count_the_days_they_are_held_and_valid(self):
        self.make_token("04HELD", "local", partner=self.emsp, date_from="2026-03-22")
        self.make_token("04OLD", "local", partner=self.emsp, valid_until="2026-03-10 12:00:00")
        march = self.prepare(2026, 3, self.client(("charge", "badge_month", "3.10")))
        # 10 days from the 22nd, 10 days to the 10th, and the roaming badge of the whole month
        self.assertEqual(
            self.amounts(march),
            {"04HELD": Decimal("1.000000"), "04OLD": Decimal("1.000000"), "04TEST02": Decimal("3.100000")},
        )
        self.assertFalse(march.line_ids.site_id)
        march.action_approve()
        march.document("2026-04-02")

    def test_only_badges_that_were_used(self):
        self.make_token("04IDLE", "local", partner=self.emsp)
        self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        contract = self.client(("charge", "badge_month", "3.10", {"only_used": True}))
        self.assertEqual(self.amounts(self.prepare(2026, 3, contract)), {"04TEST02": Decimal("3.100000")})
        self.assertFalse(self.prepare(2026, 4, contract).charge_ids)

    def test_a_user_with_two_badges_counts_once(self):
        for uid in ("04CARD", "04APP"):
            self.make_token(uid, "local", partner=self.emsp, emaid="FR-RHC-C1")
        march = self.prepare(2026, 3, self.client(("charge", "user_month", "5")))
        # the user of both, and the roaming badge without an eMAID
        self.assertEqual(march.total_charge, 10.0)

    def test_badges_of_a_profile(self):
        self.make_token("04STAFF", "local", partner=self.emsp, profile=self.profile)
        contract = self.client(("charge", "badge_month", "2", {"profile_ids": [(6, 0, self.profile.ids)]}))
        self.assertEqual(list(self.amounts(self.prepare(2026, 3, contract))), ["04STAFF"])

    def test_sim_cards_and_sites(self):
        self.dc.sim_iccid = "8933150319012345678"
        contract = self.make_contract(("charge", "sim_month", "4"), ("charge", "site_month", "50"))
        self.assertEqual(
            self.amounts(self.prepare(2026, 3, contract)),
            {"T-DC-1": Decimal("4.000000"), "Lyon Test": Decimal("50.000000")},
        )

    def test_fees_of_the_contract_itself(self):
        contract = self.make_contract(
            ("charge", "month", "31", {"quantity": 2}),
            ("charge", "period", "90"),
            ("charge", "one_off", "250"),
            start="2026-03-22",
            periodicity="quarterly",
        )
        march = self.prepare(2026, 3, contract)
        # 2 x 31 x 10 / 31; 90 x 10 / 90 days of the quarter; once in full
        self.assertEqual(march.line_ids.mapped("amount"), [20.0, 10.0, 250.0])
        self.amounts(march)
        march.action_approve()
        march.document("2026-04-02")
        # three months x 2 x 31; the whole quarter; never again
        self.assertEqual(self.prepare(2026, 6, contract).line_ids.mapped("amount"), [186.0, 90.0])

    def test_a_fee_of_the_contract_has_no_place_to_choose(self):
        with self.assertRaisesRegex(ValidationError, "fee for the contract as a whole"):
            self.make_contract(("charge", "month", "31", {"site_ids": [(6, 0, self.site.ids)]}))

    def test_an_agent_earns_on_every_session_of_its_sites(self):
        agent = self.env["res.partner"].create({"name": "Agent", "email": "agent@partner.example"})
        contract = self.make_contract(
            ("credit", "session", "0.50"), partner=agent, role="agent", site_ids=[(6, 0, self.site.ids)]
        )
        self.make_cdr("2026-03-10T08:00:00Z")
        self.make_cdr("2026-03-11T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.assertEqual(self.prepare(2026, 3, contract).total_credit, 1.0)
        other = self.env["res.partner"].create({"name": "Other Agent", "email": "other@partner.example"})
        rival = self.make_contract(
            ("credit", "session", "0.50"), partner=other, role="agent", site_ids=[(6, 0, self.site.ids)]
        )
        self.assertIn("end one of them", self.prepare(2026, 3, rival).blocking_message)

    def test_two_contracts_share_out_the_badges_of_a_client(self):
        second = self.make_token("04SECOND", "local", partner=self.emsp)
        first = self.client(("charge", "kwh", "0.40"), token_ids=[(6, 0, self.roaming.ids)])
        other = self.client(("charge", "kwh", "0.50"), token_ids=[(6, 0, second.ids)])
        self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.make_cdr("2026-03-11T08:00:00Z", token={"uid": "04SECOND", "type": "RFID"})
        statements = self.prepare(2026, 3, first | other)
        self.assertEqual([s.blocking_message for s in statements], [False, False])
        self.assertEqual(sorted(statements.mapped("total_charge")), [4.0, 5.0])

    def test_a_badge_that_moved_is_corrected_where_it_was_billed(self):
        second = self.make_token("04SECOND", "local", partner=self.emsp)
        contract = self.client(("charge", "kwh", "0.40"), token_ids=[(6, 0, (self.roaming | second).ids)])
        cdr = self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.prepare(2026, 3, contract).action_approve()
        contract.token_ids = second
        self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"}, credit_of=cdr.external_id)
        self.assertEqual(self.prepare(2026, 4, contract).total_charge, -4.0)

    def test_drafts_of_another_periodicity_give_way(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        for month in ("01", "02", "03"):
            self.make_cdr(f"2026-{month}-10T08:00:00Z")
            self.prepare(2026, int(month), contract)
        contract.periodicity = "quarterly"
        statement = self.prepare(2026, 3, contract)
        self.assertEqual((contract.statement_ids, statement.total_credit), (statement, 3.0))
        statement.action_approve()
        with self.assertRaisesRegex(UserError, "Periodicity cannot change any more"):
            contract.periodicity = "monthly"

    def test_only_sessions_of_an_emsp(self):
        contract = self.make_contract(("charge", "session", "1", {"emsp_ids": [(6, 0, self.emsp.ids)]}))
        self.make_cdr("2026-03-10T08:00:00Z")
        self.make_cdr("2026-03-11T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.assertEqual(self.prepare(2026, 3, contract).total_charge, 1.0)

    def test_ad_hoc_days_are_billed_once(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), periodicity="ad_hoc")
        self.make_cdr("2026-03-10T08:00:00Z")
        self.assertFalse(self.prepare(2026, 3, contract))
        statements = self.env["ev.statement"]
        statement = statements._prepare_ad_hoc(contract, Span(date(2026, 3, 5), date(2026, 3, 15)))
        self.assertEqual(statement.total_credit, 1.0)
        self.assertIn("5", statement.display_name)
        self.assertEqual(statements._prepare_ad_hoc(contract, Span(date(2026, 3, 5), date(2026, 3, 15))), statement)
        with self.assertRaisesRegex(UserError, "already has"):
            statements._prepare_ad_hoc(contract, Span(date(2026, 3, 10), date(2026, 3, 20)))

    def test_sentences_read_like_a_contract(self):
        index = self.env["ev.price.index"].create(
            {"name": "Day-ahead FR", "code": "FR-DA", "currency_id": self.company.currency_id.id}
        )
        contract = self.make_contract(
            ("credit", "kwh", 0, {"price_kind": "indexed", "index_id": index.id, "index_factor": 1.05, "index_adder": 0.012,
                                  "has_floor": True, "power_type": "ac"}),
            ("credit", "revenue", "20", {"kind": "roaming"}),
            ("charge", "session", "0.35", {"period_minimum": 100}),
            start="2027-01-01",
        )  # fmt: skip
        self.assertEqual(
            contract.term_ids.mapped("sentence"),
            [
                "Credit Day-ahead FR x 1.05 + 0.0120 EUR per kWh, at least 0.0000 on AC chargers, from 1 Jan 2027",
                "Credit 20% of the session's revenue for roaming sessions, from 1 Jan 2027",
                "Charge 0.35 EUR per session, at least 100.00 EUR a period, from 1 Jan 2027",
            ],
        )
