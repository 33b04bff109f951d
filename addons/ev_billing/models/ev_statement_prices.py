"""Index values under a statement: read, remembered, and trued up once they are final.

A statement remembers which revision of each index it was computed with. What it was priced with can thus be read again for ever,
and a later statement sees at a glance whether values it stands on have become final, or were corrected, since. The next open
statement then brings the difference, on lines that name the original.
"""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import (
    MONTHLY_BASES,
    PROVISIONAL,
    SESSION_BASES,
    Indexed,
    Rater,
    Site,
    Span,
    month_of,
    price_piece,
)
from .ev_statement import OPEN_STATES
from .ev_statement_charges import LineKey, to_datetime

PAGE = 20_000
# A billed session as the rating engine reads it (`rating.Session`), for `_fetch_billed`.
SESSION_COLUMNS = SQL(
    """c.id, c.site_id, c.station_id, EXTRACT(EPOCH FROM c.date_start)::bigint,
       EXTRACT(EPOCH FROM c.date_stop)::bigint, c.energy_wh, CASE WHEN c.credit THEN -1 ELSE 1 END, c.power_type, c.kind,
       c.profile_id, c.token_id, p.commercial_partner_id, c.charging_seconds, c.idle_seconds, c.readings,
       (ch.quantity * 1000000)::bigint, c.credit_of_id, NULL"""
)
SESSION_JOINS = SQL("JOIN ev_cdr c ON c.id = ch.cdr_id LEFT JOIN res_partner p ON p.id = c.partner_id")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    trued_up = fields.Json(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Up to which revision of which price index it brought the differences of which earlier statement.",
    )

    def _get_index_reader(self, as_computed=False):
        """The engine's way to read index values (`rating.tracks.ReadIndex`).

        :param as_computed: the values as this statement knew them, not the current ones
        """
        revisions = self.index_revisions or {} if as_computed else {}

        def read_index(key, start, stop):
            index = self.env["ev.price.index"].sudo().browse(key)
            return index._get_series(start, stop, revisions.get(str(key)))

        return read_index

    def _get_indexes(self, versions):
        """The ev.price.index records these versions stand on."""
        keys = {version.price.index for version in versions if isinstance(version.price, Indexed)}
        return self.env["ev.price.index"].sudo().browse(sorted(keys))

    def _store_prices_used(self, inputs, charges):
        """Remember the revision of each index and how far its values were read."""
        indexes = self._get_indexes(inputs.versions)
        self.write(
            {
                "index_revisions": {str(index.id): index._read_revision() for index in indexes} or False,
                "prices_from": charges.prices_from is not None and to_datetime(charges.prices_from),
                "prices_to": charges.prices_to is not None and to_datetime(charges.prices_to),
            }
        )

    def _digest_prices(self, digest):
        """Add the values the statement stands on to its fingerprint: another revision of one of them is another fingerprint."""
        if not self.prices_from:
            return
        self.env["ev.price.index.value"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT index_id, count(*), max(revision_from), max(revision_to) FROM ev_price_index_value
                    WHERE index_id IN %s AND date_start < %s AND date_end > %s GROUP BY index_id ORDER BY index_id""",
                tuple(int(key) for key in self.index_revisions or {"0": 0}),
                self.prices_to,
                self.prices_from,
            )
        )
        digest.update(repr(rows).encode())

    # ----------------------------------------------------------------- true-up

    def _true_up(self, inputs, charges):
        """Charges for what final index values change about earlier statements."""
        indexes, late = self._get_indexes(inputs.versions), self._get_late_span()
        self.trued_up = False
        if not indexes or not late:
            return
        done, amended = {}, self._get_amended_terms()
        for statement in self._find_priced(late):
            seen = self._get_seen_revisions(statement)
            changed = indexes.filtered(lambda index, its=statement, seen=seen: its._has_new_prices(index, seen))
            if changed:
                # under terms amended since, charges are worked out from the new wording (`_true_up_amended`)
                left_out = statement._find_amended_since(amended)
                versions = [
                    version
                    for version in inputs.versions
                    if isinstance(version.price, Indexed)
                    and version.price.index in changed.ids
                    and version.term not in left_out
                ]
                self._true_up_sessions(statement, versions, inputs, charges)
                self._true_up_subjects(statement, versions, inputs, charges)
                if not self._is_trued_up_elsewhere(statement):
                    done[str(statement.id)] = {str(index.id): index._read_revision() for index in changed}
        charges.flush()
        self.trued_up = done or False

    def _find_priced(self, late):
        """Closed statements of those days that stand on index values."""
        domain = [
            ("contract_id", "=", self.contract_id.id),
            ("period_start", ">=", late.start),
            ("period_start", "<", self.period_start),
            ("state", "not in", OPEN_STATES),
            ("prices_from", "!=", False),
        ]
        return self.search(domain, order="period_start")

    def _get_seen_revisions(self, statement):
        """{index id as text: revision} up to which nothing is left to bring about a closed statement.

        That is what it was computed with itself, and what closed statements brought since: that a later one is closed does not
        mean that it looked, since an open one may have lain between.
        """
        seen = dict(statement.index_revisions or {})
        domain = [
            ("contract_id", "=", self.contract_id.id),
            ("id", "!=", self.id),
            ("state", "not in", OPEN_STATES),
            ("trued_up", "!=", False),
        ]
        for other in self.search(domain):
            for index, revision in (other.trued_up or {}).get(str(statement.id), {}).items():
                seen[index] = max(seen.get(index, 0), revision)
        return seen

    def _is_trued_up_elsewhere(self, statement):
        """Whether another draft holds differences of that statement: computed again, it may not bring them any more."""
        domain = [
            ("origin_statement_id", "=", statement.id),
            ("statement_id", "!=", self.id),
            ("statement_id.state", "in", OPEN_STATES),
        ]
        return bool(self.env["ev.statement.line"].search_count(domain, limit=1))

    def _has_new_prices(self, index, seen):
        """Whether final values that this closed statement stands on came after a revision.

        :param seen: {index id as text: revision}
        """
        self.ensure_one()
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM ev_price_index_value
                        WHERE index_id = %s AND revision_to IS NULL AND revision_from > %s AND state = 'final'
                          AND date_start < %s AND date_end > %s LIMIT 1""",
                    index.id,
                    seen.get(str(index.id), 0),
                    self.prices_to,
                    self.prices_from,
                )
            )
        )

    def _fetch_billed(self, statement, versions, columns, joins, last):
        """A page of the usage charges of a closed statement, with what they and their true-ups came to, in millionths.

        :return: rows of (charge, version, site, amount, *columns, first day of the period they belong to)
        """
        return self.env.execute_query(
            SQL(
                """SELECT ch.id, ch.version_id, ch.site_id, (ch.amount * 1000000)::bigint + COALESCE((
                          SELECT sum(t.amount * 1000000)::bigint FROM ev_charge t WHERE t.origin_id = ch.id
                             AND t.statement_id != %s), 0), %s, COALESCE(l.origin_period, %s)
                     FROM ev_charge ch JOIN ev_statement_line l ON l.id = ch.line_id %s
                    WHERE ch.statement_id = %s AND ch.kind = 'usage' AND ch.version_id IN %s AND ch.id > %s
                 ORDER BY ch.id LIMIT %s""",
                self.id,
                columns,
                statement.period_start,
                joins,
                statement.id,
                tuple(version.key for version in versions),
                last,
                PAGE,
            )
        )

    def _true_up_sessions(self, statement, versions, inputs, charges):
        versions = [version for version in versions if version.basis in SESSION_BASES]
        if not versions:
            return
        rater, last = Rater(versions, inputs.coverage.values(), self._get_index_reader()), 0
        while billed := self._fetch_billed(statement, versions, SESSION_COLUMNS, SESSION_JOINS, last):
            last = billed[-1][0]
            origins = {(row[4], row[1]): row for row in billed}
            for cdr, term, version, _quantity, amount, marks, _counted in rater.rate_rows(
                {row[4]: row[4:-1] for row in billed}.values()
            ):
                origin = origins.get((cdr, version))
                if origin is not None:
                    self._add_true_up(charges, statement, origin, term, amount, marks, cdr=cdr, station=origin[6])
                    charges.use_prices(origin[7], origin[8])
            charges.flush()

    def _true_up_subjects(self, statement, versions, inputs, charges):
        by_key = {version.key: version for version in versions if version.basis not in SESSION_BASES}
        if not by_key:
            return
        columns, last = SQL("ch.station_id, ch.token_id, ch.period_start, ch.period_end"), 0
        while billed := self._fetch_billed(statement, by_key.values(), columns, SQL(), last):
            last = billed[-1][0]
            for origin in billed:
                version, (station, token, first, end) = by_key[origin[1]], origin[4:-1]
                span = Span(first, fields.Date.add(end, days=1))
                whole = None
                if version.basis in MONTHLY_BASES:
                    whole = month_of(first)
                elif version.basis == "period":
                    whole = statement._get_fee_period(first)
                site = inputs.coverage.get(origin[2], Site(None, "UTC"))
                amount, marks = price_piece(version, span, whole, site, self._get_index_reader())
                self._add_true_up(
                    charges, statement, origin, version.term, amount, marks, station=station, token=token, span=span
                )

    def _add_true_up(self, charges, statement, origin, term, amount, marks, **subject):
        """The difference to what was billed, once the new price is there and final."""
        charge, version, site, before = origin[:4]
        if amount is None or marks & PROVISIONAL or amount == before:
            return
        key = LineKey(version, site, "true_up", origin[-1], statement.id)
        charges.add(key, term, 0, amount - before, kind="true_up", site=site, origin=charge, flags="true_up", **subject)

    # --------------------------------------------------------------- reopening

    def _check_not_corrected(self, reopened):
        """A statement whose final prices are billed elsewhere stays: what corrects it would correct nothing.

        :param reopened: statements that are opened together with this one
        :raises UserError: names the statement that corrects it
        """
        self.ensure_one()
        domain = [
            ("origin_statement_id", "=", self.id),
            ("statement_id", "not in", reopened.ids),
            ("statement_id.state", "not in", OPEN_STATES),
        ]
        if line := self.env["ev.statement.line"].search(domain, limit=1):
            raise UserError(
                self.env._(
                    "%(name)s cannot be a draft again: %(later)s is approved and bills its final prices. Reset that one "
                    "first, as long as it has no documents.",
                    name=self.name,
                    later=line.statement_id.name,
                )
            )

    def _compute_later_drafts(self):
        """Compute the later drafts of these drafts' contracts again, the earliest first."""
        for contract, drafts in self.grouped("contract_id").items():
            first = min(drafts.mapped("period_start"))
            domain = [("contract_id", "=", contract.id), ("period_start", ">", first), ("state", "in", OPEN_STATES)]
            for draft in self.search(domain, order="period_start").filtered(lambda draft: not draft._is_closed()):
                draft._compute_charges()
