"""An agreement makes the contract's term, leaves small sessions out, or has somebody look at odd ones."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .clearing_common import EvClearingCommon


@tagged("post_install", "-at_install")
class TestAgreement(EvClearingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff = cls.make_tariff("Motorway", 0.5)
        cls.fee = cls.make_emsp_contract(("charge", "month", "10"))
        cls.other = cls.make_site("Other Site")
        cls.make_station("T-OTHER", cls.other)
        cls.group = cls.make_group("Motorway", cls.site)

    @classmethod
    def make_tariff(cls, name, price):
        return cls.env["ev.tariff"].create({"name": name, "company_id": cls.company.id, "price_kwh": price})

    @classmethod
    def make_group(cls, name, *sites):
        ids = [site.id for site in sites]
        return cls.env["ev.site.group"].create({"name": name, "company_id": cls.company.id, "site_ids": ids})

    @classmethod
    def make_agreement(cls, **values):
        return cls.env["ev.agreement"].create(
            {
                "contract_id": cls.fee.id,
                "group_id": cls.group.id,
                "tariff_id": cls.tariff.id,
                "date_from": "2026-03-01",
                **values,
            }
        )

    # -------------------------------------------------------------------- terms

    def test_it_makes_the_contracts_term(self):
        agreement = self.make_agreement(date_to="2026-03-20")
        agreement.action_make_term()
        term = agreement.term_id
        self.assertEqual((term.direction, term.basis, str(term.date_end)), ("charge", "session", "2026-03-20"))
        self.assertEqual(term.version_ids.site_ids, self.site)
        self.assertTrue(term.is_sale)
        self.assertIn("each session by OCPI tariff Motorway", agreement.term_sentence)
        self.make_roaming()
        self.make_roaming("2026-03-11T08:00:00Z", station="T-OTHER")
        self.make_roaming("2026-03-21T08:00:00Z")
        # 10 kWh x 0.50 on the group's site until the 20th; and the month's fee
        self.assertEqual(self.prepare(2026, 3, self.fee).total_charge, 15.0)

    def test_its_end_is_the_terms(self):
        agreement = self.make_agreement()
        agreement.action_make_term()
        agreement.date_to = "2026-06-30"
        self.assertEqual(str(agreement.term_id.date_end), "2026-06-30")

    def test_a_term_is_made_once_and_of_a_tariff(self):
        agreement = self.make_agreement(tariff_id=False)
        with self.assertRaisesRegex(UserError, "choose its OCPI tariff"), self.env.cr.savepoint():
            agreement.action_make_term()
        agreement.tariff_id = self.tariff
        agreement.action_make_term()
        with self.assertRaisesRegex(UserError, "has its term already"), self.env.cr.savepoint():
            agreement.action_make_term()
        self.assertEqual(len(self.fee.term_ids), 2)

    def test_what_its_term_was_made_of_stays(self):
        agreement = self.make_agreement()
        agreement.action_make_term()
        for values in ({"tariff_id": self.make_tariff("Dear", 1).id}, {"date_from": "2026-04-01"}, {"group_id": False}):
            with self.assertRaisesRegex(UserError, "a term of the contract was made of it"), self.env.cr.savepoint():
                agreement.write(values)
        with self.assertRaisesRegex(UserError, "holds for its sites as they were"), self.env.cr.savepoint():
            self.group.site_ids |= self.other
        self.assertEqual((agreement.tariff_id, self.group.site_ids), (self.tariff, self.site))

    def test_one_agreement_a_site_and_day(self):
        self.make_agreement(date_to="2026-03-31")
        with self.assertRaisesRegex(ValidationError, "for the same sites on the same days"), self.env.cr.savepoint():
            self.make_agreement(date_from="2026-03-31")
        with self.assertRaisesRegex(ValidationError, "for the same sites on the same days"), self.env.cr.savepoint():
            self.make_agreement(date_from="2026-03-15", date_to="2026-03-15", group_id=False)
        self.make_agreement(date_from="2026-04-01")
        elsewhere = self.make_group("Elsewhere", self.other)
        self.make_agreement(group_id=elsewhere.id)
        with self.assertRaisesRegex(ValidationError, "for the same sites on the same days"), self.env.cr.savepoint():
            elsewhere.site_ids |= self.site
        # another contract is another agreement
        partner = self.env["res.partner"].create({"name": "Second eMSP", "is_company": True})
        second = self.make_emsp_contract(partner=partner)
        self.assertTrue(self.make_agreement(contract_id=second.id))

    def test_only_emsp_contracts_have_agreements(self):
        host = self.make_contract(("credit", "kwh", "0.10"))
        with self.assertRaisesRegex(ValidationError, "agreements are for eMSPs"), self.env.cr.savepoint():
            self.make_agreement(contract_id=host.id)

    def test_the_form_names_it(self):
        form = Form(self.env["ev.agreement"])
        form.contract_id, form.group_id, form.tariff_id = self.fee, self.group, self.tariff
        self.assertEqual(form.save().name, "RoamCo · Motorway")

    # ------------------------------------------------------------------ outside

    def test_left_out_sessions_are_not_charged_but_paid(self):
        host = self.make_contract(("credit", "kwh", "0.10"))
        agreement = self.make_agreement(outside="leave_out", min_energy=0.3, min_minutes=2)
        agreement.action_make_term()
        small = self.make_roaming("2026-03-02T08:00:00Z", 299)
        short = self.make_roaming("2026-03-03T08:00:00Z", 2_000, hours=119 / 3600)
        edge = self.make_roaming("2026-03-04T08:00:00Z", 300, hours=120 / 3600)
        full = self.make_roaming("2026-03-05T08:00:00Z", 10_000)
        statement = self.prepare(2026, 3, self.fee)
        self.assertEqual(statement.charge_ids.cdr_id, edge | full)
        paid = self.prepare(2026, 3, host)
        self.assertEqual(paid.charge_ids.cdr_id, small | short | edge | full)
        # a credit of what was left out is left out too, and what was charged is taken back
        self.make_roaming("2026-03-02T08:00:00Z", 299, credit_of=small.external_id)
        self.make_roaming("2026-03-05T08:00:00Z", 10_000, credit_of=full.external_id)
        statement.action_compute()
        # 0.3 kWh x 0.50 = 0.15, and the fee of 10
        self.assertEqual(statement.total_charge, 10.15)

    def test_what_is_not_charged_makes_no_revenue_to_share(self):
        """20 % of 10 kWh x 0.50 EUR; neither of what the agreement leaves out nor of what the hub bills."""
        host = self.make_contract(("credit", "revenue", "20"))
        self.make_agreement(outside="leave_out", min_energy=0.3).action_make_term()
        self.make_hub_rule(billed_by="hub")
        self.make_roaming("2026-03-02T08:00:00Z", 299)
        full = self.make_roaming("2026-03-05T08:00:00Z", 10_000)
        self.make_roaming("2026-03-06T08:00:00Z", 20_000, hours=2.0, source="hub")
        statement = self.prepare(2026, 3, host)
        self.assertEqual((statement.total_credit, statement.charge_ids.cdr_id), (1, full))

    def test_limits_hold_on_its_sites_and_days_only(self):
        agreement = self.make_agreement(outside="leave_out", min_energy=1, date_to="2026-03-10")
        agreement.action_make_term()
        self.make_agreement(date_from="2026-03-11", tariff_id=self.make_tariff("Later", 0.6).id).action_make_term()
        # 10 March 23:30 in Paris is still the first agreement's, half an hour later the second's
        early = self.make_roaming("2026-03-10T22:30:00Z", 500)
        late = self.make_roaming("2026-03-10T23:00:00Z", 500, evse=2)
        self.assertEqual(self.prepare(2026, 3, self.fee).charge_ids.cdr_id, late)
        self.assertTrue(early)

    def test_a_draft_notices_new_limits(self):
        agreement = self.make_agreement(outside="leave_out")
        agreement.action_make_term()
        self.make_roaming("2026-03-02T08:00:00Z", 500)
        statement = self.prepare(2026, 3, self.fee)
        self.assertEqual(statement.inputs_hash, statement._get_inputs_hash())
        agreement.min_energy = 1
        self.assertNotEqual(statement.inputs_hash, statement._get_inputs_hash())
        # an agreement that only looks changes nothing
        agreement.outside = "look"
        self.assertEqual(statement.inputs_hash, statement._get_inputs_hash())

    def test_left_out_without_host_is_excluded(self):
        nobody = self.make_site("No Host")
        self.make_station("T-FREE", nobody)
        self.make_agreement(group_id=False, outside="leave_out", min_energy=1)
        self.make_roaming(energy=400, station="T-FREE")
        self.make_roaming(energy=400)
        numbers = self.env["ev.statement"].get_completeness(self.company.id, 2026, 3)
        self.assertEqual((numbers["excluded"], numbers["pending"]), ({"count": 1, "wh": 400}, {"count": 1, "wh": 400}))
        self.assertTrue(numbers["adds_up"])

    # ----------------------------------------------------------------- findings

    def test_somebody_looks_at_sessions_outside(self):
        agreement = self.make_agreement(min_energy=1, max_energy=50, max_minutes=120)
        agreement.action_make_term()
        small = self.make_roaming("2026-03-02T08:00:00Z", 999)
        long = self.make_roaming("2026-03-03T08:00:00Z", 10_000, hours=2.01)
        self.make_roaming("2026-03-04T08:00:00Z", 1_000, hours=2)
        # another site, another partner
        self.make_roaming("2026-03-05T08:00:00Z", 500, station="T-OTHER")
        self.make_cdr("2026-03-06T08:00:00Z", 500)
        found = self.check(3, "agreement")
        self.assertEqual(found.cdr_id, small | long)
        self.assertEqual((found.contract_id, found.partner_id), (self.fee, self.emsp))
        self.assertIn("(0.999 kWh, 60.0 minutes) is outside RoamCo · Motorway", " ".join(found.mapped("name")))
        self.assertFalse(any(found.mapped("blocking")))
        agreement.outside = "leave_out"
        self.assertFalse(self.check(3, "agreement"))

    def test_somebody_looks_at_prices_outside(self):
        agreement = self.make_agreement(min_price=1, max_price=20)
        agreement.action_make_term()
        cheap = self.make_roaming("2026-03-02T08:00:00Z", 1_999)
        self.make_roaming("2026-03-03T08:00:00Z", 2_000)
        dear = self.make_roaming("2026-03-04T08:00:00Z", 40_001, hours=3)
        # nothing is priced yet
        self.assertFalse(self.check(3, "agreement"))
        self.prepare(2026, 3, self.fee)
        found = self.check(3, "agreement")
        # 1.999 kWh x 0.50 = 0.9995; 40.001 x 0.50 = 20.0005
        self.assertEqual(found.cdr_id, cheap | dear)
        self.assertIn("costs 0.9995 EUR", " ".join(found.mapped("name")))
        # a decision holds
        found._accept("agreed on the phone")
        self.assertFalse(self.check(3, "agreement"))


@tagged("post_install", "-at_install")
class TestDealerEvidence(EvClearingCommon):
    def test_evidence_that_is_missing_or_old(self):
        contract = self.make_emsp_contract(is_taxable_dealer=True)
        self.make_roaming()
        self.prepare(2026, 3, contract)
        found = self.check(3, "dealer_evidence")
        self.assertIn("no evidence of that is on file", found.name)
        self.assertEqual((found.contract_id, found.severity, found.blocking), (contract, "warning", False))
        contract.dealer_evidence = "Declaration of 3 March 2024"
        self.assertIn("nobody entered when", self.check(3, "dealer_evidence").name)
        # the statement ends on 31 March 2026: 366 days after 30 March 2025, 365 after the 31st
        contract.dealer_checked_on = "2025-03-30"
        self.assertIn("more than 365 days before", self.check(3, "dealer_evidence").name)
        contract.dealer_checked_on = "2025-03-31"
        self.assertFalse(self.check(3, "dealer_evidence"))
        contract.is_taxable_dealer = False
        self.assertFalse(contract.dealer_warning)

    def test_files_belong_to_the_contract(self):
        contract = self.make_emsp_contract(is_taxable_dealer=True)
        file = self.env["ir.attachment"].create({"name": "proof.pdf", "raw": b"%PDF", "res_model": "ev.contract"})
        contract.dealer_evidence_ids = file
        self.assertEqual((file.res_model, file.res_id), ("ev.contract", contract.id))
        accountant = self.make_user(
            "evidence-accountant",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.assertEqual(file.with_user(accountant).raw, b"%PDF")
        self.assertTrue(contract._is_proven_dealer())
