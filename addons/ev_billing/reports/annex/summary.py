"""The lines of the statement, added up again from the other sheets by formula."""

from odoo.tools import SQL, format_date

from ...rating import UNITS, from_micro, to_micro

COLUMNS = (
    ("Line", 6),
    ("Description", 58),
    ("Direction", 10),
    ("Unit", 14),
    ("Charges", 10),
    ("Quantity", 16),
    ("Price", 12),
    ("Exact Sum", 18),
    ("Rounded", 14),
    ("On the Statement", 16),
    ("Difference", 12),
    ("Family", 22),
    ("Site", 24),
)
OVERVIEW_COLUMNS = (("", 30), ("Credited", 16), ("Charged", 16), ("Net", 16))
HEADER_ROW = 6


def write_summary(book, sheet, overview):
    """Both sheets of sums; the other sheets are there already, since the formulas name them."""
    _Summary(book, sheet).fill()
    _Overview(book, overview).fill()


class _Summary:
    def __init__(self, book, sheet):
        self.book, self.sheet, self.statement = book, sheet, book.statement
        self.decimals = self.statement.currency_id.decimal_places

    def fill(self):
        self._write_head()
        row = HEADER_ROW
        exact = self._fetch_exact()
        for line in self.statement._get_exact_lines():
            row += 1
            self._write_line(row, line, exact[line.record.id])
        self._write_totals(row)
        self.sheet.freeze_panes(HEADER_ROW + 1, 0)

    def _write_head(self):
        sheet, statement = self.sheet, self.statement
        for index, (_title, width) in enumerate(COLUMNS):
            sheet.set_column(index, index, width)
        sheet.write_string(0, 0, f"{statement.name} - {statement.partner_id.name}", self.book.format["title"])
        period = " - ".join(format_date(self.book.env, day) for day in (statement.period_start, statement.period_end))
        facts = (
            ("Contract", statement.contract_id.name),
            ("Period", period),
            ("Currency", statement.currency_id.name),
            ("Fingerprint", statement.inputs_hash),
        )
        for row, (label, text) in enumerate(facts, start=1):
            sheet.write_string(row, 0, label, self.book.format["bold"])
            sheet.write_string(row, 1, text or "")
        for index, (title, _width) in enumerate(COLUMNS):
            sheet.write_string(HEADER_ROW, index, title, self.book.format["head"])

    def _write_line(self, row, line, exact):
        """One line: quantity and amount added up from the sheets by formula, beside what the statement says."""
        record, number, sheet = line.record, row + 1, self.sheet
        six, money = self.book.format["six"], self.book.format["money"]
        sheet.write_number(row, 0, record.number)
        sheet.write_string(row, 1, record.name)
        sheet.write_string(row, 2, record.direction)
        sheet.write_string(row, 3, UNITS[record.basis])
        sheet.write_number(row, 4, record.charge_count)
        sheet.write_formula(row, 5, self._sum_of(2, number), six, float(line.quantity))
        sheet.write_number(row, 6, line.price, six)
        sheet.write_formula(row, 7, self._sum_of(3, number), six, float(exact))
        # adding binary floats leaves dust at the 12th decimal: six decimals first, then the currency's
        sheet.write_formula(row, 8, f"=ROUND(ROUND(H{number},6),{self.decimals})", money, float(line.amount))
        sheet.write_number(row, 9, line.amount, money)
        sheet.write_formula(row, 10, f"=ROUND(I{number}-J{number},{self.decimals})", money, 0)
        sheet.write_string(row, 11, record._get_family_name())
        sheet.write_string(row, 12, record.site_id.name or "")

    def _sum_of(self, column, row):
        """SUMIFS over every sheet that holds charges; `column`: 2 the quantities, 3 the amounts."""
        parts = [
            f"SUMIFS('{sums[0]}'!{sums[column]}:{sums[column]},'{sums[0]}'!{sums[1]}:{sums[1]},A{row})"
            for sums in self.book.sums
        ]
        return "=" + ("+".join(parts) or "0")

    def _fetch_exact(self):
        """{line id: its sum before rounding, exact}"""
        rows = self.book.env.execute_query(
            SQL("SELECT id, amount_exact::text FROM ev_statement_line WHERE statement_id = %s", self.statement.id)
        )
        return {id_: from_micro(to_micro(text)) for id_, text in rows}

    def _write_totals(self, last):
        first, end = HEADER_ROW + 2, last + 1
        totals = (
            ("credit", "Credited to the partner", self.statement.total_credit),
            ("charge", "Charged to the partner", self.statement.total_charge),
        )
        for offset, (direction, label, amount) in enumerate(totals, start=2):
            row = last + offset
            self.sheet.write_string(row, 1, label, self.book.format["total"])
            for column in "IJ":
                index = ord(column) - ord("A")
                formula = f'=SUMIFS({column}{first}:{column}{end},C{first}:C{end},"{direction}")'
                self.sheet.write_formula(
                    row, index, formula if end >= first else "=0", self.book.format["money_bold"], amount
                )


class _Overview:
    """By family and by site, from the rounded lines of Summary."""

    def __init__(self, book, sheet):
        self.book, self.sheet = book, sheet
        self.lines = book.statement._get_exact_lines()

    def fill(self):
        for index, (_title, width) in enumerate(OVERVIEW_COLUMNS):
            self.sheet.set_column(index, index, width)
        row = self._write_block(0, "Family", "L", lambda record: record._get_family_name())
        self._write_block(row + 1, "Site", "M", lambda record: record.site_id.name or "")

    def _write_block(self, row, title, column, get_name):
        for index, words in enumerate((title, "Credited", "Charged", "Net")):
            self.sheet.write_string(row, index, words, self.book.format["head"])
        sums = {}
        for line in self.lines:
            credit_charge = sums.setdefault(get_name(line.record), {"credit": 0, "charge": 0})
            credit_charge[line.record.direction] += line.amount
        money = self.book.format["money"]
        for name in sorted(sums):
            row += 1
            self.sheet.write_string(row, 0, name or "The contract as a whole")
            # the name of no site is an empty cell, which SUMIFS finds by ""
            key = f"A{row + 1}" if name else '""'
            for index, direction in ((1, "credit"), (2, "charge")):
                formula = f'=SUMIFS(Summary!J:J,Summary!{column}:{column},{key},Summary!C:C,"{direction}")'
                self.sheet.write_formula(row, index, formula, money, float(sums[name][direction]))
            net = float(sums[name]["charge"] - sums[name]["credit"])
            self.sheet.write_formula(row, 3, f"=C{row + 1}-B{row + 1}", money, net)
        return row + 1
