"""The comparison as a spreadsheet whose sums an accountant can follow: each sheet a result, totals and differences by formula."""

from decimal import Decimal

import xlsxwriter

from odoo.addons.ev_billing.reports.annex.book import ROWS_PER_SHEET, to_serial

from ..book import FORMATS as BASE
from ..book import write_book
from .rows import fetch_rows, get_columns

FORMATS = BASE | {
    "count": {"num_format": "#,##0"},
    "marked": {"bg_color": "#FCE4D6"},
    "kwh_marked": {"num_format": "#,##0.000", "bg_color": "#FCE4D6"},
    "cost_marked": {"num_format": "#,##0.000000", "bg_color": "#FCE4D6"},
    "time_marked": {"num_format": "yyyy-mm-dd hh:mm:ss", "bg_color": "#FCE4D6"},
}
RESULTS = ("matched", "different", "missing_here", "missing_there", "error")
# Columns, from 0: their kWh, ours, their amount, ours; beside each pair stands the difference.
KWH, AMOUNT, LAST = 7, 10, 18
LETTERS = "ABCDEFGHIJKLMNOPQRS"


def write_comparison(partner_file):
    """The comparison as an open temporary file, to be used in a `with`; it is gone afterwards.

    :param partner_file: ev.partner.file record with access to sessions
    """
    return write_book(lambda book: _Writer(book, partner_file).fill())


