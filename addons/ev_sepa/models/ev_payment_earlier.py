"""Documents that stood in a bank file before: whoever pays them again is told what became of that.

Paid by the bank, or executed although it was rejected or cancelled: then they are held. Rejected, returned or cancelled: then the
second person reads by whose word, since a bank's answer that somebody made himself would open paid documents again.
"""

from collections import defaultdict, namedtuple

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..iso20022.model import Finding
from .ev_payment_batch import APPROVER

Earlier = namedtuple("Earlier", "line_id end_to_end_id state contradicted reason file user")

_EARLIER = """
SELECT i.move_line_id, l.id, l.end_to_end_id, l.state, COALESCE(l.contradicted, FALSE),
       CONCAT_WS(' ', l.reason_code, l.reason), a.name, p.name
  FROM ev_payment_item i
  JOIN ev_payment_line l ON l.id = i.line_id
  LEFT JOIN ev_bank_file a ON a.id = l.status_file_id
  LEFT JOIN res_users u ON u.id = a.create_uid LEFT JOIN res_partner p ON p.id = u.partner_id
 WHERE i.move_line_id = ANY(%s) AND l.state IN ('booked', 'rejected', 'returned', 'cancelled')
 ORDER BY l.id
"""
SOURCE = "Four eyes: a document is paid once"
# Of more than these the rest is told once for their batch.
MOST_TOLD = 20


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def _find_earlier(self, line_ids):
        """{journal item: [Earlier]} of payments that are over, oldest first."""
        self.env.flush_all()
        earlier = defaultdict(list)
        for line_id, *facts in self.env.execute_query(SQL(_EARLIER, list(line_ids))) if line_ids else ():
            earlier[line_id].append(Earlier(*facts))
        return earlier

    def _find_document_holds(self, items):
        holds = super()._find_document_holds(items)
        earlier = self._find_earlier([item.line_id for item in items])
        for item in items:
            for payment in earlier.get(item.line_id, ()):
                if item.move_id not in holds and (hold := self._get_earlier_hold(item, payment)):
                    holds[item.move_id] = hold
        return holds

    def _get_earlier_hold(self, item, payment):
        """Why it is not paid again, (code, sentence) or None."""
        names = {"name": item.name, "payment": payment.end_to_end_id}
        if payment.state == "booked":
            return "paid_before", self.env._(
                "%(name)s was paid by %(payment)s, and the bank has booked it: it was opened again by hand. Reconcile it with "
                "that payment.",
                **names,
            )
        if payment.contradicted and payment.state != "returned":
            return "executed", self.env._(
                "%(name)s: the bank says that %(payment)s was executed after all. Ask the bank; if it was not, an approver "
                "presses 'Was Not Executed' on that payment.",
                **names,
            )
        return None

    def _find_problems(self, content):
        return [*super()._find_problems(content), *self._find_earlier_warnings()]

    def _find_earlier_warnings(self):
        """What a second person has to know of documents that are paid once more."""
        lines = self.line_ids
        earlier = self._find_earlier(lines.item_ids.move_line_id.ids)
        if not earlier:
            return []
        became = {
            "rejected": self.env._("rejected"),
            "returned": self.env._("given back"),
            "cancelled": self.env._("cancelled"),
        }
        findings = []
        for line in lines:
            for item in line.item_ids:
                for payment in earlier.get(item.move_line_id.id, ()):
                    text = self.env._(
                        "%(document)s stood in %(payment)s before, which was %(became)s (%(why)s). Be sure that the bank did not "
                        "pay it.",
                        document=item.move_id.name,
                        payment=payment.end_to_end_id,
                        became=became.get(payment.state, payment.state),
                        why=self._say_by_whom(payment),
                    )
                    findings.append(Finding("warning", "paid_again", text, SOURCE, "", line.end_to_end_id))
        return findings

    def _say_by_whom(self, payment):
        said = [payment.reason] if payment.reason else []
        if payment.file:
            said.append(self.env._("%(file)s, imported by %(user)s", file=payment.file, user=payment.user))
        return "; ".join(said) or "-"


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    status_file_id = fields.Many2one(
        "ev.bank.file", "Answered by", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )
    contradicted = fields.Boolean(
        "Bank Contradicts Itself",
        readonly=True,
        copy=False,
        help="It says that it executed what it rejected, or what we cancelled: the documents are held until an approver knows.",
    )

    def action_not_executed(self):
        """An approver knows from the bank that a contradicted payment was not executed: its documents may be paid again.

        :raises AccessError: no payment approver
        """
        if not self.env.user.has_group(APPROVER):
            raise AccessError(self.env._("Only a payment approver says that the bank did not execute a payment."))
        self.check_access("read")
        for line in self.filtered("contradicted"):
            line.sudo().contradicted = False
            line.batch_id._log(self.env._("Was not executed"), line.end_to_end_id)
        return True

    def _contradict(self, text):
        """The bank says the opposite of what we know: nothing changes by itself, and somebody is told."""
        lines = self.sudo()
        lines.filtered(lambda line: line._is_called_back() or line._is_refused()).write({"contradicted": True})
        for line in lines[:MOST_TOLD]:
            line._tell(f"{line.end_to_end_id}: {text}")
        for batch in lines[MOST_TOLD:].batch_id:
            count = len(lines.filtered(lambda line, batch=batch: line.batch_id == batch))
            batch._tell(
                self.env._("%(count)s payments of %(batch)s: %(text)s", count=count, batch=batch.name, text=text)
            )
