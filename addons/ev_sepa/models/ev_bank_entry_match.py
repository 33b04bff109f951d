"""The rules (`matching`) at work on entries: what is read, what was decided, what a person may choose."""

from decimal import Decimal

from odoo import models
from odoo.fields import Domain

from ..iso20022.model import CREDIT_TRANSFER, DIRECT_DEBIT
from ..matching import Movement, Settings, Suggestion, match
from .ev_payment_exact import exact_amounts


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    def _decide(self, journal, *, by_hand=False):
        """Decide on each of these entries of one journal, all together: certain ones are ready to be booked.

        Nothing is booked here: what was decided is kept until then, and looked at again when it is. What somebody settled in
        the ledger is left to him.

        :param by_hand: a person asks for it; else what a person undid is only suggested
        """
        self._follow_ledger()
        self.filtered(lambda entry: entry.state != "matched")._decide_open(journal, by_hand)

    def _decide_open(self, journal, by_hand):
        movements = self._read_movements(journal)
        items = self._read_open_items(journal, {end for movement in movements for end in movement.end_to_end_ids})
        decisions = match(movements, items, journal._get_ev_matching())
        partners = {movement.id: movement.partner for movement in movements}
        by_item = {item.id: item.partner for item in items}
        entries = {entry.id: entry for entry in self}
        self.suggestion_ids.unlink()
        suggestions = []
        for decision in decisions:
            entry = entries[decision.movement]
            theirs = {by_item[key] for key, _amount in decision.allocations}
            partner = theirs.pop() if len(theirs) == 1 else partners[entry.id]
            may_book = by_hand or not entry._is_undone()
            entry.write(entry._prepare_decision(decision, partner, may_book))
            for suggestion in _get_suggestions(decision, may_book):
                whose = {by_item[key] for key, _amount in suggestion.allocations}
                suggestions.append(self.env["ev.bank.suggestion"]._prepare(entry, suggestion, whose))
        self.env["ev.bank.suggestion"].create(suggestions)
        self._tell_contradicted(journal)

    def _tell_contradicted(self, journal):
        """What the bank executed although it was rejected or cancelled: its documents are held until an approver knows."""
        odd = self.filtered(lambda entry: entry.state == "exception" and not (entry.return_code or entry.is_reversal))
        for kind, entries in (
            (CREDIT_TRANSFER, odd.filtered(lambda entry: entry.amount < 0)),
            (DIRECT_DEBIT, odd.filtered(lambda entry: entry.amount > 0)),
        ):
            ends = {name for entry in entries for name in entry.facts.get("ends") or ()}
            batches = {name for entry in entries for name in entry.facts.get("batches") or ()}
            if not ends | batches:
                continue
            named = Domain("end_to_end_id", "in", list(ends)) | Domain("block_id", "in", list(batches))
            domain = (named | Domain("batch_id.message_id", "in", list(batches))) & Domain(
                [
                    ("batch_id.kind", "=", kind),
                    ("batch_id.journal_id", "=", journal.id),
                    ("state", "in", ("rejected", "cancelled")),
                    ("contradicted", "=", False),
                ]
            )
            if lines := self.env["ev.payment.line"].sudo().search(domain):
                lines._contradict(self.env._("The bank booked what was rejected or cancelled before. Ask the bank."))

    def _read_movements(self, journal):
        """The entries as movements; a partner is known by his account only."""
        amounts = exact_amounts(self.env, "ev_bank_entry", self.ids)
        charges = exact_amounts(self.env, "ev_bank_entry", self.ids, "charges")
        partners = self._find_partners(journal.company_id, self.mapped("counterparty_account"))
        own = self._find_own(journal.company_id, {end for entry in self for end in entry.facts.get("ends") or ()})
        books_fees = bool(journal.ev_fee_account_id)
        return [
            Movement(
                id=entry.id,
                amount=amounts[entry.id],
                currency=entry.currency_id.name,
                day=entry.date,
                end_to_end_ids=tuple(entry.facts.get("ends") or ()),
                batches=tuple(entry.facts.get("batches") or ()),
                references=tuple(entry.facts.get("references") or ()),
                text=entry.text or "",
                partner=partners.get(entry.counterparty_account),
                charges=charges[entry.id] if books_fees else Decimal(0),
                is_return=bool(entry.return_code) or entry.is_reversal,
                is_charge=entry.is_charge and books_fees,
                own=tuple((end, own[end]) for end in entry.facts.get("ends") or () if end in own),
            )
            for entry in self
        ]

    def _is_undone(self):
        """Whether a person took a match of it back."""
        return "undone" in (self.facts or {})

    def _prepare_decision(self, decision, partner, may_book=True):
        """Values of what was decided.

        :param may_book: whether what is certain is booked without asking
        """
        self.ensure_one()
        reason = decision.reason
        certain = decision.certain and may_book and not self.is_twin
        if decision.certain and not may_book:
            reason = self.env._("Somebody undid its match, so it is not matched by itself. It could be: %s", reason)
        if self.is_twin:
            reason = self.env._(
                "Another file told an entry like this before: ask the bank whether the money came twice. If it did not, press "
                "'Told Twice'. %s",
                reason,
            )
        if self.sum_differs:
            reason = self.env._("The bank's amounts of its transactions do not make the entry's. %s", reason)
        return {
            "state": "ready" if certain else "exception",
            "rule": decision.rule if certain or not decision.certain else "exception",
            "reason": reason,
            "partner_id": partner or False,
            "decision": {
                "allocations": [[key, str(amount)] for key, amount in decision.allocations],
                "fee": str(decision.fee),
            },
        }


def _get_suggestions(decision, may_book):
    """What a person may choose; that is what is certain, too, where it is not booked without asking."""
    if decision.certain and not may_book:
        return (Suggestion(decision.allocations, decision.fee, decision.reason),)
    return decision.suggestions


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _get_ev_matching(self):
        """How far the rules may go on their own; without an account for fees they book none."""
        self.ensure_one()
        tolerance = exact_amounts(self.env, "account_journal", self.ids, "ev_fee_tolerance")[self.id]
        books_fees = bool(self.ev_fee_account_id)
        return Settings(tolerance if books_fees else Decimal(0), self.ev_match_partial, books_fees)
