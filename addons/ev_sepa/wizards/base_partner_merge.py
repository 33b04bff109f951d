"""Merging contacts works in the database, past `write`: bank accounts that come to a partner that way are approved again, and
payments that are frozen follow their partner, who is the same by another number; what their files say of him stays."""

from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        moved = src_partners.sudo().with_context(active_test=False).bank_ids
        batches = self.env["ev.payment.line"].sudo().search([("partner_id", "in", src_partners.ids)]).batch_id
        names = ", ".join(f"{partner.display_name} ({partner.id})" for partner in src_partners)
        # the guard of the payments lets their partner pass while this is set: see `ev_payment_guard`
        self.env.cr.execute("SELECT set_config('ev_sepa.merging', 'on', true)")
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.cr.execute("SELECT set_config('ev_sepa.merging', '', true)")
        moved.invalidate_recordset(["partner_id"])
        moved.exists()._quarantine()
        into = f"{dst_partner.display_name} ({dst_partner.id})"
        batches.with_env(self.env)._log(
            self.env._("Contacts merged"), self.env._("%(names)s became %(partner)s", names=names, partner=into)
        )
        return result
