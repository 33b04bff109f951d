"""Working a charge out again: the facts and prices as they were, the engine's slow and wordy way."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import (
    Explanation,
    Indexed,
    Session,
    Span,
    Step,
    epoch,
    explain_limit,
    explain_period,
    explain_session,
    from_micro,
    limits_of,
    to_micro,
)
from ..rating.calculation import write_calculation


class EvCharge(models.Model):
    _inherit = "ev.charge"

    def _explain(self):
        """Work the charge out again from its session, version and the index values known when it was computed.

        :rtype: rating.Explanation, or None where the version makes no charge of it
        """
        self.ensure_one()
        if self.kind == "limit":
            return self._explain_limit()
        if self.kind == "true_up":
            return self._explain_true_up()
        return self._explain_usage(self.statement_id)

    def _explain_usage(self, priced_by, revenue=None, wording=None):
        """The charge with the index values that `priced_by`, a statement, knew.

        :param revenue: millionths a revenue share stands on, where it is not what the charge was made with
        :param wording: version of its term to work it out under, where it is not its own
        """
        [version] = (wording or self.version_id).sudo()._to_rating(ended=True)
        read_index = priced_by.sudo()._get_index_reader(as_computed=True)
        counted = self._get_micro("counted")
        if self.period_start:
            span = Span(self.period_start, fields.Date.add(self.period_end, days=1))
            period = self.statement_id.sudo()._get_fee_period(self.period_start)
            return explain_period(span, version, period, self._get_site(), read_index, counted)
        return explain_session(self._get_session(revenue), version, self._get_site(), read_index, counted)

    def _get_calculation(self):
        """Everything the calculation of this session's charge reads, as a document (`rating.calculation`).

        :rtype: dict
        """
        session, [version] = self._get_session(), self.version_id.sudo()._to_rating(ended=True)
        series = []
        if isinstance(version.price, Indexed):
            read_index = self.statement_id.sudo()._get_index_reader(as_computed=True)
            series.append(read_index(version.price.index, session.start, session.stop))
        counted = {version.key: self._get_micro("counted")}
        names = {version.term: self.term_id.sudo().name}
        return write_calculation(self._get_site(), session, [version], series, counted, names)

    def _get_site(self):
        return self.contract_id.sudo()._get_rating_site(self.site_id.sudo())

    def _get_session(self, revenue=None):
        """The session as the engine read it."""
        cdr = self.cdr_id.sudo()
        return Session(
            cdr.id,
            cdr.site_id.id,
            cdr.station_id.id,
            epoch(cdr.date_start),
            epoch(cdr.date_stop),
            cdr.energy_wh,
            -1 if cdr.credit else 1,
            cdr.power_type or None,
            cdr.kind or None,
            cdr.profile_id.id or None,
            cdr.token_id.id or None,
            cdr.partner_id.commercial_partner_id.id or None,
            cdr.charging_seconds,
            cdr.idle_seconds,
            tuple(tuple(reading) for reading in cdr.readings or ()),
            (revenue or self._get_micro("quantity")) if self.term_id.basis == "revenue" else None,
            cdr.credit_of_id.id or None,
        )

    def _get_micro(self, name):
        """One of its numbers in exact millionths, or None where it is empty."""
        self.flush_recordset()
        [(text,)] = self.env.execute_query(
            SQL("SELECT %s::text FROM ev_charge WHERE id = %s", SQL.identifier(name), self.id)
        )
        return None if text is None else to_micro(text)

    # ----------------------------------------------------------------- true-up

    def _explain_true_up(self):
        """The original at today's prices, less what is charged already."""
        origin = self.origin_id.sudo()
        if self.version_id != origin.version_id:
            again = self._explain_amended(origin)
        else:
            revenue = self._get_micro("counted") if self.term_id.basis == "revenue" else None
            again = origin._explain_usage(self.statement_id, revenue)
        if again is None or again.amount is None:
            raise UserError(self.env._("The charge it corrects can no longer be worked out."))
        before = self._get_charged_before()
        amount = again.amount - from_micro(before)
        steps = (
            *again.steps,
            Step("Charged before", f"statement {origin.statement_id.name} and later true-ups", from_micro(before)),
            Step("Difference", f"{again.amount} - {from_micro(before)}", amount),
        )
        return Explanation(steps, from_micro(0), amount)

    def _explain_amended(self, origin):
        """The original under the wording that reaches back; nothing where that no longer covers it."""
        if not origin.period_start:
            again = origin._explain_usage(self.statement_id, wording=self.version_id)
            nothing = Step(self.env._("Not covered any more"), self.version_id.sudo().sentence, from_micro(0))
            return again or Explanation((nothing,), from_micro(0), from_micro(0))
        return self._explain_amended_fee(origin)

    def _explain_amended_fee(self, origin):
        """A fee's days, each under the wording in force on it now."""
        read_index = self.statement_id.sudo()._get_index_reader(as_computed=True)
        days = Span(origin.period_start, fields.Date.add(origin.period_end, days=1))
        period = origin.statement_id.sudo()._get_fee_period(origin.period_start)
        versions = self.term_id.sudo().with_context(active_test=False).version_ids._to_rating()
        parts = [
            explain_period(part, version, period, origin._get_site(), read_index, None)
            for version in sorted(versions, key=lambda version: version.valid.start)
            if (part := days & version.valid)
        ]
        steps = tuple(step for part in parts for step in part.steps)
        return Explanation(steps, from_micro(0), sum((part.amount for part in parts), from_micro(0)))

    def _get_charged_before(self):
        """Millionths that the original and true-ups made before this one came to, in whatever order their periods were billed."""
        [(text,)] = self.env.execute_query(
            SQL(
                """SELECT sum(c.amount)::text FROM ev_charge c
                    WHERE (c.id = %(origin)s OR c.origin_id = %(origin)s) AND c.id < %(charge)s""",
                origin=self.origin_id.id,
                charge=self.id,
            )
        )
        return to_micro(text)

    # ------------------------------------------------------------------ limits

    def _explain_limit(self):
        """What the version made in the period, what its limits say, and what earlier statements had adjusted."""
        period = Span(self.period_start, fields.Date.add(self.period_end, days=1))
        [version] = self.version_id.sudo()._to_rating(ended=True)
        limits = limits_of(version, period, [self.contract_id.sudo()._get_span()])
        return explain_limit(limits, self._get_micro("counted"), self._get_adjusted_before())

    def _get_adjusted_before(self):
        """Millionths by which charges made before this one had adjusted the same version and period."""
        [(text,)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(c.amount), 0)::text FROM ev_charge c JOIN ev_statement s ON s.id = c.statement_id
                    WHERE c.kind = 'limit' AND c.version_id = %s AND c.period_start = %s AND c.id < %s AND s.id != %s
                      AND s.state NOT IN ('draft', 'control')""",
                self.version_id.id,
                self.period_start,
                self.id,
                self.statement_id.id,
            )
        )
        return to_micro(text)
