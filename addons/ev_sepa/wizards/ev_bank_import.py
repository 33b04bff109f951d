"""Import bank files by hand: several at once, of any kind; it says for each what happened."""

from odoo import Command, fields, models
from odoo.exceptions import UserError


class EvBankImport(models.TransientModel):
    _name = "ev.bank.import"
    _description = "Import Bank Files"

    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    result_ids = fields.One2many("ev.bank.import.result", "import_id", "What Happened", readonly=True)

    def action_import(self):
        """Take each file; a bad one does not keep the others back."""
        self.ensure_one()
        files = self.env["ev.bank.file"]
        files._check_maker()
        if not self.attachment_ids:
            raise UserError(self.env._("Choose the files first."))
        files._check_own(self.attachment_ids, (False, self._name))
        results = []
        for attachment in self.attachment_ids:
            file, known = files._take(attachment.name, attachment.raw, "wizard")
            results.append(
                {
                    "name": attachment.name,
                    "file_id": file.id,
                    "kind": file.kind,
                    "outcome": "known" if known else file.state,
                    "text": file._say(known),
                }
            )
        attachments = self.attachment_ids
        self.write({"result_ids": [Command.create(values) for values in results], "attachment_ids": [Command.clear()]})
        attachments.sudo().unlink()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported Files"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class EvBankImportResult(models.TransientModel):
    _name = "ev.bank.import.result"
    _description = "Imported Bank File"

    import_id = fields.Many2one("ev.bank.import", required=True, ondelete="cascade")
    name = fields.Char("File Name", readonly=True)
    file_id = fields.Many2one("ev.bank.file", readonly=True)
    kind = fields.Selection(related="file_id.kind")
    outcome = fields.Selection(
        [
            ("known", "Imported Before"),
            ("received", "Goes On"),
            ("read", "Goes On"),
            ("done", "Done"),
            ("refused", "Refused"),
        ],
        readonly=True,
    )
    text = fields.Char("What Happened", readonly=True)

    def action_open(self):
        self.ensure_one()
        return self.file_id._get_records_action(name=self.env._("Bank File"))
