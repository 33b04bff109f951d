"""Merging contacts moves bank accounts in the database, past `write`: what comes to a partner that way is approved again."""

from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        moved = src_partners.sudo().with_context(active_test=False).bank_ids
        result = super()._update_foreign_keys(src_partners, dst_partner)
        moved.invalidate_recordset(["partner_id"])
        moved.exists()._quarantine()
        return result
