"""The assistant's economic models: the terms they make, and what these bill. One session: 10 kWh in March."""

from odoo import Command
from odoo.tests import freeze_time, tagged

from .test_contract_assistant import TODAY, AssistantCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestContractTemplates(AssistantCommon):
    """Every template makes its terms, and they bill what they say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = {"uid": "04TEST02", "type": "RFID"}

    def bill(self, contract):
        return self.prepare(2026, 3, contract)

    def test_fixed_reimbursement(self):
        contract = self.walk("reimbursement_fixed", numbers={"Energy reimbursement": {"price": 0.185}})
        self.make_cdr("2026-03-10T08:00:00Z")
        # 10 x 0.185
        self.assertEqual(self.bill(contract).total_credit, 1.85)

    def test_spot_indexed_reimbursement(self):
        index = self.make_index()
        self.hours(index, "2026-03-10T08:00", ["80"])
        numbers = {"index_id": index.id, "index_factor": 1.05, "index_adder": 0.012}
        contract = self.walk("reimbursement_spot", numbers={"Energy reimbursement": numbers})
        self.make_cdr("2026-03-10T08:00:00Z")
        # 10 x (0.080 x 1.05 + 0.012)
        self.assertEqual(self.bill(contract).total_credit, 0.96)

    def test_revenue_share(self):
        self.make_contract(("charge", "kwh", "0.50"), partner=self.emsp, role="emsp")
        contract = self.walk("revenue_share", numbers={"Revenue share": {"price": 15}})
        self.make_cdr("2026-03-10T08:00:00Z", token=self.sold)
        # 15 % of 10 x 0.50
        self.assertEqual(self.bill(contract).total_credit, 0.75)

    def test_supervision_package_with_a_reimbursement(self):
        numbers = {
            "Energy reimbursement": {"price": 0.2},
            "Supervision of AC chargers": {"price": 9.9},
            "Supervision of DC chargers": {"price": 29.9},
            "Commission per session": {"price": 0.35},
        }
        contract = self.walk("reimbursement_fixed", "supervision", numbers=numbers)
        self.assertEqual(len(contract.term_ids), 4, "no price for SIM cards: no term")
        self.make_cdr("2026-03-10T08:00:00Z")
        march = self.bill(contract)
        # 10 x 0.20; one AC and one DC charger and one session: 9.90 + 29.90 + 0.35
        self.assertEqual((march.total_credit, march.total_charge), (2.0, 40.15))

    def test_emsp_per_kwh(self):
        numbers = {"Charging": {"price": 0.39}, "Session fee": {"price": 0.5}}
        contract = self.walk("emsp_kwh", numbers=numbers, partner=self.emsp, role="emsp")
        self.assertEqual(contract.term_ids.mapped("is_sale"), [True, True])
        self.make_cdr("2026-03-10T08:00:00Z", token=self.sold)
        # 10 x 0.39 + 0.50
        self.assertEqual(self.bill(contract).total_charge, 4.4)

    def test_emsp_by_ocpi_tariff(self):
        tariff = self.env["ev.tariff"].create({"name": "Roaming", "price_kwh": 0.25})
        contract = self.walk(
            "emsp_tariff", numbers={"Charging": {"tariff_id": tariff.id}}, partner=self.emsp, role="emsp"
        )
        self.make_cdr("2026-03-10T08:00:00Z", token=self.sold)
        # 10 x 0.25
        self.assertEqual(self.bill(contract).total_charge, 2.5)

    def test_fleet_badges(self):
        fleet = self.env["res.partner"].create({"name": "Taxis", "is_company": True, "email": "office@taxis.example"})
        self.make_token("04TEST09", "local", partner=fleet)
        numbers = {"Charging": {"price": 0.35}, "Badge fee": {"price": 3}}
        contract = self.walk("fleet", numbers=numbers, partner=fleet, role="client")
        self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04TEST09", "type": "RFID"})
        # 10 x 0.35 + 3.00
        self.assertEqual(self.bill(contract).total_charge, 6.5)

    def test_free_composition(self):
        wizard = self.start()
        wizard.term_ids = [
            Command.create({"name": "Rent", "direction": "credit", "basis": "month", "price": 50}),
            Command.create({"name": "Fee", "direction": "charge", "basis": "charging_minute", "price": 0.01}),
        ]
        wizard.action_next()
        wizard.date_start = "2026-03-01"
        wizard.action_next()
        contract = self.env["ev.contract"].browse(wizard.action_create_start()["res_id"])
        self.make_cdr("2026-03-10T08:00:00Z", charging_seconds=3600)
        march = self.bill(contract)
        # 60 minutes x 0.01
        self.assertEqual((march.total_credit, march.total_charge), (50.0, 0.6))
