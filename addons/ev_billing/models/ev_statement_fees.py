"""Fees: what is counted on chargers, badges, SIM cards, sites, users, or the contract itself.

A fee belongs to the period its days lie in. One that could not be billed there comes on the next open statement, as late
sessions do: where its index had no value when the period was approved, and where a fee is due only for what was used and the
session that used it came late. A period without a statement has no fees: nobody billed it.
"""

from collections import defaultdict
from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from ..rating import PERIODIC_BASES, PROVISIONAL, Indexed, Span, mark_names, month_of, rate_subjects
from .ev_statement import OPEN_STATES
from .ev_statement_charges import LineKey


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _rate_subjects(self, inputs, charges):
        """Rate the fees of the period, and those that earlier statements of the contract left open."""
        charged = self._get_charged_fees(inputs)
        made = rate_subjects(
            inputs.versions, inputs.subjects, inputs.coverage.values(), self._get_span(), self._get_index_reader()
        )
        self._add_fees(inputs, inputs.subjects, made, charged, charges)
        if not self._is_simulated():
            self._rate_late_subjects(inputs, charged, charges)
        charges.flush()

    def _add_fees(self, inputs, subjects, made, charged, charges, late=False):
        """Charges for fees that no other statement charged."""
        subjects = {(subject.basis, subject.key): subject for subject in subjects}
        versions = {version.key: version for version in inputs.versions}
        for charge in made:
            version = versions[charge.version]
            subject = subjects[version.basis, charge.key]
            if _get_fee_key(charge, subject) in charged:
                continue
            zone = inputs.coverage[subject.site].timezone if subject.site in inputs.coverage else "UTC"
            since, until = charge.span.epochs(zone)
            if charge.amount_micro is None:
                charges.wait(charge.version, since, until, 0)
                continue
            if isinstance(version.price, Indexed):
                charges.use_prices(since, until)
            correction = ("late", month_of(charge.span.start).start) if late else ("regular", None)
            charges.add(
                LineKey(charge.version, subject.site, *correction),
                charge.term,
                charge.quantity_micro,
                charge.amount_micro,
                station=subject.station,
                site=subject.site,
                token=subject.token,
                counted=charge.counted_micro,
                span=charge.span,
                flags=",".join((["late"] if late else []) + mark_names(charge.marks)) or None,
                provisional=bool(charge.marks & PROVISIONAL),
            )

    def _get_charged_fees(self, inputs):
        """{(term, charger, badge, site, first day)} on other statements: fees of this period, and those that may come late."""
        terms = {version.term for version in inputs.versions if version.basis in PERIODIC_BASES}
        if self._is_simulated() or not terms:
            return set()
        late = {version.term for version in inputs.versions if _may_come_late(version)}
        rows = self.env.execute_query(
            SQL(
                """SELECT term_id, station_id, token_id, site_id, period_start FROM ev_charge
                    WHERE contract_id = %s AND statement_id != %s AND term_id IN %s AND cdr_id IS NULL AND kind = 'usage'
                      AND (period_start >= %s OR term_id IN %s)""",
                self.contract_id.id,
                self.id,
                tuple(terms),
                self.period_start,
                tuple(late) or (0,),
            )
        )
        return set(rows)

    # --------------------------------------------------------------- late fees

    def _rate_late_subjects(self, inputs, charged, charges):
        """The fees of closed periods that are not charged yet, each at the price of its own days."""
        versions = [version for version in inputs.versions if _may_come_late(version)]
        late = self._get_late_span()
        closed = self._find_closed(late) if versions and late else self.browse()
        if not closed:
            return
        bases, days = {version.basis for version in versions}, Span(closed[0].period_start, self.period_start)
        subjects = self.contract_id.sudo()._get_subjects(inputs.coverage, bases, days)
        counted = self._get_counted() if any(version.is_tiered for version in versions) else {}
        for statement in closed:
            waited = set(statement.gap_ids.version_id.ids)
            by_term = defaultdict(list)
            for version in versions:
                if version.only_used or version.key in waited:
                    by_term[version.term].append(version)
            for term, its_versions in by_term.items():
                span = statement._get_span()
                made = rate_subjects(
                    its_versions,
                    _leave_charged(subjects, its_versions, charged),
                    inputs.coverage.values(),
                    span,
                    self._get_index_reader(),
                    {(term, None): counted.get((term, span.start), 0)},
                )
                self._add_fees(inputs, subjects, made, charged, charges, late=True)

    def _find_closed(self, late):
        """Closed statements of the contract over those days, the earliest first."""
        domain = [
            ("contract_id", "=", self.contract_id.id),
            ("period_start", ">=", late.start),
            ("period_start", "<", self.period_start),
            ("state", "not in", OPEN_STATES),
        ]
        return self.search(domain, order="period_start")

    def _get_fee_period(self, day):
        """The billing period a fee of that day is a part of: this statement's own, or the one a late fee belongs to.

        :rtype: rating.Span
        """
        if day in self._get_span():
            return self._get_span()
        domain = [
            ("contract_id", "=", self.contract_id.id),
            ("period_start", "<=", day),
            ("period_end", ">=", day),
        ]
        statement = self.search(domain, limit=1)
        return statement._get_span() if statement else self._get_period_at(day)


def _may_come_late(version):
    """Whether fees under a version may be due that could not be billed in their own period."""
    return version.basis in PERIODIC_BASES and (version.only_used or isinstance(version.price, Indexed))


def _get_fee_key(charge, subject):
    return charge.term, subject.station, subject.token, subject.site, charge.span.start


def _leave_charged(subjects, versions, charged):
    """The subjects without the months they are charged for under tiers, where their place is counted already."""
    if not any(version.is_tiered for version in versions):
        return subjects
    months = defaultdict(set)
    for term, station, token, site, first in charged:
        if term == versions[0].term:
            months[station, token, site].add(month_of(first).start)
    return [
        replace(subject, used=frozenset(subject.used) - months[subject.station, subject.token, subject.site])
        for subject in subjects
    ]
