from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..rating import Span, month_of

STATES = [
    ("draft", "Draft"),
    ("control", "In Control"),
    ("approved", "Approved"),
    ("documented", "Documented"),
    ("settled", "Settled"),
]
OPEN_STATES = ("draft", "control")
# What the documents stand on. Only this addon's own steps write these, and never once a statement is approved.
FACTS = frozenset(
    (
        "name",
        "contract_id",
        "period_start",
        "period_end",
        "company_id",
        "currency_id",
        "partner_id",
        "line_ids",
        "charge_ids",
        "total_charge",
        "total_credit",
        "total",
        "session_count",
        "energy_kwh",
        "inputs_hash",
        "computed_at",
        "blocking_message",
        "index_revisions",
        "prices_from",
        "prices_to",
        "trued_up",
        "gap_ids",
    )
)

# The rest of what only this addon's own steps write; some of it comes after the approval.
STEPS = FACTS | {
    "state",
    "run_id",
    "document_ids",
    "annex_attachment_id",
    "pdf_attachment_id",
    "sent_at",
    "sent_by_id",
    "send_message_id",
    "send_problem",
}
ACCOUNTANTS = "account.group_account_invoice,account.group_account_readonly"


class ContractBusy(UserError):
    """Somebody else computes or approves this contract right now: it can be tried again in a moment."""


class InputsMoved(UserError):
    """What a statement was computed from is not what it was: it has to be computed again."""


