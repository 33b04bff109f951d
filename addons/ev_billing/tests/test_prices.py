"""Prices of every kind, from the contract to the statement. Sites are in Paris; times below are UTC."""

from datetime import UTC, datetime
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.ev_billing.rating import month

from .common import EvBillingCommon

HOUR = 3600


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class PricesCommon(EvBillingCommon):
    @classmethod
    def make_index(cls, name="Day-ahead", **values):
        return cls.env["ev.price.index"].create(
            {
                "name": name,
                "code": name,
                "currency_id": cls.company.currency_id.id,
                "resolution": "hour",
                "tz": "Europe/Paris",
                **values,
            }
        )

    @classmethod
    def make_monthly(cls, name="Mean", **values):
        return cls.make_index(name, clock="ex_post", resolution="month", **values)

    def store(self, index, *values, final=True, **options):
        """Values as (start, end, price)."""
        return index._store_values([(at(s), at(e), Decimal(p), final) for s, e, p in values], "test", **options)

    def hours(self, index, first, prices, **options):
        """One value an hour from `first` on."""
        start = at(first)
        values = [(start + i * HOUR, start + (i + 1) * HOUR, Decimal(p), True) for i, p in enumerate(prices)]
        return index._store_values(values, "test", **options)

    def indexed(self, index, **values):
        return {"price_kind": "indexed", "index_id": index.id, **values}

    def assert_explained(self, statement):
        for charge in statement.charge_ids:
            self.assertEqual(charge._explain().amount, charge._get_amount(), charge.display_name)
            self.assertIn("equal to what is stored", charge.explanation)


