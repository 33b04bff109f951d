"""How a partner's list is read and compared: at once when it is short, else by one job for each.

Each step is one transaction, which writes all of its result or nothing: a step that died is done again by the queue, or by
pressing Compare, and ends the same. Of two at once for one file the second finds it locked and leaves it to the first.
"""

from itertools import islice

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import plaintext2html

from ..exchange.line import ExchangeError

# Up to here a list is read and compared while its sender waits.
SMALL = 2_000


class EvPartnerFile(models.Model):
    _inherit = "ev.partner.file"

    # -------------------------------------------------------------------- steps

    def _start(self):
        """Do what is to be done next, wherever the comparison stands."""
        self.ensure_one()
        if not self.statement_id.shown_count:
            raise UserError(
                self.env._("%s has no list to compare with: open its control window first.", self.statement_id.name)
            )
        self.env.flush_all()
        self.write({"state": "reading", "message": False})
        if self.line_count:
            self._go_on(self.line_count <= SMALL)
            return
        try:
            with self.env.cr.savepoint():
                small = self._is_small()
        except ExchangeError as error:
            self._fail(error)
            return
        if not small:
            self.with_delay(identity_key=self._identity("read"), description=f"Read {self.file_name}")._job_read()
        elif self._read():
            self._go_on(small)

    def _go_on(self, small):
        if small:
            self._finish()
            return
        self.with_delay(identity_key=self._identity("compare"), description=f"Compare {self.file_name}")._job_compare()

    def _identity(self, step):
        return f"ev-partner-file:{self.id}:{step}"

    def _is_small(self):
        """:raise ExchangeError: the file cannot be read"""
        return sum(1 for _line in islice(self._open_lines(), SMALL + 1)) <= SMALL

    def _open_lines(self):
        """The `Line` and `LineError` of the file.

        :raise ExchangeError: it cannot be read; also while iterating
        """
        attachment = self._get_attachment()
        if not attachment:
            # an attachment without content is none
            raise ExchangeError(self.env._("The file is empty."))
        return self.profile_id.sudo()._open(attachment)

    # --------------------------------------------------------------------- jobs

    def _job_read(self):
        """Read the whole file into the table of lines. Done twice, it is done once."""
        if not self.exists() or not self.try_lock_for_update(allow_referencing=True):
            return
        if self.state != "reading" or self.line_count:
            return
        if self._read():
            self._go_on(False)

    def _job_compare(self):
        """Compare, then write the XLSX, so that nobody waits for it."""
        if not self.exists() or not self.try_lock_for_update(allow_referencing=True):
            return
        if self.state != "reading" or not self.line_count:
            return
        self._finish()
        self.with_delay(identity_key=self._identity("xlsx"), description=f"Write {self.file_name}")._job_write()

    def _job_write(self):
        if self.exists() and self.state == "compared":
            self._get_workbook()

    def _on_job_failed(self, exc_info=None, exc_name=None, exc_message=None):
        """A job that broke is for an administrator; Compare goes on where it was."""
        if self.exists() and self.state == "reading":
            self.write(
                {
                    "state": "failed",
                    "message": self.env._(
                        "The comparison broke: %s. Show this to your administrator (Job Queue), then press Compare to go on.",
                        f"{exc_name}: {exc_message}",
                    ),
                }
            )

    # ---------------------------------------------------------------- business

    def _read(self):
        """Put the file's lines into the table; tell whether it could be read."""
        lines = self.env["ev.partner.file.line"]
        try:
            with self.env.cr.savepoint():
                lines._drop(self)
                count = lines._stage(self, self._open_lines())
                if not count:
                    raise ExchangeError(self.env._("The file has no lines below its headers."))
        except ExchangeError as error:
            self._fail(error)
            return False
        self.line_count = count
        self.env.flush_all()
        if count > SMALL:
            # many new rows that the planner knows nothing of make the comparison slow
            self.env.cr.execute("ANALYZE ev_partner_file_line")
        return True

    def _fail(self, error):
        self.write({"state": "failed", "message": str(error)})

    def _forget(self):
        """Back to a file that nobody has read."""
        self.env["ev.partner.file.line"]._drop(self)
        self.sum_ids.unlink()
        self.xlsx_attachment_id.unlink()
        self.write({"state": "new", "message": False, "line_count": 0, "compared_at": False})

    def _finish(self):
        """Compare, add up, and say so."""
        if not self.statement_id.shown_count:
            self._fail(self.env._("%s was withdrawn: there is no list to compare with.", self.statement_id.name))
            return
        self.env.flush_all()
        self._match()
        self._compare()
        self._explain()
        self._add_up()
        self.xlsx_attachment_id.unlink()
        self.write({"state": "compared", "compared_at": fields.Datetime.now(), "message": self._find_oddity()})
        words = self._say_result()
        self.message_post(body=words, author_id=self.env.ref("base.partner_root").id)
        if self.source != "operator":
            self.statement_id.with_context(mail_post_autofollow=False).message_post(
                body=plaintext2html(f"{self.author_name or ''}: {self.file_name}\n{words}"),
                author_id=(self.author_id or self.env.ref("base.partner_root")).id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

    def _find_oddity(self):
        """What looks wrong about the list as a whole, or nothing."""
        if self._is_of_something_else():
            return self.env._(
                "No line of this list is a session of ours: is it the right month, and are the right columns and time zone read?"
            )
        return False

    def _is_of_something_else(self):
        return not self.matched_count and not self.sum_ids.filtered(
            lambda one: one.result == "different" and not one.code and one.our_kwh
        )

    def _say_result(self):
        return self.env._(
            "%(matched)s sessions match, %(different)s differ, %(here)s are only in their list, %(there)s only in ours; "
            "broken lines: %(broken)s.",
            matched=self.matched_count,
            different=self.different_count,
            here=self.missing_here_count,
            there=self.missing_there_count,
            broken=self.error_count,
        )
