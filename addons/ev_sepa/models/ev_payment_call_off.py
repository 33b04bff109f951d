"""A collection that was announced and will not be made is called off: the debtor need not keep the money for that day.

It is called off when its batch is cancelled, when it is taken out of the batch, or held back when the batch is approved again.
"""

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .ev_payment_batch import SENT
from .ev_payment_mail import CALL_OFF

# What `notified_for` begins with once the debtor was told that nothing will be collected.
CALLED_OFF = "called off: "
# What the bank has decided is told by the bank.
DECIDED = ("rejected", "booked", "returned")


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _get_mail_domain(self, kind):
        if kind != CALL_OFF:
            return super()._get_mail_domain(kind)
        # it begins with the day that was announced; one that has passed needs no calling off
        today = fields.Date.context_today(self).isoformat()
        told = Domain("notified_for", ">=", today) & Domain("notified_for", "not =like", f"{CALLED_OFF}%")
        held = Domain("state", "=", "held") & Domain("batch_id.state", "in", ("approved", *SENT))
        # also those whose documents a job has still to open again
        gone = Domain("batch_id.state", "=", "cancelled") & Domain("state", "not in", DECIDED)
        return told & (gone | held)

    def _is_call_off_due(self):
        """Whether the debtor still believes in a collection to come, which it was told of."""
        told = self.notified_for or ""
        today = fields.Date.context_today(self).isoformat()
        return bool(told) and not told.startswith(CALLED_OFF) and told >= today

    def _get_announced(self):
        """The day and the amount that the debtor was told, as texts in its language."""
        self.ensure_one()
        day, amount = self.notified_for.removeprefix(CALLED_OFF).split()[:2]
        return {
            "day": format_date(self.env, day, lang_code=self._get_mail_lang()),
            "amount": self.currency_id.format(float(amount)),
        }

    def _prepare_mail_mark(self, kind):
        if kind != CALL_OFF:
            return super()._prepare_mail_mark(kind)
        return {"notified_for": f"{CALLED_OFF}{self.notified_for}"}

    def unlink(self):
        """What is taken out of a batch will not be collected by it."""
        self.check_access("unlink")
        self.sudo()._mail_once(CALL_OFF)
        return super().unlink()


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _approve(self):
        result = super()._approve()
        self._call_off()
        return result

    def _cancel(self, reason):
        result = super()._cancel(reason)
        self._call_off()
        return result

    def _call_off(self):
        """Ask for the mails to those who expect a collection that this batch will not make."""
        due = Domain("batch_id", "=", self.id) & self.env["ev.payment.line"]._get_mail_domain(CALL_OFF)
        if self.env["ev.payment.line"].sudo().search_count(due, limit=1):
            self._enqueue_mails(CALL_OFF)
