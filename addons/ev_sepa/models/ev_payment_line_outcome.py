"""What became of a payment: accepted, rejected, booked, returned; and what that does to its documents.

Called by whoever reads the bank's answers; each is safe to repeat.
"""

from odoo import models

from ..iso20022.reason import EXECUTED, standing
from .ev_own_work import OWN_WORK

# The account is the problem (ISO 20022 external status reasons): nothing more goes there until somebody looked.
ACCOUNT_REASONS = (
    "AC01",
    "AC02",
    "AC03",
    "AC04",
    "AC06",
    "AC13",
    "AC14",
    "BE01",
    "BE05",
    "MD07",
    "RC01",
    "RC04",
    "RR01",
)


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def _take_status(self, code, reason_code=None, reason=None, verification=None, verified_name=None):
        """What a status report (pain.002) says of one payment.

        :param code: transaction status, `ACSC`, `RJCT`, `PDNG`, ...
        :param reason_code: external reason code, `AC04`
        :param reason: the same in words
        :param verification: result of the verification of payee: `RCVC`, `RVMC`, `RVNM`, `RVNA`
        :param verified_name: the name the payee's bank knows, where it says
        """
        self._note_status(code, reason_code, reason, verification, verified_name)
        self.batch_id.sudo()._undo_or_enqueue()
        self.batch_id.sudo()._follow_lines()

    def _note_status(
        self,
        code,
        reason_code=None,
        reason=None,
        verification=None,
        verified_name=None,
        *,
        together=False,
        rejected=None,
    ):
        """Keep what the bank says; a rejection is carried out by `_undo_or_enqueue`. What contradicts what we know is told.

        :param together: it is said of a file or block, and of these payments because it names none of them
        :param rejected: all payments that the same report rejects; only these unless given
        """
        lines, verdict = self.sudo(), standing(code)
        odd = lines._find_contradicted(code, together, lines if rejected is None else rejected | lines)
        odd._contradict(self.env._("The bank contradicts itself: it says %(code)s now. Ask the bank.", code=code))
        said = {"status_code": code, "reason_code": reason_code, "reason": reason}
        if verification:
            said |= {"verification": verification, "verified_name": verified_name or False}
        # only the bank's own rejection counts of what is over: a job may have still to carry it out
        over = lines.filtered(lambda line: line._is_called_back() or line._is_refused())
        said_of = lines - odd - (over if verdict != "rejected" else self.browse())
        said_of.write({name: value for name, value in said.items() if value})
        live = said_of.filtered(lambda line: line.live and line.state != "ready")
        if verdict == "accepted":
            live.filtered(lambda line: line.state == "released")._set_state("accepted")
        elif code == "BLCK":
            for line in live:
                line._tell(self.env._("%s is blocked by the bank: neither paid nor given back.", line.end_to_end_id))

    def _find_contradicted(self, code, together, rejected):
        """Those of which we know the opposite: executed after a rejection, or rejected after the bank has booked them, by
        themselves or in the sum of their file or block."""
        verdict = standing(code)
        if verdict == "accepted":
            # that a file was taken says nothing of a payment that was rejected out of it
            may_be_rejected = together and code not in EXECUTED
            return self.filtered(lambda line: line._is_called_back() or line._is_refused() and not may_be_rejected)
        if verdict != "rejected":
            return self.browse()
        told = self._find_named(by_batch=False) | self._find_in_sums(rejected)
        return self.filtered(
            lambda line: line.state == "booked" or line.live and (line in told or line.payment_id.is_matched)
        )

    def _is_called_back(self):
        """Cancelled by us, also where a job has still to open its documents."""
        return self.state == "cancelled" or self.live and self.batch_id.state == "cancelled"

    def _is_refused(self):
        """Rejected by the bank, also where a job has still to open its documents."""
        return self.state == "rejected" or self.live and standing(self.status_code) == "rejected"

    def _reject(self, reason_code, reason):
        """The bank did not execute it: the documents are open again."""
        why = " ".join(filter(None, [reason_code, reason])) or self.env._("no reason given")
        self._undo_payments(self.batch_id.execution_date, why, "rejected")
        self._set_state("rejected")
        self._tell(self.env._("%(payment)s was rejected by the bank: %(why)s.", payment=self.end_to_end_id, why=why))
        self._hold_account(reason_code, why)

    def _take_booked(self, day):
        """The bank has booked it, and the statement's line is reconciled with its payment."""
        for line in self.sudo():
            if line.state in ("released", "accepted"):
                line._set_state("booked", booked_on=day)
        self.batch_id.sudo()._follow_lines()

    def _take_return(self, day, reason_code, reason, statement_line):
        """The money came back: the documents are open again, the account is on hold, the accountant is told.

        :param statement_line: `account.bank.statement.line` of the return, its counterpart on the payment's outstanding account
        """
        for line in self.sudo():
            if line.state == "returned":
                continue
            why = " ".join(filter(None, [reason_code, reason])) or self.env._("no reason given")
            line._undo_payments(day, why, "rejected", statement_line)
            line._set_state("returned", returned_on=day, reason_code=reason_code, reason=reason)
            line._tell(self.env._("%(payment)s came back from the bank: %(why)s.", payment=line.end_to_end_id, why=why))
            line._hold_account(reason_code, why, always=True)
        self.batch_id.sudo()._follow_lines()

    # ----------------------------------------------------------------- ledger

    def _undo_payments(self, day, why, state, statement_line=None):
        """Take the core payments back by a reversing entry, so that their documents are open again; nothing is deleted.

        :param day: of the reversing entry
        :param state: what the core payments become: `canceled` or `rejected`
        :param statement_line: the bank line by which the money came back, reconciled with the reversing entry
        """
        for line in self.filtered("payment_id"):
            payment = line.payment_id.with_context(ev_payment_posting=OWN_WORK)
            move = payment.move_id
            outstanding = payment.outstanding_account_id
            counterparts = move.line_ids.filtered(lambda item, account=outstanding: item.account_id != account)
            counterparts.remove_move_reconcile()
            reversal = move._reverse_moves([{"date": max(day, move.date), "ref": why}], cancel=False)
            reversal.action_post()
            if statement_line:
                # what came back is the counterpart, not the payment: that one may still be waiting for its own booking
                reversal.line_ids.filtered(
                    lambda item, account=outstanding: item.account_id == account
                ).remove_move_reconcile()
            for account in move.line_ids.account_id.filtered("reconcile"):
                both = (move | reversal).line_ids.filtered(lambda item, account=account: item.account_id == account)
                if account == outstanding and statement_line:
                    both = (reversal | statement_line.move_id).line_ids.filtered(
                        lambda item, account=account: item.account_id == account
                    )
                both.filtered(lambda item: not item.reconciled).reconcile()
            payment.state = state

    # ---------------------------------------------------------------- aftermath

    def _hold_account(self, reason_code, why, always=False):
        """Nothing more goes to an account that refused money, until somebody looked. Collections hold the mandate instead."""
        self.ensure_one()
        if self.kind == "credit_transfer" and self.partner_bank_id and (always or reason_code in ACCOUNT_REASONS):
            note = self.env._("%(payment)s did not arrive: %(why)s", payment=self.end_to_end_id, why=why)
            self.partner_bank_id._hold(note)

    def _tell(self, text):
        """Tell the accountants: on the documents, and as an activity for whoever released the batch."""
        self.ensure_one()
        for move in self.item_ids.move_id:
            move.message_post(body=text)
        self.batch_id._tell(text)


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _take_status(self, code, reason=None, lines=None):
        """What a status report says of the whole file.

        :param code: group status, `ACCP`, `RJCT`, `PART`, ...
        :param reason: in words
        :param lines: the payments of which the report says nothing else; all of them unless given
        """
        for batch in self.sudo():
            note = " ".join(filter(None, [self._say_standing(code), reason]))
            batch.write({"status_note": note})
            batch._log(self.env._("Bank's answer"), note)
            if standing(code) in ("rejected", "accepted"):
                (batch.line_ids if lines is None else lines)._note_status(code, None, reason, together=True)
                batch._undo_or_enqueue()
                batch._follow_lines()

    def _tell(self, text):
        """An activity for whoever released it, unless it waits already."""
        if text in self.activity_ids.mapped("summary"):
            return
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=text, user_id=(self.released_by_id or self.create_uid).id
        )

    def _say_standing(self, code):
        """`Accepted (ACCP)`"""
        words = {
            "accepted": self.env._("Accepted"),
            "rejected": self.env._("Rejected"),
            "partly": self.env._("Accepted in part"),
            "pending": self.env._("Being looked at"),
        }
        known = words.get(standing(code))
        return f"{known} ({code})" if known else code

    def _follow_lines(self):
        """The batch's state follows its payments."""
        for batch in self:
            if batch.state not in ("released", "accepted", "partly", "rejected", "booked"):
                continue
            states = {state for (state,) in batch.line_ids._read_group(
                [("batch_id", "=", batch.id), ("state", "!=", "held")], ["state"]
            )}  # fmt: skip
            state = _follow(states)
            if state and state != batch.state:
                batch.write({"state": state})


def _follow(states):
    """What a batch is, by the states of its payments; None where that says nothing new."""
    if states == {"rejected"}:
        return "rejected"
    if states <= {"booked", "rejected", "returned"}:
        return "booked"
    if "rejected" in states:
        return "partly"
    return "accepted" if "accepted" in states and states <= {"accepted", "booked", "returned"} else None
