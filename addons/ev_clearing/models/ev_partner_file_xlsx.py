from odoo import models

from odoo.addons.ev_billing.models.ev_statement_files import XLSX

from ..reports.partner_file import write_comparison


class EvPartnerFile(models.Model):
    _inherit = "ev.partner.file"

    def _get_workbook(self):
        """The comparison as an attachment of this record, written once until it is compared again.

        :rtype: ir.attachment
        :raises UserError: nothing is compared yet
        """
        self.ensure_one()
        self._check_state("compared")
        if not self.xlsx_attachment_id:
            record = self
            if self.source != "operator" and self.partner_id.lang:
                record = self.with_context(lang=self.partner_id.lang)
            with write_comparison(record) as file:
                self.xlsx_attachment_id = self.env["ir.attachment"].create(
                    {
                        "name": f"{self.statement_id.name}_{self.file_name.rsplit('.', 1)[0]}_compared.xlsx",
                        "res_model": self._name,
                        "res_id": self.id,
                        "raw": file.read(),
                        "mimetype": XLSX,
                    }
                )
        return self.xlsx_attachment_id
