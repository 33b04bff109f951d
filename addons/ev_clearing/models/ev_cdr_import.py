"""CDRs from a hub's, a partner's or an old backend's file: looked at, tried, then taken in through `ev.cdr`'s own ingest."""

import csv
import io

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..exchange.text import harmless

# What only the import itself writes.
OWN = {"state", "message", "line_count", "preview", "check_result", "checking", "company_id"}


class EvCdrImport(models.Model):
    """One file of sessions and what became of each of its lines."""

    _name = "ev.cdr.import"
    _description = "CDR Import"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "file_name"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    profile_id = fields.Many2one(
        "ev.file.profile",
        "File Profile",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('usage', '=', 'import'), ('company_id', 'in', [False, company_id])]",
    )
    format = fields.Selection(related="profile_id.format")
    source = fields.Char(
        compute="_compute_source",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        size=64,
        help="Sessions are kept under this name: source and session ID together make a session unique for ever.",
    )
    file = fields.Binary("File Content", attachment=True, required=True)
    file_name = fields.Char("File", required=True, default="sessions")
    state = fields.Selection(
        [("new", "New"), ("previewed", "Looked At"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        default="new",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    checking = fields.Boolean("Dry Run Under Way", readonly=True, copy=False)
    message = fields.Text(readonly=True, copy=False)
    preview = fields.Json("Preview Rows", readonly=True, copy=False)
    check_result = fields.Json("Dry Run Result", readonly=True, copy=False)
    line_count = fields.Integer("Lines", readonly=True, copy=False, aggregator=None)
    line_ids = fields.One2many("ev.cdr.import.line", "import_id", readonly=True)
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    stored_count = fields.Integer("Stored", compute="_compute_counts")
    duplicate_count = fields.Integer("Duplicates", compute="_compute_counts")
    quarantined_count = fields.Integer("Quarantined", compute="_compute_counts")
    error_count = fields.Integer("Broken", compute="_compute_counts")
    progress = fields.Float("Progress (%)", compute="_compute_counts")
    preview_html = fields.Html("Preview", compute="_compute_preview_html", sanitize=False)
    check_html = fields.Html("Dry Run", compute="_compute_preview_html", sanitize=False)
    create_uid = fields.Many2one("res.users", "By", readonly=True)
    create_date = fields.Datetime("On", readonly=True)

    @api.depends("profile_id")
    def _compute_source(self):
        for record in self:
            record.source = record.profile_id.source or record.source

    @api.depends("state", "line_count")
    def _compute_counts(self):
        counts = self.env["ev.cdr.import.line"]._count(self)
        for record in self:
            mine = counts.get(record.id, {})
            for state in ("waiting", "stored", "duplicate", "quarantined", "error"):
                record[f"{state}_count"] = mine.get(state, 0)
            done = record.line_count - record.waiting_count
            record.progress = 100 * done / record.line_count if record.line_count else 0

    @api.depends("preview", "check_result")
    def _compute_preview_html(self):
        for record in self:
            record.preview_html = record._render_preview()
            record.check_html = record._render_check()

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(set(vals) & (OWN - {"company_id"}) for vals in vals_list):
            raise UserError(self.env._("What an import found is written by the import itself."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if set(vals) & OWN:
                raise UserError(self.env._("What an import found is written by the import itself."))
            if set(vals) & {"file", "profile_id", "source"}:
                self._check_state("new", "previewed", "failed")
                # What was seen is no longer what will be imported.
                self.sudo().write({"state": "new", "preview": False, "check_result": False, "message": False})
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        if any(record.state == "running" or record.checking for record in self):
            raise UserError(self.env._("An import that is under way cannot be deleted: wait until it is done."))

    # ----------------------------------------------------------------- actions

    def action_preview(self):
        """Show what the first lines would become. Nothing is stored."""
        self.ensure_one()
        self._check_importer()
        self._check_state("new", "previewed", "failed")
        self.sudo()._preview()
        return True

    def action_dry_run(self):
        """Try the whole file in the background. Nothing is stored."""
        self.ensure_one()
        self._check_importer()
        self._check_state("new", "previewed", "failed")
        self.sudo()._enqueue_dry_run()
        return True

    def action_import(self):
        """Take the file in, in the background; after a failure, go on where it stopped."""
        self.ensure_one()
        self._check_importer()
        self._check_state("new", "previewed", "failed", "running")
        self.sudo()._start()
        return True

    def action_open_lines(self):
        """The lines, those in the context's state first."""
        self.ensure_one()
        self.check_access("read")
        state = self.env.context.get("line_state")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lines of %s", self.file_name),
            "res_model": "ev.cdr.import.line",
            "view_mode": "list,form",
            "domain": [("import_id", "=", self.id)],
            "context": {f"search_default_{state}": 1} if state else {},
        }

    def action_open_sessions(self):
        """The sessions of this import's source."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_cpms.ev_cdr_action")
        return action | {
            "domain": [("source", "=", self.source), ("company_id", "=", self.company_id.id)],
            "context": {},
        }

    def action_download_broken(self):
        """The broken lines as CSV, as they stood in the file, with what is wrong: to be mended and imported again."""
        self.ensure_one()
        self.check_access("read")
        if not self.error_count:
            raise UserError(self.env._("No line of this file is broken."))
        name = f"{self.file_name.rsplit('.', 1)[0]}-broken.csv"
        files = self.env["ir.attachment"].sudo()
        mine = [
            ("res_model", "=", self._name),
            ("res_id", "=", self.id),
            ("name", "=", name),
            ("res_field", "=", False),
        ]
        files.search(mine).unlink()
        attachment = files.create(
            {
                "name": name,
                "res_model": self._name,
                "res_id": self.id,
                "raw": self._write_broken(),
                "mimetype": "text/csv",
            }
        )
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=true", "target": "self"}

    @api.model
    def action_download_template(self):
        """A table with our own column names, read by the profile of that name."""
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": "/ev_clearing/static/template/sessions.csv", "target": "self"}

    # ---------------------------------------------------------------- business

    def _check_importer(self):
        if not self.env.su and not (
            self.env.user.has_group("ev_billing.group_contract_admin") or self.env.user.has_group("ev_cpms.group_admin")
        ):
            raise AccessError(
                self.env._("Importing sessions takes the contract administrator or the charging administrator.")
            )
        self.check_access("write")

    def _check_state(self, *states):
        for record in self:
            if record.checking or record.state not in states:
                raise UserError(
                    self.env._(
                        "%(file)s is %(state)s: wait until it is done, or make a new import.",
                        file=record.file_name,
                        state=self.env._("being tried")
                        if record.checking
                        else dict(self._fields["state"]._description_selection(self.env))[record.state].lower(),
                    )
                )

    def _get_attachment(self):
        """The file's attachment; readable by whoever reads the import."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "=", self.id), ("res_field", "=", "file")], limit=1)
        )

    def _write_broken(self):
        """CSV bytes, safe to open in a spreadsheet: line, column, problem, then the cells of the file."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
        headers = self._get_headers()
        writer.writerow([harmless(cell) for cell in (*headers, "Line", "Session", "Column", "Problem")])
        lines = self.env["ev.cdr.import.line"].sudo().search([("import_id", "=", self.id), ("state", "=", "error")])
        for line in lines:
            cells = list(line.row or [])[: len(headers)] if headers else []
            cells += [""] * (len(headers) - len(cells))
            told = (line.number, line.external_id or "", line.column_name or "", line.reason or "")
            writer.writerow([harmless(cell) for cell in (*cells, *told)])
        return buffer.getvalue().encode("utf-8-sig")
