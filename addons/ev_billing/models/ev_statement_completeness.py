"""Complete (design invariant 3): every session of a month is billed or pending, and the numbers add up."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..rating import month

# Who may know how much the company sells.
GROUPS = ("account.group_account_invoice", "account.group_account_readonly", "ev_billing.group_contract_admin")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    @api.model
    def get_completeness(self, company_id, year, month_number):
        """Sessions that ended in the month on their sites' clocks, by what became of them.

        :return: {"total" | "billed" | "draft" | "pending": {"count": int, "wh": int}}; `billed`: charged on an approved or
            later statement, `draft`: on a draft only, `pending`: on none. Credits count their energy negative.
        :rtype: dict
        """
        if not (self.env.su or any(self.env.user.has_group(group) for group in GROUPS)):
            raise AccessError(self.env._("The company's totals are for accountants and contract administrators only."))
        company = self.env["res.company"].browse(company_id)
        if company not in self.env.companies and not self.env.su:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        span = month(year, month_number)
        sites = self.env["ev.site"].sudo().with_context(active_test=False).search([("company_id", "=", company.id)])
        result = {key: {"count": 0, "wh": 0} for key in ("total", "billed", "draft", "pending")}
        if not sites:
            return result
        self.env["ev.statement"].flush_model(["state"])
        windows = SQL(", ").join(SQL("(%s, %s, %s)", site.id, *span.epochs(site.tz)) for site in sites)
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(became.what, 'pending'), count(*),
                      sum(CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END)::bigint
                 FROM ev_cdr c
                 JOIN (VALUES %s) AS w (site_id, starts, ends)
                   ON w.site_id = c.site_id AND c.date_stop >= timezone('UTC', to_timestamp(w.starts))
                  AND c.date_stop < timezone('UTC', to_timestamp(w.ends))
            LEFT JOIN LATERAL (
                 SELECT CASE WHEN bool_or(s.state NOT IN ('draft', 'control')) THEN 'billed' ELSE 'draft' END AS what
                   FROM ev_charge ch JOIN ev_statement s ON s.id = ch.statement_id
                  WHERE ch.cdr_id = c.id HAVING count(*) > 0) became ON TRUE
                WHERE c.company_id = %s GROUP BY 1""",
                windows,
                company.id,
            )
        )
        for what, count, energy in rows:
            result[what] = {"count": count, "wh": energy}
            result["total"]["count"] += count
            result["total"]["wh"] += energy
        return result