class _Writer:
    def __init__(self, book, partner_file):
        self.book, self.record, self.env = book, partner_file, partner_file.env
        self.format = {name: book.add_format(spec) for name, spec in FORMATS.items()}
        self.columns = get_columns(self.env)
        lines = self.env["ev.partner.file.line"]
        self.words = lines._get_code_words()
        self.results = dict(lines._fields["result"]._description_selection(self.env))
        self.reasons = dict(lines._fields["reason"]._description_selection(self.env))
        # {result: [(sheet, number of rows)]}: what the summary adds up
        self.filled = {}

    def fill(self):
        summary = self.book.add_worksheet(self.env._("Summary"))
        for result in RESULTS:
            self._write_result(result)
        self._write_summary(summary)

    # ------------------------------------------------------------------- sheets

    def _write_result(self, result):
        self.filled[result] = []
        self._open(result)
        for page in fetch_rows(self.record, result):
            for row in page:
                self._write_row(result, row)
        self._close(result)

    def _open(self, result):
        number = len(self.filled[result])
        self.name = self.results[result] + (f" {number + 1}" if number else "")
        self.sheet = self.book.add_worksheet(self.name)
        for index, (title, _kind, width) in enumerate(self.columns):
            self.sheet.set_column(index, index, width)
            self.sheet.write_string(0, index, title, self.format["head"])
        self.sheet.freeze_panes(1, 1)
        self.row = 0

    def _close(self, result):
        if self.row:
            self.sheet.autofilter(0, 0, self.row, LAST)
        self.filled[result].append((self.name, self.row))

    def _write_row(self, result, row):
        if self.row >= ROWS_PER_SHEET:
            self._close(result)
            self._open(result)
        self.row += 1
        at, number, text = self.row, self.sheet.write_number, self.sheet.write_string
        codes = row.differences.split(",") if row.differences else ()
        style = self._get_styles(codes) if codes else self.format
        if row.number is not None:
            number(at, 0, row.number, self.format["count"])
        for column, moment in enumerate((row.start, row.our_start, row.stop, row.our_stop), 3):
            if moment is not None:
                number(at, column, to_serial(moment), style["time"])
        texts = (
            (1, row.id), (2, row.our_id), (13, self._name_currency(row)), (14, row.evse), (15, row.our_evse),
            (16, row.badge or row.emaid), (17, row.our_badge), (LAST, self._say(result, row)),
        )  # fmt: skip
        for column, said in texts:
            if said:
                text(at, column, said)
        foreign = "currency" in codes
        self._write_pair(KWH, _kwh(row.wh), _kwh(row.our_wh), style["kwh"])
        self._write_pair(AMOUNT, _cost(row.amount), _cost(row.our_amount), style["cost"], foreign)

    def _get_styles(self, codes):
        """Formats by kind, coloured where the two differ."""
        marked = {"time": "time" in codes, "kwh": "energy" in codes, "cost": "price" in codes or "currency" in codes}
        return {kind: self.format[f"{kind}_marked" if on else kind] for kind, on in marked.items()}

    def _write_pair(self, column, theirs, ours, style, foreign=False):
        """Theirs, ours, and the difference as a formula where both are there and in one unit."""
        at = self.row
        for place, value in ((column, theirs), (column + 1, ours)):
            if value is not None:
                self.sheet.write_number(at, place, value, style)
        if theirs is not None and ours is not None and not foreign:
            left, right, row = LETTERS[column], LETTERS[column + 1], at + 1
            formula = f"=ROUND({left}{row}-{right}{row},6)"
            self.sheet.write_formula(at, column + 2, formula, style, theirs - ours)

    def _name_currency(self, row):
        """Where their list names none it is the statement's: the summary adds up by this column."""
        return row.currency or (self.record.currency_id.name if row.amount is not None else None)

    def _say(self, result, row):
        """The remark: in what the line differs, what we know of it, or why it could not be read."""
        if result == "missing_here":
            told = self.reasons.get(row.reason, "")
            return f"{told} ({row.message})" if row.message else told
        if result == "error":
            return row.message
        told = ", ".join(self.words[code] for code in (row.differences or "").split(",") if code)
        return self.env._("%(what)s (line %(line)s)", what=told, line=row.first) if row.first else told

    # ------------------------------------------------------------------ summary

    def _write_summary(self, sheet):
        """Counts and sums of each sheet, by formula, with what the sheets hold as their cached values."""
        record, style = self.record, self.format
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 7, 18)
        sheet.write_string(0, 0, f"{record.statement_id.name} · {record.partner_id.name}", style["title"])
        facts = (
            (self.env._("Their list"), record.file_name),
            (self.env._("Period"), record.statement_id._get_period_label()),
            (self.env._("Currency"), record.currency_id.name),
            (self.env._("Tolerances"), self._say_tolerances()),
        )
        for row, (label, value) in enumerate(facts, 1):
            sheet.write_string(row, 0, label, style["bold"])
            sheet.write_string(row, 1, value)
        titles = (
            self.env._("Result"), self.env._("Sessions"), self.env._("Their kWh"), self.env._("Our kWh"),
            self.env._("Difference (kWh)"), self.env._("Their Amount"), self.env._("Our Amount"), self.env._("Difference"),
        )  # fmt: skip
        first = len(facts) + 2
        sheet.write_row(first, 0, titles, style["head"])
        for row, result in enumerate(RESULTS, first + 1):
            self._write_sums(sheet, row, result)
        last = first + len(RESULTS)
        sheet.write_string(last + 1, 0, self.env._("All"), style["bold"])
        for column, kind in enumerate(("count", "kwh", "kwh", "kwh", "cost", "cost", "cost"), 1):
            name = xlsxwriter.utility.xl_col_to_name(column)
            sheet.write_formula(last + 1, column, f"=SUM({name}{first + 2}:{name}{last + 1})", style[kind], "")
        for row, paragraph in enumerate(self._get_read_me(), last + 4):
            sheet.write_string(row, 0, paragraph)

    def _write_sums(self, sheet, row, result):
        style, sums = self.format, self.record.sum_ids
        known = sums.filtered(lambda one: one.result == result and not one.code)
        sheet.write_string(row, 0, self.results[result])
        counts = "+".join(f"ROWS('{name}'!A2:A{rows + 1})" for name, rows in self.filled[result] if rows)
        sheet.write_formula(row, 1, f"={counts or 0}", style["count"], known.count)
        values = (known.their_kwh, known.our_kwh, known.their_amount, known.our_amount)
        for place, column, kind, value in zip((2, 3, 5, 6), (KWH, KWH + 1, AMOUNT, AMOUNT + 1),
                                              ("kwh", "kwh", "cost", "cost"), values, strict=True):  # fmt: skip
            sheet.write_formula(row, place, self._sum_of(result, column), style[kind], value)
        at = row + 1
        sheet.write_formula(row, 4, f"=C{at}-D{at}", style["kwh"], known.their_kwh - known.our_kwh)
        sheet.write_formula(row, 7, f"=F{at}-G{at}", style["cost"], known.their_amount - known.our_amount)

    def _sum_of(self, result, column):
        """Amounts in another currency are not added up."""
        name = xlsxwriter.utility.xl_col_to_name(column)
        currency = xlsxwriter.utility.xl_col_to_name(13)
        parts = []
        for sheet, rows in self.filled[result]:
            cells = f"'{sheet}'!{name}2:{name}{max(rows, 1) + 1}"
            if column == AMOUNT:
                kept = f"'{sheet}'!{currency}2:{currency}{max(rows, 1) + 1}"
                own = self.record.currency_id.name
                parts.append(f'SUMIFS({cells},{kept},"{own}")')
            else:
                parts.append(f"SUM({cells})")
        return f"=ROUND({'+'.join(parts)},6)"

    def _say_tolerances(self):
        record = self.record
        return self.env._(
            "energy %(wh)s Wh or %(percent)s %%, amount %(amount)s, times %(seconds)s s",
            wh=record.tolerance_wh,
            percent=f"{record.tolerance_percent:g}",
            amount=f"{record.tolerance_amount:g}",
            seconds=record.tolerance_seconds,
        )

    def _get_read_me(self):
        return [
            self.env._(
                "Theirs: the list of %(partner)s. Ours: the sessions on %(statement)s.",
                partner=self.record.partner_id.name,
                statement=self.record.statement_id.name,
            ),
            self.env._("Differences are theirs less ours. Times are UTC, energy in kWh, amounts before taxes."),
            self.env._(
                "A credit counts negative on both sides, also its energy. Coloured cells differ beyond the tolerance."
            ),
            self.env._("Amounts in another currency are shown and not added up."),
        ]


def _kwh(wh):
    return None if wh is None else Decimal(wh) / 1000


def _cost(amount):
    return None if amount is None else Decimal(amount)
