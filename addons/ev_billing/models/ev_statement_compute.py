"""From sessions to charges and lines: fetch in pages, rate in plain Python, store by COPY.

Memory is one page of sessions, however many there are.
"""

import io

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import Rater, RatingError, Totals, local_day, month_of, rate_stations
from .ev_statement_sessions import PARTIES

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
        parties = {name: self.contract_id[name].id for name in PARTIES}
        self.write({**parties, "computed_at": fields.Datetime.now()})
        self.flush_recordset()
        self.line_ids.unlink()
        fingerprint, blocking = False, False
        try:
            with self.env.cr.savepoint():
                fingerprint = self._rate()
        except RatingError as error:
            blocking = self.env._("%(contract)s: %(why)s", contract=self.contract_id.name, why=error)
        except UserError as error:
            blocking = str(error)
        self._store_totals(fingerprint, blocking)

    def _rate(self):
        """Make the charges and lines, and return the fingerprint of what they were made from.

        :raises UserError, RatingError: what blocks the statement; the caller takes everything back then
        """
        if blocking := self._find_blocking():
            raise UserError(blocking)
        totals, digest, lines = Totals(), self._start_digest(), {}
        self._rate_sessions(totals, digest, lines)
        self._rate_stations(totals, lines)
        if blocking := self._find_charged_elsewhere():
            raise UserError(blocking)
        self._store_lines(totals, lines)
        return digest.hexdigest()

    def _get_inputs_hash(self):
        """The fingerprint of what a computation would read now, without computing."""
        self.ensure_one()
        digest = self._start_digest()
        for _page in self._fetch_sessions(self._get_inputs(), digest):
            pass
        return digest.hexdigest()

    # ------------------------------------------------------------------ rating

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

    def _store_totals(self, fingerprint, blocking):
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
                "inputs_hash": fingerprint,
                "blocking_message": blocking,
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
