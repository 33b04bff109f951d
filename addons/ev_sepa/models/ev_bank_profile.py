"""What one bank wants of a payment file, as a record: presets per country are data, a bank's own wishes are a copy of one."""

from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..iso20022.calendar import add_target_days, next_target_day
from ..iso20022.model import CREDIT_TRANSFER, Conventions

CREDIT_VERSIONS = [("pain.001.001.09", "pain.001.001.09 (current)"), ("pain.001.001.03", "pain.001.001.03 (old)")]
DEBIT_VERSIONS = [("pain.008.001.08", "pain.008.001.08 (current)"), ("pain.008.001.02", "pain.008.001.02 (old)")]
ADDRESS_FORMS = [
    ("structured", "Structured: street, town, country in their own fields"),
    ("hybrid", "Hybrid: town and country, the rest in two lines"),
    ("minimal", "Town and country only"),
    ("none", "No address (within the EEA)"),
]
BOOKINGS = [
    ("bank", "As agreed with the bank"),
    ("batch", "One entry for the file"),
    ("single", "One entry for each payment"),
]


class EvBankProfile(models.Model):
    _name = "ev.bank.profile"
    _description = "Bank Profile"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    country_id = fields.Many2one("res.country")
    credit_version = fields.Selection(CREDIT_VERSIONS, "Credit Transfers As", required=True, default="pain.001.001.09")
    debit_version = fields.Selection(DEBIT_VERSIONS, "Direct Debits As", required=True, default="pain.008.001.08")
    address_form = fields.Selection(ADDRESS_FORMS, "Addresses", required=True, default="structured")
    name_length = fields.Integer("Longest Name", required=True, default=70)
    batch_booking = fields.Selection(BOOKINGS, "Booked As", required=True, default="bank")
    extended_remittance = fields.Boolean(
        "Many Documents per Payment", help="The bank takes structured remittance for every document (EPC's ERI option)."
    )
    has_instant = fields.Boolean("Instant Payments", help="The bank takes instant payments in files.")
    opt_out_verification = fields.Boolean(
        "No Verification of Payee", help="Files with several payments ask the bank not to verify the names."
    )
    most_transactions = fields.Integer("Most Payments per File", help="More go in further files. 0: no limit.")
    cut_off = fields.Float(
        "Cut-Off",
        required=True,
        default=14.0,
        help="On the company's clock; later files are executed a bank day later.",
    )
    lead_days = fields.Integer("Bank Days Ahead", help="For credit transfers: 0 executes on the day itself.")
    debit_lead_days = fields.Integer("Bank Days Ahead (Debits)", required=True, default=1)
    holiday_ids = fields.One2many(
        "ev.bank.holiday",
        "profile_id",
        "Bank's Own Holidays",
        help="Weekends and TARGET's closing days (25 December, ...) are known without.",
    )
    note = fields.Text()

    _name_length_check = models.Constraint(
        "CHECK(name_length IN (70, 140))", "Names have at most 70 or 140 characters."
    )
    _numbers_check = models.Constraint(
        "CHECK(most_transactions >= 0 AND lead_days BETWEEN 0 AND 30 AND debit_lead_days BETWEEN 0 AND 30)",
        "The largest number of payments cannot be negative; days ahead are 0 to 30.",
    )

    @api.constrains("cut_off")
    def _check_cut_off(self):
        for profile in self:
            if not 0 <= profile.cut_off <= 24:
                raise ValidationError(self.env._("%s: the cut-off is a time between 0:00 and 24:00.", profile.name))

    # ----------------------------------------------------------------- business

    def _get_holidays(self):
        return tuple(self.holiday_ids.mapped("day"))

    def _get_conventions(self, kind):
        """The profile as `Conventions` for one kind of file."""
        self.ensure_one()
        return Conventions(
            version=self.credit_version if kind == CREDIT_TRANSFER else self.debit_version,
            address_form=self.address_form,
            name_length=self.name_length,
            extended_remittance=self.extended_remittance,
            opt_out_verification=self.opt_out_verification,
            most_transactions=self.most_transactions,
            holidays=self._get_holidays(),
        )

    def _get_first_day(self, company, kind):
        """The first day the bank can still execute a file on that is sent now.

        :rtype: date
        """
        self.ensure_one()
        now = fields.Datetime.now().replace(tzinfo=UTC).astimezone(company._get_ev_zone())
        day = next_target_day(now.date(), self._get_holidays())
        late = day == now.date() and now.hour + now.minute / 60 >= self.cut_off
        lead = self.lead_days if kind == CREDIT_TRANSFER else self.debit_lead_days
        return add_target_days(day, lead + late, self._get_holidays())

    def _get_batch_booking(self):
        """What the file says of booking: True, False, or None to leave it to the bank."""
        return {"batch": True, "single": False}.get(self.batch_booking)


class EvBankHoliday(models.Model):
    _name = "ev.bank.holiday"
    _description = "Bank Holiday"
    _order = "day, id"

    profile_id = fields.Many2one("ev.bank.profile", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="profile_id.company_id", store=True, index=True)
    day = fields.Date(required=True)
    name = fields.Char(required=True)

    _day_uniq = models.Constraint("UNIQUE(profile_id, day)", "This day is a holiday of the profile already.")
