"""From a decision to the ledger: a core bank line with its counterparts, reconciled with what they settle.

What was decided is looked at again under a lock: if anything moved meanwhile, nothing is booked and the entry is an exception.
"""

from dataclasses import dataclass
from decimal import Decimal

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ev_own_work import FOLLOWED, OWN_WORK

BULK = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "skip_analytic_sync": True,
}
REWRITE = {
    "force_delete": True,
    "skip_readonly_check": True,
    "skip_account_move_synchronization": True,
    "ev_bank_booking": OWN_WORK,
}


@dataclass(frozen=True, slots=True)
class Target:
    """What one allocation settles: lines of the ledger on one account, or a payment of a batch that came back."""

    amount: Decimal
    account: models.BaseModel
    partner: models.BaseModel
    lines: models.BaseModel
    returned: models.BaseModel


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    # ---------------------------------------------------------------- targets

    def _find_targets(self, allocations):
        """[Target] of [[item id, amount]], locked and checked: each amount is still open.

        :raises UserError: something moved since it was decided
        """
        self.ensure_one()
        return [self._find_target(key, Decimal(amount)) for key, amount in allocations]

    def _find_target(self, key, amount):
        kind, *ids = key.split(":")
        ids = [int(id_) for id_ in ids]
        if kind == "r":
            return self._find_returned(ids[0], amount)
        condition = SQL("aml.move_id = %s AND aml.account_id = %s", *ids) if kind == "d" else SQL("aml.id = %s", ids[0])
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT aml.id, aml.amount_residual_currency::text FROM account_move_line aml
                    WHERE %s AND aml.parent_state = 'posted' AND NOT aml.reconciled AND aml.company_id = %s
                      AND aml.currency_id = %s ORDER BY aml.id FOR UPDATE""",
                condition, self.company_id.id, self.currency_id.id,
            )
        )  # fmt: skip
        lines = self.env["account.move.line"].browse(id_ for id_, _residual in rows)
        residual = sum((Decimal(text) for _id, text in rows), Decimal(0))
        if not lines or (residual > 0) != (amount > 0) or abs(residual) < abs(amount):
            raise UserError(
                self.env._(
                    "What '%(label)s' would settle is not open any more as it was: look at it again with Match Again.",
                    label=self.label,
                )
            )
        # the cache may be from before the lock
        lines.invalidate_recordset(["amount_residual", "amount_residual_currency", "reconciled"])
        lines._check_ev_whole(amount, residual)
        return Target(amount, lines.account_id, lines.partner_id[:1], lines, self.env["ev.payment.line"])

    def _find_returned(self, line_id, amount):
        line = self.env["ev.payment.line"].browse(line_id)
        if not line.try_lock_for_update(allow_referencing=True) or line.state not in ("released", "accepted", "booked"):
            raise UserError(self.env._("%s came back already, or somebody is at work on it.", line.end_to_end_id))
        account = line.payment_id.outstanding_account_id
        return Target(amount, account, line.partner_id, self.env["account.move.line"], line)

    # ------------------------------------------------------------------- lines

    def _prepare_lines(self, targets, fee, rest_account, rest_label=None):
        """Values of the bank line's journal items: the bank's own first, then one per target, the fee, and the rest.

        :param fee: exact, what the bank kept
        :param rest_account: for what targets and fee leave of the amount; the suspense account by default
        """
        amount = self._get_exact_amount()
        lines = [(self.journal_id.default_account_id, self.partner_id, amount, self.label)]
        lines += [(target.account, target.partner, -target.amount, self.label) for target in targets]
        if fee:
            lines.append(
                (self.journal_id.ev_fee_account_id, self.partner_id, fee, self.env._("Bank fee: %s", self.label))
            )
        rest = -sum(line[2] for line in lines)
        if rest:
            account = rest_account or self.journal_id.suspense_account_id
            lines.append((account, self.partner_id, rest, rest_label or self.label))
        balances = self._convert([line[2] for line in lines])
        return [
            {
                "name": label,
                "account_id": account.id,
                "partner_id": partner.id,
                "currency_id": self.currency_id.id,
                "amount_currency": float(money),
                "balance": balance,
                "sequence": number,
            }
            for number, ((account, partner, money, label), balance) in enumerate(zip(lines, balances, strict=True))
        ]

    def _get_exact_amount(self):
        rows = self.env.execute_query(SQL("SELECT amount::text FROM ev_bank_entry WHERE id = %s", self.id))
        return Decimal(rows[0][0])

    def _convert(self, amounts):
        """Balances in the company's currency that sum to zero: the last one takes what rounding leaves."""
        company = self.company_id
        if self.currency_id == company.currency_id:
            return [float(amount) for amount in amounts]
        balances = [
            self.currency_id._convert(float(amount), company.currency_id, company, self.date) for amount in amounts
        ]
        balances[-1] = company.currency_id.round(-sum(balances[:-1]))
        return balances

    def _prepare_statement_line(self, line_values):
        return {
            "journal_id": self.journal_id.id,
            "date": self.date,
            "payment_ref": self.label,
            "partner_id": self.partner_id.id,
            "partner_name": self.counterparty_name,
            "account_number": self.counterparty_account,
            "transaction_type": self.transaction_code,
            "amount": float(self._get_exact_amount()),
            "line_ids": [Command.create(values) for values in line_values],
        }

    # ----------------------------------------------------------------- booking

    def _book(self, plans):
        """Book each entry as planned, in one go.

        :param plans: {entry: ([Target], fee, rest account or None, label of the rest)}
        :raises UserError: somebody settled one of them in the ledger meanwhile
        """
        self.env["ev.bank.entry"].union(*plans)._refuse_settled_in_ledger()
        values = {entry: entry._prepare_lines(*plan) for entry, plan in plans.items()}
        fresh = [entry for entry in plans if not entry.statement_line_id]
        bank_lines = self.env["account.bank.statement.line"].with_context(**BULK)
        created = bank_lines.create([entry._prepare_statement_line(values[entry]) for entry in fresh])
        for entry, line in zip(fresh, created, strict=True):
            entry.statement_line_id = line
        for entry in plans:
            if entry not in fresh:
                commands = [Command.clear(), *(Command.create(line) for line in values[entry])]
                line = entry.statement_line_id.with_context(**BULK, **REWRITE)
                line.write({"partner_id": entry.partner_id.id, "line_ids": commands})
        reconciling = []
        for entry, (targets, *_rest) in plans.items():
            items = entry.move_id.line_ids.sorted("sequence")
            for target, item in zip(targets, items[1:], strict=False):
                if target.lines:
                    reconciling.append(target.lines | item)
        self.env["account.move.line"].with_context(**BULK, **FOLLOWED)._reconcile_plan(reconciling)
        for entry, (targets, *_rest) in plans.items():
            entry._follow(targets)

    def _follow(self, targets):
        """Tell payments of batches what happened, and remember what was settled."""
        payments = self.env["ev.payment.line"]
        settled = self.env["account.move"]
        for target in targets:
            if target.returned:
                reason = " ".join(filter(None, [self.return_text, self.reason]))
                target.returned._take_return(self.date, self.return_code or None, reason, self.statement_line_id)
                settled |= target.returned.item_ids.move_id
            settled |= target.lines.move_id
            payments |= target.lines.payment_id.sudo().ev_payment_line_ids
        payments._take_booked(self.date)
        self.settled_ids = settled

    def _book_ready(self):
        """Book entries as the rules decided, together; what moved meanwhile is an exception."""
        plans, moved = {}, self.browse()
        for entry in self:
            try:
                targets = entry._find_targets(entry.decision["allocations"])
            except UserError as error:
                entry._except(str(error))
                moved |= entry
            else:
                plans[entry] = (targets, Decimal(entry.decision["fee"]), None)
        self._book(plans)
        (self - moved).write({"state": "matched", "decision": False})
        return moved

    def _book_each(self):
        """As `_book_ready`, one by one: what the ledger refuses (a closed period) concerns that entry alone."""
        for entry in self:
            try:
                with self.env.cr.savepoint():
                    entry._book_ready()
            except UserError as error:
                entry._except(str(error))

    def _except(self, reason):
        self.write({"state": "exception", "rule": "exception", "reason": reason})

    def _book_suspense(self):
        """Book exceptions on the suspense account, where they wait for a person; what the ledger refuses waits without."""
        for entry in self.filtered(lambda entry: not entry.statement_line_id):
            try:
                with self.env.cr.savepoint():
                    entry._book({entry: ([], Decimal(0), None)})
            except UserError as error:
                entry.reason = self.env._("%(reason)s Not booked: %(error)s", reason=entry.reason, error=str(error))

    # ------------------------------------------------------------------ by hand

    def _settle_by_hand(self, allocations, fee="0", reason=None, rest_account=None, rest_label=None):
        """A person decided. What the allocations leave goes to `rest_account`, else stays open on the partner's account.

        :raises UserError: something moved, or a rest has no account to go to
        """
        self.ensure_one()
        fee = Decimal(fee or 0)
        if fee and not self.journal_id.ev_fee_account_id:
            raise UserError(
                self.env._("%s has no account for bank fees: enter it on the journal.", self.journal_id.name)
            )
        targets = self._find_targets(allocations)
        if not self.partner_id and len({target.partner for target in targets}) == 1:
            self.partner_id = targets[0].partner
        rest = self._get_exact_amount() + fee - sum(target.amount for target in targets)
        if rest and not rest_account:
            rest_account = self._get_partner_account(targets)
        self._book({self: (targets, fee, rest_account, rest_label)})
        self._take_settled("return" if any(target.returned for target in targets) else "manual", reason)

    def _take_settled(self, rule, reason):
        """A person settled it: nothing more is asked or suggested."""
        self.write(
            {
                "state": "matched", "rule": rule, "reason": reason, "settled_by_id": self.env.uid,
                "question": False, "decision": False,
            }
        )  # fmt: skip
        self.suggestion_ids.unlink()

    def _get_partner_account(self, targets):
        """Where a rest stays open: the account of what is settled, else the partner's own."""
        kinds = ("asset_receivable", "liability_payable")
        account = next((target.account for target in targets if target.account.account_type in kinds), None)
        if account:
            return account
        if not self.partner_id:
            raise UserError(self.env._("Nobody is known for the rest of '%s': choose an account for it.", self.label))
        partner = self.partner_id.with_company(self.company_id)
        comes = self.amount > 0
        return partner.property_account_receivable_id if comes else partner.property_account_payable_id
