from odoo import api, fields, models


class EvStatementDocumentWizard(models.TransientModel):
    """Choose the date of the documents and make them."""

    _name = "ev.statement.document.wizard"
    _description = "Make the Documents of Statements"

    statement_ids = fields.Many2many("ev.statement", string="Statements", required=True)
    invoice_date = fields.Date("Document Date", required=True, default=fields.Date.context_today)
    count = fields.Integer("Statements to Document", compute="_compute_count")

    @api.depends("statement_ids.state")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.statement_ids.filtered(lambda statement: statement.state == "approved"))

    def action_document(self):
        self.ensure_one()
        left = self.statement_ids._document(self.invoice_date)
        action = self.statement_ids.action_open_documents()
        return self.statement_ids._get_left_action(self.env._("Without documents"), left, action)