@tagged("post_install", "-at_install")
class TestIndexedPrices(PricesCommon):
    def test_a_session_over_two_hours_has_two_prices(self):
        index = self.make_index()
        self.hours(index, "2026-03-01T08:00", ["80", "120"])
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index, index_adder=0.01)))
        # 08:30 to 09:30 at constant power, 10 kWh: 5 x 0.09 + 5 x 0.13
        self.make_cdr("2026-03-01T08:30:00Z")
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(statement.total_credit, 1.1)
        self.assertEqual((statement.line_ids.price_unit, statement.line_ids.is_average), (0.11, True))
        self.assert_explained(statement)
        statement.action_approve()

    def test_missing_values_block_that_charge_alone_and_clear_themselves(self):
        index = self.make_index()
        self.hours(index, "2026-03-01T08:00", ["80"])
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index)), ("charge", "session", "1"))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.make_cdr("2026-03-02T08:00:00Z")
        statement = self.prepare(2026, 3, contract)
        # the first is priced, the second waits; both pay their fee
        self.assertEqual((statement.total_credit, statement.total_charge), (0.8, 2.0))
        self.assertEqual((statement.gap_ids.charge_count, statement.gap_ids.index_id), (1, index))
        self.assertIn("1 charges", contract.waiting_message)
        with self.assertRaisesRegex(UserError, "wait for a price"):
            statement.action_approve()
        self.hours(index, "2026-03-02T08:00", ["100"])
        contract.invalidate_recordset(["waiting_message"])
        self.assertFalse(contract.waiting_message)
        with self.enter_registry_test_mode():
            self.env.ref("ev_billing.ir_cron_fill_gaps").method_direct_trigger()
        statement.invalidate_recordset()
        self.assertEqual((statement.total_credit, len(statement.gap_ids)), (1.8, 0))
        statement.action_approve()

    def test_approved_without_them_they_come_later(self):
        index = self.make_index()
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index)), ("charge", "session", "1"))
        self.make_cdr("2026-03-01T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        march.action_approve_without_prices()
        self.assertEqual((march.state, march.total_credit, march.total_charge), ("approved", 0.0, 1.0))
        self.hours(index, "2026-03-01T08:00", ["80"])
        april = self.prepare(2026, 4, contract)
        self.assertEqual((april.total_credit, april.total_charge), (0.8, 0.0))
        self.assertEqual(april.line_ids.correction, "late")

    def test_values_that_changed_ask_for_a_new_computation(self):
        index = self.make_index()
        self.hours(index, "2026-03-01T08:00", ["80"])
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index)))
        self.make_cdr("2026-03-01T08:00:00Z")
        statement = self.prepare(2026, 3, contract)
        # tomorrow's prices do not matter to it
        self.hours(index, "2026-04-10T08:00", ["55"])
        self.assertEqual(statement._get_inputs_hash(), statement.inputs_hash)
        self.hours(index, "2026-03-01T08:00", ["90"], allow_correction=True, reason="published again")
        with self.assertRaisesRegex(UserError, "compute it again"):
            statement.action_approve()
        statement.action_compute()
        self.assertEqual(statement.total_credit, 0.9)

    def test_a_provisional_month_is_trued_up_on_the_next_statement(self):
        index = self.make_monthly()
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index)))
        self.make_cdr("2026-03-10T08:00:00Z")
        self.make_cdr("2026-03-12T08:00:00Z")
        self.store(index, ("2026-02-28T23:00", "2026-03-31T22:00", "100"), final=False)
        march = self.prepare(2026, 3, contract)
        # 2 x 10 kWh x 0.10
        self.assertEqual((march.total_credit, march.line_ids.provisional), (2.0, True))
        self.assertIn("provisional price", march.line_ids.name)
        march.action_approve()
        self.store(index, ("2026-02-28T23:00", "2026-03-31T22:00", "107.50"))
        april = self.prepare(2026, 4, contract)
        # 20 kWh x 0.0075
        self.assertEqual(april.total_credit, 0.15)
        line = april.line_ids
        self.assertEqual((line.correction, line.origin_statement_id, line.charge_count), ("true_up", march, 2))
        self.assertIn(march.name, line.name)
        self.assert_explained(april)
        self.assert_explained(march)
        april.action_approve()
        april.document("2026-05-02")
        [printed] = april.document_ids.invoice_line_ids
        self.assertEqual((printed.price_subtotal, printed._get_ev_columns()["quantity"]), (0.15, ""))
        self.assertFalse(self.prepare(2026, 5, contract).line_ids)
        # the final value was wrong after all: 20 kWh x 0.0025 back
        self.store(
            index, ("2026-02-28T23:00", "2026-03-31T22:00", "105"), allow_correction=True, reason="publisher's notice"
        )
        june = self.prepare(2026, 6, contract)
        self.assertEqual(self.prepare(2026, 5, contract).total_credit, -0.05)
        june.action_compute()
        self.assertFalse(june.line_ids)

    def test_an_index_in_another_currency_is_refused(self):
        index = self.make_index(currency_id=self.env.ref("base.USD").id)
        with self.assertRaisesRegex(ValidationError, "Choose an index in EUR"):
            self.make_contract(("credit", "kwh", 0, self.indexed(index)))

    def test_formulas_that_make_no_sense_are_refused_by_name(self):
        index = self.make_index()
        for wrong, words in (
            ({"has_floor": True, "floor": 2, "has_cap": True, "cap": 1}, "floor lies above the cap"),
            ({"losses": -1}, "Losses below zero"),
            ({"negative_clause": "agreed", "negative_price": 0.05}, "Clause"),
            ({"index_id": False}, "choose the price index"),
            ({"period_cap": -5}, "Cap per Period cannot be below zero"),
            ({"period_minimum": 10, "period_cap": 5}, "minimum guarantee lies above the cap"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self.make_contract(("credit", "kwh", 0, self.indexed(index, **wrong)))


@tagged("post_install", "-at_install")
class TestOtherPrices(PricesCommon):
    def bands(self, *bands):
        return [Command.create({"name": name, "price": price, **rest}) for name, price, rest in bands]

    def test_time_of_use_with_holidays(self):
        workdays = {"saturday": False, "sunday": False}
        bands = self.bands(
            ("peak", 0.30, {"hour_from": 8, "hour_to": 20, "holidays": "never", **workdays}),
            ("holiday", 0.10, {"holidays": "only"}),
        )
        contract = self.make_contract(("credit", "kwh", 0.2, {"price_kind": "banded", "band_ids": bands}))
        self.make_cdr("2026-04-30T08:00:00Z")  # Thursday 10:00: 10 kWh x 0.30
        self.make_cdr("2026-05-01T08:00:00Z")  # Labour Day: x 0.10
        self.make_cdr("2026-05-02T08:00:00Z")  # Saturday: x 0.20
        self.assertEqual(self.prepare(2026, 4, contract).total_credit, 3.0)
        may = self.prepare(2026, 5, contract)
        self.assertEqual(may.total_credit, 3.0)
        self.assert_explained(may)
        self.assertIn("peak 0.3000, holiday 0.1000, otherwise 0.2000 EUR per kWh", contract.term_ids.sentence)

    def test_overlapping_bands_are_refused_with_the_clash(self):
        bands = self.bands(
            ("peak", 0.30, {"hour_from": 8, "hour_to": 20}), ("evening", 0.25, {"hour_from": 18, "hour_to": 23})
        )
        with self.assertRaisesRegex(ValidationError, "peak .* and evening .* overlap .*18:00"):
            self.make_contract(("credit", "kwh", 0.2, {"price_kind": "banded", "band_ids": bands}))

    def test_tiers_count_over_the_period_and_late_sessions_on_top(self):
        tiers = [Command.create({"until": 15, "price": 0.30}), Command.create({"until": 0, "price": 0.10})]
        contract = self.make_contract(("credit", "kwh", 0, {"price_kind": "tiered", "tier_ids": tiers}))
        self.make_cdr("2026-03-02T08:00:00Z")
        self.make_cdr("2026-03-01T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        # 10 x 0.30; 5 x 0.30 + 5 x 0.10
        self.assertEqual(march.total_credit, 5.0)
        self.assert_explained(march)
        march.action_approve()
        self.make_cdr("2026-03-03T08:00:00Z")
        self.make_cdr("2026-04-03T08:00:00Z")
        april = self.prepare(2026, 4, contract)
        # late: beyond 15 kWh of March already: 10 x 0.10; April starts anew: 10 x 0.30
        self.assertEqual(sorted(april.line_ids.mapped("amount")), [1.0, 3.0])
        self.assert_explained(april)

    def test_a_credit_takes_back_the_tier_of_its_original(self):
        tiers = [Command.create({"until": 10, "price": 0.30}), Command.create({"until": 0, "price": 0.10})]
        contract = self.make_contract(("credit", "kwh", 0, {"price_kind": "tiered", "tier_ids": tiers}))
        first = self.make_cdr("2026-03-01T08:00:00Z")
        self.make_cdr("2026-03-02T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        self.assertEqual(march.total_credit, 4.0)
        march.action_approve()
        self.make_cdr("2026-03-01T08:00:00Z", credit_of=first.external_id)
        april = self.prepare(2026, 4, contract)
        self.assertEqual(april.total_credit, -3.0)
        self.assert_explained(april)

    def test_volume_tiers_look_at_the_total(self):
        tiers = [Command.create({"until": 15, "price": 0.30}), Command.create({"until": 0, "price": 0.10})]
        contract = self.make_contract(
            ("credit", "kwh", 0, {"price_kind": "tiered", "tier_mode": "volume", "tier_ids": tiers})
        )
        self.make_cdr("2026-03-02T08:00:00Z")
        self.make_cdr("2026-03-01T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        self.assertEqual(march.total_credit, 2.0)
        self.assert_explained(march)

    def test_tiers_with_a_gap_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "above the last border have no price"):
            self.make_contract(
                ("credit", "kwh", 0, {"price_kind": "tiered", "tier_ids": [Command.create({"until": 10, "price": 1})]})
            )

    def test_minimum_guarantee_and_what_late_sessions_change_about_it(self):
        contract = self.make_contract(("charge", "kwh", "0.10", {"period_minimum": 5}))
        self.make_cdr("2026-03-01T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        # 1.00 and 4.00 to the minimum
        self.assertEqual(sorted(march.line_ids.mapped("amount")), [1.0, 4.0])
        self.assert_explained(march)
        march.action_approve()
        self.make_cdr("2026-03-02T08:00:00Z")
        april = self.prepare(2026, 4, contract)
        # late 1.00, so March needed 3.00 only; April has its own minimum
        self.assertEqual(
            sorted((line.correction, line.amount) for line in april.line_ids),
            [("late", 1.0), ("limit", -1.0), ("limit", 5.0)],
        )
        self.assert_explained(april)
        april.action_approve()
        april.document("2026-05-02")

    def test_cap(self):
        contract = self.make_contract(("charge", "session", "3", {"period_cap": 5}))
        for day in ("01", "02", "03"):
            self.make_cdr(f"2026-03-{day}T08:00:00Z")
        march = self.prepare(2026, 3, contract)
        self.assertEqual(sorted(march.line_ids.mapped("amount")), [-4.0, 9.0])
        self.assertEqual(march.total_charge, 5.0)

    def test_minutes(self):
        contract = self.make_contract(("charge", "charging_minute", "0.10"), ("charge", "idle_minute", "0.50"))
        cdr = self.make_cdr("2026-03-01T08:00:00Z", idle_seconds=600, charging_seconds=3000)
        self.assertEqual((cdr.charging_seconds, cdr.idle_seconds), (3000, 600))
        march = self.prepare(2026, 3, contract)
        # 50 x 0.10 and 10 x 0.50
        self.assertEqual(march.total_charge, 10.0)
        self.assert_explained(march)


@tagged("post_install", "-at_install")
class TestRevenue(PricesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = {"uid": "04TEST02", "type": "RFID"}
        cls.share = cls.make_contract(("credit", "revenue", "20"))

    def sell(self, price="0.50", **values):
        values.setdefault("role", "emsp")
        return self.make_contract(("charge", "kwh", price), partner=self.emsp, **values)

    def test_a_share_of_what_the_session_was_sold_for(self):
        self.sell()
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        march = self.prepare(2026, 3, self.share)
        # 20 % of 10 kWh x 0.50
        self.assertEqual(march.total_credit, 1.0)
        self.assertEqual(march.line_ids.quantity, 5.0)
        self.assert_explained(march)
        march.action_approve()
        march.document("2026-04-02")
        columns = march.document_ids.invoice_line_ids._get_ev_columns()
        self.assertEqual((columns["quantity"], columns["price"]), ("5.00 EUR revenue", "20.00 %"))

    def test_a_sale_billed_meanwhile_does_not_touch_the_share(self):
        sale = self.sell()
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        march = self.prepare(2026, 3, self.share)
        self.prepare(2026, 3, sale).action_approve()
        march.action_approve()
        self.assertEqual(march.state, "approved")

    def test_a_session_nobody_sold_waits(self):
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        march = self.prepare(2026, 3, self.share)
        self.assertEqual((march.gap_ids.reason, march.gap_ids.charge_count), ("no_revenue", 1))
        self.assertFalse(march.line_ids)
        self.sell()
        march.action_compute()
        self.assertEqual((march.total_credit, len(march.gap_ids)), (1.0, 0))

    def test_a_session_two_contracts_sold_waits(self):
        self.sell()
        self.sell("0.60")
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        self.assertEqual(self.prepare(2026, 3, self.share).gap_ids.reason, "no_revenue")

    def test_a_sale_does_not_change_behind_a_closed_share(self):
        sale = self.sell()
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        self.prepare(2026, 3, self.share).action_approve()
        with self.assertRaisesRegex(UserError, "closed up to"):
            sale.term_ids.version_ids.price = 0.60

    def test_circles_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "only prices of a session itself"):
            self.share.term_ids.is_sale = True
        with self.assertRaisesRegex(ValidationError, "with tiers"):
            tiers = [Command.create({"until": 0, "price": 1})]
            self.make_contract(
                ("charge", "kwh", 0, {"price_kind": "tiered", "tier_ids": tiers}), partner=self.emsp, role="emsp"
            )


@tagged("post_install", "-at_install")
class TestSimulate(PricesCommon):
    """What a contract would have made (`ev.contract._simulate`)."""

    def test_it_is_what_a_statement_makes_and_nothing_is_left(self):
        contract = self.make_contract(("credit", "kwh", "0.185432"), ("charge", "charger_month", "15"))
        self.make_cdr("2026-03-01T08:00:00Z", 12_345)
        draft = contract.copy()
        before = self.count_rows()
        simulation = draft._simulate(month(2026, 3))
        self.assertEqual(self.count_rows(), before)
        # 12.345 x 0.185432 = 2.289 -> 2.29; two chargers x 15
        self.assertEqual(
            [(line.quantity, line.amount) for line in simulation.lines], [(Decimal("12.345"), Decimal("2.29")), (2, 30)]
        )
        self.assertEqual((simulation.sessions, simulation.energy_kwh, simulation.gaps), (1, Decimal("12.345"), []))
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(
            sorted(map(float, (line.amount for line in simulation.lines))), sorted(statement.line_ids.mapped("amount"))
        )

    def test_a_billed_month_can_be_simulated_again(self):
        contract = self.make_contract(("credit", "kwh", "0.10", {"period_minimum": 5}))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        self.assertEqual([line.amount for line in contract._simulate(month(2026, 3)).lines], [1, 4])

    def test_what_has_no_price_is_said(self):
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(self.make_index())))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.assertIn("1 charges have no price yet", contract._simulate(month(2026, 3)).gaps[0])

    def count_rows(self):
        self.env.flush_all()
        tables = ("ev_statement", "ev_statement_line", "ev_charge", "ev_statement_gap")
        return [self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][0] for table in tables]
