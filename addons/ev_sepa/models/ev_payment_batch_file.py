"""The batch as a file, and its fingerprint: a hash of the very bytes a bank would get, and of the documents they pay.

The file is tried with an id and a moment that never change, so that the same facts have the same fingerprint whenever it is made:
at checking, at approval, at release. Whatever goes out is under it, with nothing to enumerate.
"""

import hashlib
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

from odoo import models
from odoo.tools import SQL

from ..iso20022 import writer
from ..iso20022.model import CREDIT_TRANSFER, Account, Address, Block, Party, PaymentFile

# What stands in a file that is only tried.
TRIAL = "TRIAL"
TRIAL_MOMENT = datetime(2000, 1, 1)
# What a payment settles, which the file's text need not say.
_SETTLED = """
SELECT l.end_to_end_id, l.partner_id, l.partner_bank_id, i.move_line_id, i.amount::text, i.number, i.invoice_date::text
  FROM ev_payment_line l JOIN ev_payment_item i ON i.line_id = l.id
 WHERE l.batch_id = %s AND l.state != 'held' ORDER BY l.number, i.move_line_id
"""


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _make_trial(self):
        """The file as it would be sent, but for its id and moment; None where nothing is left to pay."""
        return self._make_file(TRIAL, TRIAL_MOMENT) if self.line_ids else None

    def _write_file(self, payment_file):
        """The bytes a bank would get; none for no file."""
        return writer.write(payment_file, self._get_conventions()) if payment_file else b""

    def _name_file(self, trial, message_id, moment):
        """A tried file under its own id.

        :param moment: naive UTC datetime, as Odoo keeps it
        """
        blocks = tuple(
            replace(block, identifier=f"{message_id}-{number}") for number, block in enumerate(trial.blocks, 1)
        )
        return replace(trial, message_id=message_id, created_at=moment.replace(tzinfo=UTC), blocks=blocks)

    def _compute_digest(self, content):
        """SHA-256 over the tried file, the conventions of its bank, and every document with its amount.

        :param bytes content: of the tried file
        :rtype: str
        """
        self.env.flush_all()
        digest = hashlib.sha256(content)
        conventions = {name: str(value) for name, value in asdict(self._get_conventions()).items()}
        digest.update(json.dumps([self.kind, self.rail, conventions], sort_keys=True).encode())
        for row in self.env.execute_query(SQL(_SETTLED, self.id)):
            digest.update(json.dumps(row).encode())
        return digest.hexdigest()

    def _get_conventions(self):
        return self.profile_id._get_conventions(self.kind)

    def _make_file(self, message_id, moment):
        """The batch as a `PaymentFile`.

        :param moment: naive UTC datetime, as Odoo keeps it
        """
        owner = self._make_owner()
        blocks = tuple(
            Block(
                identifier=f"{message_id}-{number}",
                day=self.execution_date,
                party=owner,
                account=self._make_own_account(),
                transactions=lines._make_transactions(),
                batch_booking=self.profile_id._get_batch_booking(),
                **terms,
            )
            for number, (terms, lines) in enumerate(self._split_blocks(), 1)
        )
        initiator = Party(owner.name, identifier=self.journal_id.ev_initiator_identifier or "")
        return PaymentFile(self.kind, message_id, moment.replace(tzinfo=UTC), initiator, blocks)

    def _split_blocks(self):
        """[(what a block says beside its lines, lines)]; direct debits have one per scheme and sequence."""
        foreign = {"service_level": "", "charges": "SHAR"}
        instant = {"local_instrument": "INST"}
        return [({"foreign": foreign, "instant": instant}.get(self.rail, {}), self.line_ids)]

    def _make_owner(self):
        partner = self.company_id.partner_id
        address = self.env["ev.payment.line"]._get_address(partner)
        identifier = "" if self.kind == CREDIT_TRANSFER else self.company_id.ev_creditor_identifier or ""
        return Party(partner.name, Address(**address), identifier)

    def _make_own_account(self):
        account = self.journal_id.bank_account_id
        return Account(iban=account.sanitized_acc_number, bic=account.bank_bic or "", currency=self.currency_id.name)
