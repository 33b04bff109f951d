"""Bank entries beside the OCA's screen: their bank lines are ours to match, and a match there is a match here."""

from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.ev_sepa.models.ev_own_work import OWN_WORK
from odoo.addons.ev_sepa.models.ev_payment_exact import exact_amounts


class EvBankEntry(models.Model):
    _inherit = "ev.bank.entry"

    # ------------------------------------------------------------------ booking

    def _book(self, plans):
        """The OCA guesses partners and documents by text when a bank line is created: not on lines of a bank's file."""
        own_work = self.with_context(ev_bank_booking=OWN_WORK, skip_retrieve_partner=True)
        result = super(EvBankEntry, own_work)._book(plans)
        lines = self.env["ev.bank.entry"].union(*plans).statement_line_id
        # what somebody began in the OCA's screen is of the past, and the booking is in the bank line's own entry
        lines.filtered("reconcile_data").reconcile_data = False
        lines.filtered(lambda line: line.reconcile_mode == "keep").reconcile_mode = "edit"
        return result

    def _take_undone(self):
        """What the OCA's screen proposes is found anew."""
        result = super()._take_undone()
        self.statement_line_id.reconcile_data = False
        return result

    def _take_from_ledger(self, user):
        """What somebody began in the OCA's screen is of the past."""
        result = super()._take_from_ledger(user)
        self.sudo().statement_line_id.reconcile_data = False
        return result

    def _take_reconciled(self, targets):
        """Its bank line was reconciled in the OCA's screen: payments of batches are booked, and it is settled.

        :param targets: [Target] it was reconciled with
        """
        self.ensure_one()
        partners = self.env["res.partner"].union(*(target.partner for target in targets)).commercial_partner_id
        self.partner_id = self.statement_line_id.partner_id or (partners if len(partners) == 1 else self.partner_id)
        self._follow(targets)
        self._take_settled("manual", self.env._("Reconciled in the bank reconciliation."))

    # -------------------------------------------------------------- suggestions

    def _find_exact_parts(self):
        """Parts of the best suggestion whose items are open, are settled whole, and make the amount; None if none does.

        A part payment and a fee are for a person to choose.
        """
        self.ensure_one()
        if self.state not in ("exception", "parked"):
            return None
        amount = self._get_exact_amount()
        for suggestion in self.suggestion_ids:
            if suggestion._get_total() == amount and not Decimal(suggestion.fee or 0):
                parts = self._read_parts(suggestion.allocations)
                if parts and self._are_whole(parts):
                    return parts
        return None

    @api.model
    def _are_whole(self, parts):
        ids = [line.id for line, _part in parts]
        residuals = exact_amounts(self.env, "account_move_line", ids, "amount_residual_currency")
        return all(residuals[line.id] == part for line, part in parts)

    def _read_parts(self, allocations):
        """[(journal item, exact part of its residual)] of [[item id, amount]], as it is open now; nothing is locked.

        None if something is not open any more as it was, or is a payment that came back: no journal item stands for that.
        """
        parts = []
        for key, amount in allocations:
            found = self._read_open_lines(key, Decimal(amount))
            if not found:
                return None
            parts += found
        return parts

    def _read_open_lines(self, key, amount):
        """Parts of one item that make `amount` together; None if they do not."""
        kind, *ids = key.split(":")
        if kind == "r":
            return None
        domain = Domain(
            [
                ("parent_state", "=", "posted"), ("reconciled", "=", False),
                ("company_id", "=", self.company_id.id), ("currency_id", "=", self.currency_id.id),
            ]
        )  # fmt: skip
        if kind == "d":
            domain &= Domain([("move_id", "=", int(ids[0])), ("account_id", "=", int(ids[1]))])
        else:
            domain &= Domain("id", "=", int(ids[0]))
        lines = self.env["account.move.line"].search(domain, order="id")
        residuals = exact_amounts(self.env, "account_move_line", lines.ids, "amount_residual_currency")
        parts, rest = [], amount
        # what is the other way round leaves more to settle
        for line in lines.sorted(lambda line: (residuals[line.id] > 0) == (amount > 0)):
            left = residuals[line.id]
            part = left if (left > 0) != (amount > 0) or abs(left) <= abs(rest) else rest
            if part:
                parts.append((line, part))
                rest -= part
        return None if rest else parts
