"""What a price that changes with time made of each session, slice by slice.

The slices are worked out again by the rating engine, page by page, from the readings and the index values the statement was
computed with; the last slice of each session adds them up by formula beside the amount that was charged.
"""

from datetime import UTC, datetime

from odoo.tools import SQL

from ...rating import MICRO, SESSION_BASES, UNITS, Indexed
from ...rating.breakdown import Slicer, varies
from ...rating.period import zone
from .book import format_offset, to_serial

# Sessions come with their readings: pages are smaller than those of the other sheets.
PAGE = 1_000
COLUMNS = (
    ("Line", 6),
    ("Session", 26),
    ("From", 19),
    ("To", 19),
    ("UTC", 8),
    ("Quantity", 12),
    ("Unit", 8),
    ("Price", 14),
    ("Index Value", 14),
    ("Band", 16),
    ("Amount", 16),
    ("Sum of Slices", 16),
    ("On Sessions", 16),
    ("Difference", 12),
)


def write_slices(book):
    """The sheet Slices; none where no price changes with time."""
    versions = book.statement.line_ids.filtered(lambda line: line.basis in SESSION_BASES).version_id
    versions = {version.key: version for version in versions._to_rating(ended=True) if varies(version)}
    if versions:
        _SlicesSheet(book, versions).fill()


class _SlicesSheet:
    def __init__(self, book, versions):
        self.book, self.versions = book, versions
        self.table = book.add_table("Slices", COLUMNS)
        self._slicers, self._clocks = {}, {}
        self._read_index = book.statement._get_index_reader(as_computed=True)

    def fill(self):
        for _id, version, line, session, amount, before, *row in self._fetch():
            slicer = self._get_slicer(version, row[1])
            # a true-up may say that its wording does not cover the session any more: all of it is taken back
            slices = slicer.cut(tuple(row)) if before is None or slicer.covers(row) else []
            self._write_session(slicer, line, session, slices, amount, before, row[1])

    def _get_slicer(self, version, site):
        if (version, site) not in self._slicers:
            place = self.book.statement.contract_id._get_rating_site(self.book.env["ev.site"].browse(site))
            self._clocks[site] = zone(place.timezone)
            self._slicers[version, site] = Slicer(self.versions[version], place, self._read_index)
        return self._slicers[version, site]

    def _write_session(self, slicer, line, session, slices, amount, before, site):
        """The slices of one charge together; a true-up ends with what had been charged before."""
        count = len(slices) + (before is not None)
        if not count:
            return
        first = self.table.reserve(count)
        for row, piece in enumerate(slices, start=first):
            self._write_slice(row, slicer, line, session, piece, self._clocks[site])
        last = first + count - 1
        sheet, six = self.table.sheet, self.book.format["six"]
        if before is not None:
            sheet.write_number(last, 0, line)
            sheet.write_string(last, 1, session)
            sheet.write_string(last, 9, "charged before")
            sheet.write_number(last, 10, -before, six)
        total = sum(piece.amount for piece in slices)
        value = round(float(total) - (before or 0), 6)
        sheet.write_formula(last, 11, f"=ROUND(SUM(K{first + 1}:K{last + 1}),6)", six, value)
        sheet.write_number(last, 12, amount, six)
        sheet.write_formula(last, 13, f"=ROUND(L{last + 1}-M{last + 1},6)", six, round(value - amount, 6))

    def _write_slice(self, row, slicer, line, session, piece, clock):
        number, text = self.table.sheet.write_number, self.table.sheet.write_string
        time, six, nine = (self.book.format[name] for name in ("time", "six", "nine"))
        offset = datetime.fromtimestamp(piece.start, tz=UTC).astimezone(clock).utcoffset().total_seconds()
        end = datetime.fromtimestamp(piece.stop, tz=UTC).astimezone(clock).utcoffset().total_seconds()
        number(row, 0, line)
        text(row, 1, session)
        number(row, 2, to_serial(piece.start + offset), time)
        number(row, 3, to_serial(piece.stop + end), time)
        text(row, 4, format_offset(offset))
        number(row, 5, float(piece.quantity), six)
        text(row, 6, UNITS[slicer.version.basis])
        number(row, 7, float(piece.price), nine)
        if isinstance(slicer.version.price, Indexed):
            if piece.cause is not None:
                number(row, 8, piece.cause / MICRO, six)
        elif piece.cause:
            text(row, 9, piece.cause)
        number(row, 10, float(piece.amount), nine)

    def _fetch(self):
        """Pages of charges with the session as the engine reads it (`rating.Session`); `before` is what a true-up's session had
        been charged until then."""
        self.book.env["ev.charge"].flush_model()
        last = 0
        while True:
            rows = self.book.env.execute_query(
                SQL(
                    """SELECT ch.id, ch.version_id, l.number, c.external_id, ch.amount::float8,
                              CASE WHEN ch.kind = 'true_up' THEN
                                  (SELECT sum(b.amount) FROM ev_charge b
                                    WHERE (b.id = ch.origin_id OR b.origin_id = ch.origin_id) AND b.id < ch.id)::float8 END,
                              c.id, c.site_id, c.station_id, EXTRACT(EPOCH FROM c.date_start)::bigint,
                              EXTRACT(EPOCH FROM c.date_stop)::bigint, c.energy_wh, CASE WHEN c.credit THEN -1 ELSE 1 END,
                              c.power_type, c.kind, c.profile_id, c.token_id, p.commercial_partner_id,
                              c.charging_seconds, c.idle_seconds,
                              c.readings, (CASE WHEN ch.kind = 'true_up' THEN ch.counted ELSE ch.quantity END
                                           * 1000000)::bigint, c.credit_of_id, NULL
                         FROM ev_charge ch
                         JOIN ev_statement_line l ON l.id = ch.line_id
                         JOIN ev_cdr c ON c.id = ch.cdr_id
                    LEFT JOIN res_partner p ON p.id = c.partner_id
                        WHERE ch.statement_id = %s AND ch.id > %s AND ch.version_id IN %s AND ch.kind IN ('usage', 'true_up')
                     ORDER BY ch.id LIMIT %s""",
                    self.book.statement.id,
                    last,
                    tuple(self.versions),
                    PAGE,
                )
            )
            yield from rows
            if len(rows) < PAGE:
                return
            last = rows[-1][0]
