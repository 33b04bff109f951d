"""The XLSX annex of a statement: every session x term, every fee, and a summary that adds them up again by formula.

Written row by row (xlsxwriter's constant memory mode): memory stays flat however many sessions there are.
"""

import io
from collections import defaultdict
from decimal import Decimal

import xlsxwriter

from odoo.tools import SQL, format_date

from ..rating import MONTHLY_BASES, UNITS, from_micro, month_of, to_micro
from .xlsx import add_sheet

PAGE = 20_000
# Excel ends at 1,048,576 rows: past this a further sheet goes on.
ROWS_PER_SHEET = 1_000_000

SESSION_COLUMNS = (
    ("Line", 6),
    ("Site", 24),
    ("Station", 16),
    ("EVSE", 20),
    ("Session", 26),
    ("Start", 19),
    ("End", 19),
    ("Time Zone", 24),
    ("kWh", 12),
    ("Term", 34),
    ("Price", 12),
    ("Quantity", 14),
    ("Amount", 16),
    ("Remarks", 26),
    ("Corrects Session", 26),
)
SERVICE_COLUMNS = (
    ("Line", 6),
    ("Site", 24),
    ("For", 20),
    ("First Day", 12),
    ("Last Day", 12),
    ("Days", 8),
    ("Days of Whole", 14),
    ("Term", 34),
    ("Price", 12),
    ("Quantity", 14),
    ("Amount", 16),
)
SUMMARY_COLUMNS = (
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
)
HEADER_ROW = 6


def write_annex(statement):
    """The annex as bytes.

    :param statement: ev.statement record with access to sessions
    """
    return _Annex(statement).build()


