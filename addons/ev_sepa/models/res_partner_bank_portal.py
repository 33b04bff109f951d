"""Accounts on the portal: a partner enters a new one, and it waits like any other."""

import unicodedata
from datetime import timedelta

from stdnum import iban as iban_numbers
from stdnum.exceptions import ValidationError as InvalidNumber

from odoo import fields, models
from odoo.exceptions import UserError

# Accounts that one login may enter within a day.
MOST_A_DAY = 5
LONGEST_NAME = 70


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    def _enter_on_portal(self, partner, number, holder):
        """A new account of a partner, entered by the user of the environment; it waits for approval.

        :param partner: `res.partner`, the company behind the user
        :param number: an IBAN as typed
        :param holder: the name of its holder as typed
        :return: the account
        :raises UserError: no valid IBAN, no name, on file already, or too many today
        """
        number, holder = self._read_typed_number(number), self._read_typed_name(holder)
        accounts = self.sudo().with_context(active_test=False)
        self._check_portal_rate()
        known = accounts.search([("partner_id", "=", partner.id), ("sanitized_acc_number", "=", number)], limit=1)
        if known.active:
            raise UserError(self.env._("This account is on file already: see its status below."))
        if known:
            known.write({"active": True, "acc_holder_name": holder})
        else:
            known = accounts.create({"acc_number": number, "partner_id": partner.id, "acc_holder_name": holder})
        known.write({"ev_comes_first": True})
        known._log_ev(self.env._("Entered on the portal by %s.", self.env.user.name))
        return known

    def _read_typed_number(self, text):
        number = "".join((text or "")[:60].split()).replace("-", "").upper()
        try:
            return iban_numbers.validate(number)
        except InvalidNumber:
            raise UserError(
                self.env._("This is not a valid IBAN: compare it with your bank statement, letter by letter.")
            ) from None

    def _read_typed_name(self, text):
        name = " ".join((text or "").split())
        if not name or len(name) > LONGEST_NAME or any(unicodedata.category(sign)[0] == "C" for sign in name):
            raise UserError(
                self.env._(
                    "Enter the name of the account's holder as the bank knows it, %s characters at most.", LONGEST_NAME
                )
            )
        return name

    def _check_portal_rate(self):
        since = fields.Datetime.now() - timedelta(days=1)
        accounts = self.sudo().with_context(active_test=False)
        mine = [("create_uid", "=", self.env.uid), ("create_date", ">=", since)]
        again = [("ev_changed_by_id", "=", self.env.uid), ("ev_changed_at", ">=", since)]
        if accounts.search_count(["|", "&", *mine, "&", *again], limit=MOST_A_DAY) >= MOST_A_DAY:
            raise UserError(
                self.env._("You entered %s accounts today: try again tomorrow, or write to us.", MOST_A_DAY)
            )
