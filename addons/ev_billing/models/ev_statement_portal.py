"""How a statement stands, in the words of the partner, for the portal."""

from odoo import models

from .ev_statement_print_documents import PAYABLE


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_portal_status(self):
        """The partner's word for where its statement stands, and how it is coloured.

        :return: (word, Bootstrap colour)
        :rtype: tuple[str, str]
        """
        self.ensure_one()
        statement = self.sudo()
        if statement.is_contested:
            return self.env._("Contested"), "danger"
        if statement.state == "settled":
            return self.env._("Paid"), "success"
        if statement.state == "documented":
            return statement._say_documented(), "info"
        if statement.state == "approved":
            return self.env._("Documents follow"), "secondary"
        return self.env._("For you to look at"), "warning"

    def _say_documented(self):
        """Whose turn it is to pay."""
        moves = self.document_ids.filtered(lambda move: move.payment_state in ("not_paid", "partial"))
        kinds = {move.move_type in PAYABLE for move in moves}
        if not self.document_ids:
            return self.env._("Final")
        if any(move._is_ev_taken_back() for move in self.document_ids):
            return self.env._("Document taken back")
        if not kinds:
            return self.env._("On its way")
        if kinds == {True}:
            return self.env._("We pay you")
        return self.env._("Payment due") if kinds == {False} else self.env._("Open on both sides")

    def _get_portal_document_status(self, move):
        """The same of one of its documents.

        :rtype: tuple[str, str]
        """
        if move._is_ev_paid():
            return self.env._("Paid"), "success"
        if move.payment_state == "in_payment":
            return self.env._("On its way"), "info"
        if move.payment_state == "reversed":
            return self.env._("Taken back"), "secondary"
        if move.payment_state == "partial":
            return self.env._("Partly paid"), "warning"
        return (self.env._("We pay you"), "info") if move.move_type in PAYABLE else (self.env._("Payment due"), "info")
