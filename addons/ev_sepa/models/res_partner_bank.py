"""Bank accounts wait for a second person: whoever enters or changes one is not who approves it (fraud by changed IBANs).

Approving follows core's *Send Money*: an account that is trusted cannot be changed any more, a changed one is a new one.
"""

from stdnum import iban as iban_numbers
from stdnum import numdb
from stdnum.exceptions import ValidationError as InvalidNumber

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

APPROVER = "ev_sepa.group_payment_approver"
APPROVALS = [("waiting", "Waiting for Approval"), ("approved", "Approved"), ("held", "On Hold")]
# What makes it another account. The BIC goes along: outside SEPA it decides where the money lands. The holder's name does not:
# core copies it from the partner, and the bank verifies it.
FACTS = ("acc_number", "partner_id", "bank_id", "clearing_number", "active")
OWN_FIELDS = (
    "ev_approval", "ev_approved_number", "ev_approved_bic", "ev_approved_at", "ev_approved_by_id", "ev_changed_at",
    "ev_changed_by_id",
)  # fmt: skip


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    ev_approval = fields.Selection(
        APPROVALS, "Payments To It", default="waiting", readonly=True, copy=False, tracking=True
    )
    ev_approved_number = fields.Char("Approved Number", readonly=True, copy=False)
    ev_approved_bic = fields.Char("Approved BIC", readonly=True, copy=False)
    ev_approved_at = fields.Datetime("Approved On", readonly=True, copy=False)
    ev_approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True, copy=False, ondelete="restrict")
    ev_changed_at = fields.Datetime("Entered or Changed On", readonly=True, copy=False)
    ev_changed_by_id = fields.Many2one(
        "res.users", "Entered or Changed by", readonly=True, copy=False, ondelete="restrict"
    )
    ev_hold_note = fields.Char("Why It Is on Hold", readonly=True, copy=False, tracking=True)

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_own_fields(field for vals in vals_list for field in vals)
        accounts = super().create(vals_list)
        accounts._quarantine()
        return accounts

    def write(self, vals):
        self._refuse_own_fields(vals)
        changed = self._find_changed(vals)
        result = super().write(vals)
        changed._quarantine()
        if vals.get("allow_out_payment") and not self.env.su:
            self.filtered(lambda account: account.ev_approval != "approved" and account.partner_id)._refuse_trust()
        return result

    def _refuse_own_fields(self, names):
        """:raises AccessError: somebody writes the approval itself, past its buttons"""
        if not self.env.su and any(name in OWN_FIELDS or name == "ev_hold_note" for name in names):
            raise AccessError(
                self.env._("Who entered and who approved a bank account is recorded by its buttons only.")
            )

    def _find_changed(self, vals):
        """The accounts that these values make another account."""
        facts = [name for name in FACTS if name in vals]
        return self.filtered(
            lambda account: any(
                account[name] != account._fields[name].convert_to_record(
                    account._fields[name].convert_to_cache(vals[name], account), account
                )
                for name in facts
            )
        )  # fmt: skip

    def _refuse_trust(self):
        """Core's switch alone is no approval: it is one person's."""
        for account in self:
            if account.ev_changed_by_id == self.env.user and not self.env.su:
                raise UserError(
                    self.env._(
                        "%s was entered or changed by you: somebody else approves it, with 'Approve Account'.",
                        account.acc_number,
                    )
                )

    def _quarantine(self):
        """Nothing is paid there until somebody else approves it."""
        if not self:
            return
        # what a company is paid to itself stays as trusted as it was: nothing is sent there
        own = self.filtered(lambda account: account.partner_id.ref_company_ids)
        values = {
            "ev_approval": "waiting",
            "ev_approved_number": False,
            "ev_approved_bic": False,
            "ev_approved_at": False,
            "ev_approved_by_id": False,
            "ev_changed_at": fields.Datetime.now(),
            "ev_changed_by_id": self._get_acting_user().id,
            "ev_hold_note": False,
        }
        own.sudo().write(values)
        (self - own).sudo().write({**values, "allow_out_payment": False})
        (self - own)._after_quarantine()

    def _get_acting_user(self):
        """Who is behind this change: the portal acts for its user with other rights."""
        # only code says so: a context that comes over RPC is anybody's
        acting = self.env.context.get("ev_acting_uid") if self.env.su else None
        return self.env["res.users"].browse(acting or self.env.uid)

    def _after_quarantine(self):
        """Hook: tell those concerned."""

    # ------------------------------------------------------------------ actions

    def action_ev_approve(self):
        """Approve these accounts for payments.

        :raises AccessError: no payment approver
        :raises UserError: entered or changed by the same person, or no valid number
        """
        if not self.env.user.has_group(APPROVER):
            raise AccessError(self.env._("Bank accounts are approved by payment approvers."))
        self.check_access("read")
        for account in self:
            account._check_approvable()
            account.sudo().write(
                {
                    "ev_approval": "approved",
                    "ev_approved_number": account.sanitized_acc_number,
                    "ev_approved_bic": account.bank_bic,
                    "ev_approved_at": fields.Datetime.now(),
                    "ev_approved_by_id": self.env.uid,
                    "ev_hold_note": False,
                    "allow_out_payment": True,
                }
            )
            account._log_ev(self.env._("Approved for payments: %s.", account.acc_number))
        return True

    def _check_approvable(self):
        self.ensure_one()
        if self.ev_approval == "approved" and self._is_ev_approved():
            raise UserError(self.env._("%s is approved already.", self.acc_number))
        if self.env.user in (self.ev_changed_by_id, self.create_uid):
            raise UserError(
                self.env._(
                    "%(account)s of %(partner)s was entered or changed by you: somebody else approves it, after asking the "
                    "partner on a number known before.",
                    account=self.acc_number,
                    partner=self.partner_id.display_name,
                )
            )
        if problem := self._get_number_problem():
            raise UserError(problem)

    def action_ev_hold(self):
        """Stop payments to these accounts at once."""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Bank accounts are put on hold by accountants."))
        self.check_access("read")
        self._hold(self.env._("Put on hold by %s.", self.env.user.name), self.env.user)
        return True

    # ----------------------------------------------------------------- business

    def _hold(self, note, person=None):
        """No payment goes there until somebody approves it again; `note` says why.

        :param person: who puts it on hold, and so does not lift it alone; None where the bank's answer does
        """
        values = {"ev_approval": "held", "ev_hold_note": note, "allow_out_payment": False}
        if person:
            values |= {"ev_changed_at": fields.Datetime.now(), "ev_changed_by_id": person.id}
        for account in self:
            account.sudo().write(values)
            account._log_ev(self.env._("On hold: %s", note))

    def _is_ev_approved(self):
        """Whether what is paid to now is what was approved: number and BIC."""
        self.ensure_one()
        return (
            self.ev_approval == "approved"
            and self.active
            and self.ev_approved_number == self.sanitized_acc_number
            and (self.ev_approved_bic or "") == (self.bank_bic or "")
        )

    def _get_number_problem(self):
        """What is wrong with the number, as a sentence; None for a valid IBAN, or a number of a country without IBANs."""
        self.ensure_one()
        number = self.sanitized_acc_number or ""
        if not _looks_like_iban(number):
            country = self.bank_id.country.code or self.partner_id.country_id.code or ""
            if country and not _has_ibans(country):
                return None
            return self.env._("%s is no IBAN: enter the one on the partner's bank statement.", self.acc_number or "-")
        try:
            iban_numbers.validate(number)
        except InvalidNumber as error:
            return self.env._(
                "%(iban)s is not a valid IBAN (%(error)s): compare it with the partner's letter.",
                iban=self.acc_number,
                error=error,
            )
        return None

    def _log_ev(self, text):
        for account in self:
            account.sudo().message_post(body=text, author_id=self._get_acting_user().partner_id.id)


def _looks_like_iban(number):
    return len(number) > 4 and number[:2].isalpha() and number[2:4].isdigit()


def _has_ibans(country):
    """Whether accounts of a country have IBANs, by the registry that `python-stdnum` carries."""
    return bool(numdb.get("iban").info(f"{country}00")[0][1])
