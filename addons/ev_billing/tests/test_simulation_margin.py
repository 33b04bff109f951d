"""The contract simulator: margins, the file, and who may use it."""

import base64
import io

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .simulation_common import SimulationCommon


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
