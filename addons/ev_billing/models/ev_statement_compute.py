"""Sessions in, charges and lines out: fetch in pages, rate in plain Python, store by COPY.

Which sessions a statement takes
    - A session belongs to the month in which it *ends*, on its site's clock. One that ends at midnight sharp belongs to the
      new month.
    - A session that turns up (or is taken back, or corrected) after its month's statement was approved goes to the contract's
      next open statement, on lines that say so, priced as at its own moment.
    - A session already charged under a term by another statement is not charged under it again.

Memory is one page of sessions, however many there are.
"""

import hashlib
import io
from collections import namedtuple

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import Rater, RatingError, Span, Totals, local_day, month_of, rate_stations

PAGE = 20_000
COLUMNS = (
    "statement_id",
    "line_id",
    "company_id",
    "contract_id",
    "term_id",
    "version_id",
    "cdr_id",
    "station_id",
    "site_id",
    "period_start",
    "period_end",
    "quantity",
    "amount",
    "flags",
)
# What goes with a session besides the facts the rating engine reads (its first ten columns).
Extra = namedtuple("Extra", "late credit replaces flags charged_terms")
Inputs = namedtuple("Inputs", "versions coverage stations windows")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _compute_charges(self):
        """Replace the draft's charges and lines by what the sessions and terms make now."""
        self.ensure_one()
        if self._is_closed():
            raise UserError(self.env._("%s is approved: reset it to draft before computing it again.", self.name))
        self._lock_contract()
        self.env.cr.execute("DELETE FROM ev_charge WHERE statement_id = %s", [self.id])
        # Touching this row before the first insert makes a transaction that is late to the race fail, and be retried, here.
        self.write({"computed_at": fields.Datetime.now()})
        self.flush_recordset()
        self.line_ids.unlink()
        blocking = self._find_blocking()
        totals, digest = Totals(), self._start_digest()
        if not blocking:
            lines = {}
            try:
                self._rate_sessions(totals, digest, lines)
                self._rate_stations(totals, lines)
            except RatingError as error:
                raise UserError(f"{self.contract_id.name}: {error}") from error
            self._store_lines(totals, lines)
        self._store_totals(digest, blocking)

    def _get_inputs_hash(self):
        """The fingerprint of what a computation would read now, without computing."""
        self.ensure_one()
        digest = self._start_digest()
        if not self._find_blocking():
            for _page in self._fetch_sessions(self._get_inputs(), digest):
                pass
        return digest.hexdigest()

    # --------------------------------------------------------------- inputs

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
            str(self._get_span()),
            versions,
            sorted((site.key, site.timezone, str(site.covered)) for site in inputs.coverage.values()),
            [(st.key, st.site, st.power_type, str(st.active)) for st in inputs.stations],
            sorted(inputs.windows),
        )
        return hashlib.sha256(repr(seen).encode())

    def _get_windows(self, coverage):
        """Which ends of sessions to look at: (site, UTC from, UTC to, late?), from included, to excluded."""
        period, windows = self._get_span(), []
        for site in coverage.values():
            start, end = period.epochs(site.timezone)
            windows.append((site.key, start, end, False))
            for span in self._get_closed_spans():
                start, end = span.epochs(site.timezone)
                windows.append((site.key, start, end, True))
        return windows

    def _get_closed_spans(self):
        """Earlier months of this contract that are approved, where this is the next open statement after them."""
        siblings = self.search([("contract_id", "=", self.contract_id.id), ("id", "!=", self.id)], order="period_start")
        still_open = [st.period_start for st in siblings if not st._is_closed() and st.period_start < self.period_start]
        spans = []
        for statement in siblings:
            if not statement._is_closed() or statement.period_start >= self.period_start:
                continue
            if any(start > statement.period_start for start in still_open):
                continue  # an earlier draft comes first
            span = statement._get_span()
            if spans and spans[-1].end == span.start:
                spans[-1] = Span(spans[-1].start, span.end)
            else:
                spans.append(span)
        return spans

    def _find_blocking(self):
        """What stops this statement, as sentences, or nothing."""
        contract = self.contract_id.sudo()
        sentences = contract._find_conflicts(self._get_span())
        asks_power = any(
            version.power_type
            for term in contract.term_ids.filtered(lambda t: t.basis == "charger_month")
            for version in term.version_ids
        )
        if asks_power:
            unknown = [
                station.key for station in contract._get_stations(contract._get_coverage()) if not station.power_type
            ]
            for station in self.env["ev.station"].sudo().browse(unknown):
                sentences.append(
                    self.env._(
                        "Station %s has no EVSE, so nobody knows whether its fee is the AC or the DC one: add its EVSEs.",
                        station.identity,
                    )
                )
        return "\n".join(sentences)

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
            self.partner_id.commercial_partner_id.id,
        )

    def _rate_sessions(self, totals, digest, lines):
        """Rate every session of the period and the late ones, and store their charges page by page."""
        inputs = self._get_inputs()
        rater = Rater(inputs.versions, inputs.coverage.values())
        zones = {site.key: site.timezone for site in inputs.coverage.values()}
        for rows, extras in self._fetch_sessions(inputs, digest):
            facts = {row[0]: row for row in rows}
            charges = []
            for cdr, term, version, quantity, amount in rater.rate_rows(rows):
                extra, row = extras[cdr], facts[cdr]
                if extra.charged_terms and term in extra.charged_terms:
                    continue
                key = (version, row[1], *_get_correction(extra, row[4], zones[row[1]]))
                totals.add(key, quantity, amount)
                line = lines.get(key) or self._add_line(lines, key)
                charges.append(
                    (line.id, term, version, cdr, row[2], row[1], None, None, quantity, amount, _get_flags(extra))
                )
            self._copy_charges(charges)

    def _rate_stations(self, totals, lines):
        """Rate the fees per charger of the period."""
        inputs = self._get_inputs()
        sites = {station.key: station.site for station in inputs.stations}
        rows = []
        for charge in rate_stations(inputs.versions, inputs.stations, inputs.coverage.values(), self._get_span()):
            key = (charge.version, sites[charge.key], "regular", None)
            totals.add(key, charge.quantity_micro, charge.amount_micro)
            line = lines.get(key) or self._add_line(lines, key)
            last_day = fields.Date.subtract(charge.span.end, days=1)
            rows.append(
                (
                    line.id,
                    charge.term,
                    charge.version,
                    None,
                    charge.key,
                    sites[charge.key],
                    charge.span.start,
                    last_day,
                    charge.quantity_micro,
                    charge.amount_micro,
                    None,
                )
            )
        self._copy_charges(rows)

    # ----------------------------------------------------------------- storing

    def _add_line(self, lines, key):
        """The line of that key, still without sums: charges need its id."""
        version_id, site_id, correction, origin = key
        version = self.env["ev.contract.term.version"].browse(version_id)
        term = version.term_id.with_context(lang=self.partner_id.lang)
        site = self.env["ev.site"].browse(site_id)
        lines[key] = line = self.env["ev.statement.line"].create(
            {
                "statement_id": self.id,
                "company_id": self.company_id.id,
                "name": self.env["ev.statement.line"]
                .with_context(lang=self.partner_id.lang)
                ._get_description(term, site, correction, origin),
                "term_id": term.id,
                "version_id": version_id,
                "direction": term.direction,
                "basis": term.basis,
                "product_id": term.product_id.id,
                "site_id": site_id,
                "correction": correction,
                "origin_period": origin,
                "price_unit": version.price,
            }
        )
        self.env["ev.statement.line"].flush_model()
        return line

    def _copy_charges(self, charges):
        """COPY one page of charges; numbers in millionths are written exactly, as decimal text with an exponent."""
        if not charges:
            return
        head = f"{self.id}\t%s\t{self.company_id.id}\t{self.contract_id.id}\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%se-6\t%se-6\t%s\n"
        text = "".join(head % tuple("\\N" if value is None else value for value in charge) for charge in charges)
        self.env.cr.copy_expert(f"COPY ev_charge ({', '.join(COLUMNS)}) FROM STDIN", io.StringIO(text))
        self.env["ev.charge"].invalidate_model()

    def _store_lines(self, totals, lines):
        """Write the sums on the lines and number them as they are read: credits, then charges; regular before corrections."""
        for sums in totals.lines(self.currency_id.decimal_places):
            lines[sums.key].write(
                {
                    "charge_count": sums.count,
                    "quantity": sums.quantity,
                    "amount_exact": sums.exact,
                    "amount": sums.amount,
                }
            )
        order = [key for key, _label in self.env["ev.statement.line"]._fields["correction"].selection]
        ordered = sorted(
            lines.values(),
            key=lambda line: (
                line.direction != "credit",
                order.index(line.correction),
                line.origin_period or self.period_start,
                line.term_id.sequence,
                line.term_id.id,
                line.site_id.name,
                line.version_id.date_from,
                line.id,
            ),
        )
        for number, line in enumerate(ordered, start=1):
            line.number = number
        self.env["ev.statement.line"].flush_model()

    def _store_totals(self, digest, blocking):
        """Add the rounded lines up in the database, where money stays exact."""
        self.invalidate_recordset(["line_ids", "charge_ids"])
        [(charge, credit)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(amount) FILTER (WHERE direction = 'charge'), 0),
                      COALESCE(sum(amount) FILTER (WHERE direction = 'credit'), 0)
                 FROM ev_statement_line WHERE statement_id = %s""",
                self.id,
            )
        )
        [(sessions, energy)] = self.env.execute_query(
            SQL(
                """SELECT count(*), COALESCE(sum(energy_kwh), 0) FROM ev_cdr
                WHERE id IN (SELECT cdr_id FROM ev_charge WHERE statement_id = %s)""",
                self.id,
            )
        )
        self.write(
            {
                "total_charge": charge,
                "total_credit": credit,
                "total": charge - credit,
                "session_count": sessions,
                "energy_kwh": energy,
                "inputs_hash": digest.hexdigest(),
                "blocking_message": blocking or False,
            }
        )


def _get_correction(extra, stop, timezone):
    """(kind of correction, first day of the month the session belongs to); a regular session has no such day."""
    kind = "credit" if extra.credit else "replacement" if extra.replaces else "late" if extra.late else "regular"
    return (kind, None) if kind == "regular" else (kind, month_of(local_day(stop, timezone)).start)


def _get_flags(extra):
    """Marks of the charge: the session's own, and what became of it here."""
    marks = [extra.flags] if extra.flags else []
    marks += [name for name in ("late", "credit") if getattr(extra, name)]
    marks += ["replacement"] if extra.replaces else []
    # COPY's text format: the separators themselves cannot be part of a value
    return ",".join(marks).replace("\\", "").replace("\t", " ").replace("\n", " ") or None
