"""How a file gets in: one job reads it into the staging table, then jobs take it in piece by piece, one after the other.

Each piece is one transaction: its sessions are stored and its lines marked, or neither. A job that died is done again by the
queue, or by pressing Import: what is marked is not taken twice, and what was stored twice by any accident is a duplicate.
Pieces follow one another because a credit needs its original, and a replacement that credit.
"""

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.ev_cpms.models.ev_cdr_ingest import _Item
from odoo.addons.queue_job.exception import RetryableJobError

from ..exchange.line import ExchangeError
from ..exchange.tables.reader import read_head
from ..exchange.text import storable
from .ev_cdr_named import plain
from .ev_file_profile import as_file

# Lines taken in by one job.
CHUNK = 2_000
# Seconds until another try is worth it.
POLL = 5
TOKEN_TYPES = {"RFID", "APP_USER", "AD_HOC_USER", "EMAID", "OTHER"}


class EvCdrImport(models.Model):
    _inherit = "ev.cdr.import"

    # -------------------------------------------------------------------- jobs

    def _identity(self, step):
        return f"ev-cdr-import:{self.id}:{step}"

    def _start(self):
        """Enqueue the next step, wherever the import stands."""
        if self.state != "running":
            self.write({"state": "running", "message": False, "check_result": False})
        if self.line_count:
            self._enqueue_chunk()
            return
        self.with_delay(identity_key=self._identity("read"), description=f"Read {self.file_name}")._job_read()

    def _enqueue_chunk(self):
        self.with_delay(
            identity_key=f"{self._identity('chunk')}:{self.waiting_count}",
            description=f"Import {self.file_name}: {self.waiting_count} lines left",
        )._job_chunk()

    def _job_read(self):
        """Read the whole file into the staging table. Done twice, it is done once."""
        if not self.exists() or self.state != "running" or self.line_count:
            return
        try:
            with self.env.cr.savepoint():
                count = self._stage_file()
        except ExchangeError as error:
            self.write({"state": "failed", "message": str(error)})
            return
        self.line_count = count
        # 200,000 new rows that the planner knows nothing of make every piece slow.
        self.env.cr.execute("ANALYZE ev_cdr_import_line")
        self._enqueue_chunk()

    def _job_chunk(self):
        """Take in the next lines; enqueue the next piece, or finish."""
        if not self.exists() or self.state != "running":
            return
        if not self.try_lock_for_update(allow_referencing=True):
            # Go On was pressed while a piece was under way: that one goes on by itself.
            return
        try:
            with self.env.cr.savepoint():
                taken = self._take_chunk()
        except UniqueViolation as twice:
            # another import entered the same badge a moment ago: tried again, it is found
            raise RetryableJobError(str(twice), seconds=POLL, ignore_retry=True) from twice
        if taken:
            self.invalidate_recordset()
            self._enqueue_chunk()
        else:
            self._finish()

    def _on_job_failed(self, exc_info=None, exc_name=None, exc_message=None):
        """A job that broke is for an administrator; what was taken in stays, Import goes on."""
        self.write(
            {
                "state": "failed",
                "checking": False,
                "message": self.env._(
                    "The import broke: %s. Show this to your administrator (Job Queue), then press Import to go on.",
                    f"{exc_name}: {exc_message}",
                ),
            }
        )

    # ---------------------------------------------------------------- business

    def _in_company(self):
        """The import as its own company sees it, whoever started it."""
        return self.sudo().with_company(self.company_id).with_context(allowed_company_ids=self.company_id.ids)

    def _stage_file(self):
        """Read the file into the staging table; return the number of lines.

        :raise ExchangeError: it cannot be read, or holds no lines
        """
        lines = self.profile_id.sudo()._open(self._get_attachment())
        count = self.env["ev.cdr.import.line"].sudo()._stage(self, lines)
        if not count:
            raise ExchangeError(self.env._("The file has no lines below its headers."))
        return count

    def _take_chunk(self, limit=CHUNK):
        """Take in the next waiting lines and mark them; return how many there were."""
        self = self._in_company()
        lines = self.env["ev.cdr.import.line"]
        waiting = lines._next_waiting(self, limit)
        if not waiting:
            return 0
        items = self._ingest([payload for _id, payload, _badge in waiting], [badge for *_rest, badge in waiting])
        lines._mark(
            [
                (line_id, item.status, storable(item.reason.reason) if item.reason else None)
                for (line_id, *_rest), item in zip(waiting, items, strict=True)
            ]
        )
        return len(waiting)

    def _ingest(self, payloads, badges):
        """Send payloads down the path that bridges use; return their `_Item`, each with its status."""
        if self.profile_id.enter_badges:
            self._enter_badges([badge for badge in badges if badge], payloads)
        items = [_Item(payload) for payload in payloads]
        self.env["ev.cdr"]._ingest_items(self.source, items, self.company_id.ids)
        return items

    def _finish(self):
        self.env["ev.cdr.import.line"].flush_model()
        self.invalidate_recordset()
        words = self.env._(
            "%(stored)s sessions stored, %(duplicates)s were here already, %(quarantined)s quarantined, %(broken)s lines broken.",
            stored=self.stored_count,
            duplicates=self.duplicate_count,
            quarantined=self.quarantined_count,
            broken=self.error_count,
        )
        self.write({"state": "done", "message": words})
        self.message_post(body=words)

    def _get_headers(self):
        """The headers of the file's table; none for an OCPI document or when it cannot be read any more."""
        profile = self.profile_id.sudo()
        if profile.format == "ocpi" or not profile.header_row:
            return []
        try:
            with as_file(self._get_attachment()) as file:
                rows = read_head(file, profile._get_profile(), profile.header_row)
        except (ExchangeError, OSError):
            return []
        row = next((cells for number, cells in rows if number == profile.header_row), [])
        return [str(cell) if cell is not None else "" for cell in row]

    # ------------------------------------------------------------------ badges

    @api.model
    def _get_badge_key(self, badge):
        return badge["uid"].upper()

    def _enter_badges(self, badges, payloads):
        """Enter the badges that the company does not know, where it is known whose they are."""
        tokens = self.env["ev.token"].with_context(active_test=False)
        wanted = {self._get_badge_key(badge): badge for badge in badges}
        if not wanted:
            return tokens
        self.env["ev.token"].flush_model(["uid", "company_id"])
        self.env.cr.execute(
            "SELECT upper(uid) FROM ev_token WHERE company_id = %s AND upper(uid) = ANY(%s)",
            [self.company_id.id, list(wanted)],
        )
        known = {uid for (uid,) in self.env.cr.fetchall()}
        contracts = [badge["uid"] for badge in wanted.values() if badge["type"] == "EMAID"]
        known |= self._find_known_contracts(contracts)
        parties = self.env["ev.roaming.party"]._find_partners(self.company_id)
        vals_list = []
        for key, badge in wanted.items():
            partner = parties.get((badge["country_code"], badge["party_id"])) or self.profile_id.partner_id.id
            if partner and key not in known:
                vals_list.append(self._prepare_badge(badge, partner))
        quiet = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}
        return tokens.with_context(**quiet).create(vals_list)

    def _find_known_contracts(self, contracts):
        """Capitals of those contract ids that one of our tokens carries: such a line needs no badge of its own."""
        names = {plain(contract): contract.upper() for contract in contracts}
        found = self.env["ev.token"]._find_by_contracts(names, self.company_id) if names else {}
        return {names[name] for name in found}

    def _prepare_badge(self, badge, partner):
        """Values of a token; its holder holds from long before the first session."""
        return {
            "uid": badge["uid"],
            "company_id": self.company_id.id,
            "type": badge["type"] if badge["type"] in TOKEN_TYPES else "RFID",
            "kind": "roaming",
            "emaid": badge["contract_id"] or False,
            "holder_ids": [Command.create({"date_from": fields.Date.to_date("2000-01-01"), "partner_id": partner})],
        }
