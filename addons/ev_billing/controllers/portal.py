"""The portal's home page, and what its pages share: whose portal it is, and the months to choose from."""

import re
from datetime import date

from odoo import fields
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..rating import month, month_of

MOST_MONTHS = 60


class EvPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        for counter, count in (
            ("ev_statement_count", lambda: self._count_readable("ev.statement")),
            ("ev_contract_count", lambda: self._count_readable("ev.contract")),
            ("ev_site_count", lambda: len(self._find_ev_sites())),
            ("ev_session_count", self._count_ev_sessions),
        ):
            if counter in counters:
                values[counter] = count()
        return values

    def _count_readable(self, model):
        records = self.env[model]
        return records.search_count(self._get_ev_domain()) if records.has_access("read") else 0

    def _get_ev_domain(self):
        """The partner's own contracts and statements, for staff that looks at its own portal too; record rules come on top."""
        partner = self.env.user.partner_id.commercial_partner_id
        return [("partner_id", "child_of", partner.id), ("state", "!=", "draft")]

    def _get_ev_viewer(self):
        """Whose portal it is, and which companies' records it shows: (res.partner, res.company records)."""
        return self.env.user.partner_id, self.env.companies

    def _find_ev_sites(self):
        today = fields.Date.context_today(self.env["ev.site"])
        return self.env["ev.site"].sudo()._find_for_portal(*self._get_ev_viewer(), today)

    def _count_ev_sessions(self):
        """Sessions of the last month that has any, as the card says."""
        months = self._get_ev_months()
        sums = self.env["ev.cdr"].sudo()._sum_for_portal(*self._get_ev_viewer(), month_of(months[0]))
        return sum(found.count for found in sums.values()) or (1 if len(months) > 1 else 0)

    def _get_ev_months(self):
        """First days of the months there may be sessions in, the latest first; the current month where there are none.

        :rtype: list[datetime.date]
        """
        today = fields.Date.context_today(self.env["ev.site"])
        days = self.env["ev.cdr"].sudo()._get_portal_days(*self._get_ev_viewer())
        first, last = (day.date().replace(day=1) for day in days) if days else (today, today)
        months, day = [], min(max(last, first), today).replace(day=1)
        while day >= first.replace(day=1) and len(months) < MOST_MONTHS:
            months.append(day)
            day = fields.Date.subtract(day, months=1)
        return months or [today.replace(day=1)]

    def _read_ev_month(self, text, months):
        """The month somebody asks for (``2026-03``), or the latest; what is not one of them is the latest too.

        :rtype: rating.Span
        """
        asked = re.fullmatch(r"(\d{4})-(\d{2})", text or "", re.ASCII)
        if asked and 1 <= int(asked[2]) <= 12 and int(asked[1]) >= 1970:
            day = date(int(asked[1]), int(asked[2]), 1)
            if day in months:
                return month(day.year, day.month)
        return month_of(months[0])

    def _redirect_home(self):
        """What may not be seen is not told apart from what does not exist."""
        return request.redirect("/my" if not self.env.user._is_public() else "/web/login")
