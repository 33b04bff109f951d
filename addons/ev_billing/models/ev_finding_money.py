"""Money at risk: added up exactly in the database, turned into the company's currency at the end."""

from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ..rating import SESSION_BASES, month_of

# What statements charge of each session a finding is about; of a pair, the session that is one too many.
_CHARGED = """
SELECT f.id, s.currency_id, sum(abs(ch.amount))::text
  FROM ev_finding f JOIN ev_charge ch ON ch.cdr_id = f.cdr_id AND ch.origin_id IS NULL
  JOIN ev_statement s ON s.id = ch.statement_id
 WHERE f.id = ANY(%s) GROUP BY 1, 2
"""
# Amounts of longer periods count by their days in the month.
_AVERAGE = """
WITH billed AS (
     SELECT l.site_id, s.currency_id,
            sum(abs(l.amount_exact) * (LEAST(s.period_end, %(last)s) - GREATEST(s.period_start, %(first)s) + 1)
                / (s.period_end - s.period_start + 1)) AS amount
       FROM ev_statement s JOIN ev_statement_line l ON l.statement_id = s.id AND l.basis IN %(bases)s
        AND l.site_id IN %(sites)s AND l.correction = 'regular'
      WHERE s.company_id IN %(companies)s AND s.period_start <= %(last)s AND s.period_end >= %(first)s
   GROUP BY 1, 2),
     energy AS (
     SELECT c.site_id, sum(c.energy_kwh) AS kwh FROM ev_cdr c JOIN ev_site site ON site.id = c.site_id
      WHERE c.site_id IN %(sites)s AND c.date_stop >= %(first)s::timestamp - interval '1 day'
        AND c.date_stop < %(last)s::timestamp + interval '2 days'
        AND timezone(site.tz, timezone('UTC', c.date_stop))::date BETWEEN %(first)s AND %(last)s
   GROUP BY 1)
SELECT f.id, billed.currency_id, (COALESCE(NULLIF(f.missing_kwh, 0), f.energy_kwh) * billed.amount / energy.kwh)::text
  FROM ev_finding f JOIN billed ON billed.site_id = f.site_id JOIN energy ON energy.site_id = f.site_id AND energy.kwh > 0
 WHERE f.id = ANY(%(ids)s)
"""


class EvFinding(models.Model):
    _inherit = "ev.finding"

    def _store_money(self, span, known):
        """Work out the money at risk of these findings; 0 where nothing is charged yet.

        :param span: rating.Span of their month, whose average prices count
        :param known: {(rule, key): (currency id, exact text)} of the rules that know it themselves
        """
        if not self:
            return
        self.env.flush_all()
        # what no statement charges, the held sessions among it, is worth the site's average
        missing = self.filtered(lambda finding: finding.missing_kwh or finding.rule == "held")
        rows = self.env.execute_query(SQL(_CHARGED, (self - missing).ids))
        if missing.site_id:
            rows += self.env.execute_query(
                SQL(
                    _AVERAGE,
                    first=span.start,
                    last=fields.Date.subtract(span.end, days=1),
                    bases=tuple(SESSION_BASES),
                    sites=missing.site_id._ids,
                    companies=missing.company_id._ids,
                    ids=missing.ids,
                )
            )
        rows += [
            (finding.id, *known[finding.rule, finding.key]) for finding in self if (finding.rule, finding.key) in known
        ]
        money = defaultdict(float)
        for finding_id, currency_id, amount in rows:
            finding = self.browse(finding_id)
            currency = self.env["res.currency"].browse(currency_id)
            money[finding_id] += currency._convert(
                float(amount), finding.company_id.currency_id, finding.company_id, finding.date or span.start
            )
        for finding in self:
            risk = finding.currency_id.round(money[finding.id])
            if finding.currency_id.compare_amounts(finding.money_at_risk, risk):
                finding.money_at_risk = risk

    def _get_month_span(self, month):
        return month_of(month)
