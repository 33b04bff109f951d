"""Another BIC of a bank is another place for the money: its accounts are approved again."""

from odoo import models


class ResBank(models.Model):
    _inherit = "res.bank"

    def write(self, vals):
        before = {bank.id: bank.bic for bank in self}
        result = super().write(vals)
        changed = self.filtered(lambda bank: (before[bank.id] or "") != (bank.bic or ""))
        changed._find_ev_accounts()._quarantine()
        return result

    def unlink(self):
        # the database empties their bank, past `write`
        accounts = self.filtered("bic")._find_ev_accounts()
        result = super().unlink()
        accounts.invalidate_recordset(["bank_id"])
        accounts._quarantine()
        return result

    def _find_ev_accounts(self):
        accounts = self.env["res.partner.bank"].sudo().with_context(active_test=False)
        return accounts.search([("bank_id", "in", self.ids)]) if self else accounts
