import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ingest import Rejected, storable

REASON_CODES = [
    ("malformed", "Malformed"),
    ("clock", "Wrong Clock"),
    ("energy", "Impossible Energy"),
    ("unknown_station", "Unknown Station"),
    ("unknown_evse", "Unknown EVSE"),
    ("conflict", "Conflict"),
    ("credit", "Credit or Replacement"),
    ("bridge", "Not Assembled"),
]


class EvCdrQuarantine(models.Model):
    """What could not become a session: the raw payload, why, and a way back in. Nothing is ever dropped."""

    _name = "ev.cdr.quarantine"
    _description = "Quarantined Session"
    _rec_name = "external_id"
    _order = "id desc"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    source = fields.Char(required=True, readonly=True)
    external_id = fields.Char("Session ID", required=True, readonly=True)
    station = fields.Char("Station Identity", readonly=True)
    reason_code = fields.Selection(REASON_CODES, "Reason", required=True, readonly=True, index=True)
    reason = fields.Text("What Is Wrong", required=True, readonly=True)
    payload = fields.Text("Received", required=True, readonly=True, help="Exactly what was sent, as JSON.")
    payload_text = fields.Text("Received, for Reading", compute="_compute_payload_text")
    content_hash = fields.Char(required=True, readonly=True)
    corrected_payload = fields.Text(
        "Corrected", help="Leave empty to replay what was received; fill it to replay a corrected session instead."
    )
    state = fields.Selection(
        [("open", "To Solve"), ("replayed", "Stored"), ("dismissed", "Excluded")],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    replay_count = fields.Integer("Replays", readonly=True, aggregator=None)
    cdr_id = fields.Many2one("ev.cdr", "Session", readonly=True, ondelete="restrict")
    dismiss_reason = fields.Char("Excluded Because", readonly=True)
    solved_uid = fields.Many2one("res.users", "Solved by", readonly=True)
    solved_at = fields.Datetime("Solved on", readonly=True)

    _content_uniq = models.UniqueIndex(
        "(source, external_id, content_hash, company_id)", "This payload is already in quarantine."
    )

    @api.depends("payload")
    def _compute_payload_text(self):
        for record in self:
            text = json.dumps(json.loads(record.payload), indent=2, ensure_ascii=False)
            # JSON may hold half a surrogate pair, which no browser can be sent.
            record.payload_text = text.encode(errors="backslashreplace").decode()

    def write(self, vals):
        if not self.env.su and set(vals) - {"corrected_payload"}:
            raise UserError(
                self.env._("What was received and decided stands; only the corrected payload can be edited.")
            )
        return super().write(vals)

    # ------------------------------------------------------------------ actions

    def action_replay(self):
        """Send the payloads (or their corrections) through ingest again, oldest first."""
        self.env["ev.cdr"]._check_replay_rights()
        for record in self.sorted("id"):
            record._replay()
        solved = self.filtered(lambda record: record.state == "replayed")
        return self._notify(
            self.env._("%(solved)s of %(all)s sessions stored.", solved=len(solved), all=len(self)),
            "success" if solved == self else "warning",
        )

    def action_reopen(self):
        self.check_access("write")
        self._check_state("dismissed")
        self.sudo().write({"state": "open", "dismiss_reason": False, "solved_uid": False, "solved_at": False})

    def action_copy_payload(self):
        """Start a correction from what was received."""
        self._check_state("open")
        for record in self:
            record.corrected_payload = record.payload_text

    # ----------------------------------------------------------------- business

    def _check_state(self, state):
        if wrong := self.filtered(lambda record: record.state != state):
            raise UserError(self.env._("%s is already solved: nothing to do.", wrong[0].external_id))

    @api.model
    def _erase_tokens(self, tokens):
        """Take the token, the authorization and the signed data of ``tokens`` out of the payloads kept here."""
        uids = {uid.upper() for uid in tokens.mapped("uid")}
        for record in self.search([("company_id", "in", tokens.company_id.ids)]):
            for name in ("payload", "corrected_payload"):
                if record[name] and (erased := _without_token(record[name], uids)):
                    record[name] = erased

    def _replay(self):
        self.ensure_one()
        self._check_state("open")
        item = self.env["ev.cdr"]._replay_item(self)
        vals = {"replay_count": self.replay_count + 1}
        if item.status == "quarantined":
            vals.update(reason_code=item.reason.code, reason=item.reason.reason)
        else:
            vals.update(self._solved_vals(item.external_id))
        self.sudo().write(vals)

    def _solved_vals(self, external_id):
        cdr = (
            self.env["ev.cdr"]
            .sudo()
            .search(
                [
                    ("source", "=", self.source),
                    ("external_id", "=", external_id),
                    ("company_id", "=", self.company_id.id),
                ]
            )
        )
        return {
            "state": "replayed",
            "cdr_id": cdr.id,
            "solved_uid": self.env.uid,
            "solved_at": fields.Datetime.now(),
        }

    def _dismiss(self, reason):
        """Exclude these payloads from billing, with a written reason (design invariant 3)."""
        self.check_access("write")
        self._check_state("open")
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why these sessions are excluded: they count as excluded with a written reason.")
            )
        self.sudo().write(
            {
                "state": "dismissed",
                "dismiss_reason": reason,
                "solved_uid": self.env.uid,
                "solved_at": fields.Datetime.now(),
            }
        )

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": kind, "next": {"type": "ir.actions.act_window_close"}},
        }

    # ------------------------------------------------------------------- ingest

    @api.model
    def _find_kept(self, source, items):
        """Return the records of payloads that were sent before, whatever became of them."""
        return self.search(
            [
                ("source", "=", source),
                ("content_hash", "in", [item.digest for item in items]),
                ("company_id", "in", self.env.user._get_company_ids()),
            ]
        )

    def _settled(self):
        """Return {digest: handler} for payloads a person already decided on; the handler answers the item, returning True."""
        return {record.content_hash: record._answer_settled for record in self if record.state != "open"}

    def _answer_settled(self, item):
        if self.state == "replayed":
            item.status = "duplicate"
        else:
            item.quarantine(Rejected(self.reason_code, self.env._("Excluded: %s", self.dismiss_reason)))
        return True

    @api.model
    def _take_items(self, source, items):
        """Keep the items' payloads; one sent again keeps its first record, with the latest reason."""
        known = self._find_kept(source, items)._waiting()
        vals_list = []
        for item in items:
            if record := known.get(item.digest):
                record.write({"reason_code": item.reason.code, "reason": item.reason.reason})
                continue
            known[item.digest] = self.browse()
            station = item.raw.get("station") if isinstance(item.raw, dict) else None
            vals_list.append(
                {
                    "company_id": item.company_id or self.env.company.id,
                    "source": source,
                    "external_id": item.external_id,
                    "station": storable(station) if isinstance(station, str) else False,
                    "reason_code": item.reason.code,
                    "reason": storable(item.reason.reason),
                    "payload": json.dumps(item.raw),
                    "content_hash": item.digest,
                }
            )
        self.create(vals_list)

    def _resolve_stored(self, items):
        """A payload that waited here and has now been stored (its station was added, the bridge sent it again) is solved."""
        waiting = self._waiting()
        for item in items:
            if record := waiting.get(item.digest):
                record.write(record._solved_vals(item.external_id))

    def _waiting(self):
        """Return {digest: record} of those nobody decided on."""
        return {record.content_hash: record for record in self if record.state == "open"}


def _without_token(text, uids):
    """Return the JSON ``text`` without personal data if it names one of ``uids``, else None."""
    try:
        item = json.loads(text)
    except ValueError:
        return None  # a correction somebody is still typing
    token = item.get("token") if isinstance(item, dict) else None
    uid = token.get("uid") if isinstance(token, dict) else None
    if not isinstance(uid, str) or uid.upper() not in uids:
        return None
    return json.dumps(dict(item, token=None, auth=None, signed=None))
