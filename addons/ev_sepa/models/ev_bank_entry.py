"""One movement on a bank account, as the bank tells it, and what it settled.

New when read, ready when a rule decided what it settles, matched when that is booked; an exception when a person must look: it is
booked on the journal's suspense account meanwhile, with the reason and what could be done.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..matching.model import Suggestion
from .ev_bank_told import STATEMENT, read_prints

RULES = [
    ("return", "Returned Payment"),
    ("end_to_end", "End-to-End Id"),
    ("batch", "Whole Batch"),
    ("reference", "Reference and Amount"),
    ("partner", "Partner's Exact Sum"),
    ("charges", "Bank Charges"),
    ("fee", "Within Fee Tolerance"),
    ("partial", "Part Payment"),
    ("exception", "None"),
    ("manual", "By Hand"),
]
STATES = [
    ("new", "New"),
    ("ready", "To Book"),
    ("exception", "Exception"),
    ("parked", "Left Open"),
    ("matched", "Matched"),
    ("double", "Told Twice"),
]
# Those that wait for a person.
WAITING = ("exception", "parked")


class EvBankEntry(models.Model):
    _name = "ev.bank.entry"
    _description = "Bank Entry"
    _order = "date desc, id desc"
    _rec_name = "label"
    _check_company_auto = True

    file_id = fields.Many2one("ev.bank.file", required=True, readonly=True, index=True, ondelete="restrict")
    statement_file_id = fields.Many2one("ev.bank.file", "Statement", readonly=True, index="btree_not_null")
    statement_index = fields.Integer(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    journal_id = fields.Many2one(
        "account.journal", required=True, readonly=True, check_company=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", store=True, precompute=True)
    key = fields.Char(
        required=True, readonly=True, help="What the bank's entry is known by: taken once, whatever file it is in."
    )
    other_key = fields.Char(
        readonly=True,
        index="btree_not_null",
        help="What a statement knows it by, where a notification told it first; or the reverse.",
    )
    is_twin = fields.Boolean(
        "Like One Before",
        readonly=True,
        help="Another file told an entry like this: it came twice, or was told twice.",
    )
    part = fields.Integer(readonly=True, help="Which of its transactions, where the bank tells their amounts.")

    date = fields.Date("Booked On", required=True, readonly=True, default=fields.Date.context_today)
    value_date = fields.Date(readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    charges = fields.Monetary(readonly=True, help="What the bank kept of it, where it says so.")
    counterparty_name = fields.Char("Counterparty", readonly=True)
    counterparty_account = fields.Char("Counterparty's Account", readonly=True)
    counterparty_bic = fields.Char("Counterparty's BIC", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null", ondelete="restrict")
    end_to_end_id = fields.Char("End-to-End Id", readonly=True, index="btree_not_null")
    text = fields.Text(readonly=True)
    bank_reference = fields.Char(readonly=True)
    transaction_code = fields.Char("Bank Transaction Code", readonly=True)
    return_code = fields.Char("Return Reason", readonly=True)
    return_text = fields.Char("Return Says", readonly=True)
    is_reversal = fields.Boolean("Reversal", readonly=True)
    is_charge = fields.Boolean("Bank's Own Charge", readonly=True)
    sum_differs = fields.Boolean(
        "Parts Do Not Sum",
        readonly=True,
        help="The bank gives amounts of its transactions, and they do not make the entry's.",
    )
    facts = fields.Json(readonly=True, help="All references, batches and original amounts of its transactions.")
    label = fields.Char(compute="_compute_label", store=True, precompute=True)

    state = fields.Selection(STATES, required=True, readonly=True, default="new")
    rule = fields.Selection(RULES, "Matched by", readonly=True)
    reason = fields.Char(readonly=True)
    decision = fields.Json(readonly=True, help="What a rule decided, until it is booked.")
    suggestion_ids = fields.One2many("ev.bank.suggestion", "entry_id", "Suggestions", readonly=True)
    suggestion = fields.Char("Could Be Done", compute="_compute_suggestion")
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    move_id = fields.Many2one(related="statement_line_id.move_id", string="Journal Entry")
    settled_ids = fields.Many2many(
        "account.move", "ev_bank_entry_settled_rel", "entry_id", "move_id", "Settles", readonly=True
    )
    settled_by_id = fields.Many2one("res.users", "Settled by", readonly=True, ondelete="restrict")
    question = fields.Char(readonly=True, help="What was asked when it was left open.")

    _once = models.UniqueIndex("(journal_id, key, part)", "This entry of the bank was taken before.")
    _day_idx = models.Index("(journal_id, date)")
    _waiting_idx = models.Index("(file_id) WHERE state IN ('new', 'ready')")
    _exception_idx = models.Index("(company_id, date) WHERE state IN ('exception', 'parked')")
    _statement_line_uniq = models.UniqueIndex(
        "(statement_line_id) WHERE statement_line_id IS NOT NULL", "This bank line is of another entry."
    )

    @api.depends("journal_id")
    def _compute_currency_id(self):
        for entry in self:
            entry.currency_id = entry.journal_id.currency_id or entry.journal_id.company_id.currency_id

    def _remember(self, key, family, message_id):
        """Know the entry by what another file calls it, too, and that files of this family have told it."""
        for record in self:
            facts = record.facts or {}
            if key.split(":")[0] not in read_prints(record):
                if not record.other_key:
                    record.other_key = key
                else:
                    record.facts = facts = {**facts, "keys": [*(facts.get("keys") or ()), key]}
            told = facts.get("told") or {}
            # a statement is remembered as such
            if family not in (STATEMENT, record.file_id.kind, *told):
                record.facts = {**facts, "told": {**told, family: message_id}}

    @api.depends("text", "counterparty_name", "end_to_end_id", "bank_reference")
    def _compute_label(self):
        """One line that says most: what core shows as the label of a bank line."""
        for entry in self:
            words = " ".join((entry.text or "").split())
            entry.label = (
                words or entry.end_to_end_id or entry.counterparty_name or entry.bank_reference or entry.key[:8]
            )

    @api.depends("suggestion_ids")
    def _compute_suggestion(self):
        """The best suggestion, for lists."""
        for entry in self:
            entry.suggestion = entry.suggestion_ids[:1].text

    # ------------------------------------------------------------------ actions

    def _begin_action(self, states=WAITING):
        """The entries for a person's step: the role is checked, the rows are taken for this transaction.

        :param states: what they may be
        :raises UserError: somebody else is at work on them, or they are settled
        """
        self.env["ev.bank.file"]._check_maker()
        self.check_access("read")
        entries = self.sudo()
        if entries.try_lock_for_update(allow_referencing=True) != entries:
            raise UserError(self.env._("Somebody else is at work on this entry: try again in a moment."))
        entries.invalidate_recordset(["state"])
        entries._follow_ledger()
        settled = entries.filtered(lambda entry: entry.state not in states)
        if settled:
            settled._refuse_settled()
        return entries

    def action_match_again(self):
        """Let the rules look again: after a document was posted, or an account was entered; also where it was not told twice."""
        entries = self._begin_action((*WAITING, "double"))
        for journal, group in entries.grouped("journal_id").items():
            group._decide(journal, by_hand=True)
            group.filtered(lambda entry: entry.state == "ready")._book_each()
            group.filtered(lambda entry: entry.state == "exception")._book_suspense()
        return True

    def action_settle(self):
        """Choose by hand what it settles."""
        self.ensure_one()
        self.env["ev.bank.file"]._check_maker()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("ev_sepa.ev_bank_settle_action")
        return action | {"context": {"default_entry_id": self.id}}

    def action_park(self):
        """Leave it on the suspense account; with a question, if the context has one."""
        question = self.env.context.get("ev_question") or False
        self._begin_action().write({"state": "parked", "question": question, "settled_by_id": self.env.uid})
        return True

    def action_undo(self):
        """Take a match back: what it settled is open again, and it is an exception.

        :raises UserError: it is a returned payment, or was not matched
        """
        self.env["ev.bank.file"]._check_maker()
        self.check_access("read")
        for entry in self.sudo():
            entry._undo()
        return True

    def action_open_line(self):
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action(name=self.env._("Journal Entry"))

    def action_open_settled(self):
        self.ensure_one()
        self.check_access("read")
        return self.settled_ids._get_records_action(name=self.env._("Settles"))


class EvBankSuggestion(models.Model):
    """One thing that could be done with an exception, by one click."""

    _name = "ev.bank.suggestion"
    _description = "Suggestion for a Bank Entry"
    _order = "entry_id, id"
    _rec_name = "text"

    entry_id = fields.Many2one("ev.bank.entry", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="entry_id.company_id", store=True, index=True)
    state = fields.Selection(related="entry_id.state")
    text = fields.Char("What Could Be Done", required=True, readonly=True)
    allocations = fields.Json(required=True, readonly=True)
    fee = fields.Char(readonly=True)

    def action_apply(self):
        """Do what it says, if that is still possible."""
        self.ensure_one()
        self.check_access("read")
        entry = self.entry_id._begin_action()
        suggestion = self.sudo()
        entry._settle_by_hand(suggestion.allocations, suggestion.fee, suggestion.text)
        return True

    @api.model
    def _prepare(self, entry, suggestion: Suggestion, partner_ids):
        """Values of a suggestion; whose documents it settles is said with it."""
        names = self.env["res.partner"].browse(sorted(filter(None, partner_ids))).mapped("name")
        return {
            "entry_id": entry.id,
            "text": f"{suggestion.text} ({', '.join(names)})" if names else suggestion.text,
            "allocations": [[key, str(amount)] for key, amount in suggestion.allocations],
            "fee": str(suggestion.fee),
        }
