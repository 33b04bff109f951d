"""The list as a spreadsheet whose sums an accountant can follow: totals by formula, down to the statement's net total."""

from decimal import Decimal

import xlsxwriter

from odoo.addons.ev_billing.reports.annex.book import ROWS_PER_SHEET, to_serial

from ..book import FORMATS as BASE
from ..book import write_book
from .columns import COLUMNS, FIRST_COST, TOTAL_COST, get_cells, get_words

FORMATS = BASE | {
    "hours": {"num_format": "0.0000"},
    "cost_bold": {"num_format": "#,##0.000000", "bold": True, "top": 1},
}
LAST = len(COLUMNS) - 1


def write_workbook(statement):
    """The list as an open temporary file, to be used in a `with`; it is gone afterwards.

    :param statement: ev.statement record with access to sessions
    """
    return write_book(lambda book: _Writer(book, statement).fill())


class _Writer:
    def __init__(self, book, statement):
        self.book, self.statement, self.env = book, statement, statement.env
        money = "#,##0." + "0" * statement.currency_id.decimal_places
        formats = FORMATS | {
            "money": {"num_format": money.rstrip(".")},
            "money_bold": {"num_format": money.rstrip("."), "bold": True, "top": 1},
        }
        self.format = {name: book.add_format(spec) for name, spec in formats.items()}
        # [(sheet, number of rows)]: what the summary adds up
        self.filled, self.left = [], []

    def fill(self):
        summary = self.book.add_worksheet(self.env._("Summary"))
        self._open("Sessions")
        totals = self._write_rows(left_out=False)
        self._close()
        self._write_left_out()
        self._write_summary(summary, totals)
        self._write_read_me()

    # ----------------------------------------------------------------- sessions

    def _write_rows(self, left_out):
        """Write the sessions that are (or are not) left out.

        :return: the sums of the cost columns in millionths
        """
        words, currency = get_words(self.env), self.statement.currency_id.name
        totals = [0] * (TOTAL_COST - FIRST_COST + 1)
        for page in self.statement._fetch_list(left_out=left_out):
            for session in page:
                for place, micro in enumerate(_costs(session)):
                    totals[place] += micro
                self._write_row(get_cells(session, currency, words))
        return totals

    def _open(self, name):
        number = len(self.filled)
        self.name = name if not number else f"{name} {number + 1}"
        self.sheet = self.book.add_worksheet(self.name)
        for index, (title, _kind, width) in enumerate(COLUMNS):
            self.sheet.set_column(index, index, width)
            self.sheet.write_string(0, index, title, self.format["head"])
        self.sheet.freeze_panes(1, 1)
        self.row = 0
        # bound once: this is where the time of a large list goes
        self._kinds = [(index, kind, self.format.get(kind)) for index, (_t, kind, _w) in enumerate(COLUMNS)]

    def _close(self):
        if self.row:
            self.sheet.autofilter(0, 0, self.row, LAST)
        self.filled.append((self.name, self.row))

    def _write_row(self, cells):
        if self.row >= ROWS_PER_SHEET:
            self._close()
            self._open("Sessions")
        self.row += 1
        row, number, text = self.row, self.sheet.write_number, self.sheet.write_string
        for cell, (index, kind, style) in zip(cells, self._kinds, strict=True):
            if cell is None or cell == "":
                continue
            if kind == "text":
                text(row, index, cell)
            elif kind == "time":
                number(row, index, to_serial(cell), style)
            else:
                number(row, index, cell, style)

    def _write_left_out(self):
        """Disputed sessions that are on no invoice yet, on a sheet of their own: nothing adds them up."""
        if not self.statement.session_ids.search_count(
            [("statement_id", "=", self.statement.id), ("left_out", "=", True)], 1
        ):
            return
        filled, self.filled = self.filled, []
        self._open("Left Out")
        self._write_rows(left_out=True)
        self._close()
        self.filled, self.left = filled, self.filled

    # ------------------------------------------------------------------ summary

    def _write_summary(self, sheet, totals):
        """What each component comes to over all sheets, by formula, then fees and corrections, then the statement's total."""
        statement, style = self.statement, self.format
        sheet.set_column(0, 0, 46)
        sheet.set_column(1, 3, 20)
        sheet.write_string(0, 0, f"{statement.name} · {statement.partner_id.name}", style["title"])
        facts = (
            (self.env._("Contract"), statement.contract_id.name),
            (self.env._("Period"), statement._get_period_label()),
            (self.env._("Currency"), statement.currency_id.name),
        )
        row = 1
        for label, value in facts:
            sheet.write_string(row, 0, label, style["bold"])
            sheet.write_string(row, 1, value)
            row += 1
        row += 1
        sheet.write_row(row, 0, [self.env._("Sessions"), self.env._("Exact, by formula")], style["head"])
        first = row + 1
        for place, (title, _kind, _width) in enumerate(COLUMNS[FIRST_COST : TOTAL_COST + 1]):
            row += 1
            last = place == TOTAL_COST - FIRST_COST
            sheet.write_string(row, 0, title, style["bold"] if last else None)
            value = float(Decimal(totals[place]) / 1_000_000)
            sheet.write_formula(row, 1, self._sum_of(FIRST_COST + place), style["cost_bold" if last else "cost"], value)
        sessions = row
        sheet.write_string(row + 1, 0, self.env._("Check: components less total_cost"))
        sheet.write_formula(row + 1, 1, f"=ROUND(SUM(B{first + 1}:B{row})-B{row + 1},6)", style["cost"], 0)
        row = self._write_others(sheet, row + 3, sessions, Decimal(totals[-1]) / 1_000_000)
        if self.left:
            sheet.write_string(row + 1, 0, self.env._("Left out (disputed), not in the sums"), style["bold"])
            name, count = self.left[0]
            column = xlsxwriter.utility.xl_col_to_name(TOTAL_COST)
            sheet.write_formula(row + 1, 1, f"=SUM('{name}'!{column}2:{column}{count + 1})", style["cost"])

    def _write_others(self, sheet, row, sessions, total):
        """Fees, true-ups and minimums, the rounding of each line, and what the statement says.

        :param sessions: the row of the sessions' sum
        """
        style, statement = self.format, self.statement
        sheet.write_row(row, 0, [self.env._("Besides the sessions"), self.env._("Exact")], style["head"])
        first = row
        others = statement._get_other_lines()
        for name, amount in others:
            row += 1
            sheet.write_string(row, 0, name)
            sheet.write_number(row, 1, amount, style["cost"])
        exact = total + sum(amount for _name, amount in others)
        # six decimals: what the database keeps, read as text
        net = Decimal(str(statement.currency_id.round(statement.total)))
        row += 1
        sheet.write_string(row, 0, self.env._("Rounding, once per line"))
        sheet.write_number(row, 1, net - exact, style["cost"])
        row += 1
        sheet.write_string(row, 0, self.env._("Net total, before taxes"), style["bold"])
        formula = f"=ROUND(B{sessions + 1}+SUM(B{first + 2}:B{row}),{statement.currency_id.decimal_places})"
        sheet.write_formula(row, 1, formula, style["money_bold"], float(net))
        sheet.write_string(row + 1, 0, self.env._("On the statement"))
        sheet.write_number(row + 1, 1, net, style["money"])
        return row + 2

    def _sum_of(self, column):
        name = xlsxwriter.utility.xl_col_to_name(column)
        sums = [f"SUM('{sheet}'!{name}2:{name}{max(rows, 1) + 1})" for sheet, rows in self.filled]
        return f"=ROUND({'+'.join(sums)},6)"

    # ------------------------------------------------------------------ read me

    def _write_read_me(self):
        sheet = self.book.add_worksheet(self.env._("How to Read It"))
        sheet.set_column(0, 0, 110)
        for row, paragraph in enumerate(self._get_read_me()):
            sheet.write_string(row, 0, paragraph, self.format["wrap"])

    def _get_read_me(self):
        return [
            self.env._("One row is one session (CDR), titled as in OCPI; energy in kWh, times in hours, before taxes."),
            self.env._("Dates are UTC, as in OCPI; time_zone names the clock of the site."),
            self.env._("In each row the cost columns before total_cost add up to it; the Summary adds up each column."),
            self.env._("other: price limits, what is no component in OCPI, and all of a session that was left out."),
            self.env._("left_out: yes for a disputed session that is not on the invoice; the sums are without it."),
            self.env._(
                "A credit takes a session back: its energy and costs are negative here (in OCPI only its total_cost)."
            ),
            self.env._("Sessions keep six decimals; each line of the statement is rounded once, half up."),
            self.env._("signed_data: whether the meter's signature was verified with the key that came with it."),
        ]


def _costs(session):
    return session.fixed, session.energy, session.time, session.parking, session.other, session.total
