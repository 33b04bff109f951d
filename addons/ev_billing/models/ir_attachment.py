from odoo import api, models
from odoo.exceptions import UserError

# What an attachment says and where it hangs; the rest (access tokens, indexing) is Odoo's own business.
CONTENT = {"raw", "datas", "db_datas", "store_fname", "url", "type", "res_model", "res_id", "res_field"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        if not self.env.su and CONTENT & vals.keys():
            self._check_not_ev_annex()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ev_annex(self):
        if not self.env.su:
            self._check_not_ev_annex()

    def _check_not_ev_annex(self):
        """Refuse to touch the files that went out with a statement's documents: they are their proof."""
        domain = ["|", ("annex_attachment_id", "in", self.ids), ("pdf_attachment_id", "in", self.ids)]
        statement = self.env["ev.statement"].sudo().search(domain, limit=1)
        move = self.env["account.move"].sudo().search([("ev_annex_attachment_id", "in", self.ids)], limit=1)
        if statement or move:
            raise UserError(
                self.env._(
                    "This file belongs to %s and goes out with its documents: it stays as it is. "
                    "Attach another file beside it instead.",
                    (statement or move.ev_statement_id).name,
                )
            )
