"""Statements and notifications: read into entries, each taken once for ever."""

import io
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_bank import sanitize_account_number

from ..iso20022.entry import Entry, Part, given
from ..iso20022.statement import read_statements
from .ev_bank_known import Known
from .ev_bank_told import STATEMENT, read_blocks

ENOUGH = 1000
# Booked is what counts: what is pending or informational comes again when it is booked.
BOOKED = "BOOK"


class EvBankFile(models.Model):
    _inherit = "ev.bank.file"

    def _read_statements(self):
        """Store the booked entries that were not taken before.

        :raises UnreadableFile: it cannot be read
        :raises UserError: an account or a currency is not that of a journal
        """
        reading = _Reading(self)
        for fact in read_statements(io.BytesIO(self.attachment_id.raw)):
            if isinstance(fact, Entry):
                reading.take_entry(fact)
            else:
                reading.take_statement(fact)
        reading.end_statement()
        for journal, entries in reading.enriched.grouped("journal_id").items():
            entries._decide(journal)
            entries.filtered(lambda entry: entry.state == "ready")._book_each()
        if not reading.statements:
            raise UserError(self.env._("It holds no statement of any account: ask the bank what it is for."))
        self.write(
            {
                "state": "read",
                "journal_id": reading.statements[0]["journal_id"],
                "message_id": reading.message_id,
                "statements": reading.statements,
                "known_count": reading.known,
                "pending_count": reading.pending,
            }
        )

    def _find_journal(self, statement):
        """The bank journal of a statement's account.

        :raises UserError: none has it, or only in another currency
        """
        account = sanitize_account_number(statement.account) or ""
        domain = [("company_id", "=", self.company_id.id), ("type", "=", "bank"), ("bank_account_id", "!=", False)]
        journals = self.env["account.journal"].search(domain)
        journals = journals.filtered(lambda journal: journal.bank_account_id.sanitized_acc_number == account)
        journal = self._pick_journal(journals, statement.currency)
        if not journal:
            raise UserError(
                self.env._(
                    "It is of account %(account)s, which is of no bank journal of %(company)s: enter the account on its journal, "
                    "or import the file in the company whose account it is.",
                    account=account or "-",
                    company=self.company_id.name,
                )
            )
        if self.journal_id and self.origin == "folder" and journal != self.journal_id:
            raise UserError(
                self.env._(
                    "It is of account %(account)s of %(other)s, and this folder is for %(journal)s.",
                    account=account,
                    other=journal.name,
                    journal=self.journal_id.name,
                )
            )
        currency = (journal.currency_id or self.company_id.currency_id).name
        if statement.currency and statement.currency != currency:
            raise UserError(
                self.env._(
                    "Account %(account)s is in %(theirs)s, its journal %(journal)s in %(ours)s: correct the journal's currency, "
                    "or have a journal for each currency.",
                    account=account,
                    theirs=statement.currency,
                    journal=journal.name,
                    ours=currency,
                )
            )
        return journal

    def _pick_journal(self, journals, currency):
        """Of the journals of one account the one in the statement's currency: a bank may keep several under one IBAN.

        :param currency: ISO code, empty where the statement does not say
        :return: one journal, of another currency where none is in this one; none of none
        :raises UserError: several, and nothing says which
        """
        if currency:
            mine = journals.filtered(
                lambda journal: (journal.currency_id or journal.company_id.currency_id).name == currency
            )
            return (mine or journals)[:1]
        if self.origin == "folder" and self.journal_id in journals:
            return self.journal_id
        if len(journals) > 1:
            raise UserError(
                self.env._(
                    "It does not say its currency, and its account has several journals (%s): have the bank send the currency.",
                    ", ".join(journals.mapped("name")),
                )
            )
        return journals


