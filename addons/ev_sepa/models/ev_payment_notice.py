"""The announcement of a collection (EPC016-06, pre-notification): the debtor is told amount, day, mandate and creditor once the
batch is approved, so that the file may follow in time."""

from datetime import UTC

from odoo import models
from odoo.fields import Domain

from ..iso20022.model import DIRECT_DEBIT
from .ev_payment_batch import UNDER_WAY
from .ev_payment_line import LIVE
from .ev_payment_mail import NOTICE

ANNOUNCED = ("approved", *UNDER_WAY)


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _get_mail_domain(self, kind):
        """Hook: which payments wait for a mail of a kind; each kind answers for its own."""
        live = Domain("state", "in", LIVE) & Domain("notified_at", "=", False)
        return live & Domain("batch_id.kind", "=", DIRECT_DEBIT) & Domain("batch_id.state", "in", ANNOUNCED)

    def _is_notice_due(self):
        """Whether the debtor does not know yet of this very collection."""
        announced = self.kind == DIRECT_DEBIT and self.batch_id.state in ANNOUNCED and self.state in LIVE
        return bool(announced and self.mandate_id and self.notified_for != self._get_notice_key())

    def _get_notice_key(self):
        """What the debtor was told: another day, amount, mandate or account is told anew."""
        facts = self.batch_id.execution_date, f"{self.amount:.2f}", self.mandate_reference, self.iban
        return " ".join(str(fact) for fact in facts)

    def _get_told_on(self):
        """The company's day on which the debtor was told of this very collection; None if it was not.

        :rtype: date | None
        """
        self.ensure_one()
        if not self.notified_at or self.notified_for != self._get_notice_key():
            return None
        return self.notified_at.replace(tzinfo=UTC).astimezone(self.company_id._get_ev_zone()).date()


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _approve(self):
        result = super()._approve()
        if self.kind == DIRECT_DEBIT:
            self._forget_old_notices()
            self._enqueue_mails(NOTICE)
        return result

    def _forget_old_notices(self):
        """A batch that was open again and changed is announced anew."""
        self.line_ids.filtered(lambda line: line.notified_at and line._is_notice_due()).write({"notified_at": False})
