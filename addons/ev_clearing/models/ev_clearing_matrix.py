"""The clearing matrix: one month of one company, a row per eMSP: in our books, sent, in their file, disputed, invoiced, paid.

    in our books = billed by the hub + invoiced + left over

holds by construction: each roaming session stands in exactly one of these (`ev_cdr_standing`). Every number comes with the domain
of exactly the records it counts. Money is that of the sessions, before taxes and before any rounding.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.ev_billing.models.ev_statement_completeness import GROUPS
from odoo.addons.ev_billing.rating import Span, month_of


class Tally:
    """So many sessions, their energy (Wh) and money by currency id."""

    def __init__(self):
        self.count, self.wh, self.money = 0, 0, defaultdict(Decimal)

    def add(self, count, wh, amount=None, currency=None):
        self.count += count
        self.wh += wh or 0
        if amount is not None and currency:
            self.money[currency] += Decimal(amount)

    def join(self, other):
        self.count += other.count
        self.wh += other.wh
        for currency, amount in other.money.items():
            self.money[currency] += amount


class EvRun(models.Model):
    _inherit = "ev.run"

    @api.model
    def get_clearing_matrix(self, company_id=None, month=None):
        """Everything the clearing matrix shows of a month, for accountants, auditors and contract administrators.

        :param company_id: one of the companies the user has chosen; the current one when empty
        :param month: "2026-03"; the last month that is over and has sessions when empty
        :return: plain values for the screen; a link is as `ev.run.get_cockpit` has them
        :rtype: dict
        :raises AccessError: not for this user
        :raises UserError: not one of the user's companies, or not a month
        """
        if not any(self.env.user.has_group(group) for group in GROUPS):
            raise AccessError(
                self.env._("The clearing matrix is for accountants, auditors and contract administrators.")
            )
        self.check_access("read")
        company = self.env["res.company"].browse(company_id) if company_id else self.env.company
        if company not in self.env.companies:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        months = self._get_cockpit_months(company)
        first = self._read_cockpit_month(month) if month else self._choose_cockpit_month(company, months)
        return self.browse().with_company(company)._get_matrix(company, first, months)

    def _get_matrix(self, company, first, months):
        rows = self._get_matrix_rows(company, first)
        span = month_of(first)
        return {
            "month": f"{first:%Y-%m}",
            "month_name": self._get_month_name(first),
            "months": [
                {"value": f"{day:%Y-%m}", "name": self._get_month_name(day)}
                for day in sorted({*months, first}, reverse=True)
            ],
            "previous": f"{first - timedelta(days=1):%Y-%m}",
            "next": f"{span.end:%Y-%m}",
            "company": {"id": company.id, "name": company.name},
            "companies": [{"id": one.id, "name": one.name} for one in self.env.companies],
            "columns": self._get_matrix_columns(),
            "rows": [self._say_row(row, company, first) for row in rows],
            "total": self._say_total(rows, company, first),
        }

    @api.model
    def _get_matrix_columns(self):
        return [
            {
                "key": "books",
                "label": self.env._("In Our Books"),
                "help": self.env._("Roaming sessions that ended in the month"),
            },
            {"key": "hub", "label": self.env._("By the Hub"), "help": self.env._("Billed by the hub, not by us")},
            {
                "key": "sent",
                "label": self.env._("Sent"),
                "help": self.env._("On the list the partner got for the month"),
            },
            {
                "key": "theirs",
                "label": self.env._("In Their File"),
                "help": self.env._("Found in the partner's own list"),
            },
            {
                "key": "disputed",
                "label": self.env._("Disputed"),
                "help": self.env._("Open disputes, with what is at stake"),
            },
            {
                "key": "invoiced",
                "label": self.env._("Invoiced"),
                "help": self.env._("On approved statements, whichever month's"),
            },
            {
                "key": "paid",
                "label": self.env._("Paid"),
                "help": self.env._("On statements whose documents are all paid"),
            },
            {
                "key": "left",
                "label": self.env._("Left Over"),
                "help": self.env._("In our books, and neither the hub's nor invoiced"),
            },
        ]

    # -------------------------------------------------------------------- rows

    @api.model
    def _get_matrix_rows(self, company, first):
        """[{"key", "contract", "partner", "statements", "cells": {column: Tally}, "left": {standing: Tally}, ...}] by name."""
        rows, span = {}, month_of(first)
        contracts = self.env["ev.cdr"]._get_standing_contracts(company, span)
        running = contracts.filtered(lambda k: not k.date_end or k.date_end >= span.start)
        for contract in running:
            self._take_row(rows, contract.id, None)
        self._add_standings(rows, company, span)
        self._add_disputes(rows, company, span)
        self._add_statements(rows, company, span)
        for row in rows.values():
            row["contract"] = self.env["ev.contract"].sudo().browse(row["contract"])
            row["partner"] = row["contract"].partner_id or self.env["res.partner"].sudo().browse(row["partner"] or 0)
        return sorted(
            rows.values(),
            key=lambda row: (row["key"] == "p0", row["partner"].id and row["partner"].name or "", row["key"]),
        )

    @api.model
    def _take_row(self, rows, contract, partner):
        key = f"c{contract}" if contract else f"p{partner or 0}"
        if key not in rows:
            rows[key] = {
                "key": key,
                "contract": contract or 0,
                "partner": partner,
                "cells": defaultdict(Tally),
                "left": defaultdict(Tally),
                "late": Tally(),
                "disputes": [],
                "statements": self.env["ev.statement"].sudo(),
                "theirs": {},
            }
        return rows[key]

    @api.model
    def _add_standings(self, rows, company, span):
        """The one pass over the month's sessions."""
        found = self.env.execute_query(
            SQL(
                """SELECT contract_id, CASE WHEN contract_id IS NULL THEN partner_id END, standing, stage = 3,
                          sent IS NOT NULL, count(*), sum(wh)::bigint, sum(amount)::text, sum(sent)::text
                     FROM (%s) AS session GROUP BY 1, 2, 3, 4, 5""",
                self.env["ev.cdr"]._get_standing_sql(company, span),
            )
        )
        currencies = dict(self.env["ev.contract"].sudo().browse({row[0] for row in found if row[0]}).mapped(
            lambda contract: (contract.id, contract.currency_id.id)))  # fmt: skip
        for contract, partner, standing, settled, shown, count, wh, amount, sent in found:
            row, currency = self._take_row(rows, contract, partner), currencies.get(contract)
            row["cells"]["books"].add(count, wh, amount, currency)
            if shown:
                row["cells"]["sent"].add(count, wh, sent, currency)
            if standing == "hub":
                row["cells"]["hub"].add(count, wh)
            elif standing == "invoiced":
                row["cells"]["invoiced"].add(count, wh, amount, currency)
                if settled:
                    row["cells"]["paid"].add(count, wh, amount, currency)
            else:
                row["left"][standing].add(count, wh, amount, currency)
                row["cells"]["left"].add(count, wh, amount, currency)

    @api.model
    def _add_disputes(self, rows, company, span):
        """Open disputes of sessions of the month: few, so their ids are what their link opens."""
        windows, _days = self.env["ev.cdr"]._get_standing_windows(company, span)
        found = self.env.execute_query(
            SQL(
                """SELECT d.contract_id, d.currency_id, array_agg(d.id), sum(d.amount)::text,
                          sum(CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END)::bigint
                     FROM ev_dispute d JOIN ev_cdr c ON c.id = d.cdr_id JOIN %s
                    WHERE d.company_id = %s AND d.state = 'open' GROUP BY 1, 2""",
                windows,
                company.id,
            )
        )
        for contract, currency, ids, amount, wh in found:
            row = self._take_row(rows, contract, None)
            row["disputes"] += ids
            row["cells"]["disputed"].add(len(ids), wh, amount, currency)

    @api.model
    def _add_statements(self, rows, company, span):
        """The month's statements, what of earlier months is on them, and what the partner's own file says."""
        domain = [("company_id", "=", company.id), ("role", "=", "emsp"), ("period_start", "<", span.end)]
        domain += [("period_end", ">=", span.start)]
        statements = self.env["ev.statement"].sudo().search(domain, order="id")
        theirs = self._count_their_files(statements)
        for statement in statements:
            row = self._take_row(rows, statement.contract_id.id, None)
            row["statements"] |= statement
            for result, (count, wh, amount) in theirs.get(statement.id, {}).items():
                row["theirs"].setdefault(result, Tally()).add(count, wh, amount, statement.currency_id.id)
        late = self.env["ev.statement.session"].sudo()
        for statement, count, wh, amount in late._read_group(
            self._get_late_domain(statements, span), ["statement_id"], ["__count", "energy_wh:sum", "amount:sum"]
        ):
            tally = self._take_row(rows, statement.contract_id.id, None)["late"]
            tally.add(count, wh, str(amount), statement.currency_id.id)
        for row in rows.values():
            for result in ("matched", "different"):
                if result in row["theirs"]:
                    row["cells"]["theirs"].join(row["theirs"][result])

    @api.model
    def _get_late_domain(self, statements, span):
        """Rows of the lists whose session ended before its statement's period, on its site's clock.

        A statement of several months has them in its last one.
        """
        ending = statements.filtered(lambda statement: statement.period_end < span.end and statement.shown_count)
        sites = self.env["ev.site"].sudo().with_context(active_test=False)
        zones = sites.search([("company_id", "in", statements.company_id.ids)]).grouped("tz")
        return Domain.OR(
            Domain("statement_id", "in", some.ids)
            & Domain("site_id", "in", places.ids)
            & Domain("date_stop", "<", _get_first_moment(start, tz))
            for start, some in ending.grouped("period_start").items()
            for tz, places in zones.items()
        )


def _get_first_moment(day, tz):
    """When a day begins on a clock, as Odoo writes moments."""
    begin, _end = Span(day, day + timedelta(days=1)).epochs(tz)
    return f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%d %H:%M:%S}"
