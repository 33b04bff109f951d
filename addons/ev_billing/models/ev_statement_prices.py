"""Index values under a statement: read, remembered, and trued up once they are final.

A statement remembers which revision of each index it was computed with. What it was priced with can thus be read again for ever,
and a later statement sees at a glance whether values it stands on have become final, or were corrected, since. The next open
statement then brings the difference, on lines that name the original.
"""

from odoo import fields, models
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


class EvStatement(models.Model):
    _inherit = "ev.statement"

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
        indexes = self._get_indexes(inputs.versions)
        late = self._get_late_span()
        if not indexes or not late:
            return
        domain = [
            ("contract_id", "=", self.contract_id.id),
            ("period_start", ">=", late.start),
            ("period_start", "<", self.period_start),
            ("state", "not in", OPEN_STATES),
            ("prices_from", "!=", False),
        ]
        closed = self.search(domain, order="period_start")
        for statement in closed:
            changed = indexes.filtered(lambda index, statement=statement: statement._has_new_prices(index))
            if changed:
                versions = [
                    version
                    for version in inputs.versions
                    if isinstance(version.price, Indexed) and version.price.index in changed.ids
                ]
                self._true_up_sessions(statement, versions, inputs, charges)
                self._true_up_subjects(statement, versions, inputs, charges)
        charges.flush()

    def _has_new_prices(self, index):
        """Whether final values this closed statement stands on came after what was looked at so far."""
        self.ensure_one()
        later = self.search(
            [
                ("contract_id", "=", self.contract_id.id),
                ("period_start", ">=", self.period_start),
                ("state", "not in", OPEN_STATES),
            ]
        )
        seen = max((statement.index_revisions or {}).get(str(index.id), 0) for statement in later)
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM ev_price_index_value
                        WHERE index_id = %s AND revision_to IS NULL AND revision_from > %s AND state = 'final'
                          AND date_start < %s AND date_end > %s LIMIT 1""",
                    index.id,
                    seen,
                    self.prices_to,
                    self.prices_from,
                )
            )
        )

    def _fetch_billed(self, statement, versions, columns, joins, last):
        """A page of the usage charges of a closed statement, with what they and their true-ups came to, in millionths."""
        return self.env.execute_query(
            SQL(
                """SELECT ch.id, ch.version_id, ch.site_id, (ch.amount * 1000000)::bigint + COALESCE((
                          SELECT sum(t.amount * 1000000)::bigint FROM ev_charge t WHERE t.origin_id = ch.id
                             AND t.statement_id != %s), 0), %s
                     FROM ev_charge ch %s
                    WHERE ch.statement_id = %s AND ch.kind = 'usage' AND ch.version_id IN %s AND ch.id > %s
                 ORDER BY ch.id LIMIT %s""",
                self.id,
                columns,
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
        columns = SQL(
            """c.id, c.site_id, c.station_id, EXTRACT(EPOCH FROM c.date_start)::bigint,
               EXTRACT(EPOCH FROM c.date_stop)::bigint, c.energy_wh, CASE WHEN c.credit THEN -1 ELSE 1 END, c.power_type, c.kind,
               c.profile_id, c.token_id, p.commercial_partner_id, c.charging_seconds, c.idle_seconds, c.readings,
               (ch.quantity * 1000000)::bigint, c.credit_of_id, NULL"""
        )
        joins = SQL("JOIN ev_cdr c ON c.id = ch.cdr_id LEFT JOIN res_partner p ON p.id = c.partner_id")
        while billed := self._fetch_billed(statement, versions, columns, joins, last):
            last = billed[-1][0]
            origins = {(row[4], row[1]): row for row in billed}
            for cdr, term, version, _quantity, amount, marks, _counted in rater.rate_rows(
                {row[4]: row[4:] for row in billed}.values()
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
                version, (station, token, first, end) = by_key[origin[1]], origin[4:]
                span = Span(first, fields.Date.add(end, days=1))
                whole = None
                if version.basis in MONTHLY_BASES:
                    whole = month_of(first)
                elif version.basis == "period":
                    whole = statement._get_span()
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
        key = LineKey(version, site, "true_up", statement.period_start, statement.id)
        charges.add(key, term, 0, amount - before, kind="true_up", site=site, origin=charge, flags="true_up", **subject)