class _Annex:
    def __init__(self, statement):
        self.statement = statement
        self.env = statement.env
        self.output = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.output, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
        formats = {
            "bold": {"bold": True},
            "head": {"bold": True, "bg_color": "#E8EEF4", "bottom": 1},
            "title": {"bold": True, "font_size": 14},
            "time": {"num_format": "yyyy-mm-dd hh:mm:ss"},
            "day": {"num_format": "yyyy-mm-dd"},
            "kwh": {"num_format": "#,##0.000"},
            "six": {"num_format": "#,##0.000000"},
            "money": {"num_format": "#,##0." + "0" * statement.currency_id.decimal_places},
            "money_bold": {"num_format": "#,##0." + "0" * statement.currency_id.decimal_places, "bold": True, "top": 1},
            "total": {"bold": True, "top": 1},
        }
        self.format = {name: self.book.add_format(spec) for name, spec in formats.items()}
        # line number -> sheets that hold its charges, each with its columns of line, quantity and amount
        self.sheets = []
        self.counts = defaultdict(int)

    def build(self):
        summary = self.book.add_worksheet("Summary")
        self._write_sessions()
        self._write_services()
        self._write_summary(summary)
        self.book.close()
        return self.output.getvalue()

    def _add_sheet(self, name, columns):
        return add_sheet(self.book, name, columns, self.format["head"])

    def _write_sessions(self):
        row, number, sheet = ROWS_PER_SHEET, 0, None
        for values in self._fetch_sessions():
            if row >= ROWS_PER_SHEET:
                number += 1
                name = "Sessions" if number == 1 else f"Sessions {number}"
                sheet, row = self._add_sheet(name, SESSION_COLUMNS), 0
                self.sheets.append((name, "A", "L", "M"))
            row += 1
            self._write_session(sheet, row, values)
        if not number:
            self._add_sheet("Sessions", SESSION_COLUMNS)

    def _write_session(self, sheet, row, values):
        (
            _id,
            line,
            site,
            station,
            evse,
            session,
            start,
            stop,
            tz,
            start_utc,
            kwh,
            term,
            price,
            quantity,
            amount,
            flags,
            original,
        ) = values
        sheet.write_number(row, 0, line)
        for column, text in (
            (1, site),
            (2, station),
            (3, evse or ""),
            (4, session),
            (7, f"{tz} ({_format_offset(start - start_utc)})"),
            (9, term),
        ):
            sheet.write_string(row, column, text)
        sheet.write_datetime(row, 5, start, self.format["time"])
        sheet.write_datetime(row, 6, stop, self.format["time"])
        sheet.write_number(row, 8, Decimal(kwh), self.format["kwh"])
        if price is not None:  # a true-up or a limit has none
            sheet.write_number(row, 10, Decimal(price), self.format["six"])
        sheet.write_number(row, 11, Decimal(quantity), self.format["six"])
        sheet.write_number(row, 12, Decimal(amount), self.format["six"])
        sheet.write_string(row, 13, flags or "")
        sheet.write_string(row, 14, original or "")

    def _fetch_sessions(self):
        """Rows of the sheet, by page; local times and their offset from UTC come from the site's zone."""
        last = 0
        while True:
            rows = self.env.execute_query(
                SQL(
                    """SELECT ch.id, l.number, site.name, st.identity, COALESCE(evse.evse_id, evse.number::text),
                          c.external_id,
                          timezone(site.tz, timezone('UTC', c.date_start)), timezone(site.tz, timezone('UTC', c.date_stop)),
                          site.tz, c.date_start,
                          (CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END / 1000.0)::text, l.name,
                          (CASE WHEN NOT l.is_average THEN l.price_unit
                                WHEN ch.quantity != 0 THEN round(ch.amount / ch.quantity, 6) END)::text,
                          ch.quantity::text, ch.amount::text, ch.flags, original.external_id
                     FROM ev_charge ch
                     JOIN ev_statement_line l ON l.id = ch.line_id
                     JOIN ev_cdr c ON c.id = ch.cdr_id
                     JOIN ev_site site ON site.id = ch.site_id
                     JOIN ev_station st ON st.id = ch.station_id
                LEFT JOIN ev_evse evse ON evse.id = c.evse_id
                LEFT JOIN ev_cdr original ON original.id = COALESCE(c.credit_of_id, c.replaces_id)
                    WHERE ch.statement_id = %s AND ch.id > %s ORDER BY ch.id LIMIT %s""",
                    self.statement.id,
                    last,
                    PAGE,
                )
            )
            yield from rows
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

    def _write_services(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT l.number, site.name, COALESCE(st.identity, token.uid, site.name, contract.name), ch.period_start,
                      ch.period_end, l.name, CASE WHEN l.is_average THEN NULL ELSE l.price_unit::text END,
                      ch.quantity::text, ch.amount::text, l.basis, ch.kind
                 FROM ev_charge ch
                 JOIN ev_statement_line l ON l.id = ch.line_id
                 JOIN ev_contract contract ON contract.id = ch.contract_id
            LEFT JOIN ev_site site ON site.id = ch.site_id
            LEFT JOIN ev_station st ON st.id = ch.station_id
            LEFT JOIN ev_token token ON token.id = ch.token_id
                WHERE ch.statement_id = %s AND ch.cdr_id IS NULL ORDER BY l.number, 3, ch.period_start""",
                self.statement.id,
            )
        )
        sheet = self._add_sheet("Services", SERVICE_COLUMNS)
        if rows:
            self.sheets.append(("Services", "A", "J", "K"))
        for row, (line, site, subject, first, last, term, price, quantity, amount, basis, kind) in enumerate(
            rows, start=1
        ):
            sheet.write_number(row, 0, line)
            sheet.write_string(row, 1, site or "")
            sheet.write_string(row, 2, subject)
            sheet.write_datetime(row, 3, first, self.format["day"])
            sheet.write_datetime(row, 4, last, self.format["day"])
            if kind == "usage" and basis != "one_off":
                whole = month_of(first) if basis in MONTHLY_BASES else self.statement._get_span()
                sheet.write_number(row, 5, (last - first).days + 1)
                sheet.write_number(row, 6, whole.days)
            sheet.write_string(row, 7, term)
            for column, number in ((8, price), (9, quantity), (10, amount)):
                if number is not None:
                    sheet.write_number(row, column, Decimal(number), self.format["six"])

    def _write_summary(self, sheet):
        statement = self.statement
        for index, (_title, width) in enumerate(SUMMARY_COLUMNS):
            sheet.set_column(index, index, width)
        sheet.write_string(0, 0, f"{statement.name} - {statement.partner_id.name}", self.format["title"])
        period = " - ".join(format_date(self.env, day) for day in (statement.period_start, statement.period_end))
        facts = (
            ("Contract", statement.contract_id.name),
            ("Period", period),
            ("Currency", statement.currency_id.name),
            ("Fingerprint", statement.inputs_hash),
        )
        for row, (label, text) in enumerate(facts, start=1):
            sheet.write_string(row, 0, label, self.format["bold"])
            sheet.write_string(row, 1, text or "")
        for index, (title, _width) in enumerate(SUMMARY_COLUMNS):
            sheet.write_string(HEADER_ROW, index, title, self.format["head"])
        row = HEADER_ROW
        for line in statement._get_exact_lines():
            row += 1
            self._write_line(sheet, row, line)
        self._write_totals(sheet, row)
        sheet.freeze_panes(HEADER_ROW + 1, 0)

    def _write_line(self, sheet, row, line):
        """One line: quantity and amount added up from the sheets by formula, beside what the statement says."""
        record, number = line.record, row + 1
        exact = from_micro(to_micro(self._get_exact_amount(record)))
        sheet.write_number(row, 0, record.number)
        sheet.write_string(row, 1, record.name)
        sheet.write_string(row, 2, record.direction)
        sheet.write_string(row, 3, UNITS[record.basis])
        sheet.write_number(row, 4, record.charge_count)
        sheet.write_formula(row, 5, self._sum_of(2, number), self.format["six"], float(line.quantity))
        sheet.write_number(row, 6, line.price, self.format["six"])
        sheet.write_formula(row, 7, self._sum_of(3, number), self.format["six"], float(exact))
        decimals = self.statement.currency_id.decimal_places
        # adding binary floats leaves dust at the 12th decimal: six decimals first, then the currency's
        sheet.write_formula(row, 8, f"=ROUND(ROUND(H{number},6),{decimals})", self.format["money"], float(line.amount))
        sheet.write_number(row, 9, line.amount, self.format["money"])
        sheet.write_formula(row, 10, f"=ROUND(I{number}-J{number},{decimals})", self.format["money"], 0)

    def _sum_of(self, column, row):
        """SUMIFS over every sheet that holds charges; `column`: 2 the quantities, 3 the amounts."""
        parts = [
            f"SUMIFS('{sheet[0]}'!{sheet[column]}:{sheet[column]},'{sheet[0]}'!{sheet[1]}:{sheet[1]},A{row})"
            for sheet in self.sheets
        ]
        return "=" + ("+".join(parts) or "0")

    def _get_exact_amount(self, record):
        [(text,)] = self.env.execute_query(
            SQL("SELECT amount_exact::text FROM ev_statement_line WHERE id = %s", record.id)
        )
        return text

    def _write_totals(self, sheet, last):
        first, end = HEADER_ROW + 2, last + 1
        statement = self.statement
        totals = (
            ("credit", "Credited to the partner", statement.total_credit),
            ("charge", "Charged to the partner", statement.total_charge),
        )
        for offset, (direction, label, amount) in enumerate(totals, start=2):
            row = last + offset
            sheet.write_string(row, 1, label, self.format["total"])
            for column in "IJ":
                index = ord(column) - ord("A")
                formula = f'=SUMIFS({column}{first}:{column}{end},C{first}:C{end},"{direction}")'
                sheet.write_formula(row, index, formula if end >= first else "=0", self.format["money_bold"], amount)


def _format_offset(offset):
    """A distance from UTC as people write it: +02:00."""
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
