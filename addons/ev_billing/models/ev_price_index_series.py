"""Reading the values of an index: exact integers from SQL, as of now or as of any revision."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..indexes import IndexValue, find_gaps
from ..rating import RatingError, from_micro
from ..rating.series import IndexSeries

# How far before a moment a value that still applies can begin: a year is the longest.
LONGEST = 367 * 86400


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    def _get_series(self, start_epoch, end_epoch, revision=None):
        """The values that apply at any moment of [start, end).

        :param int start_epoch: UTC epoch seconds
        :param int end_epoch: UTC epoch seconds, excluded
        :param revision: the values as they were known in that revision; the current ones when None
        :rtype: IndexSeries
        :raises UserError: there is no such revision
        """
        self.ensure_one()
        rows = self._fetch_rows(start_epoch, end_epoch, revision)
        starts, ends, micros, finals = zip(*rows, strict=True) if rows else ((), (), (), ())
        try:
            return IndexSeries(self.id, self.name, starts, ends, micros, finals)
        except RatingError as error:
            raise UserError(str(error)) from error

    def _get_gaps(self, start_epoch, end_epoch):
        """What of [start, end) has no current value: [(start, end)] in UTC epoch seconds."""
        series = self._get_series(start_epoch, end_epoch)
        return find_gaps(zip(series.starts, series.ends, strict=True), start_epoch, end_epoch)

    def _get_values(self, start_epoch, end_epoch):
        """The current values as the functions in `indexes` take them."""
        return [
            IndexValue(start, end, from_micro(micro), final)
            for start, end, micro, final in self._fetch_rows(start_epoch, end_epoch)
        ]

    def _fetch_rows(self, start_epoch, end_epoch, revision=None):
        """[(start, end, price in millionths, final)] sorted by start."""
        self.ensure_one()
        if revision is None:
            known = SQL("revision_to IS NULL")
        elif 0 <= revision <= self._read_revision():
            known = SQL("revision_from <= %s AND (revision_to IS NULL OR revision_to > %s)", revision, revision)
        else:
            raise UserError(self.env._("%(index)s has no revision %(revision)s.", index=self.name, revision=revision))
        # numeric becomes float in Python: integers of millionths stay exact
        return self.env.execute_query(
            SQL(
                """SELECT extract(epoch FROM date_start)::bigint, extract(epoch FROM date_end)::bigint,
                          (price * 1000000)::bigint, state = 'final'
                     FROM ev_price_index_value
                    WHERE index_id = %s AND %s AND date_start < to_timestamp(%s) AT TIME ZONE 'UTC'
                      AND date_start >= to_timestamp(%s) AT TIME ZONE 'UTC' AND date_end > to_timestamp(%s) AT TIME ZONE 'UTC'
                    ORDER BY date_start""",
                self.id,
                known,
                end_epoch,
                start_epoch - LONGEST,
                start_epoch,
            )
        )

    def _read_revision(self):
        [(revision,)] = self.env.execute_query(
            SQL("SELECT COALESCE(revision, 0) FROM ev_price_index WHERE id = %s", self.id)
        )
        return revision

    def _get_extent(self):
        """(first start, last end) of the current values in UTC epoch seconds; None without values."""
        self.ensure_one()
        [extent] = self.env.execute_query(
            SQL(
                """SELECT extract(epoch FROM min(date_start))::bigint, extract(epoch FROM max(date_end))::bigint
                     FROM ev_price_index_value WHERE index_id = %s AND revision_to IS NULL""",
                self.id,
            )
        )
        return extent if extent[0] is not None else None
