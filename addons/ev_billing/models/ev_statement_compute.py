"""From sessions to charges and lines: fetch in pages, rate in plain Python, store by COPY.

The order is fixed: sessions and fees first; then what final prices and amended terms change about earlier statements; last the
minimum guarantees and caps, which look at all of it. Memory is one page of sessions, however many there are.
"""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import PROVISIONAL, Indexed, Rater, RatingError, local_day, mark_names, month_of
from .ev_statement_charges import Charges, LineKey
from .ev_statement_sessions import ORIGINAL, PARTIES


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _compute_charges(self):
        """Replace the draft's charges and lines by what the sessions and terms make now."""
        self.ensure_one()
        if self._is_closed():
            raise UserError(self._say_closed(self.env._("reset it to draft before computing it again")))
        self._lock_contract()
        self.env.cr.execute("DELETE FROM ev_charge WHERE statement_id = %s", [self.id])
        # Touching this row before the first insert makes a transaction that is late to the race fail, and be retried, here.
        parties = {name: self.contract_id[name].id for name in PARTIES}
        self.write({**parties, "computed_at": fields.Datetime.now()})
        self.flush_recordset()
        self.line_ids.unlink()
        self.gap_ids.unlink()
        fingerprint, blocking = False, False
        try:
            with self.env.cr.savepoint():
                fingerprint = self._rate()
        except RatingError as error:
            blocking = self.env._("%(contract)s: %(why)s", contract=self.contract_id.name, why=error)
        except UserError as error:
            blocking = str(error)
        self._store_totals(fingerprint, blocking)
        self._uncheck()

    def _rate(self):
        """Make the charges and lines, and return the fingerprint of what they were made from.

        :raises UserError, RatingError: what blocks the statement; the caller takes everything back then
        """
        if blocking := self._find_blocking():
            raise UserError(blocking)
        inputs, digest = self._get_inputs(), self._start_digest()
        charges = Charges(self, inputs.versions)
        self._rate_sessions(inputs, charges, digest)
        self._rate_subjects(inputs, charges)
        self._true_up(inputs, charges)
        self._true_up_amended(inputs, charges)
        self._true_up_revenue(inputs, charges)
        self._keep_limits(inputs, charges)
        if blocking := self._find_charged_elsewhere():
            raise UserError(blocking)
        charges.store_lines()
        self._store_prices_used(inputs, charges)
        self._digest_prices(digest)
        return digest.hexdigest()

    def _get_inputs_hash(self):
        """The fingerprint of what a computation would read now, without computing."""
        self.ensure_one()
        digest = self._start_digest()
        for _page in self._fetch_sessions(self._get_inputs(), digest):
            pass
        self._digest_prices(digest)
        return digest.hexdigest()

    # ------------------------------------------------------------------ rating

    def _make_rater(self, inputs):
        """The engine over this statement's terms, with what earlier statements counted in the same periods."""
        return Rater(
            inputs.versions,
            inputs.coverage.values(),
            self._get_index_reader(),
            self._get_counted() if any(version.is_tiered for version in inputs.versions) else {},
        )

    def _rate_sessions(self, inputs, charges, digest=None):
        """Rate every session of the period and the late ones, and store their charges page by page."""
        rater = self._make_rater(inputs)
        if rater.has_volumes:
            for rows, extras in self._fetch_sessions(inputs):
                self._tell_charged(rater, inputs, rows, extras)
                rater.count_rows(rows)
        zones = {site.key: site.timezone for site in inputs.coverage.values()}
        indexed = {version.key for version in inputs.versions if isinstance(version.price, Indexed)}
        shares = {version.key for version in inputs.versions if version.basis == "revenue"}
        for rows, extras in self._fetch_sessions(inputs, digest):
            if rater.is_tiered:
                self._tell_charged(rater, inputs, rows, extras)
            facts = {row[0]: row for row in rows}
            for cdr, term, version, quantity, amount, marks, counted in rater.rate_rows(rows):
                extra, row = extras[cdr], facts[cdr]
                if extra.charged_terms and term in extra.charged_terms:
                    continue
                if amount is None:
                    charges.wait(version, row[3], row[4], row[5])
                    continue
                if version in indexed:
                    charges.use_prices(row[3], row[4])
                elif extra.provisional and version in shares:
                    marks |= PROVISIONAL
                key = LineKey(version, row[1], *_get_correction(extra, row[4], zones[row[1]]))
                charges.add(
                    key,
                    term,
                    quantity,
                    amount,
                    cdr=cdr,
                    station=row[2],
                    site=row[1],
                    counted=counted,
                    flags=_get_flags(extra, marks),
                    provisional=bool(marks & PROVISIONAL),
                )
            charges.flush()

    def _tell_charged(self, rater, inputs, rows, extras):
        """Tell the engine what earlier statements charged of these sessions, and where originals of credits stood in tiers."""
        rater.charged = {key: set(extra.charged_terms) for key, extra in extras.items() if extra.charged_terms}
        originals = {row[ORIGINAL] for row in rows if row[ORIGINAL]}
        if originals:
            tiered = {version.term for version in inputs.versions if version.is_tiered}
            rater.mirrors.update(self._get_mirrors(originals, tiered))

    # ----------------------------------------------------------------- storing

    def _store_totals(self, fingerprint, blocking):
        """Add the rounded lines up in the database, where money stays exact."""
        self.invalidate_recordset(["line_ids", "charge_ids", "gap_ids"])
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
                WHERE id IN (SELECT cdr_id FROM ev_charge WHERE statement_id = %s AND kind = 'usage')""",
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
    """(kind of correction, first day of the month the session belongs to, the statement it corrects), as `LineKey` has them."""
    kind = "credit" if extra.credit else "replacement" if extra.replaces else "late" if extra.late else "regular"
    return (kind, None) if kind == "regular" else (kind, month_of(local_day(stop, timezone)).start, extra.origin)


def _get_flags(extra, marks):
    """Marks of the charge: the session's own, what became of it here, and how its price came about."""
    words = [extra.flags] if extra.flags else []
    words += [name for name in ("late", "credit") if getattr(extra, name)]
    words += ["replacement"] if extra.replaces else []
    words += [name for name in mark_names(marks) if not extra.flags or name not in extra.flags]
    # COPY's text format: the separators themselves cannot be part of a value
    return ",".join(words).replace("\\", "").replace("\t", " ").replace("\n", " ") or None
