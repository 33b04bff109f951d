"""Bulk tables of what the lines of a file say: written by COPY while the file is read, so that memory stays flat."""

import csv
import io

from odoo import api, models
from odoo.tools import SQL

# Rows sent to the database at a time.
BATCH = 5_000


class EvFileLine(models.AbstractModel):
    """What such tables share. Each names its columns, file and company first, and says what becomes of a line."""

    _name = "ev.file.line"
    _description = "Line of a File"
    _log_access = False

    # the stored columns in the order of `_get_staged`, behind the file and its company
    _staged_columns = ()

    def _get_staged(self, line):
        """The cells of a `Line` or a `LineError`.

        :rtype: list
        """
        raise NotImplementedError

    @api.model
    def _stage(self, file, lines):
        """COPY the lines of a file here; return how many.

        :param file: the record whose lines they are
        :param lines: iterator of `Line` and `LineError`
        :raise ExchangeError: from the reader
        """
        head, count, buffer = (file.id, file.company_id.id), 0, io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        for line in lines:
            writer.writerow([*head, *self._get_staged(line)])
            count += 1
            if not count % BATCH:
                buffer = self._copy(buffer)
                writer = csv.writer(buffer, lineterminator="\n")
        self._copy(buffer)
        self.invalidate_model()
        return count

    @api.model
    def _copy(self, buffer):
        """Send the rows; return an empty buffer."""
        buffer.seek(0)
        query = SQL(
            "COPY %s (%s) FROM STDIN WITH (FORMAT csv)",
            SQL.identifier(self._table),
            SQL(", ").join(map(SQL.identifier, self._staged_columns)),
        )
        self.env.cr.copy_expert(self.env.cr.mogrify(query).decode(), buffer)
        return io.StringIO()
