"""The control window on the portal: look at the sessions, filter, download, dispute, approve.

Whoever may see the statement may do all of it: its partner logged in, or whoever has the link that was mailed (asked for a name).
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import urlencode as url_encode

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import UserError
from odoo.http import Response, content_disposition, request
from odoo.tools import format_date, formatLang

from odoo.addons.ev_billing.controllers.portal_statement import PAGE, EvPortalStatement

from ..exchange.text import storable
from ..models.ev_dispute import REASONS
from ..models.ev_disputing import Claim
from ..models.ev_statement_page import MOST_CHOSEN, STATES, Choice
from ..models.ev_statement_page import PAGE as STEP
from ..reports.session_list import write_documents, write_table

WINDOW = f"{PAGE}/<int:statement_id>"
POST = {"type": "http", "auth": "public", "methods": ["POST"], "website": True, "multilang": False}
FILTERS = ("text", "site", "first", "last", "state", "least")
AMOUNT = re.compile(r"[+-]?(?:\d{1,9}\.?\d{0,6}|\.\d{1,6})", re.ASCII)
WRITERS = {"csv": (write_table, "text/csv; charset=utf-8"), "json": (write_documents, "application/json")}


class EvPortalWindow(EvPortalStatement):
    # -------------------------------------------------------------------- home

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "ev_window_count" in counters:
            statements = self.env["ev.statement"]
            domain = self._get_ev_domain() + self._get_open_windows()
            values["ev_window_count"] = statements.search_count(domain) if statements.has_access("read") else 0
        return values

    def _get_statement_filters(self):
        word = {"label": self.env._("To check"), "domain": self._get_open_windows()}
        return {**super()._get_statement_filters(), "control": word}

    def _get_open_windows(self):
        return [("state", "=", "control"), ("window_opened_at", "!=", False), ("window_closed_at", "=", False)]

    # ------------------------------------------------------------------- pages

    @http.route([f"{WINDOW}/sessions"], type="http", auth="public", website=True)
    def portal_my_ev_window(self, statement_id, access_token=None, before=None, done=None, known=None, **kw):
        statement = self._find_listed(statement_id, access_token)
        if not statement:
            return self._redirect_home()
        filters = {name: kw[name] for name in FILTERS if kw.get(name)}
        counts = {"done": read_count(done), "known": read_count(known)}
        return self._render_window(statement, access_token, before, **counts, **filters)

    def _find_listed(self, statement_id, access_token):
        """The statement as superuser, if the visitor may see it and its sessions were shown."""
        statement = self._find_statement(statement_id, access_token)
        shown = statement and statement.shown_count and (statement.state != "control" or statement.window_opened_at)
        return statement if shown else None

    def _render_window(self, statement, access_token, before=None, status=200, **kw):
        if self.env.user._is_public() and statement.partner_id.lang:
            statement = statement.with_context(lang=statement.partner_id.lang)
        statement = statement.with_company(statement.company_id)
        choice = self._read_choice(kw)
        rows = statement._find_page(choice, before, STEP + 1)
        total = statement._sum_page(choice)
        values = {
            "page_name": "ev_statement",
            "statement": statement,
            "rows": [self._describe_row(statement, row) for row in rows[:STEP]],
            "older": rows[STEP - 1].key if len(rows) > STEP else None,
            "before": before,
            "page": f"{PAGE}/{statement.id}/sessions?"
            + url_encode({"access_token": access_token or "", **{name: kw.get(name) or "" for name in FILTERS}}),
            "total": {
                "count": formatLang(self.env, total.count, digits=0),
                "kwh": formatLang(self.env, total.wh / 1000, digits=3),
                "amount": statement._money(float(Decimal(total.amount))),
                "number": total.count,
            },
            "sites": statement._get_listed_sites(),
            "choice": choice,
            "chosen": {name: kw.get(name) or "" for name in FILTERS},
            "is_chosen": any(choice),
            "states": self._get_state_words(),
            "reasons": statement.env["ev.dispute"]._fields["reason"]._description_selection(statement.env),
            "is_open": statement._is_window_open(),
            "until": statement.control_window_end and statement._say_until(),
            "most": MOST_CHOSEN,
            "public": self.env.user._is_public(),
            "token": access_token or "",
            "link": f"?access_token={access_token}" if access_token else "",
            "partner_files": statement.partner_file_ids.filtered(lambda one: one.source != "operator"),
            "typed": {name: kw.get(name) or "" for name in ("reason", "comment", "author_name")},
            **{name: kw[name] for name in ("window_error", "done", "known") if kw.get(name)},
        }
        return request.render("ev_clearing.portal_my_ev_window", values, status=status)

    def _read_choice(self, sent):
        """Filters as somebody sends them: what cannot be read chooses nothing."""
        site = sent.get("site") or ""
        state = sent.get("state")
        return Choice(
            text=storable(sent.get("text") or "").strip()[:255] or None,
            site=int(site) if site.isascii() and site.isdecimal() and len(site) < 10 else None,
            first=_read_day(sent.get("first")),
            last=_read_day(sent.get("last")),
            state=state if state in STATES else None,
            least=_read_amount(sent.get("least")),
        )

    # ------------------------------------------------------------------- answers

    @http.route([f"{WINDOW}/dispute"], **POST)
    def portal_my_ev_dispute(self, statement_id, access_token=None, reason="", comment="", author_name="", **kw):
        """Dispute the ticked sessions, or all that are chosen by the filters."""

        comment, author_name = storable(comment), storable(author_name)

        def act(statement, author):
            cdrs = self._read_sessions(statement, kw)
            claims = [Claim(cdr, reason, comment) for cdr in cdrs]
            result = statement._dispute(claims, author, author_name, "portal" if author else "link")
            return {"done": len(result.made), "known": result.known or None}

        sent = {"reason": reason, "comment": comment, "author_name": author_name, **kw}
        return self._answer(statement_id, access_token, act, sent)

    @http.route([f"{WINDOW}/approve"], **POST)
    def portal_my_ev_approve(self, statement_id, access_token=None, author_name="", **kw):
        """The partner has nothing more to say: what is not disputed is invoiced."""
        author_name = storable(author_name)

        def act(statement, author):
            statement._approve_by_partner(author.name if author else author_name)
            return {}

        return self._answer(statement_id, access_token, act, {"author_name": author_name, **kw})

    @http.route([f"{WINDOW}/withdraw/<int:dispute_id>"], **POST)
    def portal_my_ev_withdraw(self, statement_id, dispute_id, access_token=None, **kw):
        """Take a dispute back that nobody has answered yet."""

        def act(statement, _author):
            mine = [("id", "=", dispute_id), ("statement_id", "=", statement.id)]
            statement.env["ev.dispute"].search(mine)._withdraw()
            return {}

        return self._answer(statement_id, access_token, act, kw)

    def _answer(self, statement_id, access_token, act, sent):
        """Do what was asked in the visitor's name, and show the page again; what was typed is not lost by an error.

        :param act: function of (statement, author or None), gives what the page says then
        """
        statement = self._find_listed(statement_id, access_token)
        if not statement:
            return self._redirect_home()
        author = None if self.env.user._is_public() else self.env.user.partner_id
        if self.env.user._is_internal():
            # who reads a statement in the office does not answer for the partner
            return self._render_window(statement, access_token, status=403, window_error=self._say_backend())
        filters = {name: sent[name] for name in FILTERS if sent.get(name)}
        try:
            said = act(statement.with_user(self.env.user).sudo(), author)
        except UserError as error:
            typed = {name: sent.get(name) for name in ("reason", "comment", "author_name")}
            return self._render_window(statement, access_token, status=422, window_error=str(error), **filters, **typed)
        page = self._get_said_page(statement, said)
        query = {"access_token": access_token, **filters, **said}
        return request.redirect_query(page, {name: value for name, value in query.items() if value})

    def _get_said_page(self, statement, said):
        """Where an answer is shown."""
        return f"{PAGE}/{statement.id}/sessions"

    def _say_backend(self):
        return self.env._(
            "This page is the partner's: you close the window or enter disputes on the statement in Odoo."
        )

    def _read_sessions(self, statement, sent):
        """Ids of the sessions meant.

        :raises UserError: more than can be disputed here at once
        """
        if sent.get("all"):
            found = statement._find_chosen(self._read_choice(sent))
            if len(found) > MOST_CHOSEN:
                raise UserError(
                    self.env._(
                        "More than %s sessions are chosen: narrow the choice, or send us your own list as a file.",
                        MOST_CHOSEN,
                    )
                )
            return found
        ticked = request.httprequest.form.getlist("cdr")[:MOST_CHOSEN]
        return [int(text) for text in ticked if text.isascii() and text.isdecimal() and len(text) < 10]

    # ------------------------------------------------------------------ downloads

    @http.route(
        [f"{WINDOW}/list/<string:kind>"], type="http", auth="public", website=True, readonly=True, multilang=False
    )
    def portal_my_ev_list(self, statement_id, kind, access_token=None, **kw):
        """The whole list: XLSX as it was mailed, CSV and OCPI CDRs as they are asked for."""
        statement = self._find_listed(statement_id, access_token)
        if not statement or kind not in ("xlsx", *WRITERS):
            return self._redirect_home()
        if kind == "xlsx":
            return self._send_file(statement.session_list_attachment_id)
        if kind == "json":
            try:
                statement._check_ocpi()
            except UserError as error:
                return self._render_window(statement, access_token, status=422, window_error=str(error))
        write, mimetype = WRITERS[kind]
        file = write(statement)
        size = file.seek(0, 2)
        file.seek(0)
        return Response(
            wrap_file(request.httprequest.environ, file),
            direct_passthrough=True,
            headers=[
                ("Content-Type", mimetype),
                ("Content-Length", str(size)),
                ("Content-Disposition", content_disposition(statement._get_list_name(kind))),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    # -------------------------------------------------------------------- words

    def _describe_row(self, statement, row):
        """What the page shows of a session: texts."""
        start, stop = (datetime.fromtimestamp(moment, UTC) for moment in (row.start, row.stop))
        amount = Decimal(row.amount)
        reasons, outcomes = dict(REASONS), statement.env["ev.dispute"]._fields["outcome"]
        reasons = dict(statement.env["ev.dispute"]._fields["reason"]._description_selection(statement.env))
        return {
            "cdr": row.cdr,
            "reference": row.reference,
            "day": format_date(statement.env, start.date()),
            "start": f"{start:%H:%M}",
            "stop": f"{stop:%H:%M}" + (f" +{(stop.date() - start.date()).days}" if stop.date() != start.date() else ""),
            "site": row.site,
            "evse": row.evse,
            "token": row.token or "",
            "contract_id": row.contract_id or "",
            "kwh": formatLang(self.env, row.wh / 1000, digits=3),
            "amount": formatLang(self.env, float(amount), digits=max(2, -amount.normalize().as_tuple().exponent)),
            "credit": row.credit,
            "estimated": "estimated" in (row.flags or ""),
            "left_out": row.left_out,
            "dispute": row.dispute,
            "state": row.dispute_state,
            "outcome": dict(outcomes._description_selection(statement.env)).get(row.outcome),
            "reason": reasons.get(row.reason),
            "answer": row.answer,
        }

    def _get_state_words(self):
        return {
            "disputed": self.env._("Disputed"),
            "open": self.env._("Disputed, not answered"),
            "decided": self.env._("Disputed, answered"),
            "left_out": self.env._("Left out of the invoice"),
        }


def read_count(text):
    """A count as our own redirects say it; None for anything else."""
    return text if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _read_day(text):
    """A day as forms send it; None for anything else."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None


def _read_amount(text):
    """An amount as people type it, with a comma or a point; None for anything else."""
    text = (text or "").strip().replace(",", ".")
    return Decimal(text) if AMOUNT.fullmatch(text) else None
