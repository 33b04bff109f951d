from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    ev_creditor_identifier = fields.Char(
        "SEPA Creditor Identifier", help="By which debtors' banks know who collects; the bank gives it out."
    )
    ev_iban_quiet_days = fields.Integer(
        "Confirm New IBANs For (Days)",
        default=14,
        help="So long after a bank account was approved, a payment to it needs a second confirmation.",
    )
    ev_prenotification_days = fields.Integer(
        "Announce Collections (Days)", default=14, help="So many days before its collection a debtor is told."
    )

    _ev_payment_days_check = models.Constraint(
        "CHECK(ev_iban_quiet_days >= 0 AND ev_prenotification_days >= 0)",
        "Days to confirm new IBANs and to announce collections cannot be negative: enter 0 for none.",
    )
