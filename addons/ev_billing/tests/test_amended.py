from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import EvBillingCommon
from .test_prices import PricesCommon

REASON = "Agreed on 2 April, in force since 15 March"


@tagged("post_install", "-at_install")
class TestAmended(EvBillingCommon):
    """A contract amended backwards: the difference comes on the next statement, what is billed stays (design invariant 4)."""

    def close(self, month, contract, document=False):
        statement = self.prepare(2026, month, contract)
        statement.action_approve()
        if document:
            statement.document(f"2026-{month + 1:02}-01")
        return statement

    def reach_back(self, contract, day, reason=REASON, **values):
        return contract.term_ids[0].version_ids[-1].copy({"date_from": day, "backdated_reason": reason, **values})

    def test_the_difference_comes_on_the_next_statement_and_names_what_it_corrects(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-03T08:00:00Z", 10_000)
        self.make_cdr("2026-03-20T08:00:00Z", 10_000)
        march = self.close(3, contract, document=True)
        documents = march.document_ids.mapped("amount_untaxed")
        self.reach_back(contract, "2026-03-15", price=0.15)
        self.make_cdr("2026-04-05T08:00:00Z", 10_000)
        april = self.prepare(2026, 4, contract)
        # April: 10 x 0.15 = 1.50; of March only the session of the 20th: 10 x (0.15 - 0.10) = 0.50
        self.assertEqual([str(line[2]) for line in self.lines(april)], ["1.500000", "0.500000"])
        self.assertEqual([line[1] for line in self.lines(april)], ["regular", "amended"])
        line = april.line_ids.filtered(lambda line: line.correction == "amended")
        self.assertEqual((line.origin_statement_id, str(line.origin_period)), (march, "2026-03-01"))
        self.assertIn(f"terms of March 2026 changed since - billed on {march.name}", line.name)
        [charge] = april.charge_ids.filtered("origin_id")
        self.assertEqual(charge.origin_id.statement_id, march)
        self.assertIn("equal to what is stored", charge.explanation)
        self.assertEqual(march.total_credit, 2.0, "what is posted stays")
        self.assertEqual(march.document_ids.mapped("amount_untaxed"), documents)
        april.action_approve()
        self.assertFalse(self.prepare(2026, 5, contract).line_ids, "it is brought once")

    def test_amended_twice_each_brings_its_own_difference(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-20T08:00:00Z", 10_000)
        self.close(3, contract)
        self.reach_back(contract, "2026-03-15", price=0.15)
        self.close(4, contract)
        self.reach_back(contract, "2026-03-18", price=0.12)
        # 1.00 was billed and 0.50 came; 10 x 0.12 = 1.20, so 0.30 go back
        may = self.prepare(2026, 5, contract)
        self.assertEqual([str(amount) for _way, _kind, amount in self.lines(may)], ["-0.300000"])
        self.assertIn("equal to what is stored", may.charge_ids.explanation)

    def test_what_the_new_wording_leaves_out_is_given_back_and_what_it_takes_in_comes_late(self):
        self.make_station("T-DC-9", self.site, power_type="dc", max_power_kw=50)
        contract = self.make_contract(("charge", "session", "1", {"power_type": "ac"}))
        self.make_cdr("2026-03-03T08:00:00Z")
        self.make_cdr("2026-03-04T08:00:00Z", station="T-DC-9")
        march = self.close(3, contract)
        self.assertEqual(march.total_charge, 1.0)
        self.reach_back(contract, "2026-03-01", power_type="dc", price=3)
        april = self.prepare(2026, 4, contract)
        # the AC session's 1.00 goes back; the DC session's 3.00 was never billed
        self.assertEqual(
            [(kind, str(amount)) for _way, kind, amount in self.lines(april)],
            [("late", "3.000000"), ("amended", "-1.000000")],
        )
        for charge in april.charge_ids:
            self.assertIn("equal to what is stored", charge.explanation)

    def test_a_session_taken_back_after_an_amendment_leaves_nothing(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        cdr = self.make_cdr("2026-03-20T08:00:00Z", 10_000)
        march = self.close(3, contract)
        self.reach_back(contract, "2026-03-15", price=0.15)
        april = self.close(4, contract)
        self.ingest(
            self.make_item(
                "2026-03-20T08:00:00Z", 10_000, credit_of=cdr.external_id, token={"uid": "04TEST01", "type": "RFID"}
            )
        )
        may = self.prepare(2026, 5, contract)
        # 1.00 + 0.50 - 1.50
        self.assertEqual(march.total_credit + april.total_credit + may.total_credit, 0)
        self.assertIn(f"billed on {march.name}", may.line_ids.name)

    def test_a_fee_is_worked_out_by_its_days(self):
        contract = self.make_contract(("charge", "charger_month", "15", {"power_type": "ac"}))
        march = self.close(3, contract)
        self.assertEqual(march.total_charge, 15.0)
        self.reach_back(contract, "2026-03-15", price=46)
        april = self.prepare(2026, 4, contract)
        # March again: 14/31 of 15 = 6.774194 and 17/31 of 46 = 25.225806, together 32.00: 17.00 more. April: 46.00
        self.assertEqual(
            [(kind, str(amount)) for _way, kind, amount in self.lines(april)],
            [("regular", "46.000000"), ("amended", "17.000000")],
        )
        self.assertIn("equal to what is stored", april.charge_ids.filtered("origin_id").explanation)
        april.action_approve()
        self.assertEqual(self.prepare(2026, 5, contract).total_charge, 46.0)

    def test_without_a_reason_billed_days_never_move(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-20T08:00:00Z", 10_000)
        self.close(3, contract)
        for reason in (False, "  "):
            with self.assertRaisesRegex(ValidationError, "closed up to"), self.env.cr.savepoint():
                self.reach_back(contract, "2026-03-15", reason=reason, price=0.15)
        self.assertEqual(len(contract.term_ids.version_ids), 1)
        self.assertFalse(self.prepare(2026, 4, contract).line_ids)

    def test_what_depends_on_the_whole_period_does_not_reach_back(self):
        tiers = {
            "price_kind": "tiered",
            "tier_ids": [(0, 0, {"until": 100, "price": 0.2}), (0, 0, {"until": 0, "price": 0.1})],
        }
        for number, (values, why) in enumerate(
            (
                ({**tiers}, "under tiers"),
                ({"period_minimum": 10}, "minimum guarantee or a cap"),
                ({"period_cap": 10}, "minimum guarantee or a cap"),
            )
        ):
            host = self.env["res.partner"].create({"name": why, "is_company": True})
            self.make_site(f"{why} {number}", host)
            contract = self.make_contract(("credit", "kwh", "0.10", values), partner=host)
            self.close(3, contract)
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, why), self.env.cr.savepoint():
                self.reach_back(contract, "2026-03-15", price=0.15)
            self.assertEqual(len(contract.term_ids.version_ids), 1)

    def test_a_fee_about_other_stations_does_not_reach_back(self):
        contract = self.make_contract(("charge", "charger_month", "15", {"power_type": "ac"}))
        self.close(3, contract)
        with self.assertRaisesRegex(ValidationError, "same sites, stations and badges"), self.env.cr.savepoint():
            self.reach_back(contract, "2026-03-15", power_type="dc")
        self.assertEqual(len(contract.term_ids.version_ids), 1)

    def test_the_assistant_asks_why(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-20T08:00:00Z", 10_000)
        self.close(3, contract)
        wizard = self.env["ev.contract.amend"].browse(contract.action_amend()["res_id"])
        wizard.date_from = "2026-03-15"
        self.assertTrue(wizard.reaches_back)
        wizard.line_ids.write({"chosen": True, "price": 0.15})
        with self.assertRaisesRegex(UserError, "Why It Reaches Back"), self.env.cr.savepoint():
            wizard.action_amend()
        self.assertEqual(len(contract.term_ids.version_ids), 1)
        wizard.reason = REASON
        wizard.action_amend()
        self.assertIn(REASON, contract.message_ids[0].body)
        self.assertEqual(self.prepare(2026, 4, contract).total_credit, 0.5)


@tagged("post_install", "-at_install")
class TestAmendedIndex(PricesCommon):
    """A formula that is amended backwards, and an index value that is corrected after it: each brings its own difference."""

    def test_formula_and_value_change_one_after_the_other(self):
        index = self.make_index()
        self.hours(index, "2026-03-20T08:00:00", ["100"])
        self.hours(index, "2026-04-20T08:00:00", ["100"])
        self.hours(index, "2026-05-20T08:00:00", ["100"])
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index, index_factor=1)))
        self.make_cdr("2026-03-20T08:00:00Z", 10_000)
        march = self.prepare(2026, 3, contract)
        march.action_approve()
        # 10 kWh x 100 / 1000
        self.assertEqual(march.total_credit, 1.0)
        contract.term_ids.version_ids.copy(
            {"date_from": "2026-03-15", "backdated_reason": "agreed", "index_factor": 1.5}
        )
        april = self.prepare(2026, 4, contract)
        # 10 x 0.15 = 1.50, of which 1.00 is billed
        self.assertEqual([(line[1], str(line[2])) for line in self.lines(april)], [("amended", "0.500000")])
        self.assert_explained(april)
        april.action_approve()
        april.document("2026-05-01")
        self.assertTrue(april.annex_attachment_id.raw.startswith(b"PK"))
        self.hours(index, "2026-03-20T08:00:00", ["120"], allow_correction=True, reason="published again")
        may = self.prepare(2026, 5, contract)
        # 10 x 0.12 x 1.5 = 1.80, of which 1.50 came
        self.assertEqual([str(line[2]) for line in self.lines(may)], ["0.300000"])
        self.assert_explained(may)
        may.action_approve()
        self.assertFalse(self.prepare(2026, 6, contract).line_ids)
