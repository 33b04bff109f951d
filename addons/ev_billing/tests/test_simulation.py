"""The contract simulator. Sites are in Paris; times below are UTC. Everything happens in March and April 2026."""

import base64
import io
from datetime import date
from unittest.mock import patch

import openpyxl
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.ev_billing.rating import TermError

from .test_prices import PricesCommon

WRITTEN = ("ev_statement", "ev_statement_line", "ev_statement_gap", "ev_charge", "ev_contract", "ev_contract_term",
           "ev_contract_term_version", "ev_contract_site_rel", "ev_price_index_value", "ev_supply_contract",
           "account_move", "mail_message", "ir_attachment")  # fmt: skip
HEADS = ("case", "revenue", "charged", "paid_out", "energy", "margin")


class SimulationCommon(PricesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = {"uid": "04TEST02", "type": "RFID"}

    def simulate(self, *contracts, first="2026-03-01", last="2026-03-31", user=None, **values):
        simulations = self.env["ev.contract.simulation"]
        simulation = (simulations.with_user(user) if user else simulations).create(
            {
                "contract_ids": [Command.set([contract.id for contract in contracts])],
                "month_from": first,
                "month_to": last,
                "company_id": self.company.id,
                **values,
            }
        )
        simulation.action_simulate()
        return simulation

    def make_draft(self, contract, price):
        """The same contract, not running, at another price."""
        draft = contract.copy()
        draft.term_ids.version_ids.price = price
        return draft

    def make_supply(self, price="0.12", site=None, **values):
        return self.env["ev.supply.contract"].create(
            {
                "name": "EDF-1",
                "company_id": self.company.id,
                "site_id": (site or self.site).id,
                "paid_by": "operator",
                "date_from": "2020-01-01",
                "price": float(price),
                **values,
            }
        )

    def sell(self, price="0.50", **values):
        return self.make_contract(("charge", "kwh", price), partner=self.emsp, role="emsp", **values)

    def get_lines(self, simulation):
        return [
            (line.contract_id, line.simulated, line.billed if line.has_billed else None, line.difference)
            for line in simulation.line_ids
        ]

    def get_margins(self, simulation, site=None):
        rows = simulation.margin_ids.filtered(lambda row: row.site_id == (site or self.site))
        return [tuple(row[name] for name in HEADS) for row in rows]

    def count_rows(self):
        self.env.flush_all()
        return {
            table: self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][0]
            for table in WRITTEN
        }


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


