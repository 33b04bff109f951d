"""A partner's own list on the portal: sent, compared at once or soon after, and disputed where it differs.

Whoever may see the statement's sessions may do it; of the lists only those that were sent here are shown.
"""

from datetime import UTC, datetime
from decimal import Decimal

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import formatLang

from odoo.addons.ev_billing.controllers.portal_statement import PAGE

from ..exchange.text import storable
from ..models.ev_partner_file_dispute import REASON_OF
from ..models.ev_statement_partner_file import MOST_BYTES
from ..reports.partner_file.rows import fetch_rows
from .portal_window import POST, WINDOW, EvPortalWindow, read_count

# Differences on the page; the spreadsheet has all.
MOST_SHOWN = 200
SHOWN = ("different", "missing_there", "missing_here", "error")
FILE = f"{WINDOW}/file/<int:file_id>"


class EvPortalPartnerFile(EvPortalWindow):
    @http.route([f"{WINDOW}/file"], **POST)
    def portal_my_ev_file_send(self, statement_id, access_token=None, author_name="", **kw):
        """Take in a list, and show what came of it."""
        author_name = storable(author_name)
        sent = {"author_name": author_name}

        def act(statement, author):
            upload = request.httprequest.files.get("list")
            name = storable(upload.filename or "") if upload else ""
            # one byte more than allowed tells that it is too large
            content = upload.read(MOST_BYTES + 1) if upload else b""
            partner_file = statement._receive_list(name, content, author, author_name)
            return {"file": partner_file.id}

        return self._answer(statement_id, access_token, act, sent)

    @http.route([FILE], type="http", auth="public", website=True)
    def portal_my_ev_file(self, statement_id, file_id, access_token=None, done=None, known=None, **kw):
        partner_file = self._find_file(statement_id, file_id, access_token)
        if not partner_file:
            return self._redirect_home()
        return self._render_file(partner_file, access_token, done=read_count(done), known=read_count(known))

    @http.route([f"{FILE}/xlsx"], type="http", auth="public", website=True, multilang=False)
    def portal_my_ev_file_xlsx(self, statement_id, file_id, access_token=None, **kw):
        partner_file = self._find_file(statement_id, file_id, access_token)
        if not partner_file:
            return self._redirect_home()
        try:
            return self._send_file(partner_file._get_workbook())
        except UserError as error:
            return self._render_file(partner_file, access_token, status=422, file_error=str(error))

    @http.route([f"{FILE}/dispute"], **POST)
    def portal_my_ev_file_dispute(self, statement_id, file_id, access_token=None, author_name="", **kw):
        """Dispute all that differs, and all that the list has not."""
        author_name = storable(author_name)
        partner_file = self._find_file(statement_id, file_id, access_token)
        if not partner_file:
            return self._redirect_home()
        if self.env.user._is_internal():
            # who reads a comparison in the office does not answer for the partner
            return self._render_file(partner_file, access_token, status=403, file_error=self._say_backend())
        author = None if self.env.user._is_public() else self.env.user.partner_id
        try:
            acting = partner_file.with_user(self.env.user).sudo()
            result = acting._dispute_lines(REASON_OF, True, author, author_name)
        except UserError as error:
            return self._render_file(
                partner_file, access_token, status=422, file_error=str(error), author_name=author_name
            )
        query = {"access_token": access_token, "done": len(result.made), "known": result.known}
        return request.redirect_query(
            f"{PAGE}/{statement_id}/file/{file_id}", {name: value for name, value in query.items() if value}
        )

    # -------------------------------------------------------------------- pages

    def _find_file(self, statement_id, file_id, access_token):
        """The list as superuser, if the visitor may see its statement and it was sent here."""
        statement = self._find_listed(statement_id, access_token)
        if not statement:
            return None
        mine = [("id", "=", file_id), ("statement_id", "=", statement.id), ("source", "!=", "operator")]
        return statement.env["ev.partner.file"].search(mine)

    def _get_said_page(self, statement, said):
        """A list that was taken in is shown; other answers come on the page of sessions."""
        return (
            f"{PAGE}/{statement.id}/file/{said.pop('file')}"
            if "file" in said
            else super()._get_said_page(statement, said)
        )

    def _render_file(
        self, partner_file, access_token, status=200, file_error=None, author_name="", done=None, known=None
    ):
        statement = partner_file.statement_id
        if self.env.user._is_public() and statement.partner_id.lang:
            partner_file = partner_file.with_context(lang=statement.partner_id.lang)
        statement = partner_file.statement_id.with_company(partner_file.company_id)
        compared = partner_file.state == "compared"
        disputable, before = partner_file._count_disputable(REASON_OF, True) if compared else (0, 0)
        values = {
            "page_name": "ev_statement",
            "statement": statement,
            "partner_file": partner_file,
            "sums": [self._describe_sum(statement, one) for one in partner_file.sum_ids] if compared else [],
            "rows": self._describe_rows(partner_file) if compared else [],
            "most": MOST_SHOWN,
            "disputable": disputable - before,
            "before": before,
            "is_open": statement._is_window_open(),
            "public": self.env.user._is_public(),
            "token": access_token or "",
            "link": f"?access_token={access_token}" if access_token else "",
            "typed_name": author_name or partner_file.author_name,
            "file_error": file_error,
            "done": done,
            "known": known,
        }
        return request.render("ev_clearing.portal_my_ev_file", values, status=status)

    # -------------------------------------------------------------------- words

    def _describe_sum(self, statement, one):
        return {
            "name": self._get_result_words()[one.code or one.result],
            "code": bool(one.code),
            "result": one.code or one.result,
            "count": formatLang(self.env, one.count, digits=0),
            "theirs": formatLang(self.env, one.their_kwh, digits=3),
            "ours": formatLang(self.env, one.our_kwh, digits=3),
            "their_amount": statement._money(one.their_amount),
            "our_amount": statement._money(one.our_amount),
            "difference": statement._money(one.amount_difference),
        }

    def _describe_rows(self, partner_file):
        """The first differences, as texts."""
        found = []
        for result in SHOWN:
            if (missing := MOST_SHOWN - len(found)) > 0:
                found += [(result, row) for row in next(fetch_rows(partner_file, result, missing))]
        lines = partner_file.env["ev.partner.file.line"].browse([row.key for _result, row in found])
        return [
            {
                "result": result,
                "name": self._get_result_words()[result],
                "number": row.number,
                "why": self._say_why(line),
                "theirs": self._describe_side(row.id, row.start, row.stop, row.wh, row.amount, row.evse),
                "ours": self._describe_side(
                    row.our_id, row.our_start, row.our_stop, row.our_wh, row.our_amount, row.our_evse
                ),
                "currency": row.currency if row.currency != partner_file.currency_id.name else None,
            }
            for (result, row), line in zip(found, lines, strict=True)
        ]

    def _say_why(self, line):
        """In what a session differs, or what we know of it, in words for the partner."""
        if line.result != "different":
            return line._say_difference() or ""
        words = self._get_result_words()
        told = ", ".join(words[code] for code in line.differences.split(","))
        return self.env._("%(what)s (line %(line)s)", what=told, line=line.first_number) if line.first_number else told

    def _describe_side(self, reference, start, stop, wh, amount, evse):
        return {
            "reference": reference or "",
            "when": f"{_moment(start)} - {_moment(stop)}" if start is not None else "",
            "evse": evse or "",
            "kwh": formatLang(self.env, wh / 1000, digits=3) if wh is not None else "",
            "amount": _say_amount(self.env, amount) if amount is not None else "",
        }

    def _get_result_words(self):
        return {
            "matched": self.env._("The same"),
            "different": self.env._("Different"),
            "energy": self.env._("energy"),
            "price": self.env._("amount"),
            "time": self.env._("time"),
            "currency": self.env._("currency"),
            "duplicate": self.env._("twice in your list"),
            "missing_here": self.env._("Only in your list"),
            "missing_there": self.env._("Only in our list"),
            "error": self.env._("Could not be read"),
        }


def _moment(epoch):
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _say_amount(env, text):
    amount = Decimal(text)
    return formatLang(env, float(amount), digits=min(6, max(2, -amount.normalize().as_tuple().exponent)))
