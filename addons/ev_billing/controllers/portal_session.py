"""Sites and sessions on the portal. What a partner may see is decided in `ev.cdr._find_for_portal`, nowhere else."""

import csv
import io
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote as url_quote

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.http import Response, content_disposition, request
from odoo.tools import format_date, formatLang

from ..models.account_move import _count_decimals
from ..models.ev_cdr_portal import PAGE as STEP
from .portal import EvPortal

CSV_PAGE = 5_000
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class EvPortalSession(EvPortal):
    @http.route(["/my/ev/sites"], type="http", auth="user", website=True)
    def portal_my_ev_sites(self, month=None, **kw):
        months = self._get_ev_months()
        span = self._read_ev_month(month, months)
        sums = self.env["ev.cdr"].sudo()._sum_for_portal(*self._get_ev_viewer(), span, hosted_only=True)
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ev_site",
            "sites": self._find_ev_sites(),
            "sums": sums,
            **self._prepare_month_values(months, span),
        }
        return request.render("ev_billing.portal_my_ev_sites", values)

    @http.route(["/my/ev/sessions"], type="http", auth="user", website=True)
    def portal_my_ev_sessions(self, month=None, site=None, before=None, **kw):
        cdrs, viewer = self.env["ev.cdr"].sudo(), self._get_ev_viewer()
        months = self._get_ev_months()
        span, site_id = self._read_ev_month(month, months), self._read_site(site)
        sums = cdrs._sum_for_portal(*viewer, span)
        # one more than the page shows whether there is a next page
        sessions = cdrs._find_for_portal(*viewer, span, site_id, before, STEP + 1)
        shown = [found for key, found in sums.items() if site_id in (None, key)]
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ev_session",
            "sessions": [self._describe_session(session) for session in sessions[:STEP]],
            "older": sessions[STEP - 1].key if len(sessions) > STEP else None,
            "before": before,
            "sites": self.env["ev.site"].sudo().browse(sums).sorted("name"),
            "site_id": site_id,
            "total": {
                "count": sum(found.count for found in shown),
                "kwh": self._format_kwh(sum(found.wh for found in shown)),
                "hours": formatLang(self.env, sum(found.seconds for found in shown) / 3600, digits=1),
            },
            **self._prepare_month_values(months, span),
        }
        return request.render("ev_billing.portal_my_ev_sessions", values)

    def _read_site(self, text):
        """A site's id as somebody sends it. One that is not the partner's finds nothing: the rule says so, not this."""
        return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None

    def _prepare_month_values(self, months, span):
        return {
            "months": [(f"{day:%Y-%m}", format_date(self.env, day, date_format="MMMM yyyy")) for day in months],
            "month": f"{span.start:%Y-%m}",
            "month_name": format_date(self.env, span.start, date_format="MMMM yyyy"),
            "format_kwh": self._format_kwh,
        }

    # ----------------------------------------------------------------- download

    @http.route(["/my/ev/sessions.csv"], type="http", auth="user", website=True, readonly=True, multilang=False)
    def portal_my_ev_sessions_csv(self, month=None, site=None, **kw):
        """The month's sessions as CSV, written page by page to a file: memory stays flat, however many there are."""
        span = self._read_ev_month(month, self._get_ev_months())
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(self._get_csv_head())
        before = None
        while True:
            sessions = (
                self.env["ev.cdr"]
                .sudo()
                ._find_for_portal(*self._get_ev_viewer(), span, self._read_site(site), before, CSV_PAGE)
            )
            for session in sessions:
                writer.writerow([_harmless(cell) for cell in self._get_csv_row(session)])
            if len(sessions) < CSV_PAGE:
                break
            before = sessions[-1].key
        text.detach()
        size = file.tell()
        file.seek(0)
        return Response(
            wrap_file(request.httprequest.environ, file),
            direct_passthrough=True,
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Length", str(size)),
                ("Content-Disposition", content_disposition(f"sessions-{span.start:%Y-%m}.csv")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _get_csv_head(self):
        return [
            self.env._("Session"),
            self.env._("Site"),
            self.env._("Station"),
            self.env._("EVSE"),
            self.env._("Start"),
            self.env._("End"),
            self.env._("Time Zone"),
            self.env._("kWh"),
            self.env._("Minutes"),
            self.env._("Badge"),
            self.env._("Remarks"),
            self.env._("Statements"),
            self.env._("Charged (+) or Credited (-)"),
        ]

    def _get_csv_row(self, session):
        amount = sum(Decimal(made.amount) for made in session.billed)
        return [
            session.reference, session.site, session.station, session.evse,
            f"{_on_clock(session.start):%Y-%m-%d %H:%M:%S}", f"{_on_clock(session.stop):%Y-%m-%d %H:%M:%S}", session.tz,
            Decimal(session.wh) / 1000, round(Decimal(session.seconds) / 60, 1), session.badge or "",
            ", ".join(self._get_mark_words()[mark] for mark in session.marks),
            ", ".join(made.statement for made in session.billed), amount if session.billed else "",
        ]  # fmt: skip

    # -------------------------------------------------------------------- words

    def _describe_session(self, session):
        """What the page shows of a session: texts."""
        start, stop = _on_clock(session.start), _on_clock(session.stop)
        return {
            "reference": session.reference,
            "link": url_quote(session.reference, safe=""),
            "site": session.site,
            "station": session.station,
            "evse": session.evse,
            "day": format_date(self.env, start.date()),
            "start": f"{start:%H:%M}",
            "stop": f"{stop:%H:%M}" + (f" +{(stop.date() - start.date()).days}" if stop.date() != start.date() else ""),
            "tz": session.tz,
            "kwh": self._format_kwh(session.wh),
            "minutes": formatLang(self.env, session.seconds // 60, digits=0),
            "badge": session.badge or "",
            "marks": [self._get_mark_words()[mark] for mark in session.marks],
            "billed": [self._describe_billed(made) for made in session.billed],
        }

    def _describe_billed(self, made):
        amount, statement = Decimal(made.amount), self.env["ev.statement"].sudo().browse(made.statement_id)
        number = formatLang(self.env, float(abs(amount)), digits=_count_decimals(abs(amount), 2))
        word = self.env._("credited") if amount < 0 else self.env._("charged")
        return {
            "id": made.statement_id,
            "name": made.statement,
            "amount": f"{number} {statement.currency_id.symbol} {word}",
        }

    def _get_mark_words(self):
        return {
            "estimated": self.env._("estimated"),
            "taken_back": self.env._("taken back"),
            "credit": self.env._("takes a session back"),
            "replacement": self.env._("corrected"),
        }

    def _format_kwh(self, wh):
        return formatLang(self.env, wh / 1000, digits=3)


def _on_clock(seconds):
    """A wall clock's moment, from its seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _harmless(cell):
    """A text that no spreadsheet runs as a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
