"""A billing company of its own: euros, a chart of accounts, a taxed product per term, one host with one site."""

from decimal import Decimal

from odoo.fields import Command
from odoo.tests import TransactionCase
from odoo.tools import SQL

from odoo.addons.ev_cpms.tests.common import EvCpmsCommon


class EvCompanyCase(TransactionCase):
    """Switches the environment to a fresh company before any site or station is made in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, mail_create_nolog=True, no_reset_password=True)
        )
        company = cls.make_company("EV Test Operator")
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=company.ids))

    @classmethod
    def make_company(cls, name):
        """A company in France with euros and the generic chart of accounts."""
        euro = cls.env.ref("base.EUR")
        euro.active = True
        company = cls.env["res.company"].create(
            {
                "name": name,
                "country_id": cls.env.ref("base.fr").id,
                "currency_id": euro.id,
                "street": "1 rue de la Paix",
                "zip": "75002",
                "city": "Paris",
                "vat": "FR23334175221",
            }
        )
        cls.env.user.company_ids |= company
        cls.env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        company.currency_id = euro
        return company


class EvBillingCommon(EvCpmsCommon, EvCompanyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host.email, cls.emsp.email = "accounts@host.example", "settlement@emsp.example"
        cls.sale_tax, cls.purchase_tax = (cls.make_tax(use, 20) for use in ("sale", "purchase"))
        cls.product = cls.env["product.product"].create(
            {
                "name": "Charging",
                "type": "service",
                "uom_id": cls.env.ref("uom.product_uom_kwh").id,
                "taxes_id": [Command.set(cls.sale_tax.ids)],
                "supplier_taxes_id": [Command.set(cls.purchase_tax.ids)],
                "company_id": cls.company.id,
            }
        )

    @classmethod
    def make_station(cls, *args, **values):
        """In service for as long as the contracts of these tests run, unless said otherwise."""
        values.setdefault("date_commissioned", "2020-01-01")
        return super().make_station(*args, **values)

    @classmethod
    def make_tax(cls, use, percent, **values):
        return cls.env["account.tax"].create(
            {
                "name": f"{percent}% {use} test",
                "amount": percent,
                "type_tax_use": use,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def make_contract(cls, *terms, partner=None, start="2020-01-01", activate=True, product=None, **values):
        """A running host contract. A term is (direction, basis, price) or (direction, basis, price, {version values})."""
        values.setdefault("credit_document", "self_bill")
        values.setdefault("mandate_date", "2020-01-01")
        if "control_days" in cls.env["ev.contract"]._fields:
            # what is installed beside this addon is tested there: here statements go out without a control window
            values.setdefault("control_days", 0)
        partner = partner or cls.host
        partner.email = partner.email or "accounts@partner.example"
        contract = cls.env["ev.contract"].create(
            {
                "partner_id": partner.id,
                "date_start": start,
                "company_id": cls.company.id,
                **values,
                "term_ids": [
                    Command.create(
                        {
                            "name": f"{direction} {basis}",
                            "direction": direction,
                            "basis": basis,
                            "product_id": (product or cls.product).id,
                            "version_ids": [
                                Command.create({"date_from": start, "price": float(price), **(rest[0] if rest else {})})
                            ],
                        }
                    )
                    for direction, basis, price, *rest in terms
                ],
            }
        )
        if activate:
            contract.action_activate()
        return contract

    @classmethod
    def prepare(cls, year, month, contracts=None, company=None):
        return cls.env["ev.statement"]._prepare_month(company or cls.company, year, month, contracts)

    def exact(self, statement):
        """{charge subject: (quantity, amount)} as exact text, by (term name, session or station)."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT t.name ->> 'en_US', COALESCE(c.external_id, st.identity), ch.quantity::text, ch.amount::text
                 FROM ev_charge ch JOIN ev_contract_term t ON t.id = ch.term_id
                 JOIN ev_station st ON st.id = ch.station_id LEFT JOIN ev_cdr c ON c.id = ch.cdr_id
                WHERE ch.statement_id = %s""",
                statement.id,
            )
        )
        return {(term, subject): (Decimal(quantity), Decimal(amount)) for term, subject, quantity, amount in rows}

    def lines(self, statement):
        """[(direction, correction, rounded amount)] in the order of the statement."""
        return [(line.record.direction, line.record.correction, line.amount) for line in statement._get_exact_lines()]
