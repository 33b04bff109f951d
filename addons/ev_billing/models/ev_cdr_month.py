from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..rating import month_of
from .ev_statement_completeness import PARTS

FINANCE = "account.group_account_invoice,account.group_account_readonly,ev_billing.group_contract_admin"


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    ev_month_part = fields.Char(
        "Month and What Became of It",
        compute="_compute_ev_month_part",
        search="_search_ev_month_part",
        groups=FINANCE,
        help="To search by: 2026-03 for the sessions that ended in that month on their sites' clocks, 2026-03:pending for those "
        "of them that are on no statement; also billed, draft, excluded.",
    )

    def _compute_ev_month_part(self):
        """Only searched by: what became of a session is never kept beside its charges."""
        self.ev_month_part = False

    @api.model
    def _search_ev_month_part(self, operator, values):
        """The same query that counts the month finds its sessions: both always agree.

        The groups of a field guard what is read of it, not what is searched by it: so they are asked for here.
        """
        self._check_field_access(self._fields["ev_month_part"], "read")
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._find_month_part(value) for value in values)

    @api.model
    def _find_month_part(self, value):
        """:param value: "2026-03", or "2026-03:part"; nothing is found by anything else"""
        month, _colon, part = (value or "").partition(":")
        try:
            span = month_of(date.fromisoformat(f"{month}-01"))
        except ValueError:
            return Domain.FALSE
        if part and part not in PARTS:
            return Domain.FALSE
        sessions = self.env["ev.statement"]._get_session_parts(self.env.companies, span)
        if not sessions:
            return Domain.FALSE
        wanted = SQL("part = %s", part) if part else SQL("TRUE")
        found = SQL("(SELECT month.id FROM (%s) AS month WHERE %s)", sessions, wanted)
        return Domain.custom(to_sql=lambda model, alias, query: SQL("%s IN %s", SQL.identifier(alias, "id"), found))
