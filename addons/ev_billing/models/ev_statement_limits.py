"""What depends on a whole billing period: tiers count in it, minimum guarantees and caps hold for it.

A period is what its own statement and everything that came late for it make together.
"""

from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ..rating import limits_of, period_of
from .ev_statement_charges import LineKey

# The first day of the calendar month or the statement's own period that a line of another statement belongs to.
_BELONGS = SQL("COALESCE(l.origin_period, s.period_start)")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_period_at(self, day):
        """The billing period of the contract that a day lies in.

        :rtype: rating.Span
        """
        own = self._get_span()
        if day in own or self.contract_id.periodicity == "ad_hoc":
            return own
        return period_of(self.contract_id.periodicity, day)

    # ------------------------------------------------------------------- tiers

    def _get_counted(self):
        """{(term, first day of the period): quantity in millionths} counted by closed statements of the contract."""
        counted = defaultdict(int)
        if self.env.context.get("ev_simulation"):
            return counted
        rows = self.env.execute_query(
            SQL(
                """SELECT l.term_id, %s, sum(l.quantity * 1000000)::bigint
                     FROM ev_statement_line l
                     JOIN ev_statement s ON s.id = l.statement_id AND s.state NOT IN ('draft', 'control')
                     JOIN ev_contract_term_version v ON v.id = l.version_id AND v.price_kind = 'tiered'
                    WHERE s.contract_id = %s AND s.id != %s AND l.correction != 'limit' GROUP BY 1, 2""",
                _BELONGS,
                self.contract_id.id,
                self.id,
            )
        )
        for term, day, quantity in rows:
            counted[term, self._get_period_at(day).start] += quantity
        return counted

    def _get_mirrors(self, originals, terms):
        """{(original session, term): counted in millionths} of originals that other statements charged under tiers."""
        if self.env.context.get("ev_simulation"):
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT cdr_id, term_id, (counted * 1000000)::bigint FROM ev_charge
                    WHERE cdr_id IN %s AND term_id IN %s AND statement_id != %s AND counted IS NOT NULL AND kind = 'usage'""",
                tuple(originals),
                tuple(terms),
                self.id,
            )
        )
        return {(cdr, term): counted for cdr, term, counted in rows}

    # ------------------------------------------------------------------ limits

    def _keep_limits(self, inputs, charges):
        """One charge per term and period that is outside its limits, or no longer needs what was adjusted."""
        by_term = defaultdict(list)
        for version in inputs.versions:
            by_term[version.term].append(version)
        limited = {
            term: versions
            for term, versions in by_term.items()
            if any(version.minimum_micro is not None or version.cap_micro is not None for version in versions)
        }
        made_now = defaultdict(int)
        for key, _count, _quantity, amount in charges.totals.sums():
            term = charges.versions[key.version].term
            if term in limited:
                made_now[term, self._get_period_at(key.origin_period or self.period_start)] += amount
        own = self._get_span()
        for term, versions in limited.items():
            for period in sorted({own} | {period for other, period in made_now if other == term}):
                self._keep_limit(charges, versions, term, period, made_now[term, period])
        charges.flush()

    def _keep_limit(self, charges, versions, term, period, made_now):
        limits = limits_of(versions, period, [self.contract_id.sudo()._get_span()])
        if limits is None:
            return
        alone = self.env.context.get("ev_simulation")
        before, adjusted = (0, 0) if alone else self._get_made(term, period, earlier=True)
        delta = limits.adjustment(before + made_now) - adjusted
        if delta:
            key = LineKey(limits.version, None, "limit", period.start)
            charges.add(key, term, 0, delta, kind="limit", span=period, flags="limit")

    def _get_made(self, term, period, earlier=False):
        """What a term made in a period on closed statements and this one, and what was adjusted before this one.

        :param earlier: leave this statement's own charges out
        :return: (made, adjusted) in millionths
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT %s, l.correction = 'limit', s.id, sum(l.amount_exact * 1000000)::bigint
                     FROM ev_statement_line l JOIN ev_statement s ON s.id = l.statement_id
                    WHERE s.contract_id = %s AND l.term_id = %s AND s.period_start <= %s
                      AND (s.state NOT IN ('draft', 'control') OR s.id = %s) GROUP BY 1, 2, 3""",
                _BELONGS,
                self.contract_id.id,
                term,
                self.period_start,
                self.id,
            )
        )
        made = adjusted = 0
        for day, is_limit, statement, amount in rows:
            if self._get_period_at(fields.Date.to_date(day)) != period or (earlier and statement == self.id):
                continue
            if not is_limit:
                made += amount
            elif statement != self.id:
                adjusted += amount
        return made, adjusted
