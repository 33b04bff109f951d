from odoo import fields, models


class EvContract(models.Model):
    _inherit = "ev.contract"

    collect_by_debit = fields.Boolean(
        "Collected by Direct Debit",
        tracking=True,
        help="Its invoices are collected under the partner's SEPA mandate; without one the proposal holds them back.",
    )
