"""The files of a statement: the XLSX annex, the consolidated PDF and the documents' own PDFs, where people look for them.

Every file is made once. `_make_files` looks at what is there and makes what is missing, so that it finishes what an interrupted
run began, and does nothing where nothing is missing.
"""

import re

from odoo import api, models
from odoo.exceptions import UserError

from ..reports.annex import write_annex

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORT = "ev_billing.report_ev_statement"


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_file_name(self, suffix):
        """``EV-2026-0007_2026-03.xlsx``"""
        self.ensure_one()
        return f"{re.sub(r'[^A-Za-z0-9]+', '-', self.name)}_{self.period_start:%Y-%m}.{suffix}"

    def _get_annex_name(self):
        return self._get_file_name("xlsx")

    def _make_files(self):
        """Make what is missing of the files of documented statements; others are passed over.

        Each statement stands on its own: the transaction may be committed after any of them.
        """
        self._check_step("write")
        for statement in self.filtered(lambda statement: statement.state in ("documented", "settled")):
            statement = statement.with_company(statement.company_id).with_context(ev_no_scripts=True)
            statement._attach_annex()
            statement._print_documents()
            statement._attach_pdf()

    # ------------------------------------------------------------- annex, PDF

    def _attach_annex(self):
        """Write the annex and attach it to the statement and to each of its documents, where it is not there yet.

        The copies share the stored file; each is readable by whoever may read the record it hangs on.
        """
        self.ensure_one()
        statement = self.sudo()
        if not statement.annex_attachment_id:
            with write_annex(statement) as file:
                statement.annex_attachment_id = self._attach(self._get_annex_name(), file.read(), XLSX)
        for move in statement.document_ids.filtered(lambda move: not move.ev_annex_attachment_id):
            move.ev_annex_attachment_id = statement.annex_attachment_id.copy(
                {"res_model": move._name, "res_id": move.id}
            )

    def _attach_pdf(self):
        """Print the consolidated statement in the partner's language and attach it, where it is not there yet."""
        self.ensure_one()
        statement = self.sudo()
        if not statement.pdf_attachment_id:
            statement.pdf_attachment_id = self._attach(
                self._get_file_name("pdf"), statement._render_pdf(), "application/pdf"
            )

    def _render_pdf(self):
        """The consolidated statement as the bytes of a PDF."""
        self.ensure_one()
        reports = self.env["ir.actions.report"].sudo().with_company(self.company_id)
        content, _kind = reports._render_qweb_pdf(REPORT, self.ids)
        return content

    def _attach(self, name, raw, mimetype):
        values = {"name": name, "raw": raw, "mimetype": mimetype, "res_model": self._name, "res_id": self.id}
        return self.env["ir.attachment"].sudo().create(values)

    # -------------------------------------------------------------- documents

    def _print_documents(self):
        """The documents' PDFs, through Odoo's own sending code, without sending: every later step finds them there."""
        self.ensure_one()
        moves = self.document_ids.filtered(lambda move: not move.invoice_pdf_report_id)
        if not moves:
            return
        try:
            with self.env.cr.savepoint():
                self._print(moves)
        except UserError:
            for move in moves:
                self._print_with_or_without_xml(move)
        # core takes a printed invoice for a sent one; ours is sent when somebody sends it
        moves.is_move_sent = False

    def _print_with_or_without_xml(self, move):
        """A partner that asks for e-invoices gets the XML in the PDF, or beside it. Where the XML cannot be made (an address that
        is missing) the PDF is printed without it, and the statement's chatter says what to correct.
        """
        try:
            with self.env.cr.savepoint():
                self._print(move)
        except UserError as error:
            self._print(move, invoice_edi_format=False)
            self.message_post(
                body=self.env._(
                    "%(document)s was printed without the e-invoice the partner asks for: %(why)s",
                    document=move.name,
                    why=error,
                )
            )

    def _print(self, moves, **settings):
        self.env["account.move.send"]._generate_and_send_invoices(
            moves.with_context(ev_statement_print=True), sending_methods=[], extra_edis=set(), **settings
        )

    @api.model
    def collect_files(self, statement_ids):
        """The documents' PDFs and the annexes of these statements, for whoever exports them.

        :return: [{"statement", "kind": "pdf" | "xlsx", "name", "document", "attachment_id"}]; `document` is the move's number,
            False for the annex
        :rtype: list[dict]
        """
        files = []
        for statement in self.browse(statement_ids):
            statement.check_access("read")
            annex = statement.annex_attachment_id
            if annex:
                files.append(statement._describe_file("xlsx", annex))
            for move in self.env["account.move"].search([("ev_statement_id", "=", statement.id)]):
                if move.invoice_pdf_report_id:
                    files.append(statement._describe_file("pdf", move.invoice_pdf_report_id, move.name))
        return files

    def _describe_file(self, kind, attachment, document=False):
        return {
            "statement": self.name,
            "kind": kind,
            "name": attachment.name,
            "document": document,
            "attachment_id": attachment.id,
        }
