"""A month to check, and short ways to ask what was found."""

from odoo.addons.ev_billing.rating import month

from .common import EvBillingCommon


class EvFindingCommon(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # one contract, so that sessions have somebody to be billed to
        cls.contract = cls.make_contract(("credit", "kwh", "0.10"))

    def check(self, number=3, *codes, company=None):
        """The open findings of a month of 2026, of some rules only."""
        found = self.env["ev.finding"]._check_period(company or self.company, month(2026, number), set(codes) or None)
        return found.filtered(lambda finding: not codes or finding.rule in codes)

    def rule(self, code):
        rules = self.env["ev.finding.rule"].with_context(active_test=False)
        return rules.search([("company_id", "=", self.company.id), ("code", "=", code)])

    def assert_quiet(self, *codes, number=3):
        found = self.check(number, *codes)
        self.assertFalse(found, found.mapped("name"))
