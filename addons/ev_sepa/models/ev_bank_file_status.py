"""Status reports: what the bank says of a file of ours, told to its batch and its payments."""

from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

from ..iso20022.reason import standing
from ..iso20022.status import read_status


class EvBankFile(models.Model):
    _inherit = "ev.bank.file"

    def _read_status(self):
        """Tell the payments, then the blocks, then the batch: what is said of the smaller comes first.

        :raises UnreadableFile: it cannot be read
        :raises UserError: it answers no file of this company
        """
        report = read_status(self.attachment_id.raw)
        batch = self._find_batch(report.original_message_id)
        by_end = {line.end_to_end_id: line for line in batch.line_ids}
        said, unknown = defaultdict(self.env["ev.payment.line"].browse), []
        for transaction in report.transactions:
            line = by_end.get(transaction.end_to_end_id)
            if line:
                status = *_prepare_status(transaction.status, transaction.reasons), *_prepare_name(transaction)
                said[status] |= line
            else:
                unknown.append(transaction.end_to_end_id)
        rejected = batch.line_ids.browse().union(
            *(lines for (status, *_why), lines in said.items() if standing(status) == "rejected")
        )
        for status, lines in said.items():
            lines._note_status(*status, rejected=rejected)
        rest = batch.line_ids - self.env["ev.payment.line"].union(*said.values())
        for block in report.blocks:
            if standing(block.status) in ("accepted", "rejected", "pending"):
                theirs = rest.filtered(lambda line, block=block: line.block_id == block.identifier)
                theirs._note_status(*_prepare_status(block.status, block.reasons), together=True, rejected=rejected)
                rest -= theirs
        answered = batch.line_ids if standing(report.status) in ("accepted", "rejected") else batch.line_ids - rest
        answered.sudo().status_file_id = self
        if report.status:
            batch._take_status(report.status, " ".join(reason.words for reason in report.reasons) or None, rest)
        batch.sudo()._undo_or_enqueue()
        batch.sudo()._follow_lines()
        self._tell_clashes(report, batch, by_end)
        self.write(
            {
                "state": "done",
                "batch_id": batch.id,
                "journal_id": batch.journal_id.id,
                "message_id": report.message_id,
                "note": self._describe_status(report, batch, unknown),
            }
        )

    def _tell_clashes(self, report, batch, by_end):
        """A report that rejects a file or block, and accepts a payment in it: the payment counts, and somebody asks the bank."""
        rejected = {block.identifier for block in report.blocks if standing(block.status) == "rejected"}
        whole = standing(report.status) == "rejected"
        for transaction in report.transactions:
            line = by_end.get(transaction.end_to_end_id)
            if line and standing(transaction.status) == "accepted" and (whole or line.block_id in rejected):
                line.sudo()._contradict(
                    self.env._(
                        "%(file)s rejects it with its file and says %(code)s of it alone. Ask the bank.",
                        file=self.name,
                        code=transaction.status,
                    )
                )

    def _find_batch(self, message_id):
        """:raises UserError: no batch of the company has this message id"""
        batch = self.env["ev.payment.batch"].search(
            [("company_id", "=", self.company_id.id), ("message_id", "=", message_id)], limit=1
        )
        if not message_id or not batch:
            raise UserError(
                self.env._(
                    "It answers the file with message id '%(message)s', and no payment batch of %(company)s has sent that: "
                    "import it in the company that sent the file.",
                    message=message_id or "",
                    company=self.company_id.name,
                )
            )
        if self.journal_id and batch.journal_id != self.journal_id:
            raise UserError(
                self.env._(
                    "It answers %(batch)s of %(other)s, and this folder is for %(journal)s.",
                    batch=batch.name,
                    other=batch.journal_id.name,
                    journal=self.journal_id.name,
                )
            )
        return batch

    def _describe_status(self, report, batch, unknown):
        """What the report says, in a few sentences."""
        counts = {}
        for transaction in report.transactions:
            key = standing(transaction.status)
            counts[key] = counts.get(key, 0) + 1
        said = [self.env._("Answer to %(batch)s: %(status)s.", batch=batch.name, status=report.status or "-")]
        said += [f"{self._name_standing(key)}: {count}." for key, count in sorted(counts.items())]
        if unknown:
            names = ", ".join(unknown[:5])
            said.append(self.env._("Not in the batch, so left alone: %(names)s.", names=names))
        return " ".join(said)

    def _name_standing(self, key):
        names = {
            "accepted": self.env._("Accepted"),
            "rejected": self.env._("Rejected"),
            "pending": self.env._("Pending"),
            "partly": self.env._("Partly accepted"),
            "verified": self.env._("Names verified"),
        }
        return names.get(key) or self.env._("With another status")


def _prepare_status(status, reasons):
    """(status, first reason's code, all reasons in words) as payments take it."""
    return status, reasons[0].code if reasons else None, " ".join(reason.words for reason in reasons) or None


def _prepare_name(transaction):
    """(result of the verification of payee, the name the bank knows)"""
    return transaction.verification or None, transaction.suggested_name or None
