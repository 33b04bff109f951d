"""The clearing matrix as the screen gets it: words in the user's language, and with each number the way to its records."""

from odoo import api, models

from odoo.addons.ev_billing.rating import month_of

from .ev_cdr_standing import STANDINGS
from .ev_clearing_matrix import Tally

# Decided for good: nobody has to do anything about these.
DONE = ("hub", "not_charged", "excluded", "left_out", "free")
SESSION_COLUMNS = ("books", "hub", "sent", "invoiced", "paid")
ALL_COLUMNS = ("books", "hub", "sent", "theirs", "disputed", "invoiced", "paid", "left")


class EvRun(models.Model):
    _inherit = "ev.run"

    @api.model
    def _say_row(self, row, company, first):
        """One eMSP: its name, contract, the month's statements, and a cell per column."""
        contract, partner = row["contract"], row["partner"]
        statements = row["statements"]
        states = dict(statements._fields["state"]._description_selection(self.env))
        return {
            "key": row["key"],
            "name": partner.name or self.env._("Unknown badges"),
            "partner": partner.id
            and self._link(partner.name, "res.partner", [("id", "=", partner.id)], res_id=partner.id),
            "contract": contract.id
            and dict(
                self._link(contract.name, "ev.contract", [("id", "=", contract.id)], res_id=contract.id),
                name=contract.name,
            ),
            "statements": [
                dict(
                    self._link(one.name, "ev.statement", [("id", "=", one.id)], res_id=one.id),
                    name=one.name,
                    state=one.state,
                    state_name=states[one.state],
                )
                for one in statements
            ],
            "is_open": any(row["left"][standing].count for standing, _label in STANDINGS if standing not in DONE)
            or bool(row["cells"]["disputed"].count),
            "cells": self._say_cells(row, company, first, row["key"], row["key"]),
        }

    @api.model
    def _say_total(self, rows, company, first):
        """The row of all, added up from the rows themselves."""
        total = {"cells": {column: Tally() for column in ALL_COLUMNS}, "left": {}, "theirs": {}, "late": Tally()}
        total["statements"], total["disputes"] = self.env["ev.statement"].sudo(), []
        for row in rows:
            for column in ALL_COLUMNS:
                total["cells"][column].join(row["cells"][column])
            for part in ("left", "theirs"):
                for key, tally in row[part].items():
                    total[part].setdefault(key, Tally()).join(tally)
            total["late"].join(row["late"])
            total["statements"] |= row["statements"]
            total["disputes"] += row["disputes"]
        return self._say_cells(total, company, first, "all", None)

    # ------------------------------------------------------------------- cells

    @api.model
    def _say_cells(self, row, company, first, cell, key):
        """{column: {"count", "kwh", "money", "link", "notes"}}; a note is a link with its own words."""
        month = f"{first:%Y-%m}"
        cells = {
            column: self._say_cell(
                row["cells"][column],
                "ev.cdr",
                [("company_id", "=", company.id), ("ev_matrix_cell", "=", f"{month}:{column}:{cell}")],
                label,
            )
            for column, label in (
                ("books", self.env._("In our books")),
                ("hub", self.env._("Billed by the hub")),
                ("sent", self.env._("Sent")),
                ("invoiced", self.env._("Invoiced")),
                ("paid", self.env._("Paid")),
            )
        }
        disputed = [("id", "in", row["disputes"])]
        cells["disputed"] = self._say_cell(
            row["cells"]["disputed"], "ev.dispute", disputed, self.env._("Disputed"), context={"create": False}
        )
        cells["left"] = self._say_left(row, company, first, key)
        cells["theirs"] = self._say_theirs(row)
        if row["late"].count:
            late = self._get_late_domain(row["statements"], month_of(first))
            label = self.env._("late, of earlier months")
            link = self._link(label, "ev.statement.session", list(late), row["late"].count)
            cells["sent"]["notes"].append(dict(link, tone="muted"))
        return cells

    @api.model
    def _say_cell(self, tally, model, domain, label, **action):
        return {
            "count": tally.count,
            "kwh": self._say_kwh(tally.wh),
            "money": self._say_tally(tally),
            "link": self._link(label, model, domain, tally.count, **action),
            "notes": [],
        }

    @api.model
    def _say_left(self, row, company, first, key):
        """What is left over, each reason opening its part of the exceptions journal."""
        base = [("company_id", "=", company.id), ("month", "=", str(first)), ("is_left", "=", True)]
        base += self._get_row_domain(key)
        context = {"create": False, "clearing_month": f"{first:%Y-%m}"}
        cell = self._say_cell(
            row["cells"]["left"], "ev.clearing.exception", base, self.env._("Left over"), context=context
        )
        _set_list(cell["link"])
        labels = dict(self.env["ev.clearing.exception"]._fields["kind"]._description_selection(self.env))
        for standing, _label in STANDINGS:
            tally = row["left"].get(standing)
            if tally and tally.count:
                link = self._link(
                    labels[standing],
                    "ev.clearing.exception",
                    [*base, ("kind", "=", standing)],
                    tally.count,
                    context=context,
                )
                _set_list(link)
                cell["notes"].append(dict(link, tone="muted" if standing in DONE else "open"))
        return cell

    @api.model
    def _get_row_domain(self, key):
        """Which rows of the journal are of a row of the matrix."""
        if not key:
            return []
        if key[0] == "c":
            return [("contract_id", "=", int(key[1:]))]
        return [("contract_id", "=", False), ("partner_id", "=", int(key[1:]) or False)]

    @api.model
    def _say_tally(self, tally):
        """One text per currency; nothing where no money is known."""
        return [self._say_money(amount, self._get_currency(key)) for key, amount in sorted(tally.money.items())]


def _set_list(link):
    """The journal has no form: its rows open their session."""
    if link["action"]:
        link["action"]["views"] = [[False, "list"], [False, "pivot"]]
