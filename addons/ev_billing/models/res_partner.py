from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    ev_contract_count = fields.Integer("EV Contracts", compute="_compute_ev_counts")
    ev_statement_count = fields.Integer("EV Statements", compute="_compute_ev_counts")

    def _compute_ev_counts(self):
        """Contracts and statements of the partner and of everybody below it."""
        for partner in self:
            for field, model in (("ev_contract_count", "ev.contract"), ("ev_statement_count", "ev.statement")):
                records = self.env[model]
                readable = records.has_access("read") and isinstance(partner.id, int)
                partner[field] = records.search_count([("partner_id", "child_of", partner.id)]) if readable else 0

    def action_open_ev_contracts(self):
        self.check_access("read")
        self.env["ev.contract"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_contract_action")
        return dict(action, domain=[("partner_id", "child_of", self.ids)], context={"default_partner_id": self.id})

    def action_open_ev_statements(self):
        self.check_access("read")
        self.env["ev.statement"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_statement_action")
        return dict(action, domain=[("partner_id", "child_of", self.ids)], context={})
