"""An eMSP pays the VAT of each country where cars were charged, unless it is a taxable dealer with evidence on file."""

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .clearing_common import EvClearingCommon


@tagged("post_install", "-at_install")
class TestVatByCountry(EvClearingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.france, cls.belgium, cls.germany = (cls.env.ref(f"base.{code}") for code in ("fr", "be", "de"))
        cls.site.country_id = cls.france
        cls.brussels = cls.env["ev.site"].create(
            {"name": "Brussels", "company_id": cls.company.id, "country_id": cls.belgium.id, "tz": "Europe/Brussels"}
        )
        cls.make_station("T-BE", cls.brussels)
        # the chart's own ones would match anywhere
        cls.env["account.fiscal.position"].search([("company_id", "=", cls.company.id)]).auto_apply = False
        # Odoo's own: sales to whoever has a VAT number in Germany are charged in reverse
        cls.reverse = cls.make_position("Reverse charge", 0, cls.germany, auto_apply=True, vat_required=True)
        cls.belgian = cls.make_position("Belgian VAT", 21, cls.belgium)
        cls.emsp.write({"country_id": cls.germany.id, "vat": "DE136695976"})
        cls.contract = cls.make_emsp_contract()

    @classmethod
    def make_position(cls, name, percent, country, **values):
        position = cls.env["account.fiscal.position"].create(
            {"name": name, "company_id": cls.company.id, "country_id": country.id, **values}
        )
        cls.make_tax(
            "sale",
            percent,
            name=f"{name} {percent}",
            fiscal_position_ids=[Command.set(position.ids)],
            original_tax_ids=[Command.set(cls.sale_tax.ids)],
        )
        return position

    def enter(self, country, position):
        return self.env["ev.clearing.vat"].create(
            {"country_id": country.id, "fiscal_position_id": position.id, "company_id": self.company.id}
        )

    def document(self):
        """{(fiscal position, untaxed, tax)} of the month's documents, and the statement."""
        statement = self.prepare(2026, 3, self.contract)
        statement.action_approve()
        statement.document("2026-04-02")
        self.assertEqual(statement.state, "documented")
        moves = statement.document_ids
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        signed = sum(move.amount_untaxed * (-1 if move.move_type == "out_refund" else 1) for move in moves)
        self.assertEqual(self.company.currency_id.compare_amounts(signed, statement.total_charge), 0)
        return sorted((move.fiscal_position_id.name or "", move.amount_untaxed, move.amount_tax) for move in moves)

    def charge_both(self):
        self.make_roaming("2026-03-10T08:00:00Z", 10_000)
        self.make_roaming("2026-03-11T08:00:00Z", 20_000, station="T-BE", hours=2)

    def test_one_document_per_country(self):
        self.enter(self.belgium, self.belgian)
        self.charge_both()
        # 10 kWh x 0.40 at the product's own 20 %, 20 kWh x 0.40 at Belgium's 21 %; no reverse charge for its German VAT number
        self.assertEqual(self.document(), [("", 4.0, 0.8), ("Belgian VAT", 8.0, 1.68)])

    def test_odoos_detection_where_nothing_is_entered(self):
        self.belgian.auto_apply = True
        self.charge_both()
        self.assertEqual(self.document(), [("", 4.0, 0.8), ("Belgian VAT", 8.0, 1.68)])

    def test_a_taxable_dealer_with_evidence_is_charged_in_reverse(self):
        self.enter(self.belgium, self.belgian)
        self.contract.write(
            {"is_taxable_dealer": True, "dealer_evidence": "Register", "dealer_checked_on": "2026-01-01"}
        )
        self.charge_both()
        self.assertEqual(self.document(), [("Reverse charge", 12.0, 0.0)])

    def test_a_taxable_dealer_without_evidence_pays_vat(self):
        self.enter(self.belgium, self.belgian)
        self.contract.is_taxable_dealer = True
        self.charge_both()
        self.assertEqual(self.document(), [("", 4.0, 0.8), ("Belgian VAT", 8.0, 1.68)])

    def test_fees_go_with_the_partners_own(self):
        self.enter(self.belgium, self.belgian)
        self.contract = self.make_emsp_contract(
            ("charge", "kwh", "0.40"), ("charge", "month", "5"), start="2026-01-01", activate=False
        )
        self.env["ev.contract"].search([("partner_id", "=", self.emsp.id), ("state", "=", "active")]).action_end()
        self.env["ev.contract"].search([("partner_id", "=", self.emsp.id), ("state", "=", "ended")]).unlink()
        self.contract.action_activate()
        self.charge_both()
        self.assertEqual(self.document(), [("", 4.0, 0.8), ("Belgian VAT", 8.0, 1.68), ("Reverse charge", 5.0, 0.0)])

    def test_a_buyer_abroad_pays_the_vat_of_home(self):
        """No proven dealer: its German VAT number does not turn charging in France into reverse charge."""
        self.make_roaming("2026-03-10T08:00:00Z", 10_000)
        # 10 kWh x 0.40 at the product's own 20 %
        self.assertEqual(self.document(), [("", 4.0, 0.8)])

    def test_a_proven_dealer_abroad_is_charged_in_reverse_at_home(self):
        self.contract.write(
            {"is_taxable_dealer": True, "dealer_evidence": "Register", "dealer_checked_on": "2026-01-01"}
        )
        self.make_roaming("2026-03-10T08:00:00Z", 10_000)
        self.assertEqual(self.document(), [("Reverse charge", 4.0, 0.0)])

    def test_a_buyer_at_home_stays_with_odoos_detection(self):
        """Company, buyer and cars in one country: the position Odoo finds for the buyer, as without this addon."""
        self.emsp.write({"country_id": self.france.id, "vat": "FR23334175221"})
        self.make_position("Domestic", 20.6, self.france, auto_apply=True)
        self.make_roaming("2026-03-10T08:00:00Z", 10_000)
        self.assertEqual(self.document(), [("Domestic", 4.0, 0.82)])

    def test_at_home_with_a_position_entered(self):
        self.enter(self.france, self.make_position("French VAT", 20.6, self.france))
        self.make_roaming("2026-03-10T08:00:00Z", 10_000)
        self.assertEqual(self.document(), [("French VAT", 4.0, 0.82)])

    def test_hosts_and_clients_are_not_concerned(self):
        self.enter(self.belgium, self.belgian)
        client = self.env["res.partner"].create({"name": "Fleet", "is_company": True, "country_id": self.france.id})
        self.make_token("04FLEET", "local", partner=client)
        self.contract = self.make_contract(("charge", "kwh", "0.40"), partner=client, role="client")
        for day, station in (("10", "T-AC-1"), ("11", "T-BE")):
            self.make_cdr(f"2026-03-{day}T08:00:00Z", station=station, token={"uid": "04FLEET", "type": "RFID"})
        self.assertEqual(self.document(), [("", 8.0, 1.6)])

    def test_a_country_with_a_negative_total_gets_a_refund(self):
        self.enter(self.belgium, self.belgian)
        taken_back = self.make_roaming("2026-03-11T08:00:00Z", 20_000, station="T-BE", hours=2)
        self.document()
        self.make_roaming("2026-03-11T08:00:00Z", 20_000, station="T-BE", hours=2, credit_of=taken_back.external_id)
        self.make_roaming("2026-04-10T08:00:00Z", 30_000, hours=2)
        statement = self.prepare(2026, 4, self.contract)
        statement.action_approve()
        statement.document("2026-05-02")
        self.assertEqual(
            sorted((move.move_type, move.amount_untaxed, move.amount_tax) for move in statement.document_ids),
            [("out_invoice", 12.0, 2.4), ("out_refund", 8.0, 1.68)],
        )
        # 30 x 0.40 - 20 x 0.40
        self.assertEqual(statement.total_charge, 4.0)

    def test_a_position_without_taxes_is_refused(self):
        empty = self.env["account.fiscal.position"].create({"name": "Empty", "company_id": self.company.id})
        with self.assertRaisesRegex(ValidationError, "would carry none"), self.env.cr.savepoint():
            self.enter(self.belgium, empty)
