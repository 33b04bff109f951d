"""Checking: the file is built as it would be sent, and everything wrong with it is said in words before it exists."""

from collections import defaultdict

from odoo import fields, models

from ..iso20022 import rules, schemas
from ..iso20022.model import CREDIT_TRANSFER, Finding
from .ev_payment_batch import MAKER


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
        content = self._write_file(self._make_trial())
        findings = self._find_problems(content)
        self._store_findings(findings)
        errors = [finding for finding in findings if finding.severity == "error"]
        self.write(
            {
                "state": "draft" if errors else "checked",
                "checked_at": fields.Datetime.now(),
                "digest": False if errors else self._compute_digest(content),
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

        Documents that were paid meanwhile are the ledger's to tell: see `_find_changed_documents`.
        """
        items = self._read_open_items(self.company_id, self._scope_of_moves(lines.item_ids.move_id), live_too=True)
        of_documents = self._find_document_holds(items)
        by_move = defaultdict(list)
        for item in items:
            by_move[item.move_id].append(item)
        last = self._find_last_accounts(lines.partner_id.ids)
        holds = {}
        for line in lines:
            move_ids = line.item_ids.move_id.ids
            hold = next((of_documents[id_] for id_ in move_ids if id_ in of_documents), None)
            if not hold and line.hold_code in ("currency", "amount"):
                hold = (line.hold_code, line.hold_note)
            if not hold and self.kind == CREDIT_TRANSFER:
                hold = self._get_differ_hold([item for id_ in move_ids for item in by_move[id_]])
            if hold := hold or self._get_line_hold(line, last.get(line.partner_id.id)):
                holds[line.id] = hold
        return holds

    def _get_line_hold(self, line, last):
        """Why the account or the mandate of one payment stops it, or None."""
        if self.kind == CREDIT_TRANSFER:
            confirmed = bool(line.confirmed_by_id)
            hold = self._get_account_hold(line.partner_bank_id, last, confirmed, partner=line.partner_id)
            return hold or self._get_rail_hold(line.partner_bank_id) or line._get_reference_hold()
        return self._get_mandate_hold(line._get_mandate(), line.partner_id, self.execution_date)

    def _make_empty_finding(self):
        message = self.env._(
            "Nothing is left to pay: everything in this batch is held back. Clear the holds, or delete it."
        )
        return Finding("error", "empty", message, "ISO 20022: a file has at least one payment")

    def _store_findings(self, findings):
        """Replace the findings of the check before."""
        self.finding_ids.unlink()
        names = {finding.end_to_end_id for finding in findings} - {""}
        named = self.env["ev.payment.line"].search([("batch_id", "=", self.id), ("end_to_end_id", "in", list(names))])
        lines = {line.end_to_end_id: line.id for line in named}
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

    def _find_problems(self, content):
        """Everything wrong with the file as it would be sent now, and with the documents it would pay.

        :param bytes content: of the tried file, empty where nothing is left to pay
        :rtype: list[iso20022.model.Finding]
        """
        found = self._check_content(content) if content else [self._make_empty_finding()]
        return [*self._find_settled_meanwhile(), *found]

    def _find_settled_meanwhile(self):
        """Payments of documents that were paid or changed since they were proposed: somebody takes them out."""
        rest = self.env._("Remove this payment from the batch; what is still open is proposed again.")
        return [
            Finding("error", "document_changed", f"{sentence} {rest}", "ledger", end_to_end_id=end_to_end_id)
            for end_to_end_id, sentence in self._find_changed_documents(lock=False)
        ]

    def _check_content(self, content):
        """XSD first, then the rules the XSD lets through."""
        today = fields.Date.context_today(self.with_context(tz=self.company_id._get_ev_zone().key))
        return [
            *schemas.check_schema(content),
            *rules.check_rules(content, self._get_conventions(), today),
        ]
