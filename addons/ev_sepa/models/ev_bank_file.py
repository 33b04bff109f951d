"""A file from the bank: kept as it came, taken once, and what became of it.

A file is received, read into entries (`ev_bank_file_statement`) or answers (`ev_bank_file_status`), its entries are matched and
posted piece by piece, then it is done; or it is refused, with the reason. Each step is one transaction and finds out by itself
what is left to do: whatever dies, the next one goes on where it was, and what is done is not done twice.
"""

import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_datetime

from odoo.addons.queue_job.exception import RetryableJobError

from ..iso20022.parse import MOST_BYTES, UnreadableFile, identify

MAKER = "ev_sepa.group_payment_maker"
STATUS, STATEMENTS = "pain.002", ("camt.052", "camt.053", "camt.054")
KINDS = [
    ("camt.053", "Statement"),
    ("camt.054", "Notification"),
    ("camt.052", "Account Report"),
    ("pain.002", "Status Report"),
    ("unknown", "Unknown"),
]
# Larger files are read, and files with more entries posted, by the queue: a screen does not wait for them.
INLINE_BYTES = 1024 * 1024
INLINE_ENTRIES = 200
POLL = 5


class EvBankFile(models.Model):
    _name = "ev.bank.file"
    _description = "Bank File"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    journal_id = fields.Many2one("account.journal", readonly=True, check_company=True, ondelete="restrict")
    kind = fields.Selection(KINDS, required=True, readonly=True, default="unknown")
    message_name = fields.Char("Message", readonly=True, help="Message and version: camt.053.001.08.")
    message_id = fields.Char("Message Id", readonly=True)
    sha256 = fields.Char("SHA-256", required=True, readonly=True)
    attachment_id = fields.Many2one("ir.attachment", "File", readonly=True, ondelete="restrict", index="btree_not_null")
    origin = fields.Selection(
        [("wizard", "Import"), ("upload", "Dropped"), ("folder", "Watched Folder")],
        required=True, readonly=True, default="wizard",
    )  # fmt: skip
    imported_by_id = fields.Many2one("res.users", "Imported by", readonly=True, ondelete="restrict")
    imported_at = fields.Datetime("Imported On", readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("received", "Received"), ("read", "Being Matched"), ("done", "Done"), ("refused", "Refused")],
        required=True, readonly=True, default="received", index=True,
    )  # fmt: skip
    reason = fields.Text("Why It Was Refused", readonly=True)
    note = fields.Text("What It Says", readonly=True)
    outcome = fields.Text("What Happened", compute="_compute_outcome")
    batch_id = fields.Many2one("ev.payment.batch", "Answers", readonly=True, check_company=True, ondelete="restrict")
    statements = fields.Json(readonly=True, help="Accounts and balances, as the bank gives them.")
    entry_ids = fields.One2many("ev.bank.entry", "file_id", "Entries", readonly=True)
    entry_count = fields.Integer("Entries Taken", compute="_compute_counts")
    exception_count = fields.Integer("Exceptions", compute="_compute_counts")
    known_count = fields.Integer("Taken Before", readonly=True)
    pending_count = fields.Integer("Not Booked Yet", readonly=True)
    suspense_cursor = fields.Integer(
        readonly=True, help="The last exception that was booked, or that the ledger refused."
    )

    _once = models.UniqueIndex("(company_id, sha256) WHERE state != 'refused'", "This file was imported before.")

    def _compute_counts(self):
        rows = self.env["ev.bank.entry"]._read_group([("file_id", "in", self.ids)], ["file_id", "state"], ["__count"])
        counts = {}
        for file, state, count in rows:
            counts.setdefault(file.id, {})[state] = count
        for file in self:
            found = counts.get(file.id, {})
            file.entry_count, file.exception_count = sum(found.values()), found.get("exception", 0)

    @api.depends("state", "reason", "note")
    def _compute_outcome(self):
        for file in self:
            file.outcome = file._say()

    # ------------------------------------------------------------------ taking

    @api.model
    def _check_maker(self):
        """:raises AccessError: the user does not take bank files"""
        if not self.env.su and not self.env.user.has_group(MAKER):
            role = self.env.ref(MAKER).sudo().name
            raise AccessError(self.env._("Taking bank files and settling entries takes the role %s.", role))

    @api.model
    def _take(self, name, content, origin="wizard", journal=None):
        """Keep a file and take it; a large one goes on in the queue.

        :param bytes content: as it came
        :param journal: take only files of this journal's account (watched folders)
        :return: (file, whether it was known before)
        """
        self._check_maker()
        files, company = self.sudo(), self.env.company
        digest = hashlib.sha256(content).hexdigest()
        domain = [("company_id", "=", company.id), ("sha256", "=", digest), ("state", "!=", "refused")]
        known = files.search(domain, limit=1)
        if known:
            return known.with_env(self.env), True
        file = files.create(
            {
                "name": name,
                "company_id": company.id,
                "sha256": digest,
                "origin": origin,
                "imported_by_id": self.env.uid,
                "journal_id": journal.id if journal else False,
            }
        )
        file.attachment_id = file._keep(content)
        try:
            file._recognise(content)
        except UnreadableFile as error:
            file._refuse(str(error))
        else:
            file._begin(len(content))
        return file.with_env(self.env), False

    def _keep(self, content):
        return self.env["ir.attachment"].create(
            {
                "name": self.name,
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
                "mimetype": "application/xml",
            }
        )

    def _recognise(self, content):
        """:raises UnreadableFile: it is no message that comes from a bank"""
        if len(content) > MOST_BYTES:
            raise UnreadableFile(
                f"The file is larger than {MOST_BYTES // 1024 // 1024} MB: ask the bank for shorter periods."
            )
        kind = identify(content)
        if kind.family not in (STATUS, *STATEMENTS):
            raise UnreadableFile(
                f"This is a {kind.name} message, which is sent to a bank: import what comes from it, camt.052, camt.053, "
                "camt.054 or pain.002."
            )
        self.write({"kind": kind.family, "message_name": kind.name})

    def _begin(self, size):
        """Do it now, as far as nobody has to wait for it."""
        if size <= INLINE_BYTES:
            self._step()
        while self.state == "read" and len(self.entry_ids) <= INLINE_ENTRIES:
            self._step()
        if self.state in ("received", "read"):
            self._enqueue()

    def _refuse(self, reason):
        self.write({"state": "refused", "reason": reason})

    # -------------------------------------------------------------- step by step

    def _step(self):
        """Do the next thing, as one transaction: read it, or take a piece of what it says."""
        self.ensure_one()
        file = self.sudo().with_company(self.company_id).with_context(allowed_company_ids=self.company_id.ids)
        if file.state == "received":
            try:
                with self.env.cr.savepoint():
                    file._read_status() if file.kind == STATUS else file._read_statements()
            except (UnreadableFile, UserError) as error:
                file._refuse(str(error))
        elif file.state == "read":
            file._post_piece()

    def _enqueue(self):
        for file in self:
            key = f"ev-bank-file:{file.id}"
            file.with_delay(identity_key=key, description=f"{file.name}: take", priority=5)._job_step()

    def _job_step(self):
        """One step in the queue, and the next one behind it."""
        self = self.sudo()
        if not self.exists() or self.state not in ("received", "read"):
            return
        if not self.try_lock_for_update(allow_referencing=True):
            raise RetryableJobError("Somebody else is at work on it.", seconds=POLL, ignore_retry=True)
        self._step()
        if self.state in ("received", "read"):
            self._enqueue_next()

    def _enqueue_next(self):
        """Behind the job that is running, whose own key is still taken: each step leaves something else."""
        left = self.env["ev.bank.entry"].search_count([("file_id", "=", self.id), ("state", "in", ("new", "ready"))])
        key = f"ev-bank-file:{self.id}:{self.state}:{left}:{self.suspense_cursor}"
        self.with_delay(identity_key=key, description=f"{self.name}: take", priority=5)._job_step()

    @api.model
    def _cron_go_on(self):
        """Whatever still waits has its job, also after a crash."""
        self.search([("state", "in", ("received", "read"))])._enqueue()

    # ------------------------------------------------------------------ actions

    def action_retry(self):
        """Take a refused file again, after what it was refused for is put right."""
        self._check_maker()
        self.check_access("read")
        for file in self.filtered(lambda file: file.state == "refused"):
            other, known = file._take_again()
            if known:
                raise UserError(
                    self.env._("%(name)s was taken meanwhile, as %(other)s.", name=file.name, other=other.name)
                )
        return True

    def _take_again(self):
        """(file, whether another one with the same content was taken meanwhile)"""
        file = self.sudo()
        content = file.attachment_id.raw
        domain = [("company_id", "=", file.company_id.id), ("sha256", "=", file.sha256), ("state", "!=", "refused")]
        other = file.search(domain, limit=1)
        if other:
            return other, True
        file.write({"state": "received", "reason": False})
        try:
            file._recognise(content)
        except UnreadableFile as error:
            file._refuse(str(error))
        else:
            file._begin(len(content))
        return file, False

    def action_open_entries(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("ev_sepa.ev_bank_entry_action")
        return action | {"domain": [("file_id", "=", self.id)], "context": {}, "display_name": self.name}

    def action_open_batch(self):
        self.ensure_one()
        self.check_access("read")
        return self.batch_id._get_records_action(name=self.env._("Payment Batch"))

    def action_download(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "self",
        }

    def create_document_from_attachment(self, attachment_ids):
        """What is dropped on the list: take each file, then show what became of them.

        The attachments were uploaded by the same user a moment ago; they are replaced by the file's own copy.
        """
        self._check_maker()
        attachments = self.env["ir.attachment"].browse(attachment_ids)
        self._check_own(attachments)
        files = self.browse()
        for attachment in attachments:
            files |= self._take(attachment.name, attachment.raw, "upload")[0]
        attachments.sudo().unlink()
        action = files._get_records_action(name=self.env._("Imported Files"))
        if len(files) > 1:
            action |= {"view_mode": "list,form", "views": [(False, "list"), (False, "form")]}
        return action

    def _check_own(self, attachments, models=(False,)):
        """:raises AccessError: an attachment is not one that the user uploaded here: it would be deleted afterwards"""
        attachments.check_access("read")
        if attachments.filtered(
            lambda attachment: attachment.create_uid != self.env.user or attachment.res_model not in models
        ):
            raise AccessError(self.env._("Choose or drop files of your own here."))

    def _say(self, known=False):
        """What became of the file, in one sentence."""
        self.ensure_one()
        if known:
            when = format_datetime(self.env, self.imported_at)
            return self.env._("Imported before, on %(when)s: nothing was taken twice.", when=when)
        if self.state == "refused":
            return self.reason
        if self.state != "done":
            return self.env._("Received; it is large and goes on in the background.")
        return self.note or self.env._("Done.")
