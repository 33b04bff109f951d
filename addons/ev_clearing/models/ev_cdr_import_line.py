"""The staging table of imports: what each line of a file says, until it is taken in; then only what became of it."""

import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..exchange.item import badge_of, make_item
from ..exchange.line import LineError
from ..exchange.text import storable

STATES = [
    ("waiting", "Waiting"),
    ("stored", "Stored"),
    ("duplicate", "Duplicate"),
    ("quarantined", "Quarantined"),
    ("error", "Broken"),
]
COLUMNS = (
    "import_id", "company_id", "number", "external_id", "phase", "state", "amount", "currency", "column_name", "reason",
    "payload", "badge", "row",
)  # fmt: skip
_DUMP = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class EvCdrImportLine(models.Model):
    """One line of an imported file. Bulk: written by COPY and UPDATE, never record by record."""

    _name = "ev.cdr.import.line"
    _description = "Line of a CDR Import"
    _order = "import_id desc, number, id"
    _rec_name = "external_id"
    _inherit = ["ev.file.line"]
    _log_access = False
    _staged_columns = COLUMNS

    import_id = fields.Many2one("ev.cdr.import", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    number = fields.Integer("Line", required=True, readonly=True, aggregator=None)
    external_id = fields.Char("Session ID", readonly=True)
    phase = fields.Integer(readonly=True, help="0 sessions, 1 credits, 2 replacements: each needs those before it.")
    state = fields.Selection(STATES, required=True, readonly=True)
    amount = fields.Float(
        digits=(16, 4), readonly=True, aggregator=None, help="As the sender says; not kept on the session."
    )
    currency = fields.Char(readonly=True)
    column_name = fields.Char("Column", readonly=True)
    reason = fields.Char("What Is Wrong", readonly=True)
    # What the line says is kept no longer than needed: it names drivers' badges.
    payload = fields.Json(readonly=True)
    badge = fields.Json(readonly=True)
    row = fields.Json(readonly=True)

    _waiting_idx = models.Index("(import_id, phase, number) WHERE state = 'waiting'")
    _import_state_idx = models.Index("(import_id, state, number)")

    def _get_staged(self, line):
        return _staged(line)

    @api.model
    def _next_waiting(self, cdr_import, limit):
        """[(id, payload, badge), ...] of the next lines to be taken in, locked: sessions, then credits, then replacements."""
        return self.env.execute_query(
            SQL(
                """SELECT id, payload, badge FROM ev_cdr_import_line
                    WHERE import_id = %s AND state = 'waiting'
                    ORDER BY phase, number LIMIT %s FOR UPDATE""",
                cdr_import.id,
                limit,
            )
        )

    @api.model
    def _mark(self, results):
        """Write what became of lines.

        :param results: [(id, state, reason or None), ...]
        """
        ids, states, reasons = zip(*results, strict=True)
        self.env.cr.execute(
            SQL(
                """UPDATE ev_cdr_import_line line
                      SET state = done.state, reason = done.reason, payload = NULL, badge = NULL
                     FROM unnest(%s::int[], %s::text[], %s::text[]) AS done(id, state, reason)
                    WHERE line.id = done.id""",
                list(ids),
                list(states),
                list(reasons),
            )
        )
        self.invalidate_model()

    @api.model
    def _count(self, imports):
        """{import id: {state: count}}."""
        found = {cdr_import.id: {} for cdr_import in imports}
        rows = self.env.execute_query(
            SQL(
                "SELECT import_id, state, count(*) FROM ev_cdr_import_line WHERE import_id = ANY(%s) GROUP BY 1, 2",
                imports.ids,
            )
        )
        for import_id, state, count in rows:
            found[import_id][state] = count
        return found


class EvCdrQuarantine(models.Model):
    _inherit = "ev.cdr.quarantine"

    @api.model
    def _erase_tokens(self, tokens):
        """Also what broken and waiting lines of imports say of these badges. The files go with their imports."""
        result = super()._erase_tokens(tokens)
        self.env["ev.cdr.import"].flush_model(["preview"])
        uids, companies = [uid.upper() for uid in tokens.mapped("uid")], tokens.company_id.ids
        self.env.cr.execute(
            SQL(
                """UPDATE ev_cdr_import_line SET "row" = NULL
                    WHERE company_id = ANY(%s) AND "row" IS NOT NULL
                      AND EXISTS (SELECT 1 FROM unnest(%s::text[]) uid WHERE strpos(upper("row"::text), uid) > 0)""",
                companies,
                uids,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE ev_cdr_import SET preview = NULL
                    WHERE company_id = ANY(%s) AND preview IS NOT NULL
                      AND EXISTS (SELECT 1 FROM unnest(%s::text[]) uid WHERE strpos(upper(preview::text), uid) > 0)""",
                companies,
                uids,
            )
        )
        self.env["ev.cdr.import.line"].invalidate_model(["row"])
        self.env["ev.cdr.import"].invalidate_model(["preview"])
        return result


def _staged(line):
    """The columns after company of one line; what cannot be an item is broken."""
    item = make_item(line) if not isinstance(line, LineError) else line
    if isinstance(item, LineError):
        return (
            item.number, _text(item.id), 0, "error", None, None, _text(item.column), _text(item.message), None, None,
            _DUMP([storable(cell) for cell in item.row]) if item.row else None,
        )  # fmt: skip
    badge = badge_of(line)
    phase = 1 if line.credit_of else 2 if line.replaces else 0
    return (
        line.number, line.id, phase, "waiting", line.amount, line.currency, None, None, _DUMP(item),
        _DUMP(badge) if badge else None, None,
    )  # fmt: skip


def _text(text):
    return storable(text) if text else None
