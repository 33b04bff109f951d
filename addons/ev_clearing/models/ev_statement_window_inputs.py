"""What a statement in control is worked out from: its list, and nothing that happens around it meanwhile.

A new site, the contract's end, a price from next month on, another statement approved: none of that is about the sessions the
partner was shown. What is about them (the wording or price of their days) still counts, and is refused when the window closes.
"""

from dataclasses import replace
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from odoo.addons.ev_billing.rating import Span, intersect


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_inputs(self):
        inputs = super()._get_inputs()
        if self.state != "control" or self._is_simulated():
            return inputs
        first, sites = self._get_listed_range()
        days = Span(first, self._get_span().end)
        coverage = {
            key: replace(site, covered=tuple(intersect([days], site.covered)))
            for key, site in inputs.coverage.items()
            if key in sites
        }
        versions = [replace(version, valid=version.valid & days) for version in inputs.versions if version.valid & days]
        return inputs._replace(
            versions=type(inputs.versions)(versions),
            coverage=coverage,
            windows=self._get_listed_windows(coverage, first),
        )

    def _get_digested_terms(self, inputs):
        terms = super()._get_digested_terms(inputs)
        if self.state != "control" or self._is_simulated():
            return terms
        used = {version.term for version in inputs.versions}
        return terms.filtered(lambda term: term.id in used)

    def _get_listed_range(self):
        """(a day before the first listed session, ids of the listed sites); the period's own days where nothing is listed."""
        rows = self.env.execute_query(
            SQL(
                """SELECT min(c.date_start)::date - 1, array_agg(DISTINCT s.site_id)
                     FROM ev_statement_session s JOIN ev_cdr c ON c.id = s.cdr_id WHERE s.statement_id = %s""",
                self.id,
            )
        )
        [(first, sites)] = rows
        start = self._get_span().start - timedelta(days=1)
        return min(first or start, start), set(sites or ())

    def _get_listed_windows(self, coverage, first):
        """As `_get_windows`, of the listed sites, with late sessions from the first listed one on."""
        windows, span = [], self._get_span()
        for site in coverage.values():
            windows.append((site.key, *span.epochs(site.timezone), False))
            windows.append((site.key, *Span(first, span.start).epochs(site.timezone), True))
        return windows
