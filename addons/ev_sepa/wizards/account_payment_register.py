"""Core's *Pay* beside bank files: a wizard that was opened before a file was released pays nothing of it afterwards."""

from odoo import models
from odoo.exceptions import UserError


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        """:raises UserError: a document is in a bank file, or was settled since the wizard was opened: core would make a payment
        of nothing"""
        self.line_ids._check_not_on_its_way()
        if settled := self.line_ids.filtered("reconciled"):
            raise UserError(
                self.env._(
                    "%s was settled since this window was opened: close it and look again.",
                    ", ".join(settled.move_id.mapped("name")),
                )
            )
        return super()._create_payments()
