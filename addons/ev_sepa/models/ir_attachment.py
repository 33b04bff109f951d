"""Files from and to a bank are evidence: nobody changes, moves, publishes or deletes them.

A payment file is besides read by nobody as an attachment: it is the content of `file_id`, which no role may read, and leaves by
`ev.payment.batch._download` only, which asks for the role and writes the trail.
"""

from odoo import api, models
from odoo.exceptions import UserError

# Model and field that keep a file.
KEPT = {"ev.payment.batch": "file_id", "ev.bank.file": "attachment_id"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        self.check_access("write")
        self._check_not_kept()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        self._check_not_kept()

    def _check_not_kept(self):
        """:raises UserError: names the batch or bank file"""
        for model, field in KEPT.items():
            # what is kept never moves: looking at the model first spares every other attachment a query
            ids = self.sudo().filtered(lambda attachment, model=model: attachment.res_model == model).ids
            keeper = ids and self.env[model].sudo().search([(field, "in", ids)], limit=1)
            if keeper:
                raise UserError(self.env._("This is the file of %s: it stays as it is, and where it is.", keeper.name))
