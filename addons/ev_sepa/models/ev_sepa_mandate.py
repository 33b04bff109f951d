"""A SEPA direct debit mandate: what a debtor signed, so that its invoices may be collected.

The life: draft -> active (by an approver who did not enter it) -> suspended (a bank refused, or by hand) -> active again;
cancelled for good; expired 36 months after the last collection (EPC016-06, 4.1). Changing the account or the reference of a
mandate that was in force takes a second person again, and the next file says what the debtor's bank knew before.

The steps are in `ev_sepa_mandate_step`, what collections need of it in `ev_sepa_mandate_use`.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..iso20022.characters import is_legal_reference

SCHEMES = [("CORE", "SEPA Core"), ("B2B", "SEPA Business to Business")]
KINDS = [("recurrent", "Recurrent"), ("one_off", "One Collection")]
STATES = [
    ("draft", "To Activate"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]
# What the debtor signed, and where its money comes from: whoever enters one of these does not activate it.
FACTS = (
    "reference",
    "partner_id",
    "company_id",
    "scheme",
    "kind",
    "signed_on",
    "partner_bank_id",
    "document",
    "confirmed_on",
)
# May be changed at any time by payment makers: it moves no money.
CHOICES = ("note", "use_first", "is_last", "prenotification_days", "document_name")
# What the steps record.
RECORDED = (
    "state", "suspended_note", "changed_by_id", "activated_by_id", "activated_at", "iban", "known_reference", "known_iban",
    "no_funds_count", "line_ids",
)  # fmt: skip
# What people talk about and plan (chatter, activities) is theirs.
SOCIAL = ("message_", "activity_", "website_message_", "my_activity_", "rating_")
INTERNAL = "base.group_user"


class EvSepaMandate(models.Model):
    _name = "ev.sepa.mandate"
    _description = "SEPA Mandate"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "reference"
    _check_company_auto = True

    reference = fields.Char(
        required=True, copy=False, tracking=True, default="/", help="Empty or '/': the next number is given."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, tracking=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Debtor", required=True, index=True, tracking=True, ondelete="restrict", check_company=True
    )
    partner_bank_id = fields.Many2one(
        "res.partner.bank",
        "Account",
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        domain="[('partner_id.commercial_partner_id', '=', partner_id)]",
    )
    scheme = fields.Selection(SCHEMES, required=True, default="CORE", tracking=True)
    kind = fields.Selection(KINDS, required=True, default="recurrent", tracking=True)
    signed_on = fields.Date(tracking=True)
    document = fields.Binary("Signed Document", attachment=True, copy=False)
    document_name = fields.Char(copy=False)
    confirmed_on = fields.Date(
        "Confirmed by the Debtor's Bank",
        tracking=True,
        copy=False,
        help="B2B: the debtor's bank knows the mandate since this day; without it the collection is refused.",
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False, tracking=True, index=True
    )
    suspended_note = fields.Char("Why Suspended", readonly=True, copy=False, tracking=True)
    prenotification_days = fields.Integer(
        "Announced (Days)",
        tracking=True,
        help="Days agreed with the debtor between the announcement and the collection. 0: as the company says.",
    )
    use_first = fields.Boolean(
        "Banks Want FRST", tracking=True, help="Rulebooks ask for no FRST since November 2016; some banks still do."
    )
    is_last = fields.Boolean(
        "Next Is the Last", tracking=True, help="The next collection says FNAL and ends the mandate."
    )
    note = fields.Html("Internal Note", groups=INTERNAL)

    # who: entering and activating are two people's
    changed_by_id = fields.Many2one(
        "res.users", "Entered or Changed by", readonly=True, copy=False, ondelete="restrict", groups=INTERNAL
    )
    activated_by_id = fields.Many2one(
        "res.users", "Activated by", readonly=True, copy=False, ondelete="restrict", groups=INTERNAL
    )
    activated_at = fields.Datetime("Activated On", readonly=True, copy=False)
    iban = fields.Char("IBAN", readonly=True, copy=False, help="The account as it was activated.")

    line_ids = fields.One2many("ev.payment.line", "mandate_id", "Collections", readonly=True, groups=INTERNAL)

    _reference_uniq = models.UniqueIndex(
        "(company_id, reference)", "This mandate reference exists already in the company: references are unique."
    )
    _days_check = models.Constraint("CHECK(prenotification_days >= 0)", "Days of announcement cannot be negative.")

    # ----------------------------------------------------------------- compute

    @api.constrains("reference")
    def _check_reference(self):
        for mandate in self:
            if not is_legal_reference(mandate.reference) or " " in mandate.reference:
                raise ValidationError(
                    self.env._(
                        "%s is no mandate reference: up to 35 of a-z A-Z 0-9 / - ? : ( ) . , ' + without spaces, not "
                        "starting or ending with / and without //.",
                        mandate.reference,
                    )
                )

    @api.constrains("signed_on", "company_id")
    def _check_signed_on(self):
        for mandate in self:
            if mandate.signed_on and mandate.signed_on > mandate._get_today():
                raise ValidationError(
                    self.env._("%s: the day of signature is to come; enter the day on the paper.", mandate.reference)
                )

    @api.constrains("partner_id", "partner_bank_id")
    def _check_account(self):
        for mandate in self:
            owner = mandate.partner_bank_id.partner_id.commercial_partner_id
            if owner and owner != mandate.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(account)s belongs to %(owner)s, the mandate is %(partner)s's: choose an account of the debtor.",
                        account=mandate.partner_bank_id.acc_number,
                        owner=owner.display_name,
                        partner=mandate.partner_id.display_name,
                    )
                )

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_recorded(vals)
        # said for each, so that neither a context (`default_...`) nor somebody's own defaults say it
        recorded = {**dict.fromkeys(RECORDED, False), "state": "draft", "reference": "/"}
        mandates = super().create([self._complete({**recorded, **vals}) for vals in vals_list])
        mandates.sudo()._record_change()
        return mandates

    def _complete(self, vals):
        """The company behind a contact signs; a reference that nobody typed is the next number."""
        if vals.get("partner_id"):
            vals["partner_id"] = self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id.id
        if "reference" in vals and (vals["reference"] or "/").strip() == "/":
            vals["reference"] = self.env["ir.sequence"].sudo().next_by_code("ev.sepa.mandate")
        return vals

    def write(self, vals):
        self._refuse_recorded(vals)
        if any(name in vals for name in (*FACTS, *CHOICES, "state")):
            self._refuse_cancelled()
        vals = self._complete(dict(vals))
        changed = self._find_changed(vals)
        self._refuse_other_debtor(changed, vals)
        result = super().write(vals)
        changed.sudo()._record_change()
        return result

    def _refuse_recorded(self, vals):
        """:raises UserError: somebody writes what the steps record, past their buttons"""
        if not self.env.su and any(
            name in self._fields and name not in (*FACTS, *CHOICES) and not name.startswith(SOCIAL) for name in vals
        ):
            raise UserError(
                self.env._("Whether a mandate is in force is not typed: use its buttons Activate, Suspend and Cancel.")
            )

    def _refuse_cancelled(self):
        for mandate in self:
            if mandate.state == "cancelled":
                raise UserError(
                    self.env._(
                        "%s was cancelled: it cannot come back. Ask the debtor to sign a new one.", mandate.reference
                    )
                )

    def _find_changed(self, vals):
        """The mandates that these values make say something else."""
        facts = [name for name in FACTS if name in vals]
        return self.filtered(
            lambda mandate: any(
                name == "document"
                or mandate[name]
                != mandate._fields[name].convert_to_record(
                    mandate._fields[name].convert_to_cache(vals[name], mandate), mandate
                )
                for name in facts
            )
        )

    def _refuse_other_debtor(self, changed, vals):
        """A mandate that was in force is its debtor's and its company's."""
        for mandate in changed.sudo():
            if mandate.activated_at and {"partner_id", "company_id"} & vals.keys():
                raise UserError(
                    self.env._(
                        "%s was in force: it stays with its debtor and its company. Enter a new mandate.",
                        mandate.reference,
                    )
                )

    def _record_change(self):
        """Who entered it; what was in force waits for a second person again."""
        for mandate in self:
            values = {"changed_by_id": self.env.uid}
            if mandate.state == "active":
                values["state"] = "draft"
            mandate.write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_unused(self):
        for mandate in self.sudo():
            if mandate.activated_at or mandate.line_ids:
                raise UserError(self.env._("%s was in force or in use: cancel it instead.", mandate.reference))

    # ----------------------------------------------------------------- helpers

    def _get_today(self):
        """The company's day."""
        company = self.company_id or self.env.company
        return fields.Date.context_today(self.with_context(tz=company._get_ev_zone().key))
