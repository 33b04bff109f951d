from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.ev_billing.rating import explain_session
from odoo.addons.ev_billing.rating.calculation import read_calculation
from odoo.addons.ev_billing.rating.ocpi import parse

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestExplain(EvBillingCommon):
    def test_every_charge_explains_to_its_stored_amount(self):
        self.dc.date_commissioned = "2026-03-22"
        contract = self.make_contract(
            ("credit", "kwh", "0.185432"),
            ("credit", "session", "-0.123456"),
            ("charge", "charger_month", "39.90"),
            ("charge", "kwh", "-0.000001"),
        )
        original = self.make_cdr("2026-03-01T08:00:00Z", 12_345)
        self.make_cdr("2026-03-01T08:00:00Z", 12_345, credit_of=original.external_id)
        self.make_cdr("2026-03-02T08:00:00Z", 0)
        self.make_cdr("2026-03-03T08:00:00Z", 500, station="T-DC-1")
        charges = self.prepare(2026, 3, contract).charge_ids
        self.assertEqual(len(charges), 4 * 2 + 3 + 2)
        for charge in charges:
            with self.subTest(charge=charge.display_name):
                self.assertEqual(charge._explain().amount, charge._get_amount())

    def test_steps_can_be_read(self):
        contract = self.make_contract(("credit", "kwh", "0.185"))
        self.make_cdr("2026-03-01T08:00:00Z", 12_345)
        charge = self.prepare(2026, 3, contract).charge_ids
        explanation = charge._explain()
        self.assertEqual(explanation.amount, Decimal("2.283825"))
        self.assertIn("12.345 kWh x 0.185", explanation.steps[-2].working)
        self.assertIn("equal to what is stored", charge.explanation)
        self.assertEqual(charge.action_explain()["target"], "new")

    def test_support_redoes_it_from_the_file(self):
        contract = self.make_contract(("credit", "kwh", "0.185"))
        self.make_cdr("2026-03-01T08:00:00Z", 12_345)
        charge = self.prepare(2026, 3, contract).charge_ids
        url = charge.action_download_calculation()["url"]
        attachment = self.env["ir.attachment"].browse(int(url.split("/")[-1].split("?")[0]))
        calculation = read_calculation(parse(attachment.raw.decode()))
        explanation = explain_session(calculation.session, calculation.versions[0], calculation.site)
        self.assertEqual(explanation.amount, charge._get_amount())

    def test_a_clock_changed_afterwards_is_said_in_words(self):
        # 1 January 2020 00:30 in Paris is still 2019 in the Azores, before the contract
        contract = self.make_contract(("credit", "kwh", "0.185"), start="2026-01-01")
        self.make_cdr("2025-12-31T23:30:00Z", 10_000)
        charge = self.prepare(2026, 1, contract).charge_ids
        self.env.flush_all()
        for timezone in ("Atlantic/Azores", "No/Where"):
            self.env.cr.execute("UPDATE ev_site SET tz = %s WHERE id = %s", [timezone, self.site.id])
            self.env.invalidate_all()
            self.assertIn("Worked out again: no charge", charge.explanation)
            self.assertIn("time zone of site Lyon Test", charge.explanation)
