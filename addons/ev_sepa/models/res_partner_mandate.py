from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    ev_mandate_count = fields.Integer("Mandates", compute="_compute_ev_mandate_count")

    def _compute_ev_mandate_count(self):
        mandates = self.env["ev.sepa.mandate"]
        readable = mandates.has_access("read")
        for partner in self:
            known = readable and isinstance(partner.id, int)
            partner.ev_mandate_count = mandates.search_count(partner._get_ev_mandate_domain()) if known else 0

    def _get_ev_mandate_domain(self):
        """The mandates of the company behind each partner."""
        return [("partner_id", "in", self.commercial_partner_id.ids)]

    def action_open_ev_mandates(self):
        self.check_access("read")
        self.env["ev.sepa.mandate"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_sepa.ev_sepa_mandate_action")
        context = {"default_partner_id": self.commercial_partner_id[:1].id}
        return dict(action, domain=self._get_ev_mandate_domain(), context=context)
