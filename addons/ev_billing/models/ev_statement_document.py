"""From an approved statement to posted documents; their files come after (`ev_statement_files`).

Charges make an invoice; credits make, by contract, a self-billed vendor bill, a credit note, or nothing but the statement. A
negative total turns the document into its opposite (a bill into its refund), so that no document is ever negative. One
move line per statement line; sessions go in the annex, never on the document.
"""

from collections import namedtuple
from itertools import count

from markupsafe import Markup

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, formatLang

from ..rating import from_micro, to_micro

# Per statement: which move type its credits or charges become, and the same where their total is negative.
MOVE_TYPES = {
    ("charge", None): ("out_invoice", "out_refund"),
    ("credit", "self_bill"): ("in_invoice", "in_refund"),
    ("credit", "credit_note"): ("out_refund", "out_invoice"),
}
# One create and one posting for many moves; the statement's chatter tells the story, not each move's. Analytic lines are made
# by posting: nothing has to look for them while drafts are made.
BULK = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "skip_analytic_sync": True,
}

# From so many statements a call the tables' statistics are worth renewing.
MANY = 10

Line = namedtuple("Line", "record quantity price amount")
Plan = namedtuple("Plan", "statement move_type sign lines total")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def action_document(self):
        """Ask for the date, then make the documents."""
        self._check_step("write")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_statement_document_wizard_action")
        return dict(action, context={"default_statement_ids": self.ids})

    def document(self, invoice_date=None):
        """Make, post and print the documents of approved statements. Statements that have theirs are left alone.

        :param invoice_date: date (or ISO text) the documents carry; today when empty
        A statement that something stops (a mandate that is missing) stays approved, and its chatter says why; the others go
        on.

        :return: ids of all documents of these statements
        :rtype: list[int]
        :raises UserError: none of them could be documented
        """
        self._document(invoice_date)
        return self.document_ids.ids

    def _document(self, invoice_date=None):
        """Make the documents and the files; see `document`.

        :return: a sentence for each statement that was left
        :rtype: list[str]
        """
        left = self._post_documents(invoice_date)
        self._make_files()
        return list(left.values())

    def _post_documents(self, invoice_date=None):
        """Create, check and post the documents of approved statements; those that have theirs are left alone.

        What can be posted is posted in one go and is all or nothing; a statement that something stops stays approved, and its
        chatter says why. May be called again at any time: a statement is documented once.

        :return: {statement id: why it was left}
        :raises UserError: none of them could be documented
        """
        self._check_step("write")
        invoice_date = fields.Date.to_date(invoice_date) or fields.Date.context_today(self)
        todo = self.filtered(lambda statement: statement.state not in ("documented", "settled"))
        left = {}
        for company in todo.company_id:
            statements = todo.filtered(lambda statement, company=company: statement.company_id == company)
            left.update(statements.with_company(company)._post_documents_apart(invoice_date))
        if todo and len(left) == len(todo):
            raise UserError("\n".join(left.values()))
        for statement_id, why in left.items():
            self.browse(statement_id).message_post(body=self.env._("No documents were made: %s", why))
        return left

    def _post_documents_apart(self, invoice_date):
        """All in one go, which is fast; where something stops it in halves, so that only its cause is left.

        :return: {statement id: why it was left}
        """
        try:
            with self.env.cr.savepoint():
                self._post_documents_together(invoice_date)
            return {}
        except UserError as error:
            if len(self) == 1:
                return {self.id: str(error)}
        middle = len(self) // 2
        return self[:middle]._post_documents_apart(invoice_date) | self[middle:]._post_documents_apart(invoice_date)

    def _post_documents_together(self, invoice_date):
        """One company's statements: create in bulk, check, post. All of it or nothing."""
        for statement in self:
            if statement.state != "approved":
                raise UserError(self.env._("%s is not approved yet: approve it first.", statement.name))
            statement.sudo()._lock_contract()
        self._refresh_statistics()
        plans = [plan for statement in self for plan in statement._plan_documents()]
        values = [plan.statement._prepare_move(plan, invoice_date) for plan in plans]
        self.env["account.move"].check_access("create")
        # only this step may tie a document to its statement (`account.move.create` refuses it to people)
        moves = self.env["account.move"].with_context(**BULK).sudo().create(values).sudo(self.env.su)
        for plan, move in zip(plans, moves, strict=True):
            plan.statement._check_move(plan, move)
        # posting makes the analytic lines
        moves.with_context(skip_analytic_sync=False).action_post()
        # payment may settle a document at once (a zero term, an outstanding credit): documented comes first
        self.sudo().write({"state": "documented"})
        for statement in self:
            statement._log_documents()

    def _refresh_statistics(self):
        """Have PostgreSQL look at the tables again before many documents: after a bulk load its old row counts made posting 35
        times slower. Somebody else who is at it is not waited for.
        """
        if len(self) >= MANY:
            self.env.flush_all()
            self.env.cr.execute("ANALYZE (SKIP_LOCKED) account_move, account_move_line")

    # ------------------------------------------------------------------ plan

    def _plan_documents(self):
        """What to make of this statement: at most one document per direction and group of lines, none for a total of
        zero."""
        self.ensure_one()
        exact = self._get_exact_lines()
        plans = []
        for direction in ("credit", "charge"):
            kind = self.contract_id.credit_document if direction == "credit" else None
            mine = [line for line in exact if line.record.direction == direction]
            for lines in self._split_lines(direction, mine):
                total = sum(line.amount for line in lines)
                if not total or (direction, kind) not in MOVE_TYPES:
                    continue
                normal, opposite = MOVE_TYPES[direction, kind]
                plan = Plan(self, normal, 1, lines, total) if total > 0 else Plan(self, opposite, -1, lines, total)
                plans.append(plan)
        return plans

    def _split_lines(self, _direction, lines):
        """Hook: the lines of one direction, in groups that get a document each.

        :param lines: exact lines (`_get_exact_lines`)
        :return: [lines]
        """
        return [lines]

    def _get_exact_lines(self):
        """The lines with their numbers as exact decimals, in order."""
        self.ensure_one()
        self.line_ids.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, quantity::text, price_unit::text, amount::text FROM ev_statement_line
                WHERE statement_id = %s ORDER BY number""",
                self.id,
            )
        )
        lines = self.env["ev.statement.line"]
        return [Line(lines.browse(id_), *(from_micro(to_micro(text)) for text in numbers)) for id_, *numbers in rows]

    # ----------------------------------------------------------------- moves

    def _prepare_move(self, plan, invoice_date):
        """Values of one document."""
        self.ensure_one()
        contract = self.contract_id
        partner = contract._get_invoice_partner()
        statement = self.with_context(lang=partner.lang)
        values = {
            "move_type": plan.move_type,
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": invoice_date,
            "ref": self.name,
            "narration": statement._get_narration(plan.move_type, invoice_date),
            "ev_statement_id": self.id,
            "invoice_line_ids": [Command.create(line) for line in statement._prepare_move_lines(plan.lines, plan.sign)],
        }
        if contract.payment_term_id:
            values["invoice_payment_term_id"] = contract.payment_term_id.id
        if plan.move_type in ("in_invoice", "in_refund"):
            self._check_mandate(invoice_date)
            values["journal_id"] = self._get_self_billing_journal().id
        return values

    def _check_move(self, plan, move):
        """Statement and document must say the same before anything is posted.

        :raises UserError: a tax included in the price, or a change somebody else's code made
        """
        made = self.currency_id.round(move.amount_untaxed)
        if self.currency_id.compare_amounts(made, float(plan.total * plan.sign)):
            raise UserError(
                self.env._(
                    "%(statement)s: the document's untaxed total would be %(made)s instead of %(wanted)s. The usual reason "
                    "is a tax of a term's product that is included in the price: use one that is not.",
                    statement=self.name,
                    made=made,
                    wanted=plan.total * plan.sign,
                )
            )

    def _check_mandate(self, invoice_date):
        """A self-billed invoice needs the partner's written mandate (EU VAT directive, article 224)."""
        contract = self.contract_id
        if not contract.mandate_date or contract.mandate_date > invoice_date:
            raise UserError(
                self.env._(
                    "%(contract)s: no self-billing mandate is on file on %(day)s. Enter the date in "
                    "'Self-Billing Mandate Signed', or set 'Credits Are Made As' to a credit note or a statement only.",
                    contract=contract.display_name,
                    day=format_date(self.env, invoice_date),
                )
            )

    def _get_self_billing_journal(self):
        """The company's self-billing journal; made at first need, with a number range per partner (core does that)."""
        journals = self.env["account.journal"].sudo()
        domain = [("company_id", "=", self.company_id.id), ("type", "=", "purchase"), ("is_self_billing", "=", True)]
        found = journals.search(domain, limit=1)
        if found:
            return found
        company = [("company_id", "=", self.company_id.id)]
        taken = set(journals.with_context(active_test=False).search(company).mapped("code"))
        return journals.create(
            {
                "name": self.env._("Self-Billing"),
                "code": next(code for code in _get_journal_codes() if code not in taken),
                "type": "purchase",
                "is_self_billing": True,
                "company_id": self.company_id.id,
            }
        )

    # ----------------------------------------------------------------- texts

    def _get_narration(self, move_type, invoice_date):
        """The text under the totals: what the document stands on and, for a self-billed one, the legal mentions."""

        def day(date):
            return format_date(self.env, date)

        paragraphs = [
            self.env._(
                "Statement %(number)s, contract %(contract)s, %(period)s: %(count)s sessions, %(energy)s kWh, "
                "each in the file %(annex)s.",
                number=self.name,
                contract=self.contract_id.name,
                period=self._get_period_label(),
                count=self.session_count,
                energy=formatLang(self.env, self.energy_kwh, digits=3),
                annex=self._get_annex_name(),
            )
        ]
        if move_type in ("in_invoice", "in_refund"):
            contract = self.contract_id
            paragraphs.append(
                self.env._(
                    "Self-billing: made by %(company)s in the name and on behalf of %(partner)s under the mandate "
                    "of %(date)s%(ref)s.",
                    company=self.company_id.name,
                    partner=self.partner_id.name,
                    date=day(contract.mandate_date),
                    ref=f" ({contract.mandate_reference})" if contract.mandate_reference else "",
                )
            )
            paragraphs.append(
                self.env._(
                    "It may be contested until %(deadline)s; after that day it counts as accepted.",
                    deadline=day(fields.Date.add(invoice_date, days=contract.contest_days)),
                )
            )
        return Markup().join(Markup("<p>%s</p>") % text for text in paragraphs)

    def _log_documents(self):
        """Tell the statement's chatter what was made."""
        links = Markup(", ").join(move._get_html_link() for move in self.document_ids)
        self.message_post(
            body=Markup("%s %s") % (self.env._("Documents:"), links or self.env._("none, the totals are zero"))
        )


def _get_journal_codes():
    """SELF, SELF2, ... SEL10, ...: five characters is what a journal's code holds."""
    yield "SELF"
    for number in count(2):
        yield f"{'SELF'[: 5 - len(str(number))]}{number}"
