"""Collections: which mandate an invoice is collected under, why it is not, and the first day it can be.

A file has one scheme (EPC130-08 and EPC131-08: CORE and B2B are not mixed in a message) and a block for each sequence type. Its
day leaves time for the bank and for telling the debtor (EPC016-06, pre-notification: 14 days unless agreed otherwise).
"""

from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date

from ..iso20022.calendar import next_target_day
from ..iso20022.model import DIRECT_DEBIT
from ..iso20022.rules.debits import is_creditor_identifier
from .ev_sepa_mandate import SCHEMES

# The most useful one first: what can be used, then what only needs a step.
PREFERENCE = ("active", "suspended", "draft", "expired")


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    scheme = fields.Selection(SCHEMES, readonly=True, copy=False, help="Direct debits: one scheme per file.")

    # ----------------------------------------------------------------- mandate

    def _find_mandate(self, partner, company, day):
        """The mandate a partner pays under: usable ones first; an empty record where its contract asks for one and none is on
        file; None where it pays by itself."""
        mandates = self.env["ev.sepa.mandate"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id), ("state", "in", PREFERENCE)],
            order="id desc",
        )
        mandates = mandates.sorted(lambda mandate: (PREFERENCE.index(mandate.state), mandate._is_used_up()))
        if self._is_collected(partner, company):
            return mandates[:1]
        return (
            mandates.filtered(lambda mandate: mandate.state in ("active", "suspended") and not mandate._is_used_up())[
                :1
            ]
            or None
        )

    def _is_collected(self, partner, company):
        """Whether a contract of the partner says that its invoices are collected."""
        contracts = self.env["ev.contract"].search_count(
            [
                ("partner_id", "child_of", partner.id),
                ("company_id", "=", company.id),
                ("state", "!=", "draft"),
                ("collect_by_debit", "=", True),
            ],
            limit=1,
        )
        return bool(contracts)

    def _get_line_hold(self, line, last):
        if self.kind != DIRECT_DEBIT:
            return super()._get_line_hold(line, last)
        mandate = line._get_mandate()
        hold = self._get_mandate_hold(mandate, line.partner_id, self.execution_date, line._get_told_on())
        if not hold and mandate._is_used_up(line=line):
            sentence = self.env._(
                "%s is for one collection, or its last one was made: ask the debtor to sign a new one.",
                mandate.reference,
            )
            hold = "mandate_used", sentence
        if not hold and self.scheme and mandate.scheme != self.scheme:
            sentence = self.env._(
                "This file is for %(scheme)s mandates and %(mandate)s is not one: take it out and propose it again.",
                scheme=self.scheme,
                mandate=mandate.reference,
            )
            hold = "mandate_scheme", sentence
        return hold

    def _get_mandate_hold(self, mandate, partner, day, told_on=None):
        """Why nothing is collected under a mandate on a day.

        :param mandate: `ev.sepa.mandate`, empty where it is missing
        :param told_on: the day the debtor was told of this very collection, None if not yet
        :return: (code, sentence) or None
        """
        if not mandate:
            sentence = self.env._(
                "%s is collected by direct debit, and no mandate is on file: enter the signed one (Bank > Mandates).",
                partner.display_name,
            )
            return "mandate_missing", sentence
        company = mandate.company_id
        if not is_creditor_identifier(company.ev_creditor_identifier or ""):
            sentence = self.env._(
                "%s has no valid SEPA creditor identifier: enter the one the bank gave out (Settings > EV Charging Bank Files).",
                company.name,
            )
            return "creditor_identifier", sentence
        return (
            self._get_state_hold(mandate, day)
            or self._get_debtor_hold(mandate)
            or self._get_time_hold(mandate, day, told_on)
        )

    def _get_state_hold(self, mandate, day):
        """Whether it is in force on the day."""
        name = mandate.reference
        if mandate.state == "suspended":
            why = mandate.suspended_note or ""
            return "mandate_suspended", self.env._("%(mandate)s is suspended: %(why)s", mandate=name, why=why)
        if mandate._is_expired(day):
            sentence = self.env._(
                "%s was not used for 36 months and holds no more: ask the debtor to sign a new one.", name
            )
            return "mandate_expired", sentence
        if mandate.state == "cancelled":
            return "mandate_missing", self.env._("%s was cancelled: ask the debtor to sign a new one.", name)
        if not mandate.signed_on or mandate.signed_on > day:
            return "mandate_unsigned", self.env._("%(mandate)s is not signed by %(day)s.", mandate=name, day=day)
        if mandate.state != "active":
            sentence = self.env._(
                "%s was entered or changed and nobody else has activated it yet (Bank > Mandates).", name
            )
            return "mandate_waiting", sentence
        return None

    def _get_debtor_hold(self, mandate):
        """Whether the debtor's account and bank are ready for it."""
        account = mandate.partner_bank_id
        if not account:
            return "mandate_account", self.env._("%s names no account: ask the debtor.", mandate.reference)
        if problem := mandate._get_account_problem():
            return "mandate_account", problem
        if mandate.iban != account.sanitized_acc_number:
            sentence = self.env._(
                "The account is %(now)s now, %(mandate)s was activated for %(before)s: have it changed and activated again.",
                now=account.acc_number,
                mandate=mandate.reference,
                before=mandate.iban or "-",
            )
            return "mandate_account", sentence
        if mandate.scheme == "B2B" and not mandate.confirmed_on:
            sentence = self.env._(
                "%s is B2B, and the debtor's bank has not confirmed it: enter the day it did.", mandate.reference
            )
            return "mandate_unconfirmed", sentence
        return None

    # --------------------------------------------------------------------- day

    def _get_time_hold(self, mandate, day, told_on=None):
        """Whether there is time to tell the debtor; without a batch its day is not known yet."""
        if not self:
            return None
        first = self._get_first_collection_day(mandate, self.profile_id, told_on)
        if day >= first:
            return None
        sentence = self.env._(
            "The debtor is told %(days)s days before and the bank needs its own: the first possible day is %(first)s.",
            days=mandate._get_days_ahead(),
            first=format_date(self.env, first),
        )
        return "prenotification", sentence

    def _get_first_collection_day(self, mandate, profile, told_on=None):
        """The first day the bank can collect on, with the debtor told in time.

        :param told_on: the day it was told, None for today
        :rtype: date
        """
        company = mandate.company_id
        told = (told_on or mandate._get_today()) + timedelta(days=mandate._get_days_ahead())
        bank = profile._get_first_day(company, DIRECT_DEBIT)
        return next_target_day(max(told, bank), profile._get_holidays())

    def _store_batch(self, journal, day, kind, rail, drafts):
        """Collections of a scheme and of a day get a batch of their own, none sooner than the debtor can be told."""
        if kind != DIRECT_DEBIT:
            return super()._store_batch(journal, day, kind, rail, drafts)
        groups = defaultdict(list)
        for draft in drafts:
            groups[self._get_debit_terms(journal, day, draft)].append(draft)
        made = self.browse()
        for (first, scheme), mine in sorted(groups.items()):
            batch = super()._store_batch(journal, first, kind, rail, mine)
            batch.scheme = scheme
            made |= batch
        return made

    def _get_debit_terms(self, journal, day, draft):
        """(day, scheme) of the batch a collection belongs in; a missing mandate waits among the usual ones."""
        mandate = draft.mandate or self.env["ev.sepa.mandate"].new({"company_id": journal.company_id.id})
        first = self._get_first_collection_day(mandate, journal.ev_bank_profile_id)
        return max(day, first), mandate.scheme or "CORE"

    # -------------------------------------------------------------------- file

    def _split_blocks(self):
        """Direct debits: one block per sequence type of the file's scheme."""
        if self.kind != DIRECT_DEBIT:
            return super()._split_blocks()
        groups = self.line_ids.grouped(lambda line: (line.mandate_scheme or "", line.sequence or ""))
        return [
            ({"local_instrument": scheme, "sequence": sequence}, lines)
            for (scheme, sequence), lines in sorted(groups.items())
        ]

    def _find_differences(self, trial):
        return [*super()._find_differences(trial), *self._find_changed_mandates()]

    def _find_changed_mandates(self):
        """Collections whose frozen mandate is not what the mandate says now, or that are not the next of it any more."""
        if self.kind != DIRECT_DEBIT:
            return []
        return [
            self._say_mandate_changed(line)
            for lines in self.line_ids._slices()
            for line in lines
            if line.sequence != line.mandate_id._get_sequence(line)
            or any(line[name] != value for name, value in line._prepare_mandate_facts().items())
        ]

    def _say_mandate_changed(self, line):
        now = line.mandate_id._get_sequence(line)
        if line.sequence == now:
            return self.env._("%s: its mandate was changed since it was checked.", line.end_to_end_id)
        return self.env._(
            "%(payment)s says %(checked)s, and by now it is %(now)s: another collection of %(mandate)s was made meanwhile.",
            payment=line.end_to_end_id,
            checked=line.sequence,
            now=now,
            mandate=line.mandate_id.reference,
        )
