"""Releasing: the file is written once, and its bytes never change.

In one transaction: the batch and its documents are locked, everything is compared with what was approved, the file is built,
checked by schema and rules, stored with its SHA-256, and its lines are locked. Who comes second finds it released. Killed in
between, nothing happened. The ledger follows (`ev_payment_line_post`).
"""

import hashlib
import secrets

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .ev_payment_batch import APPROVER, AUDITOR, MAKER, SENT
from .ev_payment_line_post import ENOUGH


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def action_release(self):
        """Write the files of approved batches and post their payments.

        :raises UserError: something is not as it was approved, or the file would be wrong
        """
        if not (self.env.user.has_group(MAKER) or self.env.user.has_group(APPROVER)):
            raise AccessError(self.env._("Files are released by payment makers and approvers."))
        self.check_access("read")
        for batch in self:
            batch._lock("approved")
            batch.sudo()._release()
        return True

    def _release(self):
        self.ensure_one()
        trial = self._check_unchanged()
        self._claim_documents()
        message_id = f"{self.name}-{secrets.token_hex(4).upper()}"
        moment = fields.Datetime.now()
        content = self._write_file(self._name_file(trial, message_id, moment))
        del trial
        self._refuse_wrong_file(content)
        digest = hashlib.sha256(content).hexdigest()
        for number, (_terms, lines) in enumerate(self._split_blocks(), 1):
            for part in lines._slices():
                part._set_state("released", block_id=f"{message_id}-{number}")
        self.write(
            {
                "state": "released",
                "message_id": message_id,
                "file_id": self._store_file(content).id,
                "file_sha256": digest,
                "released_by_id": self.env.uid,
                "released_at": moment,
            }
        )
        self._log(self.env._("Released"), f"{message_id}, SHA-256 {digest}")
        self._post_or_enqueue()

    def _claim_documents(self):
        """Write the open items anew as they are: whoever began to settle one before this is committed cannot finish on what he
        saw, and finds the released file instead. A lock alone would be forgotten at the commit.
        """
        self.env.cr.execute(
            """UPDATE account_move_line SET write_uid = write_uid WHERE id IN (
                   SELECT i.move_line_id FROM ev_payment_item i JOIN ev_payment_line l ON l.id = i.line_id
                    WHERE l.batch_id = %s AND i.live)""",
            (self.id,),
        )

    def _refuse_wrong_file(self, content):
        errors = [finding for finding in self._check_content(content) if finding.severity == "error"]
        if errors:
            raise UserError(
                self.env._(
                    "%(batch)s would be refused by the bank, so no file was written:\n%(errors)s\nSet it back to draft.",
                    batch=self.name,
                    errors="\n".join(f"{finding.end_to_end_id} {finding.message}".strip() for finding in errors[:20]),
                )
            )

    def _store_file(self, content):
        return self.env["ir.attachment"].create(
            {
                "name": self._get_file_name(),
                "raw": content,
                "mimetype": "application/xml",
                "res_model": self._name,
                "res_id": self.id,
                "res_field": "file_id",
            }
        )

    def _get_file_name(self):
        return f"{self._get_conventions().version}_{self.name}.xml"

    # ---------------------------------------------------------------- download

    def action_download(self):
        """The file as it was written: the same bytes every time.

        :raises UserError: not released, or the stored bytes are not the ones released
        """
        self._check_download()
        return {"type": "ir.actions.act_url", "url": f"/ev_sepa/batch/{self.id}/file", "target": "download"}

    def _download(self):
        """Hand the file out: the only way to its bytes, and each time a line of the trail.

        :return: (file name, bytes)
        """
        content = self._check_download()
        name = self.sudo().file_id.name
        self._log(self.env._("Downloaded"), name)
        return name, content

    def _check_download(self):
        """The file's bytes, for whom and as long as it may go to the bank.

        :raises AccessError: no role in payments of its company
        :raises UserError: not released, cancelled, or the stored bytes are not the ones released
        """
        self.ensure_one()
        if not any(self.env.user.has_group(group) for group in (MAKER, APPROVER, AUDITOR)):
            raise AccessError(self.env._("Payment files are for payment makers, approvers and auditors."))
        self.check_access("read")
        batch = self.sudo()
        if batch.state not in SENT:
            raise UserError(self.env._("%s has no file: it is not released, or it was cancelled.", batch.name))
        return batch._get_content()

    def _get_content(self):
        """The file's bytes, compared with their fingerprint."""
        content = self.file_id.raw or b""
        if hashlib.sha256(content).hexdigest() != self.file_sha256:
            raise UserError(
                self.env._(
                    "The stored file of %s is not the one that was released: do not send it. Restore it from a backup.",
                    self.name,
                )
            )
        return content

    # ----------------------------------------------------------------- posting

    def _post_or_enqueue(self):
        """Post at once what is few; many go in jobs of their own, so that releasing stays quick."""
        if len(self.line_ids) <= ENOUGH:
            self.line_ids._post()
            return
        self._enqueue_posting()

    def _enqueue_posting(self):
        for batch in self:
            batch.with_delay(
                identity_key=f"ev-payment:{batch.id}:post",
                description=self.env._("%s: post the payments", batch.name),
            )._job_post()

    def _job_post(self, after=0):
        """Post some payments of a released file, then ask for the next: safe to kill and to repeat.

        :param after: id of the last one that was tried
        """
        if not self.exists() or self.state not in SENT:
            return
        waiting = self.env["ev.payment.line"].search(
            [
                ("batch_id", "=", self.id),
                ("id", ">", after),
                ("payment_id", "=", False),
                ("state", "in", ("released", "accepted")),
            ],
            limit=ENOUGH,
            order="id",
        )
        waiting.with_company(self.company_id)._do_apart(lambda lines: lines._post())
        if len(waiting) == ENOUGH:
            # another key: this job still runs under its own
            self.with_delay(
                identity_key=f"ev-payment:{self.id}:post:{waiting[-1].id}",
                description=self.env._("%s: post the payments", self.name),
            )._job_post(waiting[-1].id)

    def _cron_post(self):
        """Ask again for what no job does any more."""
        lines = self.env["ev.payment.line"].sudo()
        rows = lines._read_group([("payment_id", "=", False), ("state", "in", ("released", "accepted"))], ["batch_id"])
        for (batch,) in rows:
            batch._enqueue_posting()
