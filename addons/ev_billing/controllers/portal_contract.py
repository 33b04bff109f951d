"""Contracts on the portal: what was agreed, in sentences."""

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from .portal import EvPortal

PAGE = "/my/ev/contracts"
SHOWN_STATEMENTS = 12


class EvPortalContract(EvPortal):
    @http.route([PAGE], type="http", auth="user", website=True)
    def portal_my_ev_contracts(self, **kw):
        contracts = self.env["ev.contract"]
        found = contracts
        if contracts.has_access("read"):
            found = contracts.search(self._get_ev_domain(), order="state, date_start desc, id desc")
        values = {**self._prepare_portal_layout_values(), "page_name": "ev_contract", "contracts": found.sudo()}
        return request.render("ev_billing.portal_my_ev_contracts", values)

    @http.route([f"{PAGE}/<int:contract_id>"], type="http", auth="user", website=True)
    def portal_my_ev_contract(self, contract_id, **kw):
        try:
            contract = self._document_check_access("ev.contract", contract_id)
        except (AccessError, MissingError):
            return self._redirect_home()
        if contract.state == "draft":
            return self._redirect_home()
        statements = self.env["ev.statement"].search(
            [("contract_id", "=", contract.id), ("state", "!=", "draft")], limit=SHOWN_STATEMENTS
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ev_contract",
            "contract": contract,
            "terms": contract.term_ids.sorted(lambda term: (term.sequence, term.id)),
            "statements": statements.sudo(),
        }
        return request.render("ev_billing.portal_my_ev_contract", values)
