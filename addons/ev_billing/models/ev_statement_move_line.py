"""How a statement line stands on a document: in Odoo's own columns where that is exact, else as 1 x amount.

A statement line is the sum of sessions kept at six decimals, rounded once. Odoo multiplies quantity and unit price instead, and
depending on the company rounds each line, or adds up the unrounded products per tax first (`round_globally`, its default).
Quantity and price are therefore real columns only where Odoo's arithmetic gives the line's amount to the cent:

- both fit the decimals of 'Product Unit' and 'Product Price', and
- their rounded product is the line's amount, and
- with `round_globally`, what is left over by the lines shown that way stays below half a cent in sum, so that no grouping of
  taxes can make a cent of it. Lines with the smallest leftovers come first.

Every other line goes in as 1 x amount, and its label says the quantity and price. The printed document shows the true
quantity and price either way (`reports/report_invoice.xml`).
"""

from decimal import Decimal

from odoo import models


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _prepare_move_lines(self, lines, sign):
        """Values of a document's lines.

        :param lines: exact lines (`_get_exact_lines`); those of zero are left out
        :param sign: -1 on a document that turns the direction round
        """
        self.ensure_one()
        lines = [line for line in lines if line.amount]
        columns = self._choose_columns(lines)
        return [self._prepare_move_line(line, sign, line.record in columns) for line in lines]

    def _prepare_move_line(self, line, sign, in_columns):
        record = line.record
        values = {"name": record.name, "product_id": record.product_id.id, "ev_statement_line_id": record.id}
        if in_columns:
            return dict(values, quantity=float(line.quantity * sign), price_unit=float(line.price))
        if not line.quantity:  # a true-up, a minimum or a cap: there is nothing to count
            return dict(values, quantity=1.0, price_unit=float(line.amount * sign))
        numbers = {"quantity": _shorten(line.quantity), "unit": record._get_unit(), "price": _shorten(line.price)}
        if record.basis == "revenue" and not record.is_average:
            label = self.env._("%(price)s %% of %(quantity)s %(unit)s", **numbers)
        elif record.is_average:
            label = self.env._("%(quantity)s %(unit)s at %(price)s on average", **numbers)
        else:
            label = self.env._("%(quantity)s %(unit)s at %(price)s", **numbers)
        return dict(values, name=f"{record.name}\n{label}", quantity=1.0, price_unit=float(line.amount * sign))

    def _choose_columns(self, lines):
        """The lines whose quantity and price go in Odoo's columns.

        :return: ev.statement.line records
        """
        fitting = [line for line in lines if self._fits_columns(line)]
        if self.company_id.tax_calculation_rounding_method == "round_globally":
            budget, kept = Decimal(1).scaleb(-self.currency_id.decimal_places) / 2, []
            for line in sorted(fitting, key=_get_leftover):
                budget -= _get_leftover(line)
                if budget <= 0:
                    break
                kept.append(line)
            fitting = kept
        return self.env["ev.statement.line"].browse([line.record.id for line in fitting])

    def _fits_columns(self, line):
        """Whether the columns hold the numbers, and Odoo's rounding of their product is the line's amount."""
        if line.record.is_average or line.record.basis == "revenue":
            return False
        precision = self.env["decimal.precision"]
        for number, usage in ((line.quantity, "Product Unit"), (line.price, "Product Price")):
            if number != round(number, precision.precision_get(usage)):
                return False
        product = self.currency_id.round(float(line.quantity) * float(line.price))
        return self.currency_id.compare_amounts(product, float(line.amount)) == 0


def _get_leftover(line):
    """What rounding takes from, or adds to, quantity x price."""
    return abs(line.quantity * line.price - line.amount)


def _shorten(number):
    """The decimal without trailing zeros."""
    return f"{number.normalize():f}"
