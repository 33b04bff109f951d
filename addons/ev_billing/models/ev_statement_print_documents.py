"""What the statement says of the documents it made: numbers, dates, VAT, the balance, and where money goes."""

from odoo import models
from odoo.tools import format_date, formatLang

from .ev_statement import OPEN_STATES

# Documents that we pay; the others we are paid.
PAYABLE = ("in_invoice", "out_refund")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _print_documents_part(self):
        """The keys of `_get_print_data` that stand on the documents."""
        moves = self.document_ids.sorted("id")
        balance = sum(move.amount_total * (1 if move.move_type in PAYABLE else -1) for move in moves)
        return {
            "documents": [self._print_document(move) for move in moves],
            "no_documents": self._print_why_none(moves),
            "balance": moves and self._money(abs(balance)),
            "balance_label": self.env._("Balance in your favour, taxes included")
            if balance > 0
            else self.env._("Balance due by you, taxes included"),
            "banks": self._print_banks(moves),
        }

    def _print_document(self, move):
        return {
            "kind": self._print_kind(move),
            "name": move.name,
            "date": format_date(self.env, move.invoice_date),
            "due": format_date(self.env, move.invoice_date_due),
            "untaxed": self._money(move.amount_untaxed),
            "taxes": self._print_taxes(move),
            "total": self._money(move.amount_total),
            "reference": move.payment_reference or move.ref or "",
        }

    def _print_kind(self, move):
        kinds = {
            "out_invoice": self.env._("Invoice"),
            "out_refund": self.env._("Credit note"),
            "in_invoice": self.env._("Self-billed invoice"),
            "in_refund": self.env._("Self-billed credit note"),
        }
        return kinds[move.move_type]

    def _print_taxes(self, move):
        """VAT by rate: [{"name", "base", "amount"}]; a rate of zero (reverse charge) shows its base."""
        taxes = []
        for tax in move.invoice_line_ids.tax_ids.flatten_taxes_hierarchy():
            bases = move.invoice_line_ids.filtered(lambda line, tax=tax: tax in line.tax_ids.flatten_taxes_hierarchy())
            amounts = move.line_ids.filtered(lambda line, tax=tax: line.tax_line_id == tax).mapped("amount_currency")
            taxes.append(
                {
                    "name": tax.invoice_label or f"{formatLang(self.env, tax.amount, digits=2)} %",
                    "base": self._money(sum(bases.mapped("price_subtotal"))),
                    "amount": self._money(abs(sum(amounts))),
                }
            )
        return taxes

    def _print_why_none(self, moves):
        """Why a direction has no document, as a sentence."""
        if moves:
            return ""
        if self.total_credit and self.contract_id.credit_document == "statement":
            return self.env._("This contract makes no document of credits: the statement itself is the record of them.")
        if self.state in (*OPEN_STATES, "approved"):
            return self.env._("No document was made yet.")
        return self.env._("The totals are zero, so no document was made.")

    def _print_banks(self, moves):
        """Where money goes: [{"label", "holder", "account", "bank", "reference"}], to the partner and to the company."""
        banks = []
        for payable, label in ((True, self.env._("We pay you to")), (False, self.env._("You pay us to"))):
            chosen = moves.filtered(lambda move, payable=payable: (move.move_type in PAYABLE) == payable)
            owed = self.total_credit if payable else self.total_charge
            if not chosen and (moves or not owed):
                continue
            account = chosen.partner_bank_id[:1] or self._find_bank(payable)
            if not account and not payable:
                continue  # our own is on the invoice, or nowhere: there is nothing the partner could tell us
            references = [move.payment_reference or move.name for move in chosen]
            banks.append(
                {
                    "label": label,
                    "holder": account.acc_holder_name
                    or account.partner_id.name
                    or self.partner_id.commercial_partner_id.name,
                    "account": account.acc_number or self.env._("No bank account is on file: please tell us."),
                    "bank": " ".join(filter(None, [account.bank_name, account.bank_bic])),
                    "reference": ", ".join(references),
                }
            )
        return banks if moves else [bank for bank in banks if bank["label"] == self.env._("We pay you to")]

    def _find_bank(self, payable):
        """The first account of whoever is paid, of this company or of all."""
        holder = self.partner_id.commercial_partner_id if payable else self.company_id.partner_id
        return holder.bank_ids.filtered(lambda bank: bank.company_id in (self.company_id, bank.env["res.company"]))[:1]

    def _print_mandate(self):
        """The self-billing mandate and until when its documents may be contested, as sentences, or nothing."""
        contract, deadline = self.contract_id, self._get_contest_deadline()
        if not contract.mandate_date or contract.credit_document != "self_bill" or not self.total_credit:
            return []
        sentences = [
            self.env._(
                "Self-billing under the mandate of %(date)s%(reference)s.",
                date=format_date(self.env, contract.mandate_date),
                reference=f" ({contract.mandate_reference})" if contract.mandate_reference else "",
            )
        ]
        if deadline:
            sentences.append(
                self.env._(
                    "You may contest the self-billed document until %s; after that day it counts as accepted.",
                    format_date(self.env, deadline),
                )
            )
        return sentences
