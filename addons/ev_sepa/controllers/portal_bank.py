"""A partner's bank accounts on the portal: which one is paid to, and entering another.

Portal users read no bank accounts; this page is the only door, and shows the last four characters of each.
"""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .portal_payment import EvPortalPayment

PAGE = "/my/ev/bank"


class EvPortalBank(EvPortalPayment):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "ev_bank_count" in counters:
            partner = self._find_ev_payee()
            # without an account the page is needed most
            values["ev_bank_count"] = len(self._find_ev_accounts(partner)) or 1 if partner else 0
        return values

    def _find_ev_payee(self):
        """The partner whose accounts these are: portal users of a partner with a contract; no one of our own."""
        user = self.env.user
        partner = user.partner_id.commercial_partner_id.sudo()
        own = not user.share or partner.ref_company_ids
        contracts = partner._find_ev_contracts().filtered(lambda contract: contract.company_id in user.company_ids)
        return partner.browse() if own or not contracts else partner

    def _find_ev_accounts(self, partner):
        """Its accounts that are not archived, the one paid to first; as superuser."""
        return partner.bank_ids.sorted(lambda account: (not account._is_ev_approved(), account.sequence, account.id))

    @http.route([PAGE], type="http", auth="user", website=True, methods=["GET"])
    def portal_my_ev_bank(self, entered=None, **kw):
        return self._render_ev_bank({}, entered=bool(entered))

    def _render_ev_bank(self, typed, status=200, **more):
        partner = self._find_ev_payee()
        if not partner:
            return self._redirect_home()
        accounts = self._find_ev_accounts(partner)
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ev_bank",
            "accounts": accounts,
            "paid_to": accounts[:1].filtered(lambda account: account._is_ev_approved()),
            "holder": partner.name,
            "typed": typed,
            **more,
        }
        return request.render("ev_sepa.portal_my_ev_bank", values, status=status)

    @http.route([f"{PAGE}/enter"], type="http", auth="user", website=True, methods=["POST"], multilang=False)
    def portal_my_ev_bank_enter(self, number="", holder="", **kw):
        """Enter an account; it is paid to once somebody at the operator's approved it."""
        partner = self._find_ev_payee()
        if not partner:
            return self._redirect_home()
        try:
            self.env["res.partner.bank"]._enter_on_portal(partner, number, holder)
        except UserError as error:
            typed = {"number": number[:60], "holder": holder[:100]}
            return self._render_ev_bank(typed, status=422, problem=str(error))
        return request.redirect(f"{PAGE}?entered=1")
