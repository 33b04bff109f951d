"""Contract administrators write, accountants and auditors read, nobody else sees anything; companies are apart."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .clearing_common import EvClearingCommon

WRITTEN = {
    "ev.roaming.rule": "name",
    "ev.site.group": "name",
    "ev.agreement": "name",
    "ev.roaming.party": "note",
    "ev.clearing.vat": "country_id",
}
READERS = ("account.group_account_invoice", "account.group_account_readonly", "ev_billing.group_contract_admin")
OUTSIDERS = ("base.group_portal", "ev_cpms.group_technician", "ev_cpms.group_bridge", "base.group_user")


@tagged("post_install", "-at_install")
class TestAgreementAccess(EvClearingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.make_emsp_contract()
        cls.cdr = cls.make_roaming()
        group = cls.env["ev.site.group"].create({"name": "Group", "company_id": cls.company.id})
        cls.position = cls.env["account.fiscal.position"].create({"name": "P", "company_id": cls.company.id})
        cls.make_tax("sale", 21, fiscal_position_ids=[(6, 0, cls.position.ids)], original_tax_ids=cls.sale_tax.ids)
        cls.records = {
            "ev.roaming.rule": cls.make_hub_rule(),
            "ev.site.group": group,
            "ev.agreement": cls.env["ev.agreement"].create({"contract_id": contract.id, "date_from": "2026-01-01"}),
            "ev.roaming.party": cls.env["ev.roaming.party"].create(
                {"country_code": "FR", "party_id": "XYZ", "partner_id": cls.emsp.id, "company_id": cls.company.id}
            ),
            "ev.clearing.vat": cls.env["ev.clearing.vat"].create(
                {
                    "country_id": cls.env.ref("base.be").id,
                    "fiscal_position_id": cls.position.id,
                    "company_id": cls.company.id,
                }
            ),
            "ev.cdr.route": cls.cdr.ev_route_ids,
        }
        cls.mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}

    def make_role(self, groups, **values):
        return self.make_user(f"agreed-{groups}", groups, **{**self.mine, **values})

    def test_who_reads(self):
        for groups in READERS:
            user = self.make_role(groups)
            for model, record in self.records.items():
                self.assertTrue(record.with_user(user).has_access("read"), (groups, model))
        for groups in OUTSIDERS:
            user = self.make_role(groups)
            for model, record in self.records.items():
                with self.assertRaises(AccessError, msg=(groups, model)):
                    record.with_user(user).read(["display_name"])

    def test_who_writes(self):
        admin = self.make_role("ev_billing.group_contract_admin")
        for model, field in WRITTEN.items():
            record = self.records[model].with_user(admin)
            record[field] = record[field]
            self.assertTrue(record.has_access("unlink"), model)
        for groups in READERS[:2]:
            user = self.make_role(groups)
            for model, field in WRITTEN.items():
                record = self.records[model]
                with self.assertRaises(AccessError, msg=(groups, model)):
                    record.with_user(user).write({field: record[field] if field != "country_id" else 1})
                with self.assertRaises(AccessError, msg=(groups, model)):
                    record.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.records["ev.agreement"].with_user(user).action_make_term()
            with self.assertRaises(AccessError):
                self.env["ev.roaming.rule"].with_user(user).action_classify()
        self.assertFalse(self.records["ev.agreement"].term_id)

    def test_nobody_writes_classifications(self):
        admin = self.make_role("ev_billing.group_contract_admin")
        for operation in ("write", "create", "unlink"):
            self.assertFalse(self.env["ev.cdr.route"].with_user(admin).has_access(operation), operation)

    def test_a_contract_admin_makes_the_term(self):
        admin = self.make_role("ev_billing.group_contract_admin")
        agreement = self.records["ev.agreement"].with_user(admin)
        agreement.tariff_id = self.env["ev.tariff"].create(
            {"name": "T", "company_id": self.company.id, "price_kwh": 0.4}
        )
        agreement.action_make_term()
        self.assertEqual(agreement.term_id.contract_id, agreement.contract_id)

    def test_companies_are_apart(self):
        other = self.make_company("Other Operator")
        user = self.make_role("ev_billing.group_contract_admin", company_id=other.id, company_ids=[(6, 0, other.ids)])
        for model, record in self.records.items():
            theirs = record.with_user(user).with_context(allowed_company_ids=other.ids)
            with self.assertRaises(AccessError, msg=model):
                theirs.read(["display_name"])
            self.assertFalse(theirs.search([("id", "in", record.ids)]), model)

    def test_a_technician_sees_sessions_without_their_route(self):
        technician = self.make_role("ev_cpms.group_technician")
        cdr = self.cdr.with_user(technician)
        self.assertEqual(cdr.kind, "roaming")
        with self.assertRaises(AccessError):
            cdr.read(["ev_route"])

    def test_the_bridge_stores_and_it_is_classified(self):
        bridge = self.make_role("ev_cpms.group_bridge")
        item = self.make_item(token={"uid": "04TEST02", "type": "RFID"})
        self.assertEqual(self.ingest(item, user=bridge)[0]["status"], "stored")
        self.assertEqual(self.route(self.find_cdr(item["id"]))[:2], ("roaming", "token"))
