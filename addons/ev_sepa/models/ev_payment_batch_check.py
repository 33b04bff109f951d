"""Checking: the file is built as it would be sent, and everything wrong with it is said in words before it exists."""

import hashlib
import json
from dataclasses import asdict
from datetime import UTC

from odoo import fields, models

from ..iso20022 import rules, schemas, writer
from ..iso20022.model import CREDIT_TRANSFER, Account, Address, Block, Finding, Party, PaymentFile
from .ev_payment_batch import MAKER
from .ev_payment_exact import exact_amounts

# What stands in a file that is only tried.
TRIAL = "TRIAL"


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def action_check(self):
        """Build the file and say what is wrong with it; without errors the batch is ready for its approver."""
        self._check_role(MAKER, self.env._("Checking"))
        for batch in self:
            batch._lock("draft", "checked")
            batch.sudo()._check()
        return True

    def _check(self):
        self.ensure_one()
        (self.line_ids | self.held_ids)._refresh_apart()
        findings = self._find_problems()
        self._store_findings(findings)
        errors = [finding for finding in findings if finding.severity == "error"]
        self.write(
            {
                "state": "draft" if errors else "checked",
                "checked_at": fields.Datetime.now(),
                "digest": False if errors else self._compute_digest(),
                "maker_ids": [(4, self.env.uid)],
            }
        )
        self._log(
            self.env._("Checked"),
            self.env._(
                "%(count)s payments, %(total)s %(currency)s, %(errors)s errors, %(warnings)s to look at",
                count=self.line_count,
                total=f"{self.total:.2f}",
                currency=self.currency_id.name,
                errors=len(errors),
                warnings=len(findings) - len(errors),
            ),
            routine=True,
        )

    def _find_line_holds(self, lines):
        """{line id: (code, sentence)} as things are now.

        Documents that were paid meanwhile and live elsewhere are the ledger's to tell: see `_find_differences`.
        """
        items = self._read_open_items(self.company_id, self._scope_of_moves(lines.item_ids.move_id), live_too=True)
        of_documents = self._find_document_holds(items)
        last = self._find_last_accounts(lines.partner_id.ids)
        holds = {}
        for line in lines:
            hold = next((of_documents[move.id] for move in line.item_ids.move_id if move.id in of_documents), None)
            if not hold and line.hold_code in ("currency", "amount"):
                hold = (line.hold_code, line.hold_note)
            if hold := hold or self._get_line_hold(line, last.get(line.partner_id.id)):
                holds[line.id] = hold
        return holds

    def _get_line_hold(self, line, last):
        """Why the account or the mandate of one payment stops it, or None."""
        if self.kind == CREDIT_TRANSFER:
            confirmed = bool(line.confirmed_by_id)
            return self._get_account_hold(line.partner_bank_id, last, confirmed, partner=line.partner_id)
        return self._get_mandate_hold(line._get_mandate(), line.partner_id, self.execution_date)

    def _make_empty_finding(self):
        message = self.env._(
            "Nothing is left to pay: everything in this batch is held back. Clear the holds, or delete it."
        )
        return Finding("error", "empty", message, "ISO 20022: a file has at least one payment")

    def _store_findings(self, findings):
        """Replace the findings of the check before."""
        self.finding_ids.unlink()
        lines = {line.end_to_end_id: line.id for line in self.line_ids}
        self.env["ev.payment.finding"].create(
            [
                {
                    "batch_id": self.id,
                    "line_id": lines.get(finding.end_to_end_id, False),
                    "severity": finding.severity,
                    "code": finding.code,
                    "message": finding.message,
                    "source": finding.source,
                    "where": finding.where,
                }
                for finding in findings
            ]
        )

    # -------------------------------------------------------------------- file

    def _find_problems(self):
        """Everything wrong with the file as it would be sent now.

        :rtype: list[iso20022.model.Finding]
        """
        if not self.line_ids:
            return [self._make_empty_finding()]
        content = writer.write(self._make_file(TRIAL, fields.Datetime.now()), self._get_conventions())
        return self._check_content(content)

    def _check_content(self, content):
        """XSD first, then the rules the XSD lets through."""
        today = fields.Date.context_today(self.with_context(tz=self.company_id._get_ev_zone().key))
        return [
            *schemas.check_schema(content),
            *rules.check_rules(content, self._get_conventions(), today),
        ]

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
                transactions=tuple(lines._make_transactions()),
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

    # ------------------------------------------------------------------ digest

    def _compute_digest(self):
        """SHA-256 over everything money depends on: own account, day, and every line with its documents.

        :rtype: str
        """
        lines = self.line_ids
        amounts = exact_amounts(self.env, "ev_payment_line", lines.ids)
        settled = exact_amounts(self.env, "ev_payment_item", lines.item_ids.ids)
        facts = {
            "kind": self.kind,
            "rail": self.rail,
            "account": self.journal_id.bank_account_id.sanitized_acc_number,
            "day": str(self.execution_date),
            "conventions": {name: str(value) for name, value in asdict(self._get_conventions()).items()},
            "currency": self.currency_id.name,
            "lines": [line._get_money_facts(amounts[line.id], settled) for line in lines],
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
