"""The contract simulator: what is simulated, beside what was billed. Everything happens in March and April 2026."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.ev_billing.rating import TermError

from .simulation_common import SimulationCommon


@tagged("post_install", "-at_install")
class TestSimulation(SimulationCommon):
    def test_two_drafts_beside_what_was_billed(self):
        running = self.make_contract(("credit", "kwh", "0.185"))
        self.make_cdr("2026-03-01T08:00:00Z", 12_345)
        self.make_cdr("2026-03-02T08:00:00Z", 10_000)
        self.prepare(2026, 3, running).action_approve()
        cheap, dear = self.make_draft(running, 0.15), self.make_draft(running, 0.20)
        before = self.count_rows()
        simulation = self.simulate(running, cheap, dear)
        # 22.345 kWh: x 0.185 = 4.133825; x 0.15 = 3.35175; x 0.20 = 4.469
        self.assertEqual(
            sorted(self.get_lines(simulation), key=lambda line: line[0].id),
            [(running, -4.13, -4.13, 0.0), (cheap, -3.35, None, 0.0), (dear, -4.47, None, 0.0)],
        )
        self.assertEqual(set(simulation.line_ids.mapped("quantity")), {22.345})
        self.assertEqual(set(simulation.line_ids.mapped("charge_count")), {2})
        self.assertEqual(self.count_rows(), before, "a simulation writes nothing but itself")
        # each draft beside what the contract it stands in for was billed
        self.assertEqual(
            [
                (total.contract_id, total.instead_of, total.simulated, total.billed, total.difference)
                for total in simulation.total_ids
            ],
            [
                (running, False, -4.13, -4.13, 0.0),
                (cheap, running.name, -3.35, -4.13, 0.78),
                (dear, running.name, -4.47, -4.13, -0.34),
            ],
        )
        self.assertEqual(set(simulation.total_ids.mapped("session_count")), {2})
        self.assertEqual(
            [(row.case, row.paid_out) for row in simulation.margin_ids],
            [("Billed", 4.13), ("Simulated", 4.13), (f"With {cheap.name}", 3.35), (f"With {dear.name}", 4.47)],
        )

    def test_the_chart_has_billed_and_simulated_side_by_side(self):
        running = self.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "1"))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.prepare(2026, 3, running).action_approve()
        draft = running.copy()
        draft.term_ids[0].version_ids.price = 0.20
        simulation = self.simulate(running, draft)
        groups = self.env["ev.contract.simulation.figure"]._read_group(
            simulation.action_open_chart()["domain"], ["place", "what"], ["amount:sum"]
        )
        # 10 kWh x -0.10 + 1, and x -0.20 + 1
        self.assertEqual(
            groups,
            [("Lyon Test", "Billed", 0.0), ("Lyon Test", "Simulated", 0.0), ("Lyon Test", f"With {draft.name}", -1.0)],
        )

    def test_a_draft_alone_has_what_was_billed_beside_it(self):
        running = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.prepare(2026, 3, running).action_approve()
        draft = self.make_draft(running, 0.12)
        simulation = self.simulate(draft)
        terms = simulation.figure_ids.filtered(lambda figure: figure.topic == "terms")
        self.assertEqual(
            sorted(terms.mapped(lambda figure: (figure.what, figure.amount))),
            [("Billed", -1.0), (f"With {draft.name}", -1.2)],
        )
        # a draft of somebody nobody billed before stands alone
        alone = self.sell(activate=False)
        total = self.simulate(alone).total_ids
        self.assertEqual((total.instead_of, total.has_billed, total.simulated), (False, False, 0.0))

    def test_what_came_late_stands_in_its_own_month(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        self.make_cdr("2026-03-05T08:00:00Z")
        self.prepare(2026, 4, contract).action_approve()
        # 1.00 on March's statement, 1.00 late on April's: March made 2.00
        self.assertEqual(self.get_lines(self.simulate(contract)), [(contract, -2.0, -2.0, 0.0)])

    def test_every_billing_period_is_worked_out_apart(self):
        contract = self.make_contract(("credit", "kwh", "0.10", {"period_minimum": 5}))
        self.make_cdr("2026-03-01T08:00:00Z", 20_000)
        self.make_cdr("2026-04-01T08:00:00Z", 70_000)
        self.prepare(2026, 3, contract).action_approve()
        simulation = self.simulate(contract, last="2026-04-30")
        lines = simulation.line_ids.sorted("period_start")
        # March: 2.00 and 3.00 up to the minimum; April: 7.00, and not billed yet
        by_period = {}
        for line in lines:
            by_period.setdefault(line.period, []).append((line.simulated, line.has_billed))
        self.assertEqual(sorted(by_period["March 2026"]), [(-3.0, True), (-2.0, True)])
        self.assertEqual(by_period["April 2026"], [(-7.0, False)])
        self.assertIn(f"on no approved statement of {contract.name} yet", simulation.messages)
        # the difference is March's alone
        total = simulation.total_ids
        self.assertEqual(
            (total.simulated, total.billed, total.billed_periods, total.difference), (-12.0, -5.0, "1 of 2", 0.0)
        )

    def test_a_quarter_is_worked_out_whole_or_not_at_all(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), periodicity="quarterly")
        self.make_cdr("2026-03-01T08:00:00Z")
        with self.assertRaisesRegex(UserError, "is billed quarterly, and only whole billing periods"):
            self.simulate(contract)
        self.assertEqual(self.simulate(contract, first="2026-01-01").line_ids.simulated, -1.0)
        # beside a monthly contract, the quarterly one cannot be in the margin
        draft = self.sell(activate=False)
        self.assertIn("Not in the margin: ", self.simulate(draft).messages)

    def test_what_has_no_price_is_a_sentence_and_no_zero(self):
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(self.make_index())))
        self.make_cdr("2026-03-01T08:00:00Z")
        simulation = self.simulate(contract)
        self.assertFalse(simulation.line_ids)
        self.assertEqual(
            simulation.messages.splitlines()[0],
            f"{contract.name}, March 2026: credit kwh: 1 charges have no price yet.",
        )
        self.assertIn("incomplete", simulation.margin_ids.note)

    def test_a_draft_that_starts_later_says_so(self):
        draft = self.make_contract(("credit", "kwh", "0.10"), start="2026-05-01", activate=False)
        self.make_cdr("2026-03-01T08:00:00Z")
        self.assertIn("nothing in the chosen months falls under it", self.simulate(draft).messages)

    def test_it_can_be_done_again_with_another_choice(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-01T08:00:00Z")
        simulation = self.simulate(contract)
        simulation.write({"month_from": "2026-04-01", "month_to": "2026-04-30"})
        with self.assertRaisesRegex(UserError, "press Simulate first"):
            simulation.action_download()
        simulation.action_simulate()
        self.assertFalse(simulation.line_ids)
        self.assertFalse(simulation.margin_ids)
        self.assertFalse(simulation.figure_ids)

    # -------------------------------------------------------------------- choice

    def test_nothing_chosen(self):
        with self.assertRaisesRegex(UserError, "choose at least one contract"):
            self.simulate()

    @freeze_time("2026-04-20")
    def test_months_that_are_not_over(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        with self.assertRaisesRegex(UserError, "April 2026 is not over.*up to March 2026"):
            self.simulate(contract, last="2026-04-30")
        with self.assertRaisesRegex(UserError, "is not over"):
            self.simulate(contract, first="2027-01-01", last="2027-01-31")
        with self.assertRaisesRegex(UserError, "Last Month lies before First Month"):
            self.simulate(contract, first="2026-03-01", last="2026-02-28")
        simulation = self.env["ev.contract.simulation"].create({})
        self.assertEqual((simulation.month_from, simulation.month_to), (date(2026, 3, 1), date(2026, 3, 31)))

    def test_two_currencies_do_not_add_up(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        euros = self.make_contract(("credit", "kwh", "0.10"))
        dollars = self.sell(currency_id=dollar.id)
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        with self.assertRaisesRegex(UserError, "EUR, USD, which do not add up"):
            self.simulate(euros, dollars)
        # and one that was not chosen stays out of the margin, with a sentence
        simulation = self.simulate(euros)
        self.assertRegex(simulation.messages, "Not in the margin: .* is in USD")
        self.assertEqual(simulation.margin_ids.revenue, 0)
        self.assertEqual(self.simulate(dollars).line_ids.currency_id, dollar)

    def test_a_contract_that_makes_no_sense_is_named(self):
        contract, sale = self.make_contract(("credit", "kwh", "0.10")), self.sell()
        self.make_cdr("2026-03-01T08:00:00Z")
        simulate = type(contract)._simulate

        def fail(record, span):
            if record == sale:
                raise TermError("Term x: no.")
            return simulate(record, span)

        with patch.object(type(contract), "_simulate", fail):
            with self.assertRaisesRegex(UserError, f"{sale.name} cannot be worked out. Term x: no."):
                self.simulate(sale)
            # where it was not chosen, the rest is shown
            simulation = self.simulate(contract)
        self.assertEqual(simulation.messages, f"Not in the margin: {sale.name} cannot be worked out. Term x: no.")
        self.assertEqual(simulation.margin_ids.paid_out, 1.0)

    def test_it_opens_from_the_contracts(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        simulations = self.env["ev.contract.simulation"].with_context(
            active_model="ev.contract", active_ids=contract.ids
        )
        self.assertEqual(simulations.create({}).contract_ids, contract)
