"""The remittance advice: the list of documents of one payment, by mail and on the portal, once its file is released."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..iso20022.model import CREDIT_TRANSFER
from .ev_payment_batch import SENT
from .ev_payment_mail import ADVICE

# What a partner may know of a payment: nothing before its file exists.
TOLD = ("released", "accepted", "booked")


class ResPartner(models.Model):
    _inherit = "res.partner"

    ev_payment_advice = fields.Boolean(
        "Advice of Every Payment",
        help="The list of documents is mailed with each payment, not only where it does not fit into the bank's text.",
    )


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _get_mail_domain(self, kind):
        if kind != ADVICE:
            return super()._get_mail_domain(kind)
        wanted = Domain("needs_advice", "=", True) | Domain("partner_id.ev_payment_advice", "=", True)
        waiting = Domain("advised_at", "=", False) & Domain("state", "in", TOLD)
        return wanted & waiting & Domain("batch_id.kind", "=", CREDIT_TRANSFER) & Domain("batch_id.state", "in", SENT)

    def _is_advice_due(self):
        wanted = self.needs_advice or self.partner_id.ev_payment_advice
        return bool(
            self.kind == CREDIT_TRANSFER and wanted and not self.advised_at and self.state in TOLD and self._is_sent()
        )

    def _get_advice_data(self):
        """What the advice says.

        :raises UserError: the file is not released
        """
        self.ensure_one()
        if not self._is_sent():
            raise UserError(self.env._("%s is not released: there is no advice of it yet.", self.end_to_end_id))
        return {
            "rows": self._get_mail_rows(),
            "total": self.currency_id.format(self.amount),
            "account": self._get_masked_account(),
            "day": self.batch_id.execution_date,
        }

    def _print_advice(self):
        """The advice as PDF.

        :rtype: bytes
        """
        self.ensure_one()
        report = self.env["ir.actions.report"].sudo()
        return report._render_qweb_pdf("ev_sepa.report_payment_advice", self.ids)[0]

    def _get_advice_name(self):
        return f"{self.env._('Payment Advice')} {self.end_to_end_id}.pdf"


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _release(self):
        result = super()._release()
        due = Domain("batch_id", "=", self.id) & self.env["ev.payment.line"]._get_mail_domain(ADVICE)
        if self.env["ev.payment.line"].search_count(due, limit=1):
            self._enqueue_mails(ADVICE)
        return result
