"""Statements on the portal: the list, one statement, its files, and contesting it.

One statement opens for who may read it, and for who has the link that was mailed, logged in or not. The link may read, download
and contest (the accountant who got the mail often has no login; a name is asked), but writes no messages.
"""

from datetime import date

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .portal import EvPortal

STEP = 20
PAGE = "/my/ev/statements"
# Files are the same in every language: their links go nowhere else first.
FILE = {"type": "http", "auth": "public", "website": True, "readonly": True, "multilang": False}
FILES = {"pdf": "pdf_attachment_id", "xlsx": "annex_attachment_id"}


class EvPortalStatement(EvPortal):
    # -------------------------------------------------------------------- list

    @http.route([PAGE, f"{PAGE}/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_ev_statements(self, page=1, sortby=None, filterby=None, year=None, **kw):
        statements = self.env["ev.statement"]
        sortings, filters = self._get_statement_sortings(), self._get_statement_filters()
        sortby = sortby if sortby in sortings else "period"
        filterby = filterby if filterby in filters else "all"
        years = self._get_statement_years()
        year = int(year) if year and year.isdecimal() and int(year) in years else None
        domain = self._get_ev_domain() + filters[filterby]["domain"]
        if year:
            domain += [("period_start", ">=", date(year, 1, 1)), ("period_start", "<=", date(year, 12, 31))]
        readable = statements.has_access("read")
        pager = portal_pager(
            url=PAGE,
            url_args={"sortby": sortby, "filterby": filterby, "year": year},
            total=statements.search_count(domain) if readable else 0,
            page=page,
            step=STEP,
        )
        order = sortings[sortby]["order"]
        found = statements.search(domain, order=order, limit=STEP, offset=pager["offset"]) if readable else statements
        request.session["my_ev_statements_history"] = found.ids[:100]
        return request.render(
            "ev_billing.portal_my_ev_statements",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "ev_statement",
                "statements": found.sudo(),
                "pager": pager,
                "default_url": PAGE,
                "searchbar_sortings": sortings,
                "sortby": sortby,
                "searchbar_filters": filters,
                "filterby": filterby,
                "years": years,
                "year": year,
            },
        )

    def _get_statement_sortings(self):
        return {
            "period": {"label": self.env._("Period"), "order": "period_start desc, id desc"},
            "name": {"label": self.env._("Number"), "order": "name desc"},
            "total": {"label": self.env._("Amount"), "order": "total, id desc"},
            "contract": {"label": self.env._("Contract"), "order": "contract_id, period_start desc"},
        }

    def _get_statement_filters(self):
        contested = self.env["ev.statement.contest"].sudo()
        contested = contested.search(
            [("state", "=", "open"), ("partner_id", "child_of", self.env.user.commercial_partner_id.id)]
        )
        return {
            "all": {"label": self.env._("All"), "domain": []},
            "open": {
                "label": self.env._("Not paid yet"),
                "domain": [("state", "in", ("control", "approved", "documented"))],
            },
            "paid": {"label": self.env._("Paid"), "domain": [("state", "=", "settled")]},
            "contested": {"label": self.env._("Contested"), "domain": [("id", "in", contested.statement_id.ids)]},
        }

    def _get_statement_years(self):
        statements = self.env["ev.statement"]
        if not statements.has_access("read"):
            return []
        ends = [
            statements.search(self._get_ev_domain(), order=f"period_start {way}", limit=1) for way in ("asc", "desc")
        ]
        first, last = (end.period_start for end in ends)
        return list(range(last.year, first.year - 1, -1)) if first else []

    # ----------------------------------------------------------- one statement

    @http.route([f"{PAGE}/<int:statement_id>"], type="http", auth="public", website=True)
    def portal_my_ev_statement(self, statement_id, access_token=None, session=None, **kw):
        statement = self._find_statement(statement_id, access_token)
        if not statement:
            return self._redirect_home()
        return self._render_statement(statement, access_token, {"sessions": session or ""}, **kw)

    def _find_statement(self, statement_id, access_token):
        """The statement as superuser, if the visitor may see it; nothing of a draft, whatever the link says."""
        try:
            statement = self._document_check_access("ev.statement", statement_id, access_token)
        except (AccessError, MissingError):
            return None
        return statement if statement.state != "draft" else None

    def _render_statement(self, statement, access_token, typed, status=200, **kw):
        """:param typed: what somebody wrote into the contest form: it is not lost by an error"""
        # the language of the visitor, or of the partner the mail went to
        public = self.env.user._is_public()
        statement = statement.with_company(statement.company_id)
        if public and statement.partner_id.lang:
            statement = statement.with_context(lang=statement.partner_id.lang)
        values = {
            "page_name": "ev_statement",
            "statement": statement,
            "data": statement._get_print_data(),
            "moves": statement.document_ids.sorted("id"),
            "contests": statement.contest_ids,
            "contest_obstacle": statement._find_contest_obstacle(),
            "contest_end": statement._get_contest_end(),
            "typed": typed,
            "public": public,
            "link": f"?access_token={access_token}" if access_token else "",
            **{name: kw[name] for name in ("contest_error", "contested") if name in kw},
        }
        values = self._get_page_view_values(
            statement,
            access_token,
            values,
            "my_ev_statements_history",
            False,
            **{k: kw[k] for k in ("pid", "hash") if k in kw},
        )
        return request.render("ev_billing.portal_my_ev_statement", values, status=status)

    # ------------------------------------------------------------------- files

    @http.route([f"{PAGE}/<int:statement_id>/file/<string:kind>"], **FILE)
    def portal_my_ev_statement_file(self, statement_id, kind, access_token=None, **kw):
        """The statement as PDF, or the annex as XLSX."""
        statement = self._find_statement(statement_id, access_token) if kind in FILES else None
        return self._send_file(statement and statement[FILES[kind]])

    @http.route([f"{PAGE}/<int:statement_id>/document/<int:move_id>"], **FILE)
    def portal_my_ev_statement_document(self, statement_id, move_id, access_token=None, **kw):
        """The PDF of one of the statement's documents; of no other."""
        statement = self._find_statement(statement_id, access_token)
        move = statement and statement.document_ids.filtered(lambda move: move.id == move_id)
        return self._send_file(move and move.invoice_pdf_report_id)

    def _send_file(self, attachment):
        if not attachment:
            return self._redirect_home()
        return self.env["ir.binary"].sudo()._get_stream_from(attachment).get_response(as_attachment=True)

    # ------------------------------------------------------------------ contest

    @http.route(
        [f"{PAGE}/<int:statement_id>/contest"],
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        multilang=False,
    )
    def portal_my_ev_statement_contest(
        self, statement_id, access_token=None, reason="", sessions="", author_name="", **kw
    ):
        statement = self._find_statement(statement_id, access_token)
        if not statement:
            return self._redirect_home()
        author = None if self.env.user._is_public() else self.env.user.partner_id
        typed = {"reason": reason, "sessions": sessions, "author_name": author_name}
        try:
            statement.with_user(self.env.user).sudo()._contest(
                reason, author, author_name, sessions.replace(",", "\n").splitlines()
            )
        except UserError as error:
            return self._render_statement(statement, access_token, typed, status=422, contest_error=str(error))
        link = f"?access_token={access_token}" if access_token else ""
        return request.redirect(f"{PAGE}/{statement_id}{link}#contest")
