"""Terms that were changed for days that are billed: the difference comes on the next statement, and names what it corrects.

A wording that reaches back says why (`backdated_reason`). Statements that were computed before it came keep what they say; each
charge of theirs under that term is worked out once more under the wording in force at its own moment, and what differs from what
it and its corrections came to is charged (or given back) on a line that names the statement. Sessions the earlier wording had
left out are no difference of anything: they come as late ones.
"""

from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ..rating import MONTHLY_BASES, PROVISIONAL, SESSION_BASES, Rater, Site, Span, intersect, month_of, price_piece
from .ev_statement_charges import LineKey
from .ev_statement_prices import SESSION_COLUMNS, SESSION_JOINS


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_amended_terms(self):
        """{term id: when its latest wording that reaches back was made} of the contract."""
        versions = self.contract_id.sudo().with_context(active_test=False).term_ids.version_ids
        return {
            term.id: max(its.mapped("backdated_at"))
            for term, its in versions.filtered("backdated_at").grouped("term_id").items()
        }

    def _true_up_amended(self, inputs, charges):
        """Charges for what amended terms change about closed statements."""
        amended, late = self._get_amended_terms(), self._get_late_span()
        if not amended or not late:
            return
        for statement in self._find_closed(late):
            terms = statement._find_amended_since(amended)
            versions = [version for version in inputs.versions if version.term in terms]
            self._amend_sessions(statement, versions, inputs, charges)
            self._amend_fees(statement, versions, inputs, charges)
        charges.flush()

    def _find_amended_since(self, amended):
        """Terms whose wording for this closed statement's days may be another one by now.

        :param amended: what `_get_amended_terms` says
        """
        self.ensure_one()
        return {term for term, made in amended.items() if self.computed_at <= made}

    def _amend_sessions(self, statement, versions, inputs, charges):
        versions = [version for version in versions if version.basis in SESSION_BASES]
        if not versions:
            return
        by_key = {version.key: version for version in versions}
        rater, last = Rater(versions, inputs.coverage.values(), self._get_index_reader()), 0
        while billed := self._fetch_billed(statement, versions, SESSION_COLUMNS, SESSION_JOINS, last):
            last = billed[-1][0]
            again = {
                (cdr, term): (version, amount, marks)
                for cdr, term, version, _quantity, amount, marks, _counted in rater.rate_rows(
                    {row[4]: row[4:-1] for row in billed}.values()
                )
            }
            for origin in billed:
                cdr, version = origin[4], by_key[origin[1]]
                # what no wording covers any more is given back, under the one that left it out
                nothing = (self._find_version(versions, version.term, origin, inputs), 0, 0)
                now, amount, marks = again.get((cdr, version.term), nothing)
                self._add_amended(charges, statement, origin, by_key[now], amount, marks, cdr=cdr, station=origin[6])
                charges.use_prices(origin[7], origin[8])
            charges.flush()

    def _find_version(self, versions, term, origin, inputs):
        """Key of the wording of a term in force when a billed session started; of its own where none is."""
        zone = inputs.coverage[origin[2]].timezone if origin[2] in inputs.coverage else "UTC"
        for version in versions:
            since, until = version.valid.epochs(zone)
            if version.term == term and (since is None or since <= origin[7]) and (until is None or origin[7] < until):
                return version.key
        return origin[1]

    def _amend_fees(self, statement, versions, inputs, charges):
        by_term = defaultdict(list)
        for version in versions:
            if version.basis not in SESSION_BASES:
                by_term[version.term].append(version)
        if not by_term:
            return
        term_of = {version.key: term for term, its in by_term.items() for version in its}
        keys = [version for its in by_term.values() for version in its]
        columns, last = SQL("ch.station_id, ch.token_id, ch.period_start, ch.period_end"), 0
        while billed := self._fetch_billed(statement, keys, columns, SQL(), last):
            last = billed[-1][0]
            for origin in billed:
                station, token, first, end = origin[4:-1]
                span = Span(first, fields.Date.add(end, days=1))
                pieces = self._price_again(statement, by_term[term_of[origin[1]]], span, origin[2], inputs)
                if not pieces or any(amount is None for _version, amount, _marks in pieces):
                    continue
                amount = sum(amount for _version, amount, _marks in pieces)
                marks = PROVISIONAL if any(marks & PROVISIONAL for _version, _amount, marks in pieces) else 0
                subject = {"station": station, "token": token, "span": span}
                self._add_amended(charges, statement, origin, pieces[-1][0], amount, marks, **subject)

    def _price_again(self, statement, versions, span, site, inputs):
        """[(version, amount or None, marks)] of the days of a fee under the wordings in force on them now."""
        pieces, place = [], inputs.coverage.get(site, Site(None, "UTC"))
        for version in sorted(versions, key=lambda version: version.valid.start):
            for days in intersect((span,), (version.valid,)):
                whole = (
                    month_of(days.start) if version.basis in MONTHLY_BASES else statement._get_fee_period(days.start)
                )
                pieces.append((version, *price_piece(version, days, whole, place, self._get_index_reader())))
        return pieces

    def _add_amended(self, charges, statement, origin, version, amount, marks, **subject):
        """The difference to what was billed, once the price is there and final."""
        charge, billed_under, site, before = origin[:4]
        if amount is None or marks & PROVISIONAL or amount == before:
            return
        kind = "true_up" if version.key == billed_under else "amended"
        key = LineKey(version.key, site, kind, origin[-1], statement.id)
        charges.add(
            key, version.term, 0, amount - before, kind="true_up", site=site, origin=charge, flags=kind, **subject
        )
