"""Payments and mandates on the portal: a partner sees its own, and payments only once their file is released or they were
announced to it."""

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import content_disposition, request

from odoo.addons.ev_billing.controllers.portal import EvPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.ev_payment_batch import SENT

STEP = 30
PAGE = "/my/ev/payments"
SHOWN = ("released", "accepted", "booked", "rejected", "returned")


class EvPortalPayment(EvPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "ev_payment_count" in counters:
            values["ev_payment_count"] = self.env["ev.payment.line"].sudo().search_count(self._get_ev_payment_domain())
        if "ev_mandate_count" in counters:
            values["ev_mandate_count"] = len(self._find_ev_mandates())
        return values

    def _get_ev_payment_domain(self):
        """The partner's own payments, released or announced; this is the only door to them."""
        partner, companies = self._get_ev_viewer()
        own = Domain("partner_id", "=", partner.commercial_partner_id.id) & Domain("company_id", "in", companies.ids)
        sent = Domain("state", "in", SHOWN) & Domain("batch_id.state", "in", SENT)
        announced = Domain("state", "=", "ready") & Domain("batch_id.state", "=", "approved")
        return own & (sent | announced & Domain("notified_at", "!=", False))

    @http.route([PAGE, f"{PAGE}/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_ev_payments(self, page=1, **kw):
        lines, domain = self.env["ev.payment.line"].sudo(), self._get_ev_payment_domain()
        pager = portal_pager(url=PAGE, total=lines.search_count(domain), page=page, step=STEP)
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ev_payment",
            "payments": lines.search(domain, limit=STEP, offset=pager["offset"], order="id desc"),
            "pager": pager,
            "default_url": PAGE,
        }
        return request.render("ev_sepa.portal_my_ev_payments", values)

    @http.route(
        [f"{PAGE}/<int:line_id>/advice"], type="http", auth="user", website=True, readonly=True, multilang=False
    )
    def portal_my_ev_payment_advice(self, line_id, **kw):
        """The list of documents of one payment as PDF; of no other partner's."""
        domain = [("id", "=", line_id), ("batch_id.kind", "=", "credit_transfer")]
        line = self.env["ev.payment.line"].sudo().search(Domain(domain) & self._get_ev_payment_domain())
        if not line:
            return self._redirect_home()
        try:
            content = line._print_advice()
        except UserError:
            return self._redirect_home()
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(line._get_advice_name())),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)

    # ----------------------------------------------------------------- mandates

    def _find_ev_mandates(self):
        """The partner's own mandates that were in force: record rules decide, this is for staff that looks at its own portal."""
        mandates, partner = self.env["ev.sepa.mandate"], self.env.user.partner_id.commercial_partner_id
        if not mandates.has_access("read"):
            return mandates
        return mandates.search([("partner_id", "=", partner.id), ("state", "!=", "draft")])

    @http.route(["/my/ev/mandates"], type="http", auth="user", website=True)
    def portal_my_ev_mandates(self, **kw):
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ev_mandate",
            "mandates": self._find_ev_mandates().sudo(),
        }
        return request.render("ev_sepa.portal_my_ev_mandates", values)
