"""The list of sessions as files of the statement: with the invitation to its control window, and with its documents."""

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.ev_billing.models.ev_statement_files import XLSX

from ..reports.session_list import write_documents, write_table, write_workbook


class EvStatement(models.Model):
    _inherit = "ev.statement"

    session_list_attachment_id = fields.Many2one(
        "ir.attachment", "Sessions (XLSX)", readonly=True, copy=False, ondelete="set null"
    )

    def _get_list_name(self, suffix):
        """``EV-2026-0007_2026-03_sessions.xlsx``"""
        return self._get_file_name(suffix).replace(f".{suffix}", f"_sessions.{suffix}")

    def _attach_session_list(self):
        """Write the list anew: it says what the statement says now."""
        self.ensure_one()
        statement = self.sudo().with_context(lang=self.partner_id.lang or self.env.lang)
        before = statement.session_list_attachment_id
        with write_workbook(statement) as file:
            statement.session_list_attachment_id = self._attach(self._get_list_name("xlsx"), file.read(), XLSX)
        before.unlink()

    def _attach_annex(self):
        """With the annex goes the list: it is missing where there was no window, or where sessions were left out since."""
        result = super()._attach_annex()
        if self.role == "emsp" and self.shown_count and not self.session_list_attachment_id:
            self._attach_session_list()
        return result

    # -------------------------------------------------------------------- mails

    def _get_mailed_lists(self):
        """The list as the contract wants it sent; what mail servers would refuse for its size is on the portal.

        :rtype: ir.attachment
        """
        files, contract = self.session_list_attachment_id, self.contract_id.sudo()
        if contract.send_csv:
            with write_table(self.sudo()) as file:
                files |= self._attach(self._get_list_name("csv"), file.read(), "text/csv")
        if contract.send_ocpi:
            self._check_ocpi()
            with write_documents(self.sudo()) as file:
                files |= self._attach(self._get_list_name("json"), file.read(), "application/json")
        return files.filtered(lambda file: file.file_size <= self._get_mail_limit())

    def _check_ocpi(self):
        """:raises UserError: OCPI lists name the operator, and nobody said who that is"""
        company = self.company_id.sudo()
        if not (company.ev_country_code and company.ev_party_id):
            raise UserError(
                self.env._(
                    "OCPI lists name the operator: enter %s's OCPI country code and party id in the Invoicing settings first.",
                    company.name,
                )
            )

    def _get_mailed_files(self):
        """A partner that was shown its sessions gets their list beside the annex."""
        files = super()._get_mailed_files()
        return files | self._get_mailed_lists() if self.role == "emsp" and self.shown_count else files
