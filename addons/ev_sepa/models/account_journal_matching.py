"""What a bank journal does by itself with its bank's entries, and which folder its files come in."""

from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    ev_fee_account_id = fields.Many2one(
        "account.account",
        "Bank Fees",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost'))]",
        help="Where charges go that the bank tells, and small differences within the tolerance. Without it none is booked.",
    )
    ev_fee_tolerance = fields.Monetary(
        "Fee Tolerance",
        currency_field="ev_matching_currency_id",
        help="A payment that names its documents and is at most this much short settles them; the rest is a bank fee.",
    )
    ev_match_partial = fields.Boolean(
        "Take Part Payments",
        help="A payment that names one document and is less than it settles a part of it by itself.",
    )
    ev_matching_currency_id = fields.Many2one("res.currency", compute="_compute_ev_matching_currency_id")
    ev_watch_folder = fields.Char(
        "Watched Folder",
        groups="base.group_system",
        copy=False,
        help="An absolute folder of the server (an SFTP mount) whose files are imported and then moved to done/ or refused/.",
    )

    _ev_fee_tolerance_check = models.Constraint(
        "CHECK(ev_fee_tolerance IS NULL OR ev_fee_tolerance >= 0)", "The tolerance for bank fees cannot be negative."
    )

    def _compute_ev_matching_currency_id(self):
        for journal in self:
            journal.ev_matching_currency_id = journal.currency_id or journal.company_id.currency_id
