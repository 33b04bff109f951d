"""Bank accounts wait for a second person: whoever enters or changes one is not who approves it (fraud by changed IBANs).

Approving follows core's *Send Money*: an account that is trusted cannot be changed any more, a changed one is a new one.
"""

from stdnum import iban as iban_numbers
from stdnum import numdb
from stdnum.exceptions import ValidationError as InvalidNumber

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

APPROVER = "ev_sepa.group_payment_approver"
APPROVALS = [("waiting", "Waiting"), ("approved", "Approved"), ("held", "On Hold")]
# What makes it another account. The BIC goes along: outside SEPA it decides where the money lands. The holder's name does not:
# core copies it from the partner, and the bank verifies it.
FACTS = ("sanitized_acc_number", "partner_id", "bank_bic", "clearing_number", "active")
OWN_FIELDS = (
    "ev_approval", "ev_approved_number", "ev_approved_bic", "ev_approved_at", "ev_approved_by_id", "ev_changed_at",
    "ev_changed_by_id", "ev_author_ids", "ev_hold_note", "ev_told_of", "ev_comes_first",
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
    # everybody since the last approval, so that two people cannot change an account in turns until one of them may approve it
    ev_author_ids = fields.Many2many(
        "res.users", "ev_bank_author_rel", "bank_id", "user_id", "Who Entered or Changed It", readonly=True, copy=False
    )
    ev_hold_note = fields.Char("Why It Is on Hold", readonly=True, copy=False, tracking=True)

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_own_fields(field for vals in vals_list for field in vals)
        # said for each, so that neither a context (`default_...`) nor somebody's own defaults say it
        recorded = {**dict.fromkeys(OWN_FIELDS, False), "ev_approval": "waiting"}
        accounts = super().create([{**recorded, **vals} for vals in vals_list])
        accounts._quarantine()
        return accounts

    def write(self, vals):
        self._refuse_own_fields(vals)
        if "ev_approval" in vals:
            # a step of the approval itself: nobody else gets past the refusal
            return super().write(vals)
        before = self._read_facts()
        result = super().write(vals)
        after = self._read_facts()
        self.filtered(lambda account: before[account.id] != after[account.id])._quarantine()
        if vals.get("allow_out_payment") and not self.env.su:
            self._refuse_trust()
        return result

    def _refuse_own_fields(self, names):
        """:raises AccessError: somebody writes the approval itself, past its buttons"""
        if not self.env.su and any(name in OWN_FIELDS for name in names):
            raise AccessError(
                self.env._("Who entered and who approved a bank account is recorded by its buttons only.")
            )

    def _read_facts(self):
        """What is approved, as it is now: {account id: tuple}. Who takes core's trust away takes the approval along."""
        return {
            account.id: (
                *(account[name] for name in FACTS),
                account.ev_approval == "approved" and not account.allow_out_payment and not account._is_own(),
            )
            for account in self.sudo()
        }

    def _refuse_trust(self):
        """Core's switch alone is no approval: it is one person's."""
        for account in self:
            if account.ev_approval != "approved" and not account._is_own():
                raise UserError(
                    self.env._(
                        "%s is trusted once a payment approver who did not enter it approves it: use 'Approve Account'.",
                        account.acc_number,
                    )
                )

    def _is_own(self):
        """Whether it is one of our companies': what we are paid to stays trusted, nothing is sent there."""
        self.ensure_one()
        return bool(self.sudo().partner_id.ref_company_ids)

    def _quarantine(self):
        """Nothing is paid there until somebody else approves it."""
        for account in self.sudo():
            user = account._get_acting_user()
            earlier = account.ev_author_ids if account.ev_approval != "approved" else user.browse()
            values = {
                "ev_approval": "waiting",
                "ev_approved_number": False,
                "ev_approved_bic": False,
                "ev_approved_at": False,
                "ev_approved_by_id": False,
                "ev_changed_at": fields.Datetime.now(),
                "ev_changed_by_id": user.id,
                "ev_author_ids": [(6, 0, (earlier | user).ids)],
                "ev_hold_note": False,
            }
            own = account._is_own()
            account.write(values if own else {**values, "allow_out_payment": False})
            if not own:
                account._after_quarantine()

    def _get_acting_user(self):
        """Who is behind this change. Code that acts with other rights (`sudo`) keeps the user; a context could be forged."""
        return self.env.user

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
            account._check_seen()
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
            account.sudo()._after_approval()
        return True

    def _after_approval(self):
        """Hook: what follows from an approval; as superuser."""

    def _check_seen(self):
        """What is approved is what the screen shows: it tells the number and the BIC along with the button."""
        seen = self.env.context.get("ev_seen")
        if seen and [value or "" for value in seen] != [self.acc_number or "", self.bank_bic or ""]:
            raise UserError(
                self.env._(
                    "%s was changed since you opened this page: load it again, and check it again.", self.acc_number
                )
            )

    def _check_approvable(self):
        self.ensure_one()
        if self.ev_approval == "approved" and self._is_ev_approved():
            raise UserError(self.env._("%s is approved already.", self.acc_number))
        if not self.active:
            raise UserError(self.env._("%s is archived: take it out of the archive first.", self.acc_number))
        account = self.sudo()
        if self.env.user in account.ev_author_ids | account.ev_changed_by_id | account.create_uid:
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
