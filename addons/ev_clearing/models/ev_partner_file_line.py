"""What came of each line of a partner's list, and of each of our sessions that it has not: a bulk table.

Written by COPY when the file is read, then by one UPDATE and one INSERT when it is compared.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.ev_cpms.fields import BigInteger

from ..exchange.line import LineError
from ..exchange.text import storable

RESULTS = [
    ("matched", "Matched"),
    ("different", "Different"),
    ("missing_here", "Only in Their List"),
    ("missing_there", "Only in Our List"),
    ("error", "Broken"),
]
# How a session differs, in the order in which `differences` names them.
CODES = [
    ("energy", "Energy"),
    ("price", "Amount"),
    ("time", "Time"),
    ("currency", "Currency"),
    ("duplicate", "Twice in Their List"),
]
# What we know of a session that is only in their list; the partner reads this too, so it names nobody else.
REASONS = [
    ("listed", "On the statement, beside another line of the list"),
    ("statement", "On another statement"),
    ("hub", "Billed by the hub"),
    ("held", "Held back: comes on a later statement"),
    ("excluded", "Never billed, by decision"),
    ("disputed", "Disputed, not decided yet"),
    ("local", "Charged with a badge of the operator's own customers"),
    ("badge", "Its badge is not registered as the partner's"),
    ("agreement", "Left out by the agreement"),
    ("period", "Ended outside the statement's period"),
    ("late", "Arrived after the list was made: comes on a later statement"),
    ("known", "Known, but not on the statement"),
    ("quarantine", "In quarantine: received, but not usable yet"),
    ("evse", "No EVSE of that ID is known"),
    ("unknown", "Nothing is known under that ID, nor at that EVSE and time"),
]
COLUMNS = (
    "file_id", "company_id", "number", "external_id", "date_start", "date_stop", "energy_wh", "amount", "currency", "evse",
    "token_uid", "contract_id", "credit", "result", "message",
)  # fmt: skip
# No honest identifier is longer; the rest of a line's texts is not kept.
LONGEST = 255


class EvPartnerFileLine(models.Model):
    _name = "ev.partner.file.line"
    _description = "Line of a Partner's List"
    _order = "file_id desc, number, id"
    _rec_name = "external_id"
    _inherit = ["ev.file.line"]
    _log_access = False
    _staged_columns = COLUMNS

    file_id = fields.Many2one("ev.partner.file", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    number = fields.Integer("Line", readonly=True, aggregator=None, help="Empty: only in our list.")
    external_id = fields.Char("Session ID", readonly=True, help="Theirs, or ours where their list has not the session.")
    date_start = fields.Datetime("Their Start", readonly=True)
    date_stop = fields.Datetime("Their End", readonly=True)
    energy_wh = BigInteger("Their Energy (Wh)", readonly=True, aggregator=None, help="Negative on a credit, as ours.")
    amount = fields.Float("Their Amount", digits=(16, 6), readonly=True)
    currency = fields.Char("Their Currency", readonly=True)
    evse = fields.Char("Their EVSE", readonly=True)
    token_uid = fields.Char("Their Badge", readonly=True)
    contract_id = fields.Char("Their eMAID", readonly=True)
    credit = fields.Boolean(readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    differences = fields.Char(readonly=True, help="Codes, separated by commas.")
    first_number = fields.Integer("Line with the Same ID", readonly=True, aggregator=None)
    reason = fields.Selection(REASONS, "What We Know", readonly=True)
    message = fields.Char("Note", readonly=True)
    known_cdr_id = fields.Many2one("ev.cdr", "Session We Know", readonly=True, ondelete="set null")

    cdr_id = fields.Many2one("ev.cdr", "Our Session", readonly=True, ondelete="restrict")
    # as they were when compared: what was withdrawn since does not change what was found
    our_start = fields.Datetime(readonly=True)
    our_stop = fields.Datetime("Our End", readonly=True)
    our_energy_wh = BigInteger("Our Energy (Wh)", readonly=True, aggregator=None)
    our_amount = fields.Float(digits=(16, 6), readonly=True)
    amount_difference = fields.Float("Difference", digits=(16, 6), readonly=True, help="Theirs less ours.")

    energy_kwh = fields.Float("Their kWh", digits=(16, 3), compute="_compute_kwh")
    our_energy_kwh = fields.Float("Our kWh", digits=(16, 3), compute="_compute_kwh")
    difference_words = fields.Char("Differs in", compute="_compute_difference_words")
    evse_id = fields.Many2one(related="cdr_id.evse_id", string="Our EVSE")
    our_token_uid = fields.Char(related="cdr_id.token_uid", string="Our Badge")

    _result_idx = models.Index("(file_id, result, number, id)")
    _number_idx = models.Index("(file_id, number)")
    _cdr_idx = models.Index("(cdr_id) WHERE cdr_id IS NOT NULL")
    _known_idx = models.Index("(known_cdr_id) WHERE known_cdr_id IS NOT NULL")

    @api.depends("energy_wh", "our_energy_wh", "number", "cdr_id")
    def _compute_kwh(self):
        for line in self:
            line.energy_kwh = line.energy_wh / 1000
            line.our_energy_kwh = line.our_energy_wh / 1000

    @api.depends("differences", "reason", "message", "first_number")
    @api.depends_context("lang")
    def _compute_difference_words(self):
        for line in self:
            line.difference_words = line._say_difference()

    def _say_difference(self):
        """Why the line is not simply matched: texts that also the partner reads."""
        if self.result == "missing_here":
            told = dict(self._fields["reason"]._description_selection(self.env)).get(self.reason, "")
            return f"{told} ({self.message})" if self.message else told
        if self.result == "error":
            return self.message
        words = self._get_code_words()
        told = ", ".join(words[code] for code in (self.differences or "").split(",") if code in words)
        return self.env._("%(what)s (line %(line)s)", what=told, line=self.first_number) if self.first_number else told

    @api.model
    def _get_code_words(self):
        """{code: word} in the reader's language."""
        return dict(self.env["ev.partner.file.sum"]._fields["code"]._description_selection(self.env))

    # Nothing below calls super(): refusing is all there is to do.
    # pylint: disable=method-required-super,no-raise-unlink
    @api.model_create_multi
    def create(self, vals_list):
        raise self._get_refusal()

    def write(self, vals):
        raise self._get_refusal()

    def unlink(self):
        raise self._get_refusal()

    def _get_refusal(self):
        return UserError(self.env._("What a partner's list says, and what was found, is not typed: compare it again."))

    # ------------------------------------------------------------------ reading

    def _get_staged(self, line):
        return _staged(line)

    @api.model
    def _drop(self, files):
        """Forget all lines of these files."""
        self.env.cr.execute(SQL("DELETE FROM ev_partner_file_line WHERE file_id = ANY(%s)", files.ids))
        self.invalidate_model()