@tagged("post_install", "-at_install")
class TestSimulationMargin(SimulationCommon):
    def test_margin_with_a_supply_that_follows_an_index(self):
        index = self.make_index()
        self.hours(index, "2026-03-01T08:00", ["80", "120"])
        self.make_supply(0, **self.indexed(index, index_adder=0.02, losses=5))
        host = self.make_contract(("credit", "kwh", "0.20"), ("charge", "session", "1"))
        self.sell()
        # 08:30 to 09:30 at constant power, 10 kWh
        self.make_cdr("2026-03-01T08:30:00Z", token=self.sold)
        simulation = self.simulate(host)
        # revenue 10 x 0.50; charged 1; paid out 10 x 0.20; energy 5 x (0.08 + 0.02) x 1.05 + 5 x (0.12 + 0.02) x 1.05
        # = 0.525 + 0.735 = 1.26; left 5 + 1 - 2 - 1.26
        self.assertEqual(self.get_margins(simulation), [("Simulated", 5.0, 1.0, 2.0, 1.26, 2.74)])
        self.assertFalse(simulation.margin_ids.note)
        self.assertEqual(simulation.margin_ids.energy_kwh, 10)
        # a chart by part adds up to the margin
        figures = simulation.figure_ids.filtered(lambda figure: figure.topic == "margin")
        self.assertEqual(
            {figure.part: figure.amount for figure in figures},
            {"revenue": 5.0, "charged": 1.0, "paid_out": -2.0, "energy": -1.26},
        )

    def test_a_draft_stands_in_for_the_running_contract(self):
        self.make_supply("0.12")
        host, sale = self.make_contract(("credit", "kwh", "0.20")), self.sell()
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        for contract in (host, sale):
            self.prepare(2026, 3, contract).action_approve()
        better, dearer = self.make_draft(host, 0.15), self.make_draft(sale, 0.60)
        # 10 kWh: sold 5.00, energy 1.20, host 2.00; the one draft pays 1.50, the other sells for 6.00
        base = [("Billed", 5.0, 0.0, 2.0, 1.2, 1.8), ("Simulated", 5.0, 0.0, 2.0, 1.2, 1.8)]
        self.assertEqual(
            self.get_margins(self.simulate(better, dearer)),
            [
                *base,
                (f"With {better.name}", 5.0, 0.0, 1.5, 1.2, 2.3),
                (f"With {dearer.name}", 6.0, 0.0, 2.0, 1.2, 2.8),
            ],
        )
        self.assertEqual(
            self.get_margins(self.simulate(better, dearer, drafts="together")),
            [*base, ("With the drafts", 6.0, 0.0, 1.5, 1.2, 3.3)],
        )

    def test_two_drafts_for_the_same_sessions_are_not_tried_together(self):
        host = self.make_contract(("credit", "kwh", "0.20"))
        one, other = self.make_draft(host, 0.15), self.make_draft(host, 0.16)
        with self.assertRaisesRegex(UserError, "would both bill the same sessions at Lyon Test"):
            self.simulate(one, other, drafts="together")

    def test_a_draft_for_one_site_leaves_the_others_as_they_are(self):
        other = self.make_site("Second", self.host)
        self.make_station("T-AC-9", other)
        host = self.make_contract(("credit", "kwh", "0.20"))
        self.make_cdr("2026-03-01T08:00:00Z")
        self.make_cdr("2026-03-02T08:00:00Z", station="T-AC-9")
        draft = self.make_draft(host, 0.15)
        draft.site_ids = self.site
        simulation = self.simulate(host, draft)
        # 10 kWh at each site: 0.15 at the first, still 0.20 at the second
        self.assertEqual([row[3] for row in self.get_margins(simulation)], [2.0, 1.5])
        self.assertEqual([row[3] for row in self.get_margins(simulation, other)], [2.0, 2.0])

    def test_the_hosts_supply_stands_beside_its_reimbursement(self):
        self.make_supply("0.18", paid_by="host")
        host = self.make_contract(("credit", "kwh", "0.20"))
        self.make_cdr("2026-03-01T08:00:00Z")
        row = self.simulate(host).margin_ids
        # the host paid 10 x 0.18 and is paid 2.00; nothing of it is the operator's energy
        self.assertEqual((row.host_energy, row.paid_out, row.energy, row.margin), (1.8, 2.0, 0.0, -2.0))
        self.assertEqual((row.has_energy, row.has_host_energy, row.note), (False, True, "the host pays the energy"))

    def test_no_supply_contract_is_said_and_costs_nothing(self):
        host = self.make_contract(("credit", "kwh", "0.20"))
        self.make_cdr("2026-03-01T08:00:00Z")
        row = self.simulate(host).margin_ids
        self.assertEqual((row.has_energy, row.note), (False, "no supply contract: before energy"))

    def test_energy_before_the_supply_or_without_an_index_value(self):
        index = self.make_index()
        self.hours(index, "2026-03-20T08:00", ["80"])
        self.make_supply(0, date_from="2026-03-10", **self.indexed(index))
        host = self.make_contract(("credit", "kwh", "0.20"))
        for day in ("2026-03-01", "2026-03-15", "2026-03-20"):
            self.make_cdr(f"{day}T08:00:00Z")
        row = self.simulate(host).margin_ids
        # only the 20th has a supply and a price: 10 x 0.08
        self.assertEqual(row.energy, 0.8)
        self.assertIn("1 sessions without a supply contract", row.note)
        self.assertIn("1 sessions without an index value", row.note)

    def test_a_supply_in_another_currency_is_left_out(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.make_supply("0.12", currency_id=dollar.id)
        host = self.make_contract(("credit", "kwh", "0.20"))
        self.make_cdr("2026-03-01T08:00:00Z")
        simulation = self.simulate(host)
        self.assertIn("EDF-1 at Lyon Test is in USD: its energy is not in the margin", simulation.messages)
        self.assertFalse(simulation.margin_ids.has_energy)

    def test_fees_of_the_contract_as_a_whole_have_a_row_of_their_own(self):
        host = self.make_contract(("credit", "kwh", "0.20"), ("charge", "month", "30"))
        self.make_cdr("2026-03-01T08:00:00Z")
        rows = self.simulate(host).margin_ids.sorted("id")
        self.assertEqual(
            [(row.place, row.charged, row.paid_out, row.energy_kwh) for row in rows],
            [("Lyon Test", 0.0, 2.0, 10.0), ("Contract as a whole", 30.0, 0.0, 0.0)],
        )


@tagged("post_install", "-at_install")
class TestSimulationFile(SimulationCommon):
    def test_the_file_adds_up_again(self):
        self.make_supply("0.12")
        host, sale = self.make_contract(("credit", "kwh", "0.20"), ("charge", "session", "1")), self.sell()
        self.make_cdr("2026-03-01T08:00:00Z", token=self.sold)
        self.prepare(2026, 3, host).action_approve()
        simulation = self.simulate(host, sale)
        self.assertIn("download=true", simulation.action_download()["url"])
        self.assertEqual(simulation.file_name, "simulation_2026-03.xlsx")
        content = base64.b64decode(simulation.file)
        values, formulas = (openpyxl.load_workbook(io.BytesIO(content), data_only=only) for only in (True, False))
        self.assertEqual(values.sheetnames, ["Summary", "Lines", "Margin"])
        lines = list(values["Lines"].iter_rows(min_row=2, max_row=4, values_only=True))
        self.assertEqual(sorted(line[7] for line in lines), [-2.0, 1.0, 5.0])
        # the sale has no approved statement: nothing, not zero
        self.assertEqual(sorted(str(line[8]) for line in lines), ["-2", "1", "None"])
        self.assertIn("SUMIFS(Lines!H:H,Lines!A:A,A", formulas["Summary"]["B7"].value)
        # margin 5 + 1 - 2 - 1.20
        simulated = next(row for row in values["Margin"].iter_rows(values_only=True) if row[1] == "Simulated")
        self.assertAlmostEqual(simulated[7], 2.8)
        self.assertIn("D3+E3-F3-G3", formulas["Margin"]["H3"].value)
        summary = {row[0]: row[1:] for row in values["Summary"].iter_rows(values_only=True)}
        self.assertEqual(summary[host.display_name][:3], (-1, -1, 0))
        self.assertAlmostEqual(summary["Simulated"][4], 2.8)
        self.assertEqual(len(formulas["Summary"]._charts), 2)

    def test_nothing_to_download_before(self):
        simulation = self.env["ev.contract.simulation"].create({})
        for action in ("action_download", "action_open_lines", "action_open_chart", "action_open_margin"):
            with self.subTest(action=action), self.assertRaisesRegex(UserError, "press Simulate first"):
                getattr(simulation, action)()


@tagged("post_install", "-at_install")
class TestSimulationAccess(SimulationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.contract = cls.make_contract(("credit", "kwh", "0.10"))
        cls.make_cdr("2026-03-01T08:00:00Z")

    def test_contract_admins_and_accountants_simulate(self):
        for group in ("ev_billing.group_contract_admin", "account.group_account_invoice"):
            user = self.make_user(f"sim-{group}", group, **self.mine)
            simulation = self.simulate(self.contract, user=user)
            self.assertEqual(simulation.line_ids.simulated, -1.0)
            self.assertEqual(simulation.margin_ids.paid_out, 1.0)
            simulation.action_download()
            self.assertTrue(simulation.file)
            with self.assertRaises(AccessError):
                simulation.line_ids.write({"simulated": 1})

    def test_each_sees_only_its_own(self):
        one, other = (
            self.make_user(f"sim-{name}", "ev_billing.group_contract_admin", **self.mine) for name in ("one", "other")
        )
        simulation = self.simulate(self.contract, user=one)
        for records in (
            simulation,
            simulation.total_ids,
            simulation.line_ids,
            simulation.margin_ids,
            simulation.figure_ids,
        ):
            self.assertTrue(records)
            self.assertFalse(self.env[records._name].with_user(other).search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                records.with_user(other).read(["currency_id"])
        with self.assertRaises(AccessError):
            simulation.with_user(other).action_simulate()

    def test_nobody_else_simulates(self):
        for group in ("base.group_portal", "ev_cpms.group_technician", "ev_cpms.group_bridge"):
            user = self.make_user(f"sim-{group}", group, **self.mine)
            for model in ("", ".total", ".line", ".margin", ".figure"):
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(
                        self.env[f"ev.contract.simulation{model}"].with_user(user).has_access(operation),
                        (group, model, operation),
                    )

    def test_contracts_of_another_company_are_not_simulated_by_id(self):
        other = self.make_company("EV Other Operator")
        user = self.make_user(
            "sim-company", "ev_billing.group_contract_admin", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        simulations = self.env["ev.contract.simulation"].with_user(user).with_context(allowed_company_ids=other.ids)
        with self.assertRaises(UserError):
            simulations.create(
                {"contract_ids": [Command.set(self.contract.ids)], "company_id": other.id}
            ).action_simulate()
        with self.assertRaises(UserError):
            simulations.create(
                {"contract_ids": [Command.set(self.contract.ids)], "company_id": self.company.id}
            ).action_simulate()
