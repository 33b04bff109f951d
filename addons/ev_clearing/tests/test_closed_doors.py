"""Every public method of this addon can be called over RPC by anybody with a login: none answers a stranger."""

from odoo.tests import tagged

from odoo.addons.ev_billing.tests.closed_doors import ClosedDoors

from .clearing_common import EvClearingCommon
from .test_dispute_access import MODULES as DISPUTES
from .test_import_access import MODULES as IMPORTS
from .test_partner_file_access import MODULES as PARTNER_FILES

# What each public method is called with besides its records; a new one must be added here, and so be thought about.
CALLS = {
    "account.move": {"action_ev_remind": (), "action_open_ev_reminders": ()},
    "ev.agreement": {"create": ([{"name": "x"}],), "write": ({"name": "x"},), "action_make_term": ()},
    "ev.clearing.exception": {"action_open_session": ()},
    "ev.dunning.reminder": {"create": ([{}],), "write": ({"level": 2},)},
    "ev.receivable.ageing": {"action_open_document": (), "action_remind": ()},
    "ev.run": {"get_clearing_matrix": ()},
    "ev.cdr.route": {"create": ([{}],), "write": ({"billed_by": "hub"},)},
    "ev.contract": {"create": ([{"role": "emsp"}],), "write": ({"is_taxable_dealer": True},)},
    "ev.finding": {"action_hub_bills": (), "action_we_bill": ()},
    "ev.roaming.party": {"create": ([{"party_id": "XXX"}],), "write": ({"note": "x"},)},
    "ev.roaming.rule": {"action_classify": ()},
    "ev.site.group": {"write": ({"name": "x"},)},
}


@tagged("post_install", "-at_install")
class TestClosedDoors(ClosedDoors, EvClearingCommon):
    modules = ("odoo.addons.ev_clearing.models.", "odoo.addons.ev_clearing.wizards.")
    modules_elsewhere = DISPUTES + IMPORTS + PARTNER_FILES
    calls = CALLS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        contract = cls.make_emsp_contract()
        rule = cls.make_hub_rule()
        direct = cls.make_roaming("2026-03-10T08:00:00Z")
        cls.make_roaming("2026-03-10T08:01:00Z", source="hub")
        tariff = cls.env["ev.tariff"].create({"name": "T", "company_id": cls.company.id, "price_kwh": 0.4})
        party = {"country_code": "FR", "party_id": "XYZ", "partner_id": cls.emsp.id, "company_id": cls.company.id}
        cls.records = {
            "ev.agreement": cls.env["ev.agreement"].create(
                {"contract_id": contract.id, "date_from": "2026-01-01", "tariff_id": tariff.id}
            ),
            "account.move": cls.env["account.move"].create({"move_type": "out_invoice", "partner_id": cls.emsp.id}),
            "ev.cdr.route": direct.ev_route_ids,
            "ev.clearing.exception": cls.env["ev.clearing.exception"].search([("cdr_id", "=", direct.id)]),
            "ev.dunning.reminder": cls.env["ev.dunning.reminder"].browse(1),
            "ev.receivable.ageing": cls.env["ev.receivable.ageing"].browse(1),
            "ev.run": cls.env["ev.run"].browse(1),
            "ev.contract": contract,
            "ev.finding": cls.check(cls, 3, "hub_double"),
            "ev.roaming.party": cls.env["ev.roaming.party"].create(party),
            "ev.roaming.rule": rule,
            "ev.site.group": cls.env["ev.site.group"].create({"name": "G", "company_id": cls.company.id}),
        }
        cls.users = [
            cls.make_user("doors-bridge", "ev_cpms.group_bridge", **mine),
            cls.make_user("doors-technician", "ev_cpms.group_technician", **mine),
            cls.make_user("doors-stranger", "base.group_portal", **mine),
            cls.make_user("doors-emsp", "base.group_portal", **mine, partner_id=cls.make_contact(cls.emsp)),
            cls.make_user("doors-host", "base.group_portal", **mine, partner_id=cls.make_contact(cls.host)),
        ]

    @classmethod
    def make_contact(cls, partner):
        return cls.env["res.partner"].create({"name": "Bookkeeper", "parent_id": partner.id}).id

    def test_every_public_method_is_listed_here(self):
        self.assert_every_method_is_listed()

    def test_nobody_outside_gets_an_answer(self):
        for user in self.users:
            self.assert_no_answer(user, self.records)
        self.assertFalse(self.records["ev.agreement"].term_id)
        self.assertEqual(self.records["ev.finding"].state, "open")
