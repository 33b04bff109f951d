"""Storing values: one batch, one revision; what was there is closed, never overwritten."""

import io
from collections import namedtuple
from datetime import UTC, datetime
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..indexes import IndexValue, PriceIndexError, is_interval, say_price, say_span, settle
from ..rating import PriceError, from_micro, to_micro
from .ev_price_index_series import LONGEST

StoreResult = namedtuple("StoreResult", "added changed unchanged refused")
StoreResult.__doc__ = """What became of a batch: numbers of values, and a sentence on each that is not taken."""

# An index of quarter-hours also takes what was published before there were any.
TAKES = {"quarter_hour": ("quarter_hour", "half_hour", "hour")}
SHOWN = 20
LARGEST_MICRO = 10**16
EARLIEST, LATEST = 946684800, 4102444800  # 2000 and 2100
COLUMNS = "index_id, date_start, date_end, price, state, source, reason, user_id, recorded_at, revision_from"


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    def _store_values(self, values, source, allow_correction=False, reason=None):
        """Store a batch of values; the same batch again changes nothing.

        A value whose price or state differs replaces the current one, in a new revision of the index. A final value stays:
        a provisional one is not taken in its place, and another final one only as a correction. Checks no access: callers do.

        :param values: iterable of (start epoch, end epoch, Decimal price, final); UTC seconds, end excluded, in any order
        :param str source: where they come from, kept with each
        :param allow_correction: replace final values by other final values
        :param reason: why, required for a correction and kept with the values
        :rtype: StoreResult
        :raises UserError: the batch contradicts itself, the resolution of the index, or intervals that are there
        """
        self.ensure_one()
        if allow_correction and not (reason or "").strip():
            raise UserError(self.env._("Correcting final values takes a reason."))
        batch = self._check_batch(values)
        if not batch:
            return StoreResult(0, 0, 0, ())
        revision = self._lock_revision()
        new, closed, unchanged, kept, corrected = self._compare(batch, allow_correction)
        if new:
            self._insert(new, closed, revision + 1, source, reason)
        if corrected and self.source != "derived":
            self._note_correction(corrected, revision + 1, reason)
        result = StoreResult(len(new) - len(closed), len(closed), unchanged, self._say_kept(kept))
        if new:
            # the sorted batch's first and last are not always those that changed
            self._values_changed(min(value.start for value in new), max(value.end for value in new))
        return result

    def _preview_values(self, values, allow_correction=False):
        """What `_store_values` would make of a batch now, without storing it."""
        self.ensure_one()
        batch = self._check_batch(values)
        if not batch:
            return StoreResult(0, 0, 0, ())
        new, closed, unchanged, kept, _corrected = self._compare(batch, allow_correction)
        return StoreResult(len(new) - len(closed), len(closed), unchanged, self._say_kept(kept))

    # ------------------------------------------------------------------- checks

    def _check_batch(self, values):
        """The batch sorted, each of its values checked on its own and against the others.

        :rtype: list[IndexValue]
        """
        try:
            batch, problems = settle((IndexValue(*value) for value in values), self.tz)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise UserError(
                self.env._("%(index)s: a value is not usable (%(why)s).", index=self.name, why=error)
            ) from error
        allowed = TAKES.get(self.resolution, (self.resolution,))
        for value in batch:
            if problem := self._find_problem(value, allowed):
                problems.append(problem)
        if problems:
            raise UserError(self.env._("%(index)s:\n%(why)s", index=self.name, why=PriceIndexError(problems)))
        return batch

    def _find_problem(self, value, allowed):
        """What is wrong with one value on its own, in a sentence."""
        if not isinstance(value.price, Decimal):
            return self.env._("A price must be a Decimal, not %s.", type(value.price).__name__)
        if not EARLIEST <= value.start < value.end <= LATEST:
            return self.env._(
                "From %(start)s to %(end)s (epoch seconds) is no time between 2000 and 2100.",
                start=value.start,
                end=value.end,
            )
        try:
            if abs(to_micro(value.price)) >= LARGEST_MICRO:
                return self.env._("Price %s is too large.", value.price)
        except PriceError as error:
            return str(error)
        if not any(is_interval(value.start, value.end, name, self.tz) for name in allowed):
            return self.env._(
                "%(interval)s is not one step of the index (%(resolution)s, on the clock of %(timezone)s).",
                interval=say_span(value.start, value.end, self.tz),
                resolution=dict(self._fields["resolution"]._description_selection(self.env))[self.resolution],
                timezone=self.tz,
            )
        return None

    # ---------------------------------------------------------------- comparing

    def _lock_revision(self):
        """Hold the index until the transaction ends; whoever else stores values in it waits, then starts again on a fresh view.

        :return: the revision its values are in now
        """
        self.flush_recordset()
        # NO KEY: adding a contract term that refers to the index need not wait
        [(revision,)] = self.env.execute_query(
            SQL("SELECT COALESCE(revision, 0) FROM ev_price_index WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        return revision

    def _compare(self, batch, allow_correction):
        """Sort the batch out against what is there.

        :return: (values to add, ids of the rows they replace, number of identical ones, [(value, current value)] not taken,
            number of final values that are replaced)
        """
        current = self._fetch_current(batch[0].start, batch[-1].end)
        new, closed, kept, overlaps, unchanged, corrected = [], [], [], [], 0, 0
        for value, at in self._pair(batch, current, overlaps):
            if at is None:
                new.append(value)
                continue
            row_id, row = at
            if row == value:
                unchanged += 1
            elif row.final and not (value.final and allow_correction):
                kept.append((value, row))
            else:
                new.append(value)
                closed.append(row_id)
                corrected += row.final
        if overlaps:
            raise UserError(self.env._("%(index)s:\n%(why)s", index=self.name, why=PriceIndexError(overlaps)))
        return new, closed, unchanged, kept, corrected

    def _fetch_current(self, start, end):
        """[(id, IndexValue)] of the current values that touch [start, end), sorted."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id, extract(epoch FROM date_start)::bigint, extract(epoch FROM date_end)::bigint,
                          (price * 1000000)::bigint, state = 'final'
                     FROM ev_price_index_value
                    WHERE index_id = %s AND revision_to IS NULL AND date_start < to_timestamp(%s) AT TIME ZONE 'UTC'
                      AND date_start >= to_timestamp(%s) AT TIME ZONE 'UTC' AND date_end > to_timestamp(%s) AT TIME ZONE 'UTC'
                    ORDER BY date_start""",
                self.id,
                end,
                start - LONGEST,
                start,
            )
        )
        return [
            (row_id, IndexValue(first, last, from_micro(micro), final)) for row_id, first, last, micro, final in rows
        ]

    def _pair(self, batch, current, overlaps):
        """Each value with the (id, value) there is for the same time, or with None; sentences on those that overlap otherwise.

        Both are sorted and without overlaps of their own, so one walk over the two finds every pair.
        """
        at = 0
        for value in batch:
            while at < len(current) and current[at][1].end <= value.start:
                at += 1
            there = current[at] if at < len(current) and current[at][1].start < value.end else None
            if there and (there[1].start, there[1].end) != (value.start, value.end):
                overlaps.append(
                    self.env._(
                        "%(new)s overlaps %(there)s, which has a value of another length.",
                        new=say_span(value.start, value.end, self.tz),
                        there=say_span(there[1].start, there[1].end, self.tz),
                    )
                )
                continue
            yield value, there

    # ------------------------------------------------------------------ storing

    def _insert(self, new, closed, revision, source, reason):
        """Close the rows that are replaced, COPY the new ones, and move the index to the new revision."""
        cr = self.env.cr
        cr.execute("UPDATE ev_price_index SET revision = %s WHERE id = %s", [revision, self.id])
        if closed:
            cr.execute("UPDATE ev_price_index_value SET revision_to = %s WHERE id = ANY(%s)", [revision, closed])
        now = fields.Datetime.to_string(fields.Datetime.now())
        tail = f"{_escape(source)}\t{_escape(reason)}\t{self.env.uid}\t{now}\t{revision}\n"
        text = "".join(
            f"{self.id}\t{_to_timestamp(value.start)}\t{_to_timestamp(value.end)}\t{to_micro(value.price)}e-6\t"
            f"{'final' if value.final else 'provisional'}\t{tail}"
            for value in new
        )
        cr.copy_expert(f"COPY ev_price_index_value ({COLUMNS}) FROM STDIN", io.StringIO(text))
        self.invalidate_recordset()
        self.env["ev.price.index.value"].invalidate_model()

    def _note_correction(self, count, revision, reason):
        self.message_post(
            body=self.env._(
                "Revision %(revision)s replaced %(count)s final values: %(reason)s",
                revision=revision,
                count=count,
                reason=reason,
            )
        )

    def _say_kept(self, kept):
        """Sentences on what is not taken, runs of consecutive values as one."""
        sentences, run = [], []
        for value, row in [*kept, (None, None)]:
            if value is not None and not value.final:
                run.append(value)
                continue
            if run:
                sentences.append(
                    self.env._(
                        "%(interval)s is final already: %(count)s provisional values are not taken.",
                        interval=say_span(run[0].start, run[-1].end, self.tz),
                        count=len(run),
                    )
                )
                run = []
            if value is not None:
                sentences.append(
                    self.env._(
                        "%(interval)s is final at %(there)s; %(new)s is not taken: import it as a correction, with a reason.",
                        interval=say_span(value.start, value.end, self.tz),
                        there=say_price(row.price),
                        new=say_price(value.price),
                    )
                )
        if len(sentences) > SHOWN:
            sentences[SHOWN:] = [self.env._("... and %s more.", len(sentences) - SHOWN)]
        return tuple(sentences)


def _to_timestamp(epoch):
    """UTC text for PostgreSQL."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(" ")[:19]


def _escape(text):
    """A value of COPY's text format; its separators cannot be part of it."""
    if not text:
        return "\\N"
    return " ".join(str(text).replace("\\", "/").split())[:500]