class EvStatement(models.Model):
    """What one contract makes in one period: every session x term added up, and the documents made of it.

    The life: draft (can be computed again) -> control (the partner looks; later) -> approved (fixed) -> documented (posted
    moves, PDF, XLSX) -> settled (every document paid).
    """

    _name = "ev.statement"
    _description = "EV Charging Statement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "period_start desc, name desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False)
    contract_id = fields.Many2one("ev.contract", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True)
    run_id = fields.Many2one("ev.run", readonly=True, copy=False, index=True, ondelete="restrict")
    role = fields.Selection(related="contract_id.role")
    period_start = fields.Date("Period From", required=True, readonly=True)
    period_end = fields.Date("Period To", required=True, readonly=True, help="The last day of the period.")
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, readonly=True, tracking=True, copy=False, index=True
    )
    blocking_message = fields.Text("What Blocks It", readonly=True, copy=False, groups="base.group_user")
    payment_note = fields.Char(compute="_compute_payment_note", compute_sudo=True, groups="base.group_user")

    line_ids = fields.One2many("ev.statement.line", "statement_id", "Lines", readonly=True)
    charge_ids = fields.One2many("ev.charge", "statement_id", "Charges", readonly=True)
    total_charge = fields.Monetary("Charged to the Partner", readonly=True, copy=False)
    total_credit = fields.Monetary("Credited to the Partner", readonly=True, copy=False)
    total = fields.Monetary("Net", readonly=True, copy=False, help="Charged less credited, before taxes.")
    session_count = fields.Integer("Sessions", readonly=True, copy=False)
    energy_kwh = fields.Float("Energy (kWh)", digits=(16, 3), readonly=True, copy=False)
    inputs_hash = fields.Char(
        "Fingerprint",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="SHA-256 of the sessions, terms and coverage it was computed from. Same input, same result.",
    )
    index_revisions = fields.Json(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Which revision of each price index it was computed with.",
    )
    prices_from = fields.Datetime("Index Values From", readonly=True, copy=False, groups="base.group_user")
    prices_to = fields.Datetime("Index Values To", readonly=True, copy=False, groups="base.group_user")
    gap_ids = fields.One2many(
        "ev.statement.gap", "statement_id", "Waiting Charges", readonly=True, groups="base.group_user"
    )
    computed_at = fields.Datetime("Computed", readonly=True, copy=False, groups="base.group_user")

    document_ids = fields.One2many("account.move", "ev_statement_id", "Documents", readonly=True, groups=ACCOUNTANTS)
    document_count = fields.Integer(compute="_compute_document_count", compute_sudo=True)
    annex_attachment_id = fields.Many2one(
        "ir.attachment", "Annex (XLSX)", readonly=True, copy=False, ondelete="set null"
    )

    pdf_attachment_id = fields.Many2one(
        "ir.attachment", "Statement (PDF)", readonly=True, copy=False, ondelete="set null"
    )

    _contract_period_uniq = models.Constraint(
        "UNIQUE(contract_id, period_start)", "This contract already has a statement for this period: open that one."
    )
    _name_uniq = models.Constraint("UNIQUE(name)", "A statement with this number already exists.")

    # ----------------------------------------------------------------- compute

    @api.depends("document_ids.payment_state", "document_ids.state")
    def _compute_state(self):
        """The steps set the state; from `documented` on, payment decides between documented and settled."""
        for statement in self:
            state = statement.state or "draft"
            if state in ("documented", "settled"):
                documents = statement.document_ids
                paid = documents and all(move._is_ev_paid() for move in documents)
                state = "settled" if paid else "documented"
            statement.state = state

    @api.depends("document_ids.payment_state")
    def _compute_payment_note(self):
        """A reversed document was taken back, not paid: its statement never settles by itself."""
        for statement in self:
            reversed_moves = statement.document_ids.filtered(lambda move: move._is_ev_taken_back())
            statement.payment_note = False
            if reversed_moves:
                statement.payment_note = self.env._(
                    "%s was reversed, so nobody paid it: correct its sessions, and the next statement makes up for them.",
                    ", ".join(reversed_moves.mapped("name")),
                )

    def _compute_document_count(self):
        counts = dict(
            self.env["account.move"]._read_group(
                [("ev_statement_id", "in", self.ids)], ["ev_statement_id"], ["__count"]
            )
        )
        for statement in self:
            statement.document_count = counts.get(statement, 0)

    @api.depends("name", "partner_id.name", "period_start")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = f"{statement.name} · {statement.partner_id.name} · {statement._get_period_label()}"

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        for vals in vals_list:
            if not vals.get("name"):
                sequence = self.env["ir.sequence"].sudo()
                vals["name"] = sequence.next_by_code("ev.statement", sequence_date=vals.get("period_start"))
        return super().create(vals_list)

    def write(self, vals):
        facts = FACTS & vals.keys()
        if STEPS & vals.keys() and not self.env.su:
            raise UserError(self.env._("A statement is computed, not typed: use its buttons."))
        if facts and (closed := self.filtered(lambda statement: statement._is_closed())):
            raise UserError(
                closed[0]._say_closed(
                    self.env._("what it says cannot change any more. Corrections go into the next period's statement")
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        for statement in self:
            if statement._is_closed():
                raise UserError(statement._say_closed(self.env._("it cannot be deleted")))

    # ------------------------------------------------------------------ actions

    def action_compute(self):
        """Work the draft out again from the sessions and terms as they are now."""
        self._check_step("write")
        for statement in self:
            statement.sudo()._compute_charges()
        return True

    def action_approve(self):
        """Fix the statement: from here on nothing on it changes.

        :raises UserError: its month does not add up, or a finding stops all of it: decide about that first, with a reason
        """
        self._check_step("write")
        for run in self.sudo().run_id:
            run._check_releasable()
        for statement in self:
            statement.sudo()._approve()
        return True

    def action_reset_to_draft(self):
        """Open an approved statement again, as long as it has no documents and no other approved one corrects it.

        Later drafts give back what they took of its days: they are computed again.
        """
        self._check_step("write")
        for statement in self:
            if statement.state != "approved":
                raise UserError(
                    self.env._(
                        "%(name)s is %(state)s: only an approved statement without documents can be a draft again.",
                        name=statement.name,
                        state=statement._get_state_label(),
                    )
                )
            statement.sudo()._check_not_corrected(self)
        self.sudo().write({"state": "draft"})
        self._take_back_release()
        self.sudo()._compute_later_drafts()
        return True

    def action_open_charges(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_charge_action")
        return dict(action, domain=[("statement_id", "in", self.ids)], context={})

    def action_open_documents(self):
        self.check_access("read")
        documents = self.env["account.move"].search([("ev_statement_id", "in", self.ids)], limit=2)
        action = {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "name": self.env._("Documents"),
            "view_mode": "list,form",
            "domain": [("ev_statement_id", "in", self.ids)],
            "context": {"create": False},
        }
        if len(documents) == 1:
            action.update(view_mode="form", res_id=documents.id)
        return action

    def action_download_annex(self):
        self.ensure_one()
        if not self.annex_attachment_id:
            raise UserError(self.env._("%s has no annex yet: it is made with the documents.", self.name))
        return self._get_download_action(self.annex_attachment_id)

    def action_print(self):
        """The consolidated statement as it went out; before that, a print of what it says now."""
        self.ensure_one()
        self.check_access("read")
        if self.pdf_attachment_id:
            return self._get_download_action(self.pdf_attachment_id)
        return self.env.ref("ev_billing.report_ev_statement").report_action(self)

    # ----------------------------------------------------------------- business

    def _get_download_action(self, attachment):
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=1", "target": "new"}

    def _is_closed(self):
        """Approved or later: nothing on it changes any more."""
        self.ensure_one()
        return self.state not in OPEN_STATES

    def _say_closed(self, what):
        """``EV/2026/0007 is approved: it cannot be deleted.``"""
        return f"{self.env._('%(name)s is %(state)s', name=self.name, state=self._get_state_label())}: {what}."

    def _check_step(self, operation):
        """Every button: the caller needs the right, the step itself runs with more."""
        self.check_access(operation)

    def _lock_contract(self):
        """One computation of a contract at a time, whoever starts it.

        Another one at work makes this fail at once instead of waiting: after the wait, this transaction would still see the
        world as it was before the other one (REPEATABLE READ).
        """
        if not self.contract_id.sudo().try_lock_for_update(allow_referencing=True):
            raise ContractBusy(
                self.env._(
                    "%s is being computed by somebody else right now: try again in a moment.", self.contract_id.name
                )
            )

    def _get_span(self):
        """The period as the rating engine wants it."""
        self.ensure_one()
        return Span(self.period_start, self.period_end + timedelta(days=1))

    def _get_period_label(self):
        """``March 2026``, or the first and last day of anything but a calendar month."""
        self.ensure_one()
        if not self.period_start:
            return ""
        if self._get_span() == month_of(self.period_start):
            return format_date(self.env, self.period_start, date_format="MMMM yyyy")
        return f"{format_date(self.env, self.period_start)} - {format_date(self.env, self.period_end)}"

    def _get_left_action(self, title, left, action):
        """The next screen, with a message on what was left out before it."""
        if not left:
            return action
        message = {"title": title, "message": "\n".join(left), "type": "warning", "sticky": True, "next": action}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": message}

    def _get_state_label(self):
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state].lower()
