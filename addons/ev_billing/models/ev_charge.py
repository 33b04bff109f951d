from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import RatingError, from_micro, to_micro
from ..rating.ocpi import render

# A true-up corrects the price of a charge that is billed; a limit keeps a term within its minimum guarantee and cap.
KINDS = [("usage", "Usage"), ("true_up", "True-up"), ("limit", "Minimum or Cap")]


class EvCharge(models.Model):
    """One session under one term, or one charger and month under one term: the smallest thing that is ever billed.

    A bulk table: rows come in by COPY (`ev_statement_compute`), carry no stored computes and no tracking, and stay as they
    are. Why an amount is what it is gets worked out again on demand (design invariant 6).
    """

    _name = "ev.charge"
    _description = "EV Charge"
    _order = "id desc"
    _log_access = False

    statement_id = fields.Many2one("ev.statement", required=True, readonly=True, ondelete="cascade")
    line_id = fields.Many2one("ev.statement.line", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    contract_id = fields.Many2one("ev.contract", required=True, readonly=True)
    term_id = fields.Many2one("ev.contract.term", required=True, readonly=True, ondelete="restrict")
    version_id = fields.Many2one(
        "ev.contract.term.version", "Terms Version", required=True, readonly=True, index=True, ondelete="restrict"
    )
    cdr_id = fields.Many2one("ev.cdr", "Session", readonly=True, ondelete="restrict")
    kind = fields.Selection(KINDS, required=True, readonly=True, default="usage")
    station_id = fields.Many2one("ev.station", readonly=True, ondelete="restrict")
    token_id = fields.Many2one(
        "ev.token", "Badge", readonly=True, ondelete="restrict", help="Of a fee per badge or user."
    )
    site_id = fields.Many2one("ev.site", readonly=True, ondelete="restrict")
    origin_id = fields.Many2one(
        "ev.charge",
        "Corrects",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The charge a true-up corrects.",
    )
    counted = fields.Float(
        "Counted Before",
        digits=(16, 6),
        readonly=True,
        aggregator=None,
        help="Of a charge under tiers: what its period had counted before it, or by volume: the period's total.",
    )
    period_start = fields.Date(
        "First Day", readonly=True, help="Of a fee per charger: the first day it was counted for."
    )
    period_end = fields.Date("Last Day", readonly=True)
    quantity = fields.Float(digits=(16, 6), required=True, readonly=True)
    amount = fields.Float(
        digits=(16, 6),
        required=True,
        readonly=True,
        help="In the direction of its term, before the rounding of the line.",
    )
    flags = fields.Char(
        "Flag Codes", readonly=True, help="late, credit, replacement, and what was odd about the session."
    )
    flag_words = fields.Char("Remarks", compute="_compute_flag_words")

    currency_id = fields.Many2one(related="statement_id.currency_id")
    direction = fields.Selection(related="term_id.direction")
    date_start = fields.Datetime(related="cdr_id.date_start")
    date_stop = fields.Datetime(related="cdr_id.date_stop")
    energy_kwh = fields.Float(related="cdr_id.energy_kwh")
    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    # Once (design invariant 4): the database itself refuses to bill anything twice.
    _cdr_term_uniq = models.UniqueIndex(
        "(cdr_id, term_id) WHERE cdr_id IS NOT NULL AND origin_id IS NULL",
        "This session is already charged under this term.",
    )
    _subject_period_uniq = models.UniqueIndex(
        "(term_id, COALESCE(station_id, 0), COALESCE(token_id, 0), COALESCE(site_id, 0), period_start) "
        "WHERE cdr_id IS NULL AND kind = 'usage'",
        "This fee is already charged for this period.",
    )
    _limit_uniq = models.UniqueIndex(
        "(statement_id, version_id, period_start) WHERE kind = 'limit'",
        "This statement already keeps that term within its limits for that period.",
    )
    _origin_uniq = models.UniqueIndex(
        "(origin_id, statement_id) WHERE origin_id IS NOT NULL", "This statement already corrects that charge."
    )
    _statement_idx = models.Index("(statement_id, id)")
    _subject_check = models.Constraint(
        "CHECK((cdr_id IS NULL) = (period_start IS NOT NULL) AND (period_start IS NULL) = (period_end IS NULL))",
        "A charge is for a session or for days, not for both.",
    )
    _kind_check = models.Constraint(
        "CHECK((kind = 'true_up') = (origin_id IS NOT NULL))",
        "A true-up names the charge it corrects, and nothing else does.",
    )

    @api.depends("cdr_id", "term_id", "period_start")
    def _compute_display_name(self):
        for charge in self:
            subject = (
                charge.cdr_id.external_id
                or charge.station_id.identity
                or charge.token_id.uid
                or charge.site_id.name
                or charge.contract_id.name
            )
            charge.display_name = f"{charge.term_id.name} · {subject}"

    @api.depends("flags")
    def _compute_flag_words(self):
        for charge in self:
            charge.flag_words = (charge.flags or "").replace("_", " ").replace(",", ", ")

    def _compute_explanation(self):
        for charge in self:
            charge.explanation = charge._get_explanation_html()

    # --------------------------------------------------------------------- CRUD

    # pylint: disable=method-required-super,no-raise-unlink
    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self.env._("Charges are computed with their statement, not typed."))

    def write(self, vals):
        raise UserError(self.env._("Charges are computed with their statement and cannot be changed."))

    def unlink(self):
        raise UserError(self.env._("Charges are computed with their statement and cannot be deleted."))

    # ------------------------------------------------------------------ actions

    def action_explain(self):
        """Open the calculation of this charge."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.charge",
            "res_id": self.id,
            "target": "new",
            "name": self.env._("Why this amount"),
            "views": [(self.env.ref("ev_billing.ev_charge_view_form_explain").id, "form")],
        }

    def action_download_calculation(self):
        """The charge as a file that `python -m rating explain` redoes anywhere."""
        self.ensure_one()
        self.check_access("read")
        if not self.cdr_id or self.kind != "usage":
            raise UserError(
                self.env._("Only the charge of a session has a calculation to download; this one is a sum or a fee.")
            )
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"calculation-{self.id}.json",
                    "raw": render(self._get_calculation()).encode(),
                    "mimetype": "application/json",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=1", "target": "new"}

    # ----------------------------------------------------------------- business

    def _get_amount(self):
        """The stored amount as an exact `Decimal`."""
        self.ensure_one()
        [(amount,)] = self.env.execute_query(SQL("SELECT amount::text FROM ev_charge WHERE id = %s", self.id))
        return from_micro(to_micro(amount))

    def _get_explanation_html(self):
        """The steps as a table, and whether they end in the stored amount."""
        self.ensure_one()
        if not self.id:
            return False
        stored, currency = self._get_amount(), self.currency_id.name
        try:
            explanation, why = self._explain(), self.env._("its terms do not apply to the session as the site is now")
        except RatingError as error:
            explanation, why = None, error
        if not explanation:
            return self._get_no_charge_html(why, stored)
        rows = Markup().join(
            Markup("<tr><td class='fw-bold'>%s</td><td>%s</td><td class='text-end text-nowrap'>%s</td></tr>")
            % (step.label, step.working, step.result)
            for step in explanation.steps
        )
        if explanation.amount == stored:
            verdict = Markup("<div class='alert alert-success mb-0'>%s</div>") % self.env._(
                "Worked out again: %(amount)s %(currency)s, equal to what is stored.", amount=stored, currency=currency
            )
        else:
            verdict = Markup("<div class='alert alert-danger mb-0'>%s</div>") % self.env._(
                "Worked out again: %(again)s %(currency)s, but %(stored)s is stored. Tell your administrator.",
                again=explanation.amount,
                currency=currency,
                stored=stored,
            )
        return Markup("<p>%s</p><table class='table table-sm'>%s</table>%s") % (
            self.version_id.sudo().sentence,
            rows,
            verdict,
        )

    def _get_no_charge_html(self, why, stored):
        """In words, where working it out again makes nothing."""
        words = self.env._(
            "Worked out again: no charge (%(why)s), but %(stored)s %(currency)s is stored. The usual reason is that the time "
            "zone of site %(site)s was changed afterwards: set it back.",
            why=why,
            stored=stored,
            currency=self.currency_id.name,
            site=self.site_id.sudo().name,
        )
        return Markup("<p>%s</p><div class='alert alert-danger mb-0'>%s</div>") % (
            self.version_id.sudo().sentence,
            words,
        )
