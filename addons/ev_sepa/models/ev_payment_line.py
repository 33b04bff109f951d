"""One payment of a batch: whom, how much, to which account, for which documents.

What the file says of it (`iban`, `account_name`, `address`, `remittance`, ...) is copied while the batch is a draft and frozen
when it is approved: code and a database trigger refuse any change. `live` is what keeps a document out of a second payment.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .ev_payment_batch import SENT

LINE_STATES = [
    ("held", "Held Back"),
    ("ready", "To Pay"),
    ("released", "Sent"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("booked", "Booked"),
    ("returned", "Returned"),
    ("cancelled", "Cancelled"),
]
# Money may still move by it.
LIVE = ("ready", "released", "accepted")
VERIFICATIONS = [
    ("RCVC", "Name matches"),
    ("RVMC", "Name nearly matches"),
    ("RVNM", "Name does not match"),
    ("RVNA", "Could not be verified"),
]


class EvPaymentLine(models.Model):
    _name = "ev.payment.line"
    _description = "Payment in a Batch"
    _order = "batch_id desc, number, id"
    _rec_name = "end_to_end_id"
    _check_company_auto = True

    batch_id = fields.Many2one("ev.payment.batch", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="batch_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="batch_id.currency_id", store=True)
    kind = fields.Selection(related="batch_id.kind")
    batch_state = fields.Selection(related="batch_id.state", string="Batch Is")
    number = fields.Integer(required=True, readonly=True)
    end_to_end_id = fields.Char("End-to-End Id", required=True, readonly=True, copy=False)
    block_id = fields.Char("Payment Information Id", readonly=True, copy=False)
    state = fields.Selection(LINE_STATES, required=True, readonly=True, default="ready", index=True)
    live = fields.Boolean(readonly=True, copy=False)
    hold_code = fields.Char("Hold", readonly=True)
    hold_note = fields.Char("Why It Is Held", readonly=True)

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="restrict")
    partner_bank_id = fields.Many2one(
        "res.partner.bank", "Account", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    confirmed_by_id = fields.Many2one(
        "res.users", "Account Confirmed by", readonly=True, copy=False, ondelete="restrict"
    )
    amount = fields.Monetary(required=True, readonly=True)
    item_ids = fields.One2many("ev.payment.item", "line_id", "Documents", readonly=True)

    iban = fields.Char("IBAN", readonly=True)
    account_number = fields.Char("Other Account Number", readonly=True)
    bic = fields.Char("BIC", readonly=True)
    clearing_number = fields.Char(readonly=True)
    account_name = fields.Char("Name of the Account", readonly=True)
    address = fields.Json(readonly=True)
    remittance = fields.Char("Remittance Text", readonly=True)
    reference = fields.Char(
        "Creditor Reference", readonly=True, help="Structured (ISO 11649), where the payee wants one."
    )
    needs_advice = fields.Boolean(
        "Advice Needed",
        readonly=True,
        help="Not every document fits into the 140 characters: the partner gets the list by mail.",
    )

    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    status_code = fields.Char("Bank's Status", readonly=True, copy=False)
    reason_code = fields.Char(readonly=True, copy=False)
    reason = fields.Char("Bank's Reason", readonly=True, copy=False)
    verification = fields.Selection(VERIFICATIONS, "Name Verified", readonly=True, copy=False)
    verified_name = fields.Char("Name at the Bank", readonly=True, copy=False)
    booked_on = fields.Date(readonly=True, copy=False)
    returned_on = fields.Date(readonly=True, copy=False)

    _end_to_end_uniq = models.Constraint("UNIQUE(end_to_end_id)", "This end-to-end id was used before.")
    _number_uniq = models.Constraint("UNIQUE(batch_id, number)", "This number is taken in the batch.")
    _payment_uniq = models.UniqueIndex("(payment_id) WHERE live", "This payment is in a live batch already.")
    _amount_check = models.Constraint("CHECK(state = 'held' OR amount > 0)", "A payment is more than zero.")
    _live_check = models.Constraint(
        "CHECK(live = (state IN ('ready', 'released', 'accepted')))",
        "A payment is live until the bank has decided on it.",
    )
    _posting_idx = models.Index("(batch_id) WHERE payment_id IS NULL AND state IN ('released', 'accepted')")

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("Payments are proposed from open documents: use 'Propose Payments'."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise UserError(
                self.env._("A payment of a batch is what its documents and accounts say: correct these instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for line in self:
            if line.batch_id.state not in ("draft", "checked"):
                raise UserError(
                    self.env._(
                        "%(line)s of %(batch)s was approved: it stays.", line=line.number, batch=line.batch_id.name
                    )
                )

    def _set_state(self, state, **values):
        """Set the state with what follows from it: whether line and documents are live."""
        live = state in LIVE
        self.sudo().write({"state": state, "live": live, **values})
        self.sudo().item_ids.filtered(lambda item: item.live != live).write({"live": live})

    # ------------------------------------------------------------------ actions

    def action_remove(self):
        """Take payments out of a batch that is not approved; their documents are open for another one."""
        self.check_access("read")
        self.batch_id._check_role("ev_sepa.group_payment_maker", self.env._("Changing"))
        for batch in self.batch_id:
            batch._lock("draft", "checked")
            lines = self.filtered(lambda line, batch=batch: line.batch_id == batch)
            batch._log(self.env._("Payments taken out"), ", ".join(lines.mapped("end_to_end_id")))
            lines.sudo().unlink()
            batch._touch()
        return True

    def action_confirm_account(self):
        """Say a second time that a new or changed account is the partner's.

        :raises UserError: by whoever had a hand in the account, or it is not what the payment shows
        """
        self.check_access("read")
        self.batch_id._check_role("account.group_account_invoice", self.env._("Confirming an account in"))
        for line in self:
            line.batch_id._lock("draft", "checked")
            account = line.partner_bank_id.sudo()
            hands = account.ev_author_ids | account.ev_changed_by_id | account.ev_approved_by_id | account.create_uid
            if self.env.user in hands:
                raise UserError(
                    self.env._(
                        "%s was entered, changed or approved by you: a second confirmation is somebody else's.",
                        account.acc_number,
                    )
                )
            if line.sudo()._is_account_changed():
                why = line.sudo()._say_account_changed()
                raise UserError(self.env._("%s Check the batch again, then confirm what it shows.", why))
            line.sudo().write({"confirmed_by_id": self.env.uid})
            line.batch_id._log(self.env._("Account confirmed"), f"{line.end_to_end_id}: {account.acc_number}")
            line.batch_id._touch()
        self._refresh()
        return True

    def action_open_documents(self):
        self.check_access("read")
        return self.item_ids.move_line_id.move_id._get_records_action(name=self.env._("Documents"))

    def _is_sent(self):
        return self.batch_id.state in SENT


class EvPaymentItem(models.Model):
    """One open item that a payment settles, and how much of it: positive what we owe, negative what the partner owes us."""

    _name = "ev.payment.item"
    _description = "Document in a Payment"
    _order = "line_id, id"
    _rec_name = "move_id"

    line_id = fields.Many2one("ev.payment.line", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="line_id.currency_id")
    batch_id = fields.Many2one(related="line_id.batch_id")
    move_line_id = fields.Many2one(
        "account.move.line", "Open Item", required=True, readonly=True, index=True, ondelete="restrict"
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Document", store=True, index=True)
    number = fields.Char(
        "Payee Knows It As", readonly=True, help="Copied from the document while the batch is a draft."
    )
    invoice_date = fields.Date(readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    live = fields.Boolean(readonly=True, copy=False)

    _move_line_uniq = models.UniqueIndex(
        "(move_line_id) WHERE live",
        "A document is in another payment batch that is not finished: remove it there first.",
    )
    _once_uniq = models.Constraint("UNIQUE(line_id, move_line_id)", "A payment names each document once.")

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("What a payment settles is set by the proposal."))
        return super().write(vals)

    def _copy_document(self):
        """Take number and date from the document; what stands here goes into file and advice, whatever it says later."""
        for item in self:
            facts = {"number": item.move_id._get_payee_number(), "invoice_date": item.move_id.invoice_date}
            if any(item[name] != value for name, value in facts.items()):
                item.write(facts)