class EvCdrQuarantine(models.Model):
    _inherit = "ev.cdr.quarantine"

    @api.model
    def _erase_tokens(self, tokens):
        """Also what partners' lists say of these badges. The files themselves stay, as they were sent."""
        result = super()._erase_tokens(tokens)
        uids = [uid.upper() for uid in tokens.mapped("uid")]
        rows = self.env.execute_query(
            SQL(
                """UPDATE ev_partner_file_line SET token_uid = NULL, contract_id = NULL
                    WHERE company_id = ANY(%s) AND upper(token_uid) = ANY(%s) RETURNING file_id""",
                tokens.company_id.ids,
                uids,
            )
        )
        files = self.env["ev.partner.file"].sudo().browse({file for (file,) in rows})
        files.xlsx_attachment_id.unlink()
        self.env["ev.partner.file.line"].invalidate_model(["token_uid", "contract_id"])
        return result


def _staged(line):
    """The columns after company of one line."""
    if isinstance(line, LineError):
        message = f"{line.column}: {line.message}" if line.column else line.message
        return (line.number, _text(line.id), *[None] * 8, "f", "error", storable(message))
    credit = bool(line.credit_of) or (line.amount is not None and line.amount < 0)
    evse = line.evse_id or (f"{line.station}/{line.evse or 1}" if line.station else None)
    return (
        line.number, _text(line.id), line.start, line.stop, -line.energy_wh if credit else line.energy_wh, line.amount,
        line.currency, _text(evse), _text(line.token_uid), _text(line.contract_id), "t" if credit else "f", None, None,
    )  # fmt: skip


def _text(text):
    return storable(text.strip())[:LONGEST] or None if text else None
