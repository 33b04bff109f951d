"""Sessions that an eMSP is not charged for: those the hub bills, and those its agreement leaves out. The host is paid as ever."""

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.ev_billing.models.ev_contract_finder import BUYERS

# Somebody besides the eMSP is to be paid, or to pay, for session `c`: the host of that day, or an agent of the site.
_SOMEBODY_ELSE = """(
EXISTS (SELECT 1 FROM ev_contract k JOIN ev_contract_site_rel r ON r.ev_contract_id = k.id
         WHERE k.role = 'agent' AND k.state IN ('active', 'ended') AND r.ev_site_id = c.site_id)
OR (SELECT h.partner_id FROM ev_site_host h JOIN ev_site site ON site.id = h.site_id
     WHERE h.site_id = c.site_id AND h.date_from <= timezone(site.tz, timezone('UTC', c.date_start))::date
     ORDER BY h.date_from DESC LIMIT 1) IS NOT NULL)"""


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_kept_sql(self):
        kept, contract = super()._get_kept_sql(), self.contract_id.sudo()
        if contract.role not in BUYERS:
            return kept
        kept = SQL("%s AND NOT %s", kept, self.env["ev.cdr.route"]._get_hub_billed_sql())
        left_out = contract.agreement_ids._get_left_out_sql(self)
        return SQL("%s AND NOT %s", kept, left_out) if left_out else kept

    @api.model
    def _get_left_out_sql(self, companies):
        """What nobody is to be charged for: the reason is the session's classification, or the agreement."""
        reasons = [super()._get_left_out_sql(companies), self.env["ev.cdr.route"]._get_hub_billed_sql()]
        domain = [
            ("company_id", "in", companies.ids),
            ("outside", "=", "leave_out"),
            ("contract_id.state", "in", ("active", "ended")),
        ]
        agreements = self.env["ev.agreement"].sudo().search(domain)
        for contract, group in agreements.grouped("contract_id").items():
            if left_out := group._get_left_out_sql():
                reasons.append(SQL("(%s AND %s)", contract._get_buyer_tokens_sql(), left_out))
        return SQL("((%s) AND NOT %s)", SQL(" OR ").join(reasons), SQL(_SOMEBODY_ELSE))


class EvContract(models.Model):
    _inherit = "ev.contract"

    def _find_unsold(self, cdr_ids):
        """What the hub bills, and what the agreement leaves out, makes no revenue here for a host to share."""
        unsold = super()._find_unsold(cdr_ids)
        reasons = [self.env["ev.cdr.route"]._get_hub_billed_sql()]
        if left_out := self.sudo().agreement_ids._get_left_out_sql():
            reasons.append(left_out)
        rows = self.env.execute_query(
            SQL("SELECT c.id FROM ev_cdr c WHERE c.id = ANY(%s) AND (%s)", cdr_ids, SQL(" OR ").join(reasons))
        )
        return unsold | {cdr for (cdr,) in rows}
