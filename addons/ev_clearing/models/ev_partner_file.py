"""A partner's own list of sessions, compared with what it was shown on a statement.

    new --_start--> reading --_job_read--> --_job_compare--> compared        (failed: the file as a whole cannot be read)

The result is in `ev_partner_file_line`: every line of theirs with the session of ours that it means, and every session of ours
that their list has not. `ev_partner_file_sum` adds it up. How lines find sessions: `ev_partner_file_compare`.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

SOURCES = [("portal", "Portal"), ("link", "Mailed Link"), ("operator", "Entered by Us")]
STATES = [("new", "New"), ("reading", "Under Way"), ("compared", "Compared"), ("failed", "Failed")]
TOLERANCES = ("tolerance_wh", "tolerance_percent", "tolerance_amount", "tolerance_seconds")
# What the comparison itself writes.
OWN = {"state", "message", "line_count", "compared_at", "xlsx_attachment_id", "source", "author_id", "author_name"}
ACCOUNTANT = "account.group_account_invoice"


class EvPartnerFile(models.Model):
    _name = "ev.partner.file"
    _description = "Partner's List of Sessions"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "file_name"
    _check_company_auto = True

    statement_id = fields.Many2one(
        "ev.statement",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('role', '=', 'emsp'), ('shown_count', '>', 0)]",
    )
    company_id = fields.Many2one(related="statement_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(related="statement_id.partner_id", store=True, index=True, precompute=True)
    currency_id = fields.Many2one(related="statement_id.currency_id")
    profile_id = fields.Many2one(
        "ev.file.profile",
        "File Profile",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('usage', '=', 'comparison'), ('company_id', 'in', [False, company_id]),"
        " ('partner_id', 'in', [False, partner_id])]",
    )
    file = fields.Binary("File Content", attachment=True, required=True)
    file_name = fields.Char("File", required=True, default="sessions")
    source = fields.Selection(SOURCES, "Came by", required=True, readonly=True, default="operator")
    author_id = fields.Many2one("res.partner", "Sent by", readonly=True, ondelete="restrict")
    author_name = fields.Char("Name Given", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="new", copy=False, index=True)
    message = fields.Text(readonly=True, copy=False)
    line_count = fields.Integer("Lines", readonly=True, copy=False, aggregator=None)
    compared_at = fields.Datetime("Compared On", readonly=True, copy=False)
    note = fields.Text("Notes")

    tolerance_wh = fields.Integer(
        "Energy (Wh)", compute="_compute_tolerances", store=True, readonly=False, precompute=True,
        help="Up to this much, or up to the percentage, the energy counts as the same.",
    )  # fmt: skip
    tolerance_percent = fields.Float(
        "Energy (%)", digits=(6, 3), compute="_compute_tolerances", store=True, readonly=False, precompute=True
    )
    tolerance_amount = fields.Float(
        "Amount", digits=(16, 6), compute="_compute_tolerances", store=True, readonly=False, precompute=True
    )
    tolerance_seconds = fields.Integer(
        "Time (s)", compute="_compute_tolerances", store=True, readonly=False, precompute=True,
        help="Of start and end each; also how far apart sessions without a common ID may begin.",
    )  # fmt: skip

    sum_ids = fields.One2many("ev.partner.file.sum", "file_id", "Result", readonly=True)
    matched_count = fields.Integer("Matched", compute="_compute_counts")
    different_count = fields.Integer("Different", compute="_compute_counts")
    missing_here_count = fields.Integer("Only in Their List", compute="_compute_counts")
    missing_there_count = fields.Integer("Only in Our List", compute="_compute_counts")
    error_count = fields.Integer("Broken", compute="_compute_counts")
    amount_difference = fields.Float("Difference", digits=(16, 6), compute="_compute_counts", help="Theirs less ours.")
    xlsx_attachment_id = fields.Many2one(
        "ir.attachment", "Comparison (XLSX)", readonly=True, copy=False, ondelete="set null"
    )
    create_uid = fields.Many2one("res.users", "By", readonly=True)
    create_date = fields.Datetime("On", readonly=True)

    _tolerance_check = models.Constraint(
        "CHECK(tolerance_wh >= 0 AND tolerance_percent >= 0 AND tolerance_amount >= 0"
        " AND tolerance_seconds BETWEEN 0 AND 86400)",
        "Tolerances are not negative, and that of times is a day at most.",
    )

    # ----------------------------------------------------------------- compute

    @api.depends("profile_id")
    def _compute_tolerances(self):
        for record in self:
            for name in TOLERANCES:
                record[name] = record.profile_id[name] if record.profile_id else record[name]

    @api.depends("sum_ids")
    def _compute_counts(self):
        for record in self:
            totals = record.sum_ids.filtered(lambda one: not one.code)
            counts = {one.result: one.count for one in totals}
            for result in ("matched", "different", "missing_here", "missing_there", "error"):
                record[f"{result}_count"] = counts.get(result, 0)
            record.amount_difference = sum(totals.mapped("amount_difference"))

    @api.constrains("statement_id", "profile_id")
    def _check_statement(self):
        for record in self:
            if record.statement_id.role != "emsp":
                raise ValidationError(
                    self.env._("%s is no eMSP's statement: there is no list to compare.", record.statement_id.name)
                )
            profile = record.profile_id.sudo()
            if profile.usage != "comparison" or profile.partner_id not in (self.env["res.partner"], record.partner_id):
                raise ValidationError(
                    self.env._("Profile %s does not read this partner's lists: choose another.", profile.name)
                )

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(set(vals) & OWN for vals in vals_list):
            raise UserError(self.env._("What a comparison found is written by the comparison itself."))
        records = super().create(vals_list)
        for record in records.filtered(lambda one: one.source == "operator" and not one.author_id):
            record.sudo().author_id = self.env.user.partner_id
        return records

    def write(self, vals):
        if not self.env.su:
            if set(vals) & (OWN | {"statement_id"}):
                raise UserError(self.env._("What a comparison found is written by the comparison itself."))
            if set(vals) & {"file", "profile_id"}:
                self._check_state("new", "failed")
                # what was read of another file does not count
                self.sudo()._forget()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_own(self):
        if any(record.source != "operator" for record in self):
            raise UserError(self.env._("What a partner sent stays on file."))
        if any(record.state == "reading" for record in self):
            raise UserError(self.env._("A comparison that is under way cannot be deleted: wait until it is done."))

    # ----------------------------------------------------------------- actions

    def action_compare(self):
        """Read the file and compare it; one that is compared already is compared again, with the tolerances of now."""
        self.ensure_one()
        self._check_clerk()
        self.sudo()._start()
        return True

    def action_open_lines(self):
        """The lines, those of the context's result first."""
        self.ensure_one()
        self.check_access("read")
        return self._get_lines_action(self.env.context.get("result"), self.env.context.get("code"))

    def action_download(self):
        """The comparison as XLSX."""
        self.ensure_one()
        self.check_access("read")
        attachment = self.sudo()._get_workbook()
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=true", "target": "self"}

    def action_dispute(self):
        """Choose what becomes disputes."""
        self.ensure_one()
        self._check_clerk()
        self._check_state("compared")
        self.statement_id.sudo()._check_window_open()
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_clearing.ev_partner_file_dispute_action")
        return dict(action, context={"default_file_id": self.id})

    # ---------------------------------------------------------------- business

    def _get_lines_action(self, result=None, code=None):
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_clearing.ev_partner_file_line_action")
        context = {f"search_default_{name}": 1 for name in (code or result,) if name}
        return dict(action, domain=[("file_id", "=", self.id)], context=context)

    def _check_clerk(self):
        """Comparing, and what follows from it, is the accountant's."""
        if not self.env.su and not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Comparing a partner's list takes the accountant."))
        self.check_access("write")

    def _check_state(self, *states):
        words = dict(self._fields["state"]._description_selection(self.env))
        for record in self:
            if record.state not in states:
                raise UserError(
                    self.env._(
                        "%(file)s is %(state)s: wait until it is compared, or send the list once more.",
                        file=record.file_name,
                        state=words[record.state].lower(),
                    )
                )

    def _get_attachment(self):
        """The file's attachment; readable by whoever reads the record."""
        mine = [("res_model", "=", self._name), ("res_id", "=", self.id), ("res_field", "=", "file")]
        return self.env["ir.attachment"].sudo().search(mine, limit=1)
