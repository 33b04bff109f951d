"""What a collection says of its mandate: copied while the batch is a draft, frozen like the rest of the payment."""

from odoo import fields, models

from ..iso20022.model import DIRECT_DEBIT, Mandate
from .ev_sepa_mandate import SCHEMES
from .ev_sepa_mandate_use import SEQUENCES

# The debtor or its bank refuses the mandate or the account (ISO 20022 external reasons): nothing more until somebody looked.
MANDATE_REASONS = (
    "AC01", "AC04", "AC06", "AC13", "AC16", "AG01", "BE01", "BE05", "DNOR", "MD01", "MD02", "MD06", "MD07", "MS02", "MS03",
    "RC01", "RR01", "RR02", "SL01", "SL11", "SL12",
)  # fmt: skip
# The mandate holds: the money was missing, or the file was the problem.
NO_FUNDS = "AM04"
PASSING_REASONS = (NO_FUNDS, "AM05", "AG02", "DT01", "ED05", "FF05", "TECH", "TM01")


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    mandate_id = fields.Many2one("ev.sepa.mandate", readonly=True, ondelete="restrict", index="btree_not_null")
    sequence = fields.Selection(SEQUENCES, readonly=True, help="Sequence type, as the file says it.")
    mandate_reference = fields.Char(readonly=True)
    mandate_signed_on = fields.Date(readonly=True)
    mandate_scheme = fields.Selection(SCHEMES, "Scheme", readonly=True)
    mandate_amended = fields.Boolean(readonly=True)
    previous_reference = fields.Char("Previous Mandate Reference", readonly=True)
    previous_iban = fields.Char("Previous IBAN", readonly=True)

    # -------------------------------------------------------------------- facts

    def _refresh(self):
        """The mandate first, because the account is the mandate's; the sequence last, because it asks who is held back."""
        debits = self.sudo().filtered(lambda line: line.kind == DIRECT_DEBIT)
        for line in debits:
            line._follow_mandate()
        result = super()._refresh()
        for line in debits:
            sequence = line.mandate_id and line.mandate_id._get_sequence(line)
            if line.sequence != sequence:
                line.sequence = sequence
        return result

    def _follow_mandate(self):
        """Take the mandate that is on file by now, and its account."""
        batch = self.batch_id
        found = batch._find_mandate(self.partner_id, batch.company_id, batch.execution_date)
        mandate = found if found is not None else self.mandate_id
        if (mandate, mandate.partner_bank_id) != (self.mandate_id, self.partner_bank_id):
            self.write({"mandate_id": mandate.id, "partner_bank_id": mandate.partner_bank_id.id})

    def _prepare_facts(self):
        facts = super()._prepare_facts()
        return {**facts, **self._prepare_mandate_facts()} if self.kind == DIRECT_DEBIT else facts

    def _prepare_mandate_facts(self):
        """Values of what is copied from the mandate."""
        mandate = self.mandate_id
        return {
            "mandate_reference": mandate.reference,
            "mandate_signed_on": mandate.signed_on,
            "mandate_scheme": mandate.scheme,
            "mandate_amended": mandate.amended,
            "previous_reference": mandate.previous_reference,
            "previous_iban": mandate.previous_iban,
        }

    def _get_mandate(self):
        return self.mandate_id

    def _make_mandate(self):
        if not self.mandate_reference or not self.mandate_signed_on:
            return None
        return Mandate(
            reference=self.mandate_reference,
            signed_on=self.mandate_signed_on,
            amended=self.mandate_amended,
            previous_reference=self.previous_reference or "",
            previous_iban=self.previous_iban or "",
        )

    # ------------------------------------------------------------------ outcome

    def _set_state(self, state, **values):
        result = super()._set_state(state, **values)
        if state in ("accepted", "booked"):
            for line in self.sudo().filtered("mandate_id"):
                line.mandate_id._take_collected(line)
        return result

    def _hold_account(self, reason_code, why, always=False):
        """A refused collection suspends its mandate; missing money is only counted."""
        if self.kind != DIRECT_DEBIT:
            return super()._hold_account(reason_code, why, always)
        mandate = self.mandate_id.sudo()
        if reason_code == NO_FUNDS:
            mandate.no_funds_count += 1
        elif reason_code in MANDATE_REASONS or (always and reason_code not in PASSING_REASONS):
            mandate._suspend(self.env._("%(payment)s was refused: %(why)s", payment=self.end_to_end_id, why=why))
        return None


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _prepare_line(self, number, draft):
        return {**super()._prepare_line(number, draft), "mandate_id": draft.mandate.id if draft.mandate else False}
