"""Steps that many payments take together, and that the ledger may refuse to one of them: a closed month, an archived account.

The others go on; what was refused stays as it is, is said on its batch, and is tried again by the next job.
"""

from odoo import models
from odoo.exceptions import UserError


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _do_apart(self, step):
        """Take a step for all together, as that is far faster; one by one if the ledger refuses one of them.

        :param step: a function of payments
        """
        try:
            with self.env.cr.savepoint():
                step(self)
        except UserError:
            for line in self:
                line._do_alone(step)

    def _do_alone(self, step):
        try:
            with self.env.cr.savepoint():
                step(self)
        except UserError as error:
            text = self.env._("%(payment)s: the ledger refuses it. %(why)s", payment=self.end_to_end_id, why=str(error))
            self.batch_id.sudo()._tell(text)
