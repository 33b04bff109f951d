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
        """The billing period of the contract that a day lies in; of a contract billed ad hoc always the statement's own.

        :rtype: rating.Span
        """
        own = self._get_span()
        if day in own or self.contract_id.periodicity == "ad_hoc":
            return own
        return period_of(self.contract_id.periodicity, day)

    def _is_alone(self):
        """Whether no other statement counts: in a simulation, and where days billed ad hoc are a period of their own."""
        return self._is_simulated() or self.contract_id.periodicity == "ad_hoc"

    # ------------------------------------------------------------------- tiers

    def _get_counted(self):
        """{(term, first day of the period): quantity in millionths} counted by closed statements of the contract."""
        counted = defaultdict(int)
        if self._is_alone():
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
        if self._is_simulated():
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
        """One charge per version and period that is outside its limits, or no longer needs what was adjusted."""
        limited = {
            version.key: version
            for version in inputs.versions
            if version.minimum_micro is not None or version.cap_micro is not None
        }
        made_now = defaultdict(int)
        for key, _count, _quantity, amount in charges.totals.sums():
            if key.version in limited:
                made_now[key.version, self._get_period_at(key.origin_period or self.period_start)] += amount
        own = self._get_span()
        for version in limited.values():
            for period in sorted({own} | {period for other, period in made_now if other == version.key}):
                self._keep_limit(charges, version, period, made_now[version.key, period])
        charges.flush()

    def _keep_limit(self, charges, version, period, made_now):
        limits = limits_of(version, period, [self.contract_id.sudo()._get_span()])
        if limits is None:
            return
        before, adjusted = (0, 0) if self._is_alone() else self._get_made(version.key, period)
        made = before + made_now
        delta = limits.adjustment(made) - adjusted
        if delta:
            key = LineKey(version.key, None, "limit", period.start)
            # what it made in all is kept: the explanation starts from it
            charges.add(key, version.term, 0, delta, kind="limit", span=period, counted=made, flags="limit")

    def _get_made(self, version, period):
        """What a version made in a period on other, closed statements, and what they adjusted, whenever they were made.

        :return: (made, adjusted) in millionths
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT %s, l.correction = 'limit', sum(l.amount_exact * 1000000)::bigint
                     FROM ev_statement_line l JOIN ev_statement s ON s.id = l.statement_id
                    WHERE s.contract_id = %s AND l.version_id = %s AND s.id != %s AND s.state NOT IN ('draft', 'control')
                 GROUP BY 1, 2""",
                _BELONGS,
                self.contract_id.id,
                version,
                self._origin.id or 0,
            )
        )
        made = adjusted = 0
        for day, is_limit, amount in rows:
            if self._get_period_at(fields.Date.to_date(day)) == period:
                made, adjusted = (made, adjusted + amount) if is_limit else (made + amount, adjusted)
        return made, adjusted
