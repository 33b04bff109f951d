"""No reminders: for a partner, a contract or one document, with a reason and perhaps until a day."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

FINANCE = "account.group_account_invoice,account.group_account_readonly,ev_billing.group_contract_admin"


class EvDunningStop(models.AbstractModel):
    _name = "ev.dunning.stop"
    _description = "Stop of Reminders"

    ev_no_reminders = fields.Boolean("No Reminders", copy=False, groups=FINANCE)
    ev_no_reminders_reason = fields.Char("Why No Reminders", copy=False, groups=FINANCE)
    ev_no_reminders_until = fields.Date("No Reminders Until", copy=False, groups=FINANCE, help="Empty: for good.")

    @api.constrains("ev_no_reminders", "ev_no_reminders_reason")
    def _check_no_reminders(self):
        for record in self.sudo():
            if record.ev_no_reminders and not (record.ev_no_reminders_reason or "").strip():
                raise ValidationError(self.env._("%s: say why no reminders are sent.", record.display_name))

    def _say_no_reminders(self, today):
        """Why, where reminders are stopped on a day; None where they are not.

        :param today: date
        """
        self.ensure_one()
        stop = self.sudo()
        until = stop.ev_no_reminders_until
        if stop.ev_no_reminders and (not until or today <= until):
            return self.env._("No reminders: %s", stop.ev_no_reminders_reason)
        return None


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "ev.dunning.stop"]


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "ev.dunning.stop"]


class EvContract(models.Model):
    _name = "ev.contract"
    _inherit = ["ev.contract", "ev.dunning.stop"]