class _Reading:
    """One pass through a file: entries wait here until there are enough of them to store."""

    def __init__(self, file):
        self.file, self.env = file, file.env
        self.statements, self.waiting = [], []
        self.known = self.pending = 0
        self.enriched = self.placed = self.env["ev.bank.entry"]
        self.message_id = self.journal = self.before = None

    def take_statement(self, statement):
        self.end_statement()
        self.journal = self.file._find_journal(statement)
        self.currency = (self.journal.currency_id or self.journal.company_id.currency_id).name
        self.message_id = statement.message_id
        opening, closing = statement.opening, statement.closing
        self.statements.append(
            {
                "journal_id": self.journal.id,
                "family": statement.family,
                "identifier": statement.identifier,
                "sequence": statement.sequence,
                "page": statement.page,
                "opening": str(opening.amount) if opening else None,
                "closing": str(closing.amount) if closing else None,
                "first": str(opening.day) if opening and opening.day else None,
                "last": str(closing.day) if closing and closing.day else None,
                "total": "0",
            }
        )
        # two files read at once would not know of each other: the later one begins anew (REPEATABLE READ)
        self.env.cr.execute("UPDATE account_journal SET write_uid = write_uid WHERE id = %s", (self.journal.id,))
        self.before = Known(self.file, self.journal, self.statements, self.message_id, self.before)

    def take_entry(self, entry):
        """:raises UserError: it is in another currency than its account"""
        if entry.status != BOOKED:
            self.pending += 1
            return
        if entry.currency != self.currency:
            raise UserError(
                self.env._(
                    "An entry of %(amount)s %(theirs)s is on an account in %(ours)s: ask the bank to correct the file.",
                    amount=entry.amount,
                    theirs=entry.currency,
                    ours=self.currency,
                )
            )
        now = self.statements[-1]
        now["total"] = str(Decimal(now["total"]) + entry.amount)
        self.waiting.append(entry)
        if len(self.waiting) >= ENOUGH:
            self.store()

    def store(self):
        """Store what is new of what waits; what was taken before is of this statement now, if it was of none."""
        entries, self.waiting = self.waiting, []
        if not entries:
            return
        family = self.statements[-1]["family"]
        found = self.before.find(entries)
        self.known += sum(bool(one.records) for one in found)
        self.enrich(found)
        for one in found:
            if one.records:
                one.records._remember(one.entry.key, family, self.message_id)
        own = {}
        if family == STATEMENT:
            own = {"statement_file_id": self.file.id, "statement_index": len(self.statements) - 1}
            stored = self.env["ev.bank.entry"].union(*(one.records for one in found))
            placed = stored.filtered(lambda record: not record.statement_file_id)
            placed.write(own)
            self.placed |= placed
        created = self.env["ev.bank.entry"].create(
            [
                self._prepare(one.entry, part, number, one.like) | {"key": one.key, "is_twin": bool(one.like)} | own
                for one in found
                if not one.records
                for number, part in enumerate(one.entry.parts)
            ]
        )
        self.before.created += created.ids
        if own:
            self.placed |= created.filtered("is_twin")

    def end_statement(self):
        """Store what waits; now that all of the statement is known, what it tells beside its like came twice."""
        self.store()
        placed, self.placed = self.placed, self.placed.browse()
        if placed:
            self.enriched |= placed._take_for_real(self.before)

    def enrich(self, found):
        """A sum that waits as an exception gets the references that another file tells of it: they may settle it.

        Banks book a batch as one sum in the statement and tell its transactions in a notification.
        """
        for entry, _key, record, _like in found:
            record._follow_ledger()
            if len(record) != 1 or record.state not in ("exception", "parked") or not entry.details:
                continue
            values = self._prepare(entry, Part(entry.amount, entry.details), 0)
            if _count_names(values["facts"]) > _count_names(record.facts):
                record.write(_merge(record, values))
                self.enriched |= record

    def _prepare(self, entry, part, number, like=None):
        """Values of one movement.

        :param like: key of the entry that it perhaps is
        """
        name, account, bic = part.party
        details = [detail for detail in part.details if given(detail.end_to_end_id)]
        return {
            "file_id": self.file.id,
            "company_id": self.file.company_id.id,
            "journal_id": self.journal.id,
            "part": number,
            "date": entry.booked_on or entry.value_on or fields.Date.context_today(self.file),
            "value_date": entry.value_on,
            "amount": float(part.amount),
            "counterparty_name": name or False,
            "counterparty_account": account or False,
            "counterparty_bic": bic or False,
            "end_to_end_id": details[0].end_to_end_id if len(details) == 1 else False,
            "text": part.text or entry.additional or False,
            "bank_reference": entry.servicer_reference or entry.entry_reference or False,
            "transaction_code": entry.transaction_code or False,
            "return_code": next((detail.return_code for detail in part.details if detail.return_code), False),
            "return_text": next((detail.return_text for detail in part.details if detail.return_text), False),
            "is_reversal": entry.is_reversal,
            "is_charge": part.is_charge,
            "sum_differs": entry.sum_differs,
            "charges": float(_charges_of(entry, part)),
            "facts": {
                "ends": list(dict.fromkeys(detail.end_to_end_id for detail in details)),
                "references": list(dict.fromkeys(ref for detail in part.details for ref in detail.references)),
                "batches": list(_batches_of(entry, part)),
                "servicer": entry.servicer_reference if given(entry.servicer_reference) else "",
                "has_text": bool(part.text),
                "original": [
                    [str(detail.original_amount), detail.original_currency, str(detail.exchange_rate or "")]
                    for detail in part.details
                    if detail.original_amount is not None
                ],
                **({"like": like} if like else {}),
                **({} if entry.days else {"undated": True}),
            },
        }


def _merge(record, values):
    """Values of an entry that another file tells more of: what that does not say stays, and so does what it is known by."""
    said = {name: value for name, value in values["facts"].items() if value}
    if record.facts.get("servicer"):
        said.pop("servicer", None)
    kept = {name: values[name] or record[name] for name in ("return_code", "return_text")}
    kept["text"] = values["text"] if values["facts"]["has_text"] or not record.text else record.text
    return {**kept, "end_to_end_id": values["end_to_end_id"], "facts": {**record.facts, **said}}


def _count_names(facts):
    return len(facts["ends"]) + len(facts["references"])


def _charges_of(entry, part):
    """Charges within the movement's amount."""
    if part.is_charge:
        return Decimal(0)
    if len(entry.parts) == 1:
        return max(entry.charge_total, Decimal(0))
    own = (charge for detail in part.details for charge in detail.charges)
    return sum((c.amount for c in own if c.included and c.currency == entry.currency), Decimal(0))


def _batches_of(entry, part):
    """The ids of our file under which several payments were booked as this one."""
    return () if len(entry.parts) > 1 else read_blocks(entry, part.details)
