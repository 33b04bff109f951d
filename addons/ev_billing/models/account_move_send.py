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


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _notify_invoice_subscribers(self, invoice, mail_params=None):
        """Nobody has to be told of each document that a month's statements print: the run tells of all of them."""
        if self.env.context.get("ev_statement_print"):
            return None
        return super()._notify_invoice_subscribers(invoice, mail_params)
