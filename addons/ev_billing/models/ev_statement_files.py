"""The files of a statement: the XLSX annex and the documents' PDFs, attached where people look for them."""

import re

from odoo import api, models

from ..reports.ev_statement_annex import write_annex


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_annex_name(self):
        self.ensure_one()
        return f"{re.sub(r'[^A-Za-z0-9]+', '-', self.name)}_{self.period_start:%Y-%m}.xlsx"

    def _attach_annex(self):
        """Write the annex and attach it to the statement and to each of its documents.

        The copies share the stored file; each is readable by whoever may read the record it hangs on.
        """
        self.ensure_one()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": self._get_annex_name(),
                    "raw": write_annex(self.sudo()),
                    "mimetype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )
        self.sudo().annex_attachment_id = attachment
        for move in self.document_ids.sudo():
            move.ev_annex_attachment_id = attachment.copy({"res_model": move._name, "res_id": move.id})

    def _print_documents(self, moves):
        """The PDFs, through Odoo's own sending code, without sending: every later step finds them there."""
        if moves:
            self.env["account.move.send"]._generate_and_send_invoices(
                moves, sending_methods=[], invoice_edi_format=False, extra_edis=set()
            )
            # core takes a printed invoice for a sent one; ours is sent when somebody sends it
            moves.is_move_sent = False

    @api.model
    def collect_files(self, statement_ids):
        """Every file of these statements, for whoever exports them.

        :return: [{"statement", "kind": "pdf" | "xlsx", "name", "document", "attachment_id"}]; `document` is the move's number,
            False for the annex
        :rtype: list[dict]
        """
        files = []
        for statement in self.browse(statement_ids):
            statement.check_access("read")
            annex = statement.annex_attachment_id
            if annex:
                files.append(
                    {
                        "statement": statement.name,
                        "kind": "xlsx",
                        "name": annex.name,
                        "document": False,
                        "attachment_id": annex.id,
                    }
                )
            for move in self.env["account.move"].search([("ev_statement_id", "=", statement.id)]):
                pdf = move.invoice_pdf_report_id
                if pdf:
                    files.append(
                        {
                            "statement": statement.name,
                            "kind": "pdf",
                            "name": pdf.name,
                            "document": move.name,
                            "attachment_id": pdf.id,
                        }
                    )
        return files
