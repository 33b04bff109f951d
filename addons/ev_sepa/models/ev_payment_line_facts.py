"""What the file will say of a payment, copied from partner, account and documents while the batch is a draft."""

from odoo import models

from ..iso20022 import remittance
from ..iso20022.model import CREDIT_TRANSFER
from ..iso20022.reference import is_qr_iban, read_reference

# How many payments are in memory at once while they are looked at.
SLICE = 1000


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _slices(self):
        """One part of the payments after the other, what was read of the part before forgotten: memory does not grow."""
        for start in range(0, len(self), SLICE):
            yield self[start : start + SLICE]
            self.env.invalidate_all()

    def _refresh_apart(self):
        """`_refresh`, a slice after the other."""
        for part in self._slices():
            part._refresh()

    def _refresh(self):
        """Copy the facts anew and look at the holds again; for batches nobody has approved."""
        for batch in self.batch_id.sudo():
            lines = self.sudo().filtered(lambda line, batch=batch: line.batch_id == batch)
            lines.item_ids._copy_document()
            for line in lines:
                line._follow_account()
            holds = batch._find_line_holds(lines)
            for line in lines:
                line._take_hold(holds.get(line.id))
                line.write(line._prepare_facts())

    def _take_hold(self, hold):
        """Hold the payment back, or let it go on."""
        code, note = hold or (False, False)
        if bool(hold) != (self.state == "held") or (code, note) != (self.hold_code, self.hold_note):
            self._set_state("held" if hold else "ready", hold_code=code, hold_note=note)

    def _prepare_facts(self):
        """Values of what is copied: account, name, address, remittance."""
        self.ensure_one()
        texts = self._get_document_texts()
        return {
            **self._prepare_account_facts(),
            "account_name": self.partner_bank_id.acc_holder_name or self.partner_id.name,
            "address": self._get_address(self.partner_id),
            "remittance": remittance.fit(texts),
            "reference": self._get_creditor_reference(),
            "needs_advice": remittance.needs_advice(texts),
        }

    def _prepare_account_facts(self):
        """Values of where the money goes."""
        account = self.partner_bank_id
        number = account.sanitized_acc_number or False
        is_iban = account.acc_type == "iban"
        return {
            "iban": is_iban and number,
            "account_number": not is_iban and number,
            "bic": account.bank_bic or False,
            "clearing_number": account.clearing_number or False,
        }

    def _is_account_changed(self):
        """Whether the account is another one by now than what was copied of it."""
        return any((self[name] or False) != value for name, value in self._prepare_account_facts().items())

    def _say_account_changed(self):
        account = self.partner_bank_id
        return self.env._(
            "%(payment)s goes to %(frozen)s, the partner's account is %(now)s.",
            payment=self.end_to_end_id,
            frozen=" ".join(filter(None, [self.iban or self.account_number, self.bic])),
            now=" ".join(filter(None, [account.sanitized_acc_number, account.bank_bic])),
        )

    def _follow_account(self):
        """Take the account that the documents name by now. Whoever confirmed another one, or other digits, did not confirm this
        one; a mandate's account follows the mandate."""
        if self.kind != CREDIT_TRANSFER:
            return
        account = self._find_named_account()
        if account != self.partner_bank_id:
            self.write({"partner_bank_id": account.id, "confirmed_by_id": False})
        elif self.confirmed_by_id and self._is_account_changed():
            self.confirmed_by_id = False

    def _find_named_account(self):
        """The account that what we owe names, else the partner's. Where documents name several the payment is held, and stays
        with the one it has."""
        named = self.item_ids.filtered(lambda item: item.amount > 0).move_id.partner_bank_id
        if len(named) > 1 and self.partner_bank_id in named:
            return self.partner_bank_id
        return self.batch_id._find_account(self.partner_id, named[:1].id, self.company_id)

    def _get_creditor_reference(self):
        """The payee's structured reference, where the payment is of one document that has one."""
        if self.kind != CREDIT_TRANSFER or len(self.item_ids) != 1:
            return False
        number = self.partner_bank_id.sanitized_acc_number or ""
        return read_reference(self.item_ids.move_id.payment_reference or "", number) or False

    def _get_reference_hold(self):
        """Why its reference stops it, (code, sentence) or None. The others in its file go on without it."""
        number = self.partner_bank_id.sanitized_acc_number or ""
        if not is_qr_iban(number) or self._get_creditor_reference():
            return None
        return "qr_reference", self.env._(
            "%(account)s is a Swiss QR-IBAN, which takes one bill with its QR reference: enter the bill's 27 digits as its "
            "payment reference and pay it by itself, or pay to the partner's other IBAN.",
            account=self.partner_bank_id.acc_number,
        )

    def _get_document_texts(self):
        """What the payee knows its documents by, the statement's number first; nothing is said twice."""
        statements = self.item_ids.move_id.ev_statement_id.mapped("name")
        return list(dict.fromkeys([*statements, *self.item_ids.mapped("number")]))

    def _get_address(self, partner):
        """The postal address in parts. Street and number stay together: Odoo keeps them in one field."""
        return {
            "country": partner.country_id.code or "",
            "town": partner.city or "",
            "postcode": partner.zip or "",
            "street": ", ".join(filter(None, [partner.street, partner.street2])),
            "region": partner.state_id.name or "",
        }
