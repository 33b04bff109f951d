"""Watched folders: what appears in them is imported, then moved to `done` or `refused`, with the reason beside it.

A file is moved after what it says is committed. Who dies in between finds the file again, and by its fingerprint that it was
taken. Only plain files of the folder itself are opened: no links, no folders, nothing that is still being written.
"""

import logging
import os
import stat
import time
from pathlib import Path

from odoo import api, models
from odoo.exceptions import UserError

from ..iso20022.parse import MOST_BYTES, UnreadableFile
from .ev_payment_batch import MAKER

_logger = logging.getLogger(__name__)

# Whoever writes a file slower than this uses another name until it is whole.
QUIET_SECONDS = 60
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")


class AccountJournal(models.Model):
    _inherit = "account.journal"

    @api.model
    def _cron_watch_folders(self):
        """Import what is in the watched folders, one file per transaction. A folder that cannot be used stops no other."""
        for journal in self.search([("ev_watch_folder", "!=", False)]):
            try:
                paths = journal._list_watched()
            except OSError as error:
                journal._tell_watching(self.env._("the folder cannot be read"), error)
                continue
            self.env["ir.cron"]._commit_progress(remaining=len(paths))
            for path in paths:
                journal._take_watched(path)
                if not self.env["ir.cron"]._commit_progress(1):
                    return

    def _list_watched(self):
        """The files that are whole, oldest first; links are put aside.

        :raises OSError: the folder is not there
        """
        self.ensure_one()
        folder, ready = Path(self.ev_watch_folder), []
        if not folder.is_absolute() or folder.is_symlink():
            raise OSError("it is no absolute path of a folder")
        with os.scandir(folder) as found:
            for item in found:
                if item.name.startswith(".") or item.name.lower().endswith(UNFINISHED):
                    continue
                if item.is_symlink():
                    self._put_aside(Path(item.path), "refused", self.env._("It is a link: put the file itself here."))
                elif item.is_file(follow_symlinks=False):
                    moment = item.stat(follow_symlinks=False).st_mtime
                    if time.time() - moment >= QUIET_SECONDS:
                        ready.append((moment, item.name, Path(item.path)))
        return [path for _moment, _name, path in sorted(ready)]

    def _take_watched(self, path):
        """Import one file, commit, and move it where it belongs; what breaks unexpectedly is left for the next time."""
        self.ensure_one()
        journal = self.with_company(self.company_id).with_context(allowed_company_ids=self.company_id.ids)
        try:
            content = _read(path)
            with self.env.cr.savepoint():
                file, _known = journal.env["ev.bank.file"]._take(path.name, content, "folder", journal)
                room, reason = ("refused", file.reason) if file.state == "refused" else ("done", None)
        except (UserError, UnreadableFile) as error:
            room, reason = "refused", str(error)
        except OSError as error:
            self._tell_watching(self.env._("a file in it cannot be read"), error)
            return
        except Exception:
            _logger.exception("Bank file %s of %s is left where it is", path, self.display_name)
            return
        self.env["ir.cron"]._commit_progress()
        self._put_aside(path, room, reason)

    def _put_aside(self, path, room, reason=None):
        """Move a file to a folder beside it, under a name that is free, and write why.

        Where that cannot be done it stays: by its fingerprint it is known the next time.
        """
        target = path.parent / room
        try:
            target.mkdir(exist_ok=True)
            if target.is_symlink():
                raise OSError("it is a link")
            goal, number = target / path.name, 1
            while os.path.lexists(goal):
                goal, number = target / f"{path.stem}-{number}{path.suffix}", number + 1
            os.rename(path, goal)
            if reason:
                goal.with_name(goal.name + ".txt").write_text(reason + "\n", encoding="utf-8")
        except OSError as error:
            problem = self.env._("files cannot be moved to '%s' in it, and stay where they are", room)
            self._tell_watching(problem, error)

    def _tell_watching(self, problem, error):
        """Log what is wrong with the folder, and ask a payment maker to see to it: once, not each time it is looked at.

        :param problem: what cannot be done, in words
        :param error: the `OSError`; its paths are for the log alone
        """
        _logger.error("Watched folder %s of %s: %s", self.ev_watch_folder, self.display_name, error)
        summary = self.env._(
            "Watched folder of %(journal)s: %(problem)s (%(why)s). Ask whoever runs the server.",
            journal=self.display_name,
            problem=problem,
            why=error.strerror or str(error),
        )
        journal = self.sudo().with_company(self.company_id).with_context(allowed_company_ids=self.company_id.ids)
        if summary in journal.activity_ids.mapped("summary"):
            return
        makers = (
            self.env.ref(MAKER)
            .sudo()
            .all_user_ids.filtered(lambda user: user.active and not user.share and self.company_id in user.company_ids)
        )
        user = makers.sorted("id")[:1] or journal.create_uid
        journal.activity_schedule("mail.mail_activity_data_todo", summary=summary, user_id=user.id)


def _read(path):
    """The bytes of a plain file that was not exchanged for a link meanwhile.

    :raises UnreadableFile: it is too big, or no plain file
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > MOST_BYTES:
            raise UnreadableFile(f"It is larger than {MOST_BYTES // 1024 // 1024} MB, or no plain file: split it.")
        return stream.read()
