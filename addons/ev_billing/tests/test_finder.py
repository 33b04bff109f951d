from odoo.tests import tagged

from odoo.addons.ev_billing.rating import month

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestFinder(EvBillingCommon):
    """Which contract applies: exactly one per role, or a finding (never a guess)."""

    def findings(self):
        return self.env["ev.contract"]._find_sessions_without(self.company, month(2026, 3))

    def roaming_cdr(self, day="10"):
        return self.make_cdr(f"2026-03-{day}T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})

    def test_one_contract_per_role_is_no_finding(self):
        host = self.make_contract(("credit", "kwh", "0.10"))
        sale = self.make_contract(("charge", "kwh", "0.40"), partner=self.emsp, role="emsp")
        cdr = self.roaming_cdr()
        self.assertEqual(cdr.ev_contract_ids, host | sale)
        self.assertFalse(cdr.ev_contract_finding)
        self.assertFalse(self.findings())

    def test_none_is_a_finding(self):
        self.make_contract(("credit", "kwh", "0.10"))
        first, _second = self.roaming_cdr("10"), self.roaming_cdr("11")
        expected = "Lyon Test: {} sessions, {}.000 kWh: no client or eMSP contract of RoamCo applies."
        self.assertEqual(self.findings(), [expected.format(2, 20)])
        self.assertEqual(first.ev_contract_finding, expected.format(1, 10))

    def test_several_are_a_finding_that_names_them(self):
        one, two = (self.make_contract(("credit", "kwh", "0.10")) for _number in range(2))
        cdr = self.make_cdr("2026-03-10T08:00:00Z")
        [finding] = self.findings()
        self.assertIn(f"more than one host contract of Hotel Bellecour applies ({one.name}, {two.name})", finding)
        self.assertIn(one.name, cdr.ev_contract_finding)

    def test_a_session_nobody_holds_needs_no_buyer(self):
        self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-10T08:00:00Z")
        self.assertFalse(self.findings())

    def test_dates_decide(self):
        old = self.make_contract(("credit", "kwh", "0.10"), date_end="2026-03-10")
        new = self.make_contract(("credit", "kwh", "0.12"), start="2026-03-11")
        # 23:30 on the 10th and 00:30 on the 11th in Paris
        late, early = self.make_cdr("2026-03-10T22:30:00Z"), self.make_cdr("2026-03-10T23:30:00Z")
        self.assertEqual((late.ev_contract_ids, early.ev_contract_ids), (old, new))
        self.assertFalse(self.findings())

    def test_the_month_wizard_says_them(self):
        self.roaming_cdr()
        wizard = self.env["ev.statement.prepare"].create({"month": "2026-03-15", "company_id": self.company.id})
        self.assertIn("no host contract of Hotel Bellecour applies", wizard.finding_words)
        self.assertIn("no client or eMSP contract of RoamCo applies", wizard.finding_words)

    def test_a_technician_sees_no_contracts(self):
        cdr = self.roaming_cdr()
        mine = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        technician = self.make_user("finder-tech", "ev_cpms.group_technician", **mine)
        self.assertNotIn("ev_contract_ids", cdr.with_user(technician).fields_get())
