"""What collections need of a mandate: the next sequence type, what the debtor's bank knows, and until when it holds."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ..iso20022.members import is_sepa

SEQUENCES = [("FRST", "First"), ("RCUR", "Recurrent"), ("OOFF", "One-Off"), ("FNAL", "Last")]
# The debtor's bank has had it, whatever it answered (EPC016-06: the 36 months start with the latest collection presented).
PRESENTED = ("released", "accepted", "rejected", "booked", "returned")
# It was not refused before settlement: a refused first collection is a first one again.
USED = ("released", "accepted", "booked", "returned")
MONTHS_UNUSED = 36


class EvSepaMandate(models.Model):
    _inherit = "ev.sepa.mandate"

    first_collection = fields.Date(compute="_compute_collections", store=True, compute_sudo=True)
    last_collection = fields.Date(compute="_compute_collections", store=True, compute_sudo=True)
    collection_count = fields.Integer(
        "Number of Collections", compute="_compute_collections", store=True, compute_sudo=True
    )
    no_funds_count = fields.Integer(
        "Not Enough Money",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Collections refused for lack of money.",
    )
    next_sequence = fields.Selection(SEQUENCES, compute="_compute_next_sequence", compute_sudo=True)
    expires_on = fields.Date(compute="_compute_expires_on")
    # as the debtor's bank knows it: set at the first activation, then by each collection it took
    known_reference = fields.Char(readonly=True, copy=False)
    known_iban = fields.Char("Known IBAN", readonly=True, copy=False)
    amended = fields.Boolean(
        compute="_compute_amended", help="The next collection tells the debtor's bank what changed."
    )
    previous_reference = fields.Char(compute="_compute_amended")
    previous_iban = fields.Char("Previous IBAN", compute="_compute_amended")

    # ----------------------------------------------------------------- compute

    @api.depends("line_ids.state", "line_ids.batch_id.execution_date")
    def _compute_collections(self):
        for mandate in self:
            presented = mandate.line_ids.filtered(lambda line: line.state in PRESENTED)
            days = presented.batch_id.mapped("execution_date")
            mandate.first_collection = min(days, default=False)
            mandate.last_collection = max(days, default=False)
            mandate.collection_count = len(presented)

    @api.depends("kind", "use_first", "is_last", "line_ids.state")
    def _compute_next_sequence(self):
        for mandate in self:
            mandate.next_sequence = mandate._get_sequence()

    @api.depends("last_collection", "signed_on")
    def _compute_expires_on(self):
        """EPC016-06, 4.1: unused for 36 months it ends; one that was never used counts from its signature."""
        for mandate in self:
            since = mandate.last_collection or mandate.signed_on
            mandate.expires_on = since and since + relativedelta(months=MONTHS_UNUSED)

    @api.depends("reference", "iban", "known_reference", "known_iban")
    def _compute_amended(self):
        for mandate in self:
            other_reference = bool(mandate.known_reference) and mandate.known_reference != mandate.reference
            other_iban = bool(mandate.known_iban) and mandate.known_iban != mandate.iban
            mandate.amended = other_reference or other_iban
            mandate.previous_reference = mandate.known_reference if other_reference else False
            mandate.previous_iban = mandate.known_iban if other_iban else False

    # ----------------------------------------------------------------- business

    def _get_sequence(self, line=None):
        """The sequence type of the next collection, or of one that is being prepared.

        In one batch the first collection of a mandate is FRST (where the bank wants it), and the last is FNAL.
        """
        self.ensure_one()
        if self.kind == "one_off":
            return "OOFF"
        others = self.line_ids - line if line else self.line_ids
        beside = others.filtered(lambda other: line and other.batch_id == line.batch_id and other.state == "ready")
        if self.is_last and not any(other.number > line.number for other in beside):
            return "FNAL"
        waits = any(other.number < line.number for other in beside)
        if self.use_first and not waits and not any(other.state in USED for other in others):
            return "FRST"
        return "RCUR"

    def _is_expired(self, day):
        self.ensure_one()
        return self.state == "expired" or bool(self.expires_on and day > self.expires_on)

    def _is_used_up(self, booked=False, line=None):
        """Whether the one collection, or the last one, was made.

        :param booked: only what the bank has booked counts
        :param line: a collection that does not count; older ones that are still to be made do
        """
        self.ensure_one()
        ends = self.line_ids.filtered(
            lambda other: (
                other != line
                and (other.sequence in ("OOFF", "FNAL"))
                and other.state in (("booked", "returned") if booked else USED)
            )
        )
        return bool(ends) or bool(line and self.kind == "one_off" and self._find_older(line))

    def _find_older(self, line):
        """Collections of this mandate that come before one, and may still be made."""
        return self.line_ids.filtered(lambda other: other.state == "ready" and other.id < line.id)

    def _get_account_problem(self):
        """Why nothing can be collected from the account, as a sentence, or None."""
        self.ensure_one()
        account = self.partner_bank_id
        if problem := account._get_number_problem():
            return problem
        number = account.sanitized_acc_number or ""
        if account.acc_type != "iban" or not is_sepa(number[:2], self._get_today()):
            return self.env._(
                "%s is not an account in the SEPA area: nothing can be collected there.", account.acc_number
            )
        return None

    def _get_masked_account(self):
        """The account as the portal shows it: its middle left out."""
        number = self.iban or ""
        return f"{number[:4]} ... {number[-4:]}" if number else ""

    def _get_days_ahead(self):
        """Days between telling the debtor and collecting: agreed in the mandate, else the company's."""
        self.ensure_one()
        return self.prenotification_days or self.company_id.ev_prenotification_days

    def _take_collected(self, line):
        """The debtor's bank took a collection: what it said is what that bank knows from now on."""
        for mandate in self.sudo():
            known = {"known_reference": line.mandate_reference, "known_iban": line.iban}
            if any(mandate[name] != value for name, value in known.items()) and mandate.state != "cancelled":
                mandate.write(known)
