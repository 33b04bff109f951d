"""Which sessions a statement takes, and fetching them.

- A session belongs to the month in which it *ends*, on its site's clock. One that ends at midnight sharp belongs to the new
  month.
- A session that turns up (or is taken back, or corrected) after its month's statement was approved, or in a month that has
  none, goes to the contract's next open statement, on lines that say so, priced as at its own moment.
- A session already charged under a term by another statement is not charged under it again.
- A session kept out of billing (`ev.cdr.hold`) is on no statement, nor is its credit; released, it comes as a late one.
"""

import hashlib
from collections import namedtuple
from dataclasses import fields, is_dataclass
from itertools import count

from odoo import models
from odoo.tools import SQL

from ..rating import SESSION_BASES, Session, Span, local_day, period_of
from .ev_cdr_hold import not_held
from .ev_statement import OPEN_STATES

PAGE = 20_000
# What a draft takes over from its contract every time it is computed.
PARTIES = ("partner_id", "company_id", "currency_id")
# What goes with a session besides the facts the rating engine reads (its first columns: `rating.Session`).
# `origin`: the statement that billed what a credit or a replacement corrects.
Extra = namedtuple("Extra", "late credit replaces flags charged_terms origin provisional", defaults=(False,))
Inputs = namedtuple("Inputs", "versions coverage subjects windows")
FACTS = len(Session.__slots__)
READINGS = Session.__slots__.index("readings")
ORIGINAL = Session.__slots__.index("original")
_cursor_numbers = count(1)


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_inputs(self):
        """What the rating needs besides the sessions: versions, coverage, chargers, and which sessions to look at."""
        contract = self.contract_id.sudo()
        coverage = contract._get_coverage()
        versions = contract.with_context(active_test=False).term_ids.version_ids.sorted("id")._to_rating()
        return Inputs(
            versions=versions,
            coverage=coverage,
            subjects=contract._get_subjects(coverage, {version.basis for version in versions}, self._get_span()),
            windows=self._get_windows(coverage),
        )

    def _start_digest(self):
        """A hash that has already seen everything but the sessions."""
        inputs = self._get_inputs()
        seen = (
            self.contract_id.id,
            [self.contract_id[name].id for name in PARTIES],
            _canonical(self._get_span()),
            self.contract_id.sudo().token_ids.ids,
            sorted((term.id, term.product_id.id) for term in self._get_digested_terms(inputs)),
            [_canonical(version) for version in inputs.versions],
            [_canonical(site) for site in sorted(inputs.coverage.values(), key=lambda site: site.key)],
            [_canonical(subject) for subject in inputs.subjects],
            sorted(inputs.windows),
        )
        return hashlib.sha256(repr(seen).encode())

    def _get_digested_terms(self, _inputs):
        """The terms the statement stands on.

        :rtype: ev.contract.term
        """
        return self.contract_id.sudo().term_ids

    def _get_windows(self, coverage):
        """Which ends of sessions to look at: (site, UTC from, UTC to, late?), from included, to excluded."""
        late, windows = None if self._is_simulated() else self._get_late_span(), []
        for site in coverage.values():
            windows.append((site.key, *self._get_span().epochs(site.timezone), False))
            if late:
                windows.append((site.key, *late.epochs(site.timezone), True))
        return windows

    def _is_simulated(self):
        """Whether this statement is one in memory only, which asks what terms would make (`ev_contract_simulate`)."""
        return not self._origin.id

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
        versions = contract.term_ids.filtered(lambda term: term.basis in ("charger_month", "sim_month")).version_ids
        if not versions:
            return []
        asks_power, sentences = any(version.power_type for version in versions), []
        stations = contract._get_stations(contract._get_coverage())
        for station in self.env["ev.station"].sudo().browse([station.station for station in stations]):
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

    def _fetch_sessions(self, inputs, digest=None):
        """Pages of (session tuples, {cdr id: Extra}) in the order in which sessions started, a credit right behind its original
        (`rating.in_order`); every row goes through the fingerprint.

        One query and a cursor of the database: sorted once, and memory is one page of sessions, however many there are.
        """
        if not inputs.windows or not any(version.basis in SESSION_BASES for version in inputs.versions):
            return
        cursor = SQL.identifier(f"ev_sessions_{next(_cursor_numbers)}")
        # all of it will be read: plan for that, not for a fast first row
        self.env.cr.execute("SET LOCAL cursor_tuple_fraction = 1.0")
        self.env.cr.execute(SQL("DECLARE %s NO SCROLL CURSOR FOR %s", cursor, self._get_sessions_query(inputs)))
        zones = {site.key: site.timezone for site in inputs.coverage.values()}
        revenue = self._get_revenue_book(inputs)
        while rows := self.env.execute_query(SQL("FETCH FORWARD %s FROM %s", PAGE, cursor)):
            extras = {row[0]: Extra(*row[FACTS:]) for row in rows}
            rows = [row[: FACTS - 1] + (self._get_period_of(row, extras[row[0]], zones),) for row in rows]
            rows = revenue.fill(rows)
            for key in revenue.provisional & extras.keys():
                extras[key] = extras[key]._replace(provisional=True)
            if digest:
                for row in rows:
                    # readings are facts of the session: its id stands for them; revenue is somebody else's terms
                    seen = row[:READINGS], row[READINGS + 1 : -1], str(row[-1]), extras[row[0]]
                    digest.update(repr(seen).encode())
            yield rows, extras
        self.env.cr.execute(SQL("CLOSE %s", cursor))

    def _get_period_of(self, row, extra, zones):
        """First day of the billing period in which tiers count a session."""
        if not extra.late or self.contract_id.periodicity == "ad_hoc":
            return self.period_start
        return period_of(self.contract_id.periodicity, local_day(row[4], zones[row[1]])).start

    def _get_sessions_query(self, inputs):
        """The rating engine's columns come first (`rating.Session`), those of `Extra` after them."""
        windows = SQL(", ").join(SQL("(%s, %s, %s, %s)", *window) for window in inputs.windows)
        curves = any(version.needs_curve or version.basis == "revenue" for version in inputs.versions)
        return SQL(
            """SELECT c.id, c.site_id, c.station_id, EXTRACT(EPOCH FROM c.date_start)::bigint,
                      EXTRACT(EPOCH FROM c.date_stop)::bigint, c.energy_wh, CASE WHEN c.credit THEN -1 ELSE 1 END,
                      c.power_type, c.kind, c.profile_id, c.token_id, p.commercial_partner_id,
                      c.charging_seconds, c.idle_seconds, %(readings)s, NULL, c.credit_of_id, NULL,
                      w.late, COALESCE(c.credit, FALSE), c.replaces_id IS NOT NULL, c.flags, charged.terms,
                      CASE WHEN c.credit_of_id IS NOT NULL OR c.replaces_id IS NOT NULL THEN (
                           SELECT min(billed.statement_id) FROM ev_charge billed
                            WHERE billed.cdr_id = COALESCE(c.credit_of_id, c.replaces_id)
                              AND billed.contract_id = %(contract)s AND billed.statement_id != %(statement)s) END
                 FROM ev_cdr c
                 JOIN (VALUES %(windows)s) AS w (site_id, starts, ends, late)
                   ON w.site_id = c.site_id AND c.date_stop >= timezone('UTC', to_timestamp(w.starts))
                  AND c.date_stop < timezone('UTC', to_timestamp(w.ends))
            LEFT JOIN res_partner p ON p.id = c.partner_id
        LEFT JOIN LATERAL (SELECT array_agg(ch.term_id ORDER BY ch.term_id) AS terms FROM ev_charge ch
                            WHERE ch.cdr_id = c.id AND ch.contract_id = %(contract)s AND ch.statement_id != %(statement)s
                              AND ch.origin_id IS NULL AND NOT %(simulated)s) charged ON TRUE
                WHERE c.company_id = %(company)s AND %(kept)s %(party)s
             ORDER BY c.date_start, COALESCE(c.credit_of_id, c.id), c.credit NULLS FIRST""",
            readings=SQL("c.readings") if curves else SQL("NULL"),
            windows=windows,
            statement=self._origin.id or 0,
            contract=self.contract_id.id,
            simulated=self._is_simulated(),
            company=self.company_id.id,
            kept=self._get_kept_sql(),
            party=self._get_party_sql(),
        )

    def _get_kept_sql(self):
        """Condition over a session `c` that this statement takes it: a session held is on none.

        :rtype: odoo.tools.SQL
        """
        return not_held(SQL("c.id"), SQL("c.credit_of_id"))

    def _get_party_sql(self):
        """Whose sessions: every session of a hosted site counts for its host, and every one of an agent's sites for the agent; a
        client or an eMSP answers for its own tokens, or those of them the contract names."""
        contract = self.contract_id.sudo()
        if contract.role in ("host", "agent"):
            return SQL()
        badges = SQL()
        if contract.token_ids:
            # what was charged here is taken back here, also after its badge went to another contract
            badges = SQL(
                """AND (c.token_id IN %s OR EXISTS (SELECT 1 FROM ev_charge billed
                         WHERE billed.cdr_id = c.credit_of_id AND billed.contract_id = %s))""",
                contract.token_ids._ids,
                contract.id,
            )
        return SQL(
            "AND c.partner_id IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s) %s",
            contract.partner_id.commercial_partner_id.id,
            badges,
        )


def _canonical(thing):
    """What the engine is given, written the same on every machine and in every run: sets have no order of their own."""
    if isinstance(thing, frozenset | set):
        return sorted(map(_canonical, thing), key=repr)
    if isinstance(thing, tuple | list):
        return [_canonical(item) for item in thing]
    if is_dataclass(thing):
        return [type(thing).__name__, *(_canonical(getattr(thing, field.name)) for field in fields(thing))]
    return str(thing)
