"""A released payment file is evidence: nobody changes or deletes it."""

from odoo import api, models
from odoo.exceptions import UserError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        if {"raw", "datas", "db_datas", "store_fname", "name", "res_model", "res_id", "checksum", "type"} & vals.keys():
            self._check_no_payment_file()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_payment_file(self):
        self._check_no_payment_file()

    def _check_no_payment_file(self):
        """:raises UserError: names the batch"""
        batch = self.env["ev.payment.batch"].sudo().search([("file_id", "in", self.ids)], limit=1)
        if batch:
            raise UserError(
                self.env._("This is the file of payment batch %s: it stays as it was released.", batch.name)
            )
