"""A file's entries into the ledger, piece by piece; at the end its statements, with the balances the bank gives."""

from decimal import Decimal

from odoo import Command, models
from odoo.exceptions import UserError

# Entries booked in one transaction: some seconds.
PIECE = 100


class EvBankFile(models.Model):
    _inherit = "ev.bank.file"

    def _post_piece(self):
        """Match everything that is new, else book the next piece, else close the file."""
        entries = self.env["ev.bank.entry"]
        new = entries.search([("file_id", "=", self.id), ("state", "=", "new")])
        if new:
            for journal, group in new.grouped("journal_id").items():
                group._decide(journal)
            return
        piece = entries.search([("file_id", "=", self.id), ("state", "=", "ready")], order="date, id", limit=PIECE)
        if piece:
            self._book_piece(piece)
            return
        unbooked = [("file_id", "=", self.id), ("state", "=", "exception"), ("statement_line_id", "=", False)]
        suspended = entries.search([*unbooked, ("id", ">", self.suspense_cursor)], order="id", limit=PIECE)
        if suspended:
            suspended._book_suspense()
            self.suspense_cursor = suspended[-1].id
            return
        self._make_statements()
        self._finish()

    def _book_piece(self, piece):
        """Together, as that is far faster; one by one if the ledger refuses one of them."""
        try:
            with self.env.cr.savepoint():
                piece._book_ready()
        except UserError:
            piece.invalidate_recordset()
            piece._book_each()

    def _make_statements(self):
        """One core statement for each the bank sent with balances, of all its entries: also those a notification told before."""
        entries = self.env["ev.bank.entry"]
        for index, facts in enumerate(self.statements or ()):
            domain = [("statement_file_id", "=", self.id), ("statement_index", "=", index)]
            lines = entries.search(domain).statement_line_id.filtered(lambda line: not line.statement_id)
            if not lines or facts["closing"] is None:
                continue
            self.env["account.bank.statement"].create(
                {
                    "name": " ".join(filter(None, [facts["identifier"], facts["sequence"]])),
                    "reference": self.name,
                    "balance_start": float(facts["opening"] or 0),
                    "balance_end_real": float(facts["closing"]),
                    "line_ids": [Command.set(lines.ids)],
                }
            )

    def _finish(self):
        """Say what became of it."""
        count, exceptions = len(self.entry_ids), self.exception_count
        said = [
            self.env._(
                "Entries taken: %(count)s, of them exceptions: %(exceptions)s.", count=count, exceptions=exceptions
            )
        ]
        if self.known_count:
            said.append(self.env._("Taken before, left as they are: %s.", self.known_count))
        if self.pending_count:
            said.append(self.env._("Not booked yet by the bank, they come again: %s.", self.pending_count))
        said += self._find_gaps()
        self.write({"state": "done", "note": " ".join(said)})

    def _find_gaps(self):
        """Sentences about statements whose entries do not lead from the opening to the closing balance."""
        sentences = []
        for facts in self.statements or ():
            if facts["opening"] is None or facts["closing"] is None:
                continue
            opening, closing, total = (Decimal(facts[name]) for name in ("opening", "closing", "total"))
            if opening + total != closing:
                sentences.append(
                    self.env._(
                        "Statement %(name)s does not add up: it opens with %(opening)s, its entries make %(total)s, and it "
                        "closes with %(closing)s. Ask the bank for what is missing.",
                        name=facts["identifier"],
                        opening=opening,
                        total=total,
                        closing=closing,
                    )
                )
        return sentences
