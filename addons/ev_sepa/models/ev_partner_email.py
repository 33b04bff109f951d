"""The e-mail addresses that a contact had lately: who takes an account over changes the address first."""

from datetime import timedelta

from odoo import api, fields, models

# Days for which an address that was replaced is still told of changes.
REMEMBERED = 60


class EvPartnerEmail(models.Model):
    """An address that a contact no longer has, and until when it had it; forgotten after `REMEMBERED` days."""

    _name = "ev.partner.email"
    _description = "Earlier E-mail Address of a Contact"
    _order = "id desc"
    _rec_name = "email"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    email = fields.Char(required=True, readonly=True)
    replaced_at = fields.Datetime(required=True, readonly=True, index=True)
    replaced_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")

    @api.model
    def _get_horizon(self):
        return fields.Datetime.now() - timedelta(days=REMEMBERED)

    @api.autovacuum
    def _gc_forget(self):
        self.sudo().search([("replaced_at", "<", self._get_horizon())]).unlink()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        before = {partner.id: partner.email_normalized for partner in self.sudo()} if "email" in vals else {}
        result = super().write(vals)
        replaced = [
            (partner.id, before[partner.id])
            for partner in self.sudo()
            if before.get(partner.id) and before[partner.id] != partner.email_normalized
        ]
        if replaced:
            self._remember_ev_emails(replaced)
        return result

    def _remember_ev_emails(self, replaced):
        """:param replaced: list of (partner id, address it had)"""
        self.env["ev.partner.email"].sudo().create(
            [
                {
                    "partner_id": partner_id,
                    "email": email,
                    "replaced_at": fields.Datetime.now(),
                    "replaced_by_id": self.env.uid,
                }
                for partner_id, email in replaced
            ]
        )

    def _find_ev_emails(self):
        """The addresses of these contacts, those of before among them, each once: list of normalized texts."""
        earlier = self.env["ev.partner.email"].sudo()
        earlier = earlier.search([("partner_id", "in", self.ids), ("replaced_at", ">=", earlier._get_horizon())])
        found = [*self.sudo().mapped("email_normalized"), *earlier.mapped("email")]
        return list(dict.fromkeys(filter(None, found)))
