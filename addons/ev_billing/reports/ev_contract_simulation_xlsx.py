"""A simulation as an XLSX file: a summary with a chart, every line, every margin. Totals are formulas over the sheets."""

import io

import xlsxwriter

from .xlsx import add_sheet

LINE_COLUMNS = (
    ("Contract", 34),
    ("Site", 26),
    ("Term", 34),
    ("Billing Period", 20),
    ("Direction", 10),
    ("Charges", 10),
    ("Quantity", 16),
    ("Simulated", 14),
    ("Billed", 14),
    ("Difference", 14),
)
MARGIN_COLUMNS = (
    ("Site", 26),
    ("Case", 24),
    ("kWh", 14),
    ("Revenue", 14),
    ("Charged", 14),
    ("Paid Out", 14),
    ("Energy Cost", 14),
    ("Margin", 14),
    ("Host's Energy", 14),
    ("Remarks", 60),
)
CHART_COLORS = ("#8FA3B5", "#2E6DA4")


def write_simulation(simulation):
    """The file as bytes.

    :param simulation: ev.contract.simulation record, worked out
    """
    return _Book(simulation).build()


class _Book:
    def __init__(self, simulation):
        self.simulation, self.env = simulation, simulation.env
        self.output = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.output)
        money = "#,##0." + "0" * simulation.currency_id.decimal_places
        money = money.rstrip(".")
        formats = {
            "bold": {"bold": True},
            "head": {"bold": True, "bg_color": "#E8EEF4", "bottom": 1},
            "title": {"bold": True, "font_size": 14},
            "kwh": {"num_format": "#,##0.000"},
            "six": {"num_format": "#,##0.000000"},
            "money": {"num_format": money},
            "money_bold": {"num_format": money, "bold": True, "top": 1},
            "total": {"bold": True, "top": 1},
            "wrap": {"text_wrap": True, "valign": "top"},
        }
        self.format = {name: self.book.add_format(spec) for name, spec in formats.items()}
        self.decimals = simulation.currency_id.decimal_places

    def build(self):
        summary = self.book.add_worksheet("Summary")
        lines = [self._get_line(line) for line in self.simulation.line_ids]
        margins = self.simulation.margin_ids
        self._write_lines(self._add_sheet("Lines", LINE_COLUMNS), lines)
        self._write_margins(self._add_sheet("Margin", MARGIN_COLUMNS), margins)
        self._write_summary(summary, margins)
        self.book.close()
        return self.output.getvalue()

    def _add_sheet(self, name, columns):
        return add_sheet(self.book, name, columns, self.format["head"])

    # ------------------------------------------------------------------- lines

    def _get_line(self, line):
        """The row of a line; numbers as the screen shows them, None where nothing was billed."""
        directions = dict(line._fields["direction"]._description_selection(self.env))
        texts = (
            line.contract_id.display_name,
            line.place,
            line.term_id.name,
            line.period,
            directions[line.direction],
        )
        return texts, (
            line.charge_count,
            line.quantity,
            line.simulated,
            line.billed if line.has_billed else None,
        )

    def _write_lines(self, sheet, lines):
        for row, (texts, (count, quantity, simulated, billed)) in enumerate(lines, start=1):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
            sheet.write_number(row, 5, count)
            sheet.write_number(row, 6, quantity, self.format["six"])
            sheet.write_number(row, 7, simulated, self.format["money"])
            if billed is not None:
                sheet.write_number(row, 8, billed, self.format["money"])
                formula = f"=ROUND(H{row + 1}-I{row + 1},{self.decimals})"
                sheet.write_formula(row, 9, formula, self.format["money"], round(simulated - billed, self.decimals))

    # ------------------------------------------------------------------- margin

    def _write_margins(self, sheet, margins):
        for row, margin in enumerate(margins, start=1):
            sheet.write_string(row, 0, margin.place)
            sheet.write_string(row, 1, margin.case)
            sheet.write_number(row, 2, margin.energy_kwh, self.format["kwh"])
            for column, name in ((3, "revenue"), (4, "charged"), (5, "paid_out")):
                sheet.write_number(row, column, margin[name], self.format["money"])
            if margin.has_energy:
                sheet.write_number(row, 6, margin.energy, self.format["money"])
            number = row + 1
            formula = f"=ROUND(D{number}+E{number}-F{number}-G{number},{self.decimals})"
            sheet.write_formula(row, 7, formula, self.format["money"], margin.margin)
            if margin.has_host_energy:
                sheet.write_number(row, 8, margin.host_energy, self.format["money"])
            sheet.write_string(row, 9, margin.note or "")

    # ------------------------------------------------------------------ summary

    def _write_summary(self, sheet, margins):
        simulation = self.simulation
        for index, width in enumerate((44, 16, 16, 16, 16, 16)):
            sheet.set_column(index, index, width)
        sheet.write_string(0, 0, "Contract simulation", self.format["title"])
        facts = (
            ("Months", f"{simulation.month_from:%Y-%m} to {simulation.month_to:%Y-%m}"),
            ("Currency", simulation.currency_id.name),
            ("Signs", "What the partner is charged is positive, what it is credited negative."),
        )
        for row, (label, text) in enumerate(facts, start=1):
            sheet.write_string(row, 0, label, self.format["bold"])
            sheet.write_string(row, 1, text)
        row = self._write_contracts(sheet, 5)
        row = self._write_cases(sheet, row + 2, margins)
        self._write_messages(sheet, row + 2)

    def _write_contracts(self, sheet, row):
        """One row per contract, added up from the sheet Lines by formula; returns the last row.

        What stands beside a draft was billed under other contracts: numbers.
        """
        self._write_heads(
            sheet, row, ("Contract", "Simulated", "Billed", "Difference", "Periods Billed", "Stands In For")
        )
        first = row + 1
        for total in self.simulation.total_ids:
            row += 1
            sheet.write_string(row, 0, total.contract_id.display_name)
            self._write_sum(sheet, row, 1, "H", total.simulated)
            if total.has_billed and total.instead_of:
                sheet.write_number(row, 2, total.billed, self.format["money"])
                sheet.write_number(row, 3, total.difference, self.format["money"])
            elif total.has_billed:
                self._write_sum(sheet, row, 2, "I", total.billed)
                self._write_sum(sheet, row, 3, "J", total.difference)
            sheet.write_string(row, 4, total.billed_periods)
            sheet.write_string(row, 5, total.instead_of or "")
        if self.simulation.total_ids:
            sheet.insert_chart(5, 7, self._make_chart("Simulated and billed", first, row, (1, 2)))
        return row

    def _write_sum(self, sheet, row, column, source, value):
        """What the sheet Lines has for the contract of that row."""
        formula = f"=ROUND(SUMIFS(Lines!{source}:{source},Lines!A:A,A{row + 1}),{self.decimals})"
        sheet.write_formula(row, column, formula, self.format["money"], value)

    def _write_cases(self, sheet, row, margins):
        """One row per case, added up over the sites from the sheet Margin by formula; returns the last row."""
        heads = ("Margin of all sites", "Revenue", "Charged", "Paid Out", "Energy Cost", "Margin")
        self._write_heads(sheet, row, heads)
        names = ("revenue", "charged", "paid_out", "energy", "margin")
        first = row + 1
        for case in dict.fromkeys(margins.sorted("sequence").mapped("case")):
            row += 1
            sheet.write_string(row, 0, case)
            its_margins = margins.filtered(lambda margin, case=case: margin.case == case)
            for column, (source, name) in enumerate(zip("DEFGH", names, strict=True), start=1):
                formula = f"=ROUND(SUMIFS(Margin!{source}:{source},Margin!B:B,A{row + 1}),{self.decimals})"
                value = round(sum(its_margins.mapped(name)), self.decimals)
                sheet.write_formula(row, column, formula, self.format["money"], value)
        if margins:
            sheet.insert_chart(22, 7, self._make_chart("Margin", first, row, (5,)))
        return row

    def _write_heads(self, sheet, row, titles):
        for column, title in enumerate(titles):
            sheet.write_string(row, column, title, self.format["head"])

    def _make_chart(self, title, first, last, columns):
        """Columns side by side over rows of the summary."""
        chart = self.book.add_chart({"type": "column"})
        for column, color in zip(columns, reversed(CHART_COLORS), strict=False):
            chart.add_series(
                {
                    "name": ["Summary", first - 1, column],
                    "categories": ["Summary", first, 0, last, 0],
                    "values": ["Summary", first, column, last, column],
                    "fill": {"color": color},
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"} if len(columns) > 1 else {"none": True})
        chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}})
        chart.set_x_axis({"label_position": "low"})
        return chart

    def _write_messages(self, sheet, row):
        if not self.simulation.messages:
            return
        sheet.write_string(row, 0, "Remarks", self.format["head"])
        for offset, message in enumerate(self.simulation.messages.splitlines(), start=1):
            sheet.write_string(row + offset, 0, message)
