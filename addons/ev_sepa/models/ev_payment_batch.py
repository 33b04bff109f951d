"""A payment batch: one file to one bank, from the proposal to the day the bank booked it.

The life: draft (who is due, who is held) -> checked (the file was built and nothing is wrong with it) -> approved (by somebody
who did not make it; every line frozen) -> released (the file written once, its lines locked, the payments posted) -> accepted or
partly rejected (pain.002) -> booked (camt). Cancelling after release needs two people; a new batch then has new ids.

Each step is in a file of its own: `ev_payment_batch_check`, `_approve`, `_release`, `_cancel`, `_answer`.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..iso20022.model import CREDIT_TRANSFER, DIRECT_DEBIT

MAKER = "ev_sepa.group_payment_maker"
APPROVER = "ev_sepa.group_payment_approver"
AUDITOR = "ev_sepa.group_payment_auditor"
KINDS = [(CREDIT_TRANSFER, "Credit Transfers"), (DIRECT_DEBIT, "Direct Debits")]
RAILS = [("sepa", "SEPA"), ("instant", "SEPA Instant"), ("foreign", "Outside SEPA")]
STATES = [
    ("draft", "Draft"),
    ("checked", "Checked"),
    ("approved", "Approved"),
    ("released", "Released"),
    ("accepted", "Accepted by the Bank"),
    ("partly", "Partly Rejected"),
    ("rejected", "Rejected"),
    ("booked", "Booked"),
    ("cancelled", "Cancelled"),
]
# What people talk about and plan is theirs: the fields of these, not of a name.
SOCIAL = ("mail.thread", "mail.activity.mixin")
# The file may be at the bank.
SENT = ("released", "accepted", "partly", "rejected", "booked")
# A released file on which nothing is final yet.
UNDER_WAY = ("released", "accepted", "partly")


class EvPaymentBatch(models.Model):
    _name = "ev.payment.batch"
    _description = "Payment Batch"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    journal_id = fields.Many2one(
        "account.journal", "Bank", required=True, readonly=True, check_company=True, ondelete="restrict"
    )
    profile_id = fields.Many2one(
        "ev.bank.profile", "Bank Profile", required=True, check_company=True, ondelete="restrict"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    rail = fields.Selection(RAILS, "Goes By", required=True, readonly=True, default="sepa")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    execution_date = fields.Date("Execution", required=True, tracking=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="draft", copy=False, index=True)

    line_ids = fields.One2many("ev.payment.line", "batch_id", "Payments", domain=[("state", "!=", "held")])
    held_ids = fields.One2many("ev.payment.line", "batch_id", "Held Back", domain=[("state", "=", "held")])
    line_count = fields.Integer("Number of Payments", compute="_compute_sums")
    held_count = fields.Integer("Number Held Back", compute="_compute_sums")
    total = fields.Monetary(compute="_compute_sums")
    held_total = fields.Monetary("Held", compute="_compute_sums")
    finding_ids = fields.One2many("ev.payment.finding", "batch_id", "Findings", readonly=True)
    error_count = fields.Integer("Errors", compute="_compute_finding_counts")
    warning_count = fields.Integer("Warnings", compute="_compute_finding_counts")
    event_ids = fields.One2many("ev.payment.event", "batch_id", "Trail", readonly=True)

    maker_ids = fields.Many2many(
        "res.users", "ev_payment_batch_maker_rel", string="Made by", readonly=True, copy=False,
        help="Everybody who proposed, changed or checked it: none of them approves it.",
    )  # fmt: skip
    checked_at = fields.Datetime("Checked On", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True, copy=False, ondelete="restrict")
    approved_at = fields.Datetime("Approved On", readonly=True, copy=False)
    digest = fields.Char(
        "Fingerprint",
        readonly=True,
        copy=False,
        help="SHA-256 of what was checked and approved: amounts, accounts, remittances.",
    )
    released_by_id = fields.Many2one("res.users", "Released by", readonly=True, copy=False, ondelete="restrict")
    released_at = fields.Datetime("Released On", readonly=True, copy=False)
    message_id = fields.Char("Message Id", readonly=True, copy=False)
    file_id = fields.Many2one(
        "ir.attachment", readonly=True, copy=False, ondelete="restrict", index="btree_not_null", groups=fields.NO_ACCESS
    )
    file_sha256 = fields.Char("SHA-256 of the File", readonly=True, copy=False)
    status_note = fields.Text("The Bank Says", readonly=True, copy=False)
    cancel_reason = fields.Text("Reason to Cancel", readonly=True, copy=False)
    cancel_asked_by_id = fields.Many2one(
        "res.users", "Cancelling Asked by", readonly=True, copy=False, ondelete="restrict"
    )
    cancelled_by_id = fields.Many2one("res.users", "Cancelled by", readonly=True, copy=False, ondelete="restrict")

    _name_uniq = models.Constraint("UNIQUE(name)", "A payment batch with this number already exists.")
    _message_uniq = models.UniqueIndex(
        "(message_id) WHERE message_id IS NOT NULL", "A file with this message id was written before."
    )

    # ----------------------------------------------------------------- compute

    @api.depends("line_ids.amount", "held_ids.amount")
    def _compute_sums(self):
        rows = self.env["ev.payment.line"]._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count", "amount:sum"]
        )
        sums = {}
        for batch, state, count, amount in rows:
            key = batch.id, state == "held"
            before = sums.get(key, (0, 0.0))
            sums[key] = before[0] + count, before[1] + amount
        for batch in self:
            batch.line_count, batch.total = sums.get((batch.id, False), (0, 0.0))
            batch.held_count, batch.held_total = sums.get((batch.id, True), (0, 0.0))

    def _compute_finding_counts(self):
        rows = self.env["ev.payment.finding"]._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "severity"], ["__count"]
        )
        counts = {(batch.id, severity): count for batch, severity, count in rows}
        for batch in self:
            batch.error_count = counts.get((batch.id, "error"), 0)
            batch.warning_count = counts.get((batch.id, "warning"), 0)

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("Batches are proposed from open documents: use 'Propose Payments'."))
        for vals in vals_list:
            vals["name"] = self.env["ir.sequence"].sudo().next_by_code("ev.payment.batch")
        return super().create(vals_list)

    def write(self, vals):
        own = {"execution_date", "profile_id"}
        if own & vals.keys() and any(batch.state not in ("draft", "checked") for batch in self):
            raise UserError(self.env._("What was approved does not change: set the batch back to draft first."))
        if not self.env.su and any(name in self._fields and self._is_recorded(name) for name in vals.keys() - own):
            raise AccessError(self.env._("The steps of a batch are taken with its buttons."))
        result = super().write(vals)
        if own & vals.keys():
            self._touch()
        return result

    def _is_recorded(self, name):
        """Whether a field is set by the steps only, not by chatter and activities."""
        return name in models.MAGIC_COLUMNS or not any(name in self.env[mixin]._fields for mixin in SOCIAL)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for batch in self:
            if batch.state not in ("draft", "checked"):
                raise UserError(self.env._("%s was approved: it stays on file. Cancel it instead.", batch.name))
            if past := batch.sudo().event_ids.filtered(lambda event: not event.routine)[:1]:
                raise UserError(
                    self.env._(
                        "%(batch)s has a past, e.g. '%(step)s' by %(user)s: it stays on file. Cancel it instead.",
                        batch=batch.name,
                        step=past.step,
                        user=past.user_id.name,
                    )
                )

    # ----------------------------------------------------------------- helpers

    def _check_role(self, group, step):
        """:raises AccessError: the user may not take this step of a batch"""
        self.check_access("read")
        if not self.env.user.has_group(group):
            role = self.env.ref(group).sudo().name
            raise AccessError(self.env._("%(step)s a payment batch takes the role %(role)s.", step=step, role=role))

    def _lock(self, *states):
        """Take the batch for one step; who comes second waits, and then finds the step taken.

        :raises UserError: it is in none of `states`
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute("SELECT state FROM ev_payment_batch WHERE id = %s FOR UPDATE", (self.id,))
        self.invalidate_recordset(["state"])
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(batch)s is %(state)s: this step is for %(states)s.",
                    batch=self.name,
                    state=labels[self.state],
                    states=", ".join(labels[state] for state in states),
                )
            )

    def _touch(self):
        """Somebody changed the batch: he is one of its makers, and it has to be checked again."""
        for batch in self.sudo():
            values = {"maker_ids": [(4, self.env.uid)]}
            if batch.state == "checked":
                values |= {"state": "draft", "digest": False, "checked_at": False}
            batch.write(values)

    def _log(self, step, note="", routine=False):
        """One line of the trail, and of the chatter; a batch with nothing but `routine` behind it may be deleted."""
        for batch in self:
            values = {"batch_id": batch.id, "step": step, "note": note, "user_id": self.env.uid, "routine": routine}
            # whatever could be a default in a client's context is said here
            self.env["ev.payment.event"].sudo().create(values | {"date": fields.Datetime.now()})
            batch.sudo().message_post(body=f"{step}: {note}" if note else step, author_id=self.env.user.partner_id.id)

    def _is_credit(self):
        return self.kind == CREDIT_TRANSFER

    # ------------------------------------------------------------------ actions

    def action_open_payments(self):
        """The core payments of the batch."""
        self.ensure_one()
        self.check_access("read")
        return self.line_ids.payment_id._get_records_action(name=self.env._("Payments of %s", self.name))
