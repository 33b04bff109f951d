"""What the bank tells late, twice, or in the wrong order, of payments that are ours: never settled with anything else.

One bill of 80 EUR to the host, paid by a batch; whatever comes back of it opens that bill again.
"""

from odoo.tests import tagged

from .bank_common import BankCase, answer, entry, statement
from .common import HOST_IBAN


@tagged("post_install", "-at_install")
class TestBankOrder(BankCase):
    def setUp(self):
        super().setUp()
        self.bill = self.make_bill("80.00")
        self.batch = self.paid_batch(self.bill)
        self.end = self.batch.line_ids.end_to_end_id

    def debit(self, name, ref):
        return statement(entry("-80.00", "credit", end=self.end, iban=HOST_IBAN, ref=ref), name=name)

    def refund(self, name):
        return statement(
            entry("80.00", "credit", end=self.end, iban=HOST_IBAN, code="AC04", ref="back"),
            name=name,
            family="camt.054",
        )

    def get_outstanding(self):
        """What is left on the account between the ledger and the bank."""
        payment = self.batch.line_ids.payment_id
        account = payment.outstanding_account_id
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        )
        return round(sum(lines.mapped("amount_residual")), 2)

    def assert_open(self, said):
        """The bill is open, nothing settled it, and the last entry says why it waits."""
        self.assertEqual((self.bill.payment_state, self.bill.amount_residual), ("not_paid", 80))
        self.assertEqual(said.state, "exception")
        self.assertIn(self.end, said.reason)

    def test_the_return_is_told_before_the_payment(self):
        back = self.take_one(self.refund("R"))
        self.assertEqual((back.rule, self.batch.line_ids.state), ("return", "returned"))
        booked = self.take_one(self.debit("D", "out"))
        self.assertEqual((booked.state, booked.rule), ("matched", "end_to_end"))
        self.assertEqual(self.batch.line_ids.state, "returned")
        self.assertEqual((self.bill.payment_state, self.bill.amount_residual), ("not_paid", 80))
        self.assertEqual(self.get_outstanding(), 0)

    def test_the_payment_is_told_before_the_return(self):
        self.take_one(self.debit("D", "out"))
        self.assertEqual(self.batch.line_ids.state, "booked")
        self.take_one(self.refund("R"))
        self.assertEqual((self.bill.payment_state, self.bill.amount_residual), ("not_paid", 80))
        self.assertEqual(self.get_outstanding(), 0)

    def test_both_in_one_file(self):
        both = entry("80.00", end=self.end, iban=HOST_IBAN, code="AC04", ref="back") + entry(
            "-80.00", end=self.end, iban=HOST_IBAN, ref="out"
        )
        file = self.take(statement(both))
        self.assertEqual(set(file.entry_ids.mapped("rule")), {"return", "end_to_end"})
        self.assertEqual((self.batch.line_ids.state, self.bill.amount_residual), ("returned", 80))
        self.assertEqual(self.get_outstanding(), 0)

    def test_executed_twice_settles_no_other_bill_of_the_same_amount(self):
        self.take_one(self.debit("D", "out"))
        self.bill = self.make_bill("80.00", ref="the next month")
        twice = self.take_one(self.debit("D2", "out again"))
        self.assert_open(twice)
        self.assertIn("executed twice", twice.reason)

    def test_executed_after_it_was_rejected(self):
        self.take(answer(self.batch.message_id, (self.end, "RJCT", "AC04", "")), "status.xml")
        self.assertEqual(self.bill.payment_state, "not_paid")
        late = self.take_one(self.debit("D", "out"))
        self.assert_open(late)
        self.assertIn("rejected before", late.reason)

    def test_executed_before_our_jobs_have_posted_it(self):
        self.bill = self.make_bill("80.00", ref="not posted")
        batch = self.batch
        self.batch = self.approve(self.propose(self.bill))
        self.patch(type(self.env["ev.payment.line"]), "_post", lambda lines: None)
        self.as_user(self.batch, self.maker).action_release()
        self.assertFalse(self.batch.line_ids.payment_id)
        self.end = self.batch.line_ids.end_to_end_id
        self.assertNotEqual(batch, self.batch)
        early = self.take_one(self.debit("D", "out"))
        self.assert_open(early)
        self.assertIn("not posted yet", early.reason)

    def test_the_text_of_a_return_names_an_open_invoice(self):
        invoice = self.make_invoice("80.00", self.kiwi)
        back = self.take_one(statement(entry("80.00", f"Return {invoice.name}", end="THEIRS", code="AC04")))
        self.assertEqual((back.state, invoice.amount_residual), ("exception", 80))
