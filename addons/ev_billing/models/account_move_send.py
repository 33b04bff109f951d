from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_invoice_extra_attachments(self, move):
        """Hang the sessions on everything that is sent or downloaded with the PDF."""
        return super()._get_invoice_extra_attachments(move) | move.ev_annex_attachment_id

    @api.model
    def _get_move_constraints(self, move):
        """A self-billed invoice goes out to the partner like our own: core lets only sales documents through."""
        constraints = super()._get_move_constraints(move)
        if move.ev_statement_id and move.journal_id.is_self_billing:
            constraints.pop("not_sale_document", None)
        return constraints
