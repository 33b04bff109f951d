"""Who is due: open items become payments, grouped as contracts say, with those that are held back and why.

`group_items` is pure; the rest fetches accounts, holds and mandates, and stores batches: one per rail and kind, never more
payments than the bank takes in a file.
"""

from collections import namedtuple

from odoo import models
from odoo.exceptions import UserError

from ..iso20022.members import is_sepa
from ..iso20022.model import CREDIT_TRANSFER, DIRECT_DEBIT
from .ev_payment_line_facts import SLICE

Group = namedtuple("Group", "partner_id bank_id currency_id items amount")
# A group on its way to a line: how it is paid, and why not.
Draft = namedtuple("Draft", "group kind account mandate hold rail")

MOST = 10**9  # EPC132-08: below 1,000,000,000.00


def group_items(items, holds):
    """Put open items together into payments.

    What is held stays alone, so that it holds nothing else back. Contracts that net put both directions together; others put
    together what we owe, or keep every document apart. What a partner owes is never added to what it is paid unless they net.

    :param items: list of `OpenItem`
    :param holds: {move id: ...} of documents held back
    :return: list of `Group`, in the order of the items; amounts positive where we pay
    """
    groups = {}
    for item in items:
        direction = item.amount > 0
        key = (item.partner_id, item.currency_id)
        if item.move_id in holds:
            key += ("held", item.line_id)
        elif item.grouping == "net":
            key += ("net",)
        elif item.grouping == "partner" and direction:
            key += ("partner", item.bank_id)
        else:
            key += ("document", item.move_id, direction)
        groups.setdefault(key, []).append(item)
    return [
        Group(
            parts[0].partner_id,
            next((item.bank_id for item in parts if item.bank_id and item.amount > 0), None),
            parts[0].currency_id,
            tuple(parts),
            sum(item.amount for item in parts),
        )
        for parts in groups.values()
    ]


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _propose(self, journal, day, items, instant=False, kinds=(CREDIT_TRANSFER, DIRECT_DEBIT)):
        """Make batches of open items.

        :param journal: the bank journal that pays
        :param day: execution date
        :param items: list of `OpenItem` of the journal's company
        :param instant: by instant payment where the bank profile has it
        :param kinds: which kinds of batches
        :return: batches, empty where nothing is due
        :raises UserError: the journal is not the user's, or has no account or no bank profile
        """
        journal.with_env(self.env).check_access("read")
        self._check_journal(journal)
        company = journal.company_id
        batches = self.with_company(company).sudo()
        items = batches._add_netted(company, items, day)
        holds = batches._find_document_holds(items)
        groups = group_items(items, holds)
        last = batches._find_last_accounts([group.partner_id for group in groups])
        drafts = [
            draft
            for group in groups
            if (draft := batches._draft(journal, day, group, holds, last, instant)) and draft.kind in kinds
        ]
        made = batches._store_drafts(journal, day, drafts)
        for batch in made:
            batch.sudo(False)._log(
                self.env._("Proposed"),
                self.env._("%(count)s payments, %(held)s held back", count=batch.line_count, held=batch.held_count),
                routine=True,
            )
        return made.sudo(False)

    def _check_journal(self, journal):
        if journal.type != "bank" or not journal.bank_account_id:
            raise UserError(
                self.env._(
                    "%s has no bank account: enter the company's IBAN on the journal first.", journal.display_name
                )
            )
        if problem := journal.bank_account_id._get_number_problem():
            raise UserError(self.env._("%(journal)s: %(problem)s", journal=journal.display_name, problem=problem))
        if not journal.ev_bank_profile_id:
            raise UserError(
                self.env._(
                    "%s has no bank profile: choose one on the journal (tab Payment Files), e.g. the preset of its country.",
                    journal.display_name,
                )
            )

    def _add_netted(self, company, items, day):
        """Where a partner nets, everything open between it and us by the day comes in, not only what was chosen."""
        partners = {item.partner_id for item in items if item.grouping == "net"}
        if not partners:
            return items
        known = {item.line_id for item in items}
        more = self._read_open_items(company, self._scope_of_due(day, partners))
        return items + [item for item in more if item.line_id not in known and item.grouping == "net"]

    def _draft(self, journal, day, group, holds, last, instant):
        """How one group is paid; None where there is nothing to do: the partner pays by itself, or both sides are even."""
        if not group.amount:
            return None
        partner = self.env["res.partner"].browse(group.partner_id)
        hold = next((holds[item.move_id] for item in group.items if item.move_id in holds), None)
        mandate = None
        if group.amount > 0:
            kind = CREDIT_TRANSFER
            account = self._find_account(partner, group.bank_id, journal.company_id)
            hold = hold or self._get_differ_hold(group.items)
            hold = hold or self._get_account_hold(account, last.get(group.partner_id), partner=partner)
        else:
            kind = DIRECT_DEBIT
            mandate = self._find_mandate(partner, journal.company_id, day)
            if mandate is None:
                return None
            account = mandate.partner_bank_id if mandate else self.env["res.partner.bank"]
            hold = hold or self._get_mandate_hold(mandate, partner, day)
        hold = hold or self._get_amount_hold(journal, group)
        return Draft(group, kind, account, mandate, hold, self._get_rail(journal, account, group, day, instant, kind))

    def _find_account(self, partner, bank_id, company):
        """The account a document names, else the partner's first that is approved, else its first."""
        if bank_id:
            return self.env["res.partner.bank"].browse(bank_id)
        accounts = partner.bank_ids.filtered(lambda bank: bank.company_id in (company, bank.env["res.company"]))
        # read anew: an approval may just have put another one first
        accounts = accounts.sorted(lambda bank: (bank.sequence, bank.id))
        return (accounts.filtered(lambda bank: bank._is_ev_approved()) or accounts)[:1]

    def _find_mandate(self, partner, company, day):
        """Hook: the mandate under which a partner pays: a record, an empty one where it is missing, None where the partner
        pays by itself."""
        return None

    def _get_mandate_hold(self, mandate, partner, day):
        """Hook: why nothing is collected under a mandate, (code, sentence) or None."""
        return None

    def _get_differ_hold(self, items):
        """One payment goes to one account: where what we owe names several, nobody guesses.

        :param items: list of `OpenItem` of one payment
        """
        named = {item.name: item.bank_id for item in items if item.amount > 0 and item.bank_id}
        if len(set(named.values())) < 2:
            return None
        accounts = self.env["res.partner.bank"]
        told = [f"{name}: {accounts.browse(bank_id).acc_number}" for name, bank_id in named.items()]
        return "accounts_differ", self.env._(
            "These documents are paid together and name different accounts (%s): name the same account on each of them, then "
            "check again.",
            ", ".join(told),
        )

    def _get_amount_hold(self, journal, group):
        currency = journal.currency_id or journal.company_id.currency_id
        if group.currency_id != currency.id:
            return "currency", self.env._(
                "The document is in %(theirs)s, the account of %(journal)s in %(ours)s: pay it from another account.",
                theirs=self.env["res.currency"].browse(group.currency_id).name,
                journal=journal.display_name,
                ours=currency.name,
            )
        if abs(group.amount) >= MOST:
            return "amount", self.env._("A payment is below 1,000,000,000.00: pay the documents one by one.")
        return None

    def _get_rail(self, journal, account, group, day, instant, kind):
        if self._is_foreign(journal, account, self.env["res.currency"].browse(group.currency_id), day):
            return "foreign"
        if instant and kind == CREDIT_TRANSFER and journal.ev_bank_profile_id.has_instant:
            return "instant"
        return "sepa"

    def _is_foreign(self, journal, account, currency, day):
        """Whether what is paid to an account goes outside SEPA; without a number nobody knows yet."""
        number = account.sanitized_acc_number or ""
        own = journal.bank_account_id.sanitized_acc_number or ""
        inside = currency.name == "EUR" and is_sepa(number[:2], day) and is_sepa(own[:2], day)
        return bool(number) and not inside

    def _get_rail_hold(self, account):
        """A batch goes by one rail: an account that was named later may need another one."""
        if self._is_foreign(self.journal_id, account, self.currency_id, self.execution_date) == (
            self.rail == "foreign"
        ):
            return None
        sentence = self.env._(
            "%(account)s cannot be paid in this file, which goes by %(rail)s: remove the payment and propose it again.",
            account=account.acc_number,
            rail=dict(self._fields["rail"]._description_selection(self.env))[self.rail],
        )
        return "rail", sentence

    # ------------------------------------------------------------------- store

    def _store_drafts(self, journal, day, drafts):
        """One batch per kind and rail, cut at the bank's largest file. Zero sums settle nothing by a payment."""
        made = self.browse()
        keys = sorted({(draft.kind, draft.rail) for draft in drafts})
        for kind, rail in keys:
            mine = [draft for draft in drafts if (draft.kind, draft.rail) == (kind, rail)]
            most = journal.ev_bank_profile_id.most_transactions or len(mine)
            for start in range(0, len(mine), most):
                made |= self._store_batch(journal, day, kind, rail, mine[start : start + most])
        return made

    def _store_batch(self, journal, day, kind, rail, drafts):
        batch = self.create(
            {
                "company_id": journal.company_id.id,
                "journal_id": journal.id,
                "profile_id": journal.ev_bank_profile_id.id,
                "kind": kind,
                "rail": rail,
                "currency_id": (journal.currency_id or journal.company_id.currency_id).id,
                "execution_date": day,
                "maker_ids": [(4, self.env.uid)],
            }
        )
        values = [batch._prepare_line(number, draft) for number, draft in enumerate(drafts, 1)]
        for start in range(0, len(values), SLICE):
            self.env["ev.payment.line"].create(values[start : start + SLICE])._refresh_apart()
        return batch

    def _prepare_line(self, number, draft):
        held = bool(draft.hold)
        code, note = draft.hold or (False, False)
        return {
            "batch_id": self.id,
            "number": number,
            "end_to_end_id": f"{self.name}-{number:05d}",
            "partner_id": draft.group.partner_id,
            "partner_bank_id": draft.account.id,
            "amount": float(abs(draft.group.amount)),
            "state": "held" if held else "ready",
            "live": not held,
            "hold_code": code,
            "hold_note": note,
            "item_ids": [
                (0, 0, {"amount": float(item.amount), "live": not held, **self._prepare_document(item)})
                for item in draft.group.items
            ],
        }

    def _prepare_document(self, item):
        return {"move_line_id": item.line_id, "number": item.text, "invoice_date": item.day}
