"""A bank journal knows what its bank wants of a file."""

from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    ev_bank_profile_id = fields.Many2one(
        "ev.bank.profile", "Bank Profile", check_company=True, help="How payment files to this bank are written."
    )
    ev_initiator_identifier = fields.Char(
        "Initiating Party Id",
        help="By which the bank knows who sends files, where it asks for one (Spain, Italy, Belgium).",
    )
