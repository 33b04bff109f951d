"""Which sessions a statement takes, and fetching them.

- A session belongs to the month in which it *ends*, on its site's clock. One that ends at midnight sharp belongs to the new
  month.
- A session that turns up (or is taken back, or corrected) after its month's statement was approved, or in a month that has
  none, goes to the contract's next open statement, on lines that say so, priced as at its own moment.
- A session already charged under a term by another statement is not charged under it again.
"""

import hashlib
from collections import namedtuple

from odoo import models
from odoo.tools import SQL

from ..rating import Span
from .ev_statement import OPEN_STATES

PAGE = 20_000
# What a draft takes over from its contract every time it is computed.
PARTIES = ("partner_id", "company_id", "currency_id")
# What goes with a session besides the facts the rating engine reads (its first ten columns).
Extra = namedtuple("Extra", "late credit replaces flags charged_terms")
Inputs = namedtuple("Inputs", "versions coverage stations windows")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_inputs(self):
        """What the rating needs besides the sessions: versions, coverage, chargers, and which sessions to look at."""
        contract = self.contract_id.sudo()
        coverage = contract._get_coverage()
        return Inputs(
            versions=contract.with_context(active_test=False).term_ids.version_ids.sorted("id")._to_rating(),
            coverage=coverage,
            stations=contract._get_stations(coverage),
            windows=self._get_windows(coverage),
        )

    def _start_digest(self):
        """A hash that has already seen everything but the sessions."""
        inputs = self._get_inputs()
        versions = [
            (
                v.key,
                v.term,
                v.direction,
                v.basis,
                v.price_micro,
                str(v.valid),
                v.count_zero_energy,
                sorted(v.filter.sites),
                sorted(v.filter.stations),
                v.filter.power_type,
                v.filter.kind,
                sorted(v.filter.profiles),
            )
            for v in inputs.versions
        ]
        seen = (
            self.contract_id.id,
            [self.contract_id[name].id for name in PARTIES],
            str(self._get_span()),
            versions,
            sorted((site.key, site.timezone, str(site.covered)) for site in inputs.coverage.values()),
            [(st.key, st.site, st.power_type, str(st.active)) for st in inputs.stations],
            sorted(inputs.windows),
        )
        return hashlib.sha256(repr(seen).encode())

    def _get_windows(self, coverage):
        """Which ends of sessions to look at: (site, UTC from, UTC to, late?), from included, to excluded."""
        late, windows = self._get_late_span(), []
        for site in coverage.values():
            windows.append((site.key, *self._get_span().epochs(site.timezone), False))
            if late:
                windows.append((site.key, *late.epochs(site.timezone), True))
        return windows

    def _get_late_span(self):
        """The earlier days this statement answers for: back to the last earlier statement that is still open, or else to the
        contract's start. A month without a statement belongs to them: it was empty when somebody looked, or nobody did.

        :rtype: rating.Span or None
        """
        domain = [
            ("contract_id", "=", self.contract_id.id),
            ("period_start", "<", self.period_start),
            ("state", "in", OPEN_STATES),
        ]
        still_open = self.search(domain, order="period_start desc", limit=1)
        start = still_open._get_span().end if still_open else self.contract_id.sudo().date_start
        return Span(start, self.period_start) if start < self.period_start else None

    def _find_blocking(self):
        """What stops this statement, as sentences, or nothing."""
        contract = self.contract_id.sudo()
        sentences = contract._find_unbillable() + contract._find_conflicts(self._get_span())
        return "\n".join(sentences + self._find_unclear_stations())

    def _find_unclear_stations(self):
        """Sentences on chargers whose monthly fee nobody can work out."""
        contract = self.contract_id.sudo()
        versions = contract.term_ids.filtered(lambda term: term.basis == "charger_month").version_ids
        if not versions:
            return []
        asks_power, sentences = any(version.power_type for version in versions), []
        stations = contract._get_stations(contract._get_coverage())
        for station in self.env["ev.station"].sudo().browse([station.key for station in stations]):
            if asks_power and not station.power_type:
                sentences.append(
                    self.env._(
                        "Station %s has no EVSE, so nobody knows whether its fee is the AC or the DC one: add its EVSEs.",
                        station.identity,
                    )
                )
            if not station.active and not station.date_decommissioned:
                sentences.append(
                    self.env._(
                        "Station %s is archived, but nobody said until when its fee runs: enter the day it was "
                        "decommissioned.",
                        station.identity,
                    )
                )
        return sentences

    # -------------------------------------------------------------- sessions

    def _fetch_sessions(self, inputs, digest):
        """Pages of (session tuples, {cdr id: Extra}), by rising id; every row goes through the fingerprint."""
        if not inputs.windows or not inputs.versions:
            return
        last = 0
        while True:
            rows = self.env.execute_query(self._get_sessions_query(inputs, last))
            for row in rows:
                digest.update(repr(row).encode())
            yield [row[:10] for row in rows], {row[0]: Extra(*row[10:]) for row in rows}
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

    def _get_sessions_query(self, inputs, last):
        """One page. The rating engine's columns come first (`rating.Session`), those of `Extra` after them."""
        windows = SQL(", ").join(SQL("(%s, %s, %s, %s)", *window) for window in inputs.windows)
        return SQL(
            """SELECT c.id, c.site_id, c.station_id, EXTRACT(EPOCH FROM c.date_start)::bigint,
                      EXTRACT(EPOCH FROM c.date_stop)::bigint, c.energy_wh, CASE WHEN c.credit THEN -1 ELSE 1 END,
                      c.power_type, c.kind, c.profile_id,
                      w.late, COALESCE(c.credit, FALSE), c.replaces_id IS NOT NULL, c.flags, charged.terms
                 FROM ev_cdr c
                 JOIN (VALUES %(windows)s) AS w (site_id, starts, ends, late)
                   ON w.site_id = c.site_id AND c.date_stop >= timezone('UTC', to_timestamp(w.starts))
                  AND c.date_stop < timezone('UTC', to_timestamp(w.ends))
        LEFT JOIN LATERAL (SELECT array_agg(ch.term_id ORDER BY ch.term_id) AS terms FROM ev_charge ch
                            WHERE ch.cdr_id = c.id AND ch.statement_id != %(statement)s) charged ON TRUE
                WHERE c.company_id = %(company)s AND c.id > %(last)s %(party)s
             ORDER BY c.id LIMIT %(page)s""",
            windows=windows,
            statement=self.id,
            company=self.company_id.id,
            last=last,
            page=PAGE,
            party=self._get_party_sql(),
        )

    def _get_party_sql(self):
        """Whose tokens: every session of a hosted site counts for its host, a client or an eMSP answers for its own tokens."""
        if self.contract_id.role == "host":
            return SQL()
        return SQL(
            "AND c.partner_id IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s)",
            self.contract_id.partner_id.commercial_partner_id.id,
        )
