"""Who is due and who is held back: grouping, netting, holds, rails, and how many go in a file."""

from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DAY, EvSepaCommon


@tagged("post_install", "-at_install")
class TestBatchProposal(EvSepaCommon):
    def make_statement_move(self, move, **contract):
        """Hang a document on a statement of a contract with these payment terms, as documenting does."""
        contract = self.make_contract(("credit", "kwh", "0.1"), partner=move.partner_id, **contract)
        statement = self.env["ev.statement"].sudo().create(
            {
                "name": f"EVS/TEST/{contract.name}",
                "contract_id": contract.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "partner_id": move.partner_id.id,
                "period_start": "2026-10-01",
                "period_end": "2026-10-31",
                "state": "documented",
            }
        )  # fmt: skip
        move.sudo().ev_statement_id = statement
        return statement

    def test_each_document_is_paid_by_itself_unless_the_contract_says_otherwise(self):
        batch = self.propose(self.make_bill("10") | self.make_bill("20"))
        self.assertEqual(sorted(batch.line_ids.mapped("amount")), [10, 20])

    def test_all_we_owe_in_one_payment(self):
        bills = self.make_bill("10") | self.make_credit_note("20.05")
        statement = self.make_statement_move(bills[0], payment_grouping="partner")
        bills[1].sudo().ev_statement_id = statement
        batch = self.propose(bills)
        # 10.00 + 20.05
        self.assertEqual(batch.line_ids.mapped("amount"), [30.05])
        self.release(batch)
        # a bill is on payable, a credit note on receivable: both are settled by one payment
        self.assertEqual(bills.mapped("amount_residual"), [0, 0])
        self.assertEqual(batch.line_ids.payment_id.amount, 30.05)

    def test_net_of_what_the_partner_owes(self):
        bill, invoice = self.make_bill("100"), self.make_invoice("30.01")
        statement = self.make_statement_move(bill, payment_grouping="net")
        invoice.sudo().ev_statement_id = statement
        # only the bill is chosen: what the partner owes comes along
        batch = self.propose(bill)
        # 100.00 - 30.01
        self.assertEqual(batch.line_ids.mapped("amount"), [69.99])
        self.release(batch)
        self.assertEqual((bill.amount_residual, invoice.amount_residual), (0, 0))
        self.assertEqual(self.texts(batch, "InstdAmt"), ["69.99"])
        self.assertEqual(self.exact_total(batch), Decimal("69.99"))

    def test_partner_that_owes_more_is_not_paid(self):
        bill, invoice = self.make_bill("10"), self.make_invoice("30")
        statement = self.make_statement_move(bill, payment_grouping="net")
        invoice.sudo().ev_statement_id = statement
        self.assertFalse(self.propose(bill))
        self.assertEqual(bill.amount_residual, 10)

    def test_what_a_partner_owes_is_not_set_off_without_agreement(self):
        bill, invoice = self.make_bill("100"), self.make_invoice("30")
        batch = self.propose(bill | invoice)
        self.assertEqual(batch.line_ids.mapped("amount"), [100])
        self.release(batch)
        self.assertEqual(invoice.amount_residual, 30)

    # ------------------------------------------------------------------- holds

    def assert_held(self, batch, code):
        """Everything in the batch is held back for this reason, with a sentence, and checking does not let it pass."""
        self.assertEqual(set(batch.held_ids.mapped("hold_code")), {code})
        self.assertTrue(all(batch.held_ids.mapped("hold_note")))
        self.assertFalse(batch.line_ids)
        self.as_user(batch, self.maker).action_check()
        self.assertEqual((batch.state, batch.finding_ids.mapped("code")), ("draft", ["empty"]))

    def test_partner_without_account_is_held(self):
        self.assert_held(self.propose(self.make_bill("10", self.make_partner("No bank"))), "no_iban")

    def test_account_nobody_approved_is_held(self):
        partner = self.make_partner("New")
        self.make_account(partner, "DE89370400440532013000", approved_at=None)
        batch = self.propose(self.make_bill("10", partner))
        self.assert_held(batch, "iban_waiting")
        partner.bank_ids.with_user(self.approver).action_ev_approve()
        partner.bank_ids.sudo().ev_approved_at = "2026-01-01 00:00:00"
        self.as_user(batch, self.maker).action_check()
        self.assertEqual((batch.state, batch.line_count), ("checked", 1))

    def test_wrong_iban_is_held(self):
        partner = self.make_partner("Typo")
        account = self.make_account(partner, "FR7630004000031234567890144", approved_at=None)
        self.assert_held(self.propose(self.make_bill("10", partner)), "invalid_iban")
        with self.assertRaises(UserError):
            account.with_user(self.approver).action_ev_approve()

    def test_account_approved_lately_needs_a_second_confirmation(self):
        partner = self.make_partner("Moved")
        account = self.make_account(partner, "DE89370400440532013000", approved_at="2026-11-20 09:00:00")
        batch = self.propose(self.make_bill("10", partner))
        self.assert_held(batch, "iban_changed")
        with self.assertRaises(UserError):
            self.as_user(batch.held_ids, self.approver).action_confirm_account()
        self.as_user(batch.held_ids, self.second).action_confirm_account()
        self.assertEqual((batch.line_ids.state, batch.line_ids.confirmed_by_id), ("ready", self.second))
        self.assertEqual(account.ev_approval, "approved")
        # who confirmed it had a hand in the batch
        self.as_user(batch, self.maker).action_check()
        with self.assertRaises(UserError):
            self.as_user(batch, self.second).action_approve()

    def test_account_other_than_last_time_needs_a_second_confirmation(self):
        self.paid_batch(self.make_bill("10"))
        self.account.sudo().active = False
        self.make_account(self.host, "DE89370400440532013000")
        self.assert_held(self.propose(self.make_bill("20")), "iban_changed")

    def test_blocked_document_is_held_and_holds_nothing_else(self):
        blocked, free = self.make_bill("10"), self.make_bill("20")
        blocked.action_toggle_block_payment()
        batch = self.propose(blocked | free)
        self.assertEqual((batch.held_ids.hold_code, batch.line_ids.amount), ("blocked", 20))

    def test_contested_statement_is_held(self):
        bill = self.make_bill("10")
        statement = self.make_statement_move(bill)
        self.env["ev.statement.contest"].sudo().create(
            {
                "statement_id": statement.id,
                "partner_id": self.host.id,
                "author_name": "Host",
                "date": "2026-11-05 08:00:00",
                "reason": "Sessions are missing",
            }
        )
        self.assert_held(self.propose(bill), "disputed")

    def test_paid_when_paid_waits_for_the_other_side(self):
        # one session of 10 kWh: credited to the host (1.00), charged to a fleet (5.00)
        fleet = self.make_partner("Fleet")
        self.make_token("04FLEET1", "local", partner=fleet)
        host = self.make_contract(("credit", "kwh", "0.10"), pay_when_paid=True)
        client = self.make_contract(("charge", "kwh", "0.50"), partner=fleet, role="client")
        self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04FLEET1", "type": "RFID"})
        statements = self.prepare(2026, 3, host | client)
        statements.action_approve()
        credit = statements.filtered(lambda statement: statement.contract_id == host)
        credit.document("2026-04-02")
        bill = credit.document_ids
        # the other side is not even invoiced
        batch = self.propose(bill)
        self.assertEqual(batch.held_ids.hold_code, "pay_when_paid")
        (statements - credit).document("2026-04-02")
        invoice = (statements - credit).document_ids
        self.as_user(batch, self.maker).action_check()
        self.assertIn(invoice.name, batch.held_ids.hold_note)
        # blocked it is paid still less
        invoice.action_toggle_block_payment()
        self.assertEqual((invoice.payment_state, invoice.amount_residual > 0), ("blocked", True))
        self.as_user(batch, self.maker).action_check()
        self.assertEqual((batch.line_count, batch.held_ids.hold_code), (0, "pay_when_paid"))
        invoice.action_toggle_block_payment()
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {"journal_id": self.journal.id}
        ).action_create_payments()
        self.as_user(batch, self.maker).action_check()
        self.assertEqual((batch.state, batch.line_count, batch.held_count), ("checked", 1, 0))

    # -------------------------------------------------------------------- rails

    def test_outside_sepa_goes_in_its_own_file(self):
        abroad = self.make_partner("US partner")
        bank = self.env["res.bank"].create(
            {"name": "US Bank", "bic": "CHASUS33", "country": self.env.ref("base.us").id}
        )
        account = self.env["res.partner.bank"].create(
            {"acc_number": "123456789", "partner_id": abroad.id, "bank_id": bank.id}
        )
        self.address(abroad, "1 Main Street", "10001", "New York", "base.us")
        account.with_user(self.approver).action_ev_approve()
        account.sudo().ev_approved_at = "2026-01-01 00:00:00"
        batches = self.propose(self.make_bill("10") | self.make_bill("20", abroad))
        self.assertEqual(sorted(batches.mapped("rail")), ["foreign", "sepa"])
        for batch in batches:
            self.release(batch)
            levels = self.texts(batch, "Cd")
            self.assertEqual("SEPA" in levels, batch.rail == "sepa")
        self.assertEqual(self.texts(batches.filtered(lambda batch: batch.rail == "foreign"), "ChrgBr"), ["SHAR"])

    def test_instant_payments_have_their_own_instrument(self):
        batch = self.release(self.propose(self.make_bill("10"), instant=True))
        self.assertEqual(batch.rail, "instant")
        self.assertIn("INST", self.texts(batch, "Cd"))

    def test_a_file_has_no_more_payments_than_the_bank_takes(self):
        self.profile.most_transactions = 2
        bills = self.env["account.move"].union(*[self.make_bill(amount) for amount in (1, 2, 3, 4, 5)])
        batches = self.propose(bills)
        self.assertEqual(batches.mapped("line_count"), [2, 2, 1])

    def test_document_in_another_currency_is_held(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        bill = self.make_bill("10", currency_id=dollar.id)
        self.assert_held(self.propose(bill), "currency")

    def test_journal_without_profile_or_account_says_what_to_do(self):
        self.journal.ev_bank_profile_id = False
        with self.assertRaisesRegex(UserError, "no bank profile"):
            self.propose(self.make_bill("10"))
        bare = self.env["account.journal"].create(
            {"name": "Bare", "code": "BARE", "type": "bank", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "no bank account"):
            self.propose(self.make_bill("11"), journal=bare)

    def test_sunday_is_an_error_before_the_file_exists(self):
        batch = self.propose(self.make_bill("10"), day="2026-11-29")
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(batch.state, "draft")
        self.assertTrue(batch.finding_ids.filtered(lambda finding: finding.severity == "error"))
        self.as_user(batch, self.maker).write({"execution_date": DAY})
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(batch.state, "checked")

    def test_missing_town_is_an_error_before_the_file_exists(self):
        self.host.city = False
        batch = self.propose(self.make_bill("10"))
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(batch.state, "draft")
        self.assertIn(batch.line_ids, batch.finding_ids.line_id)

    def test_long_list_of_documents_is_never_cut_in_a_reference(self):
        bills = self.env["account.move"].union(
            *[self.make_bill(amount, ref=f"REFERENCE-OF-A-HOST-{amount:05d}") for amount in range(1, 12)]
        )
        statement = self.make_statement_move(bills[0], payment_grouping="partner")
        bills.sudo().ev_statement_id = statement
        line = self.propose(bills).line_ids
        self.assertTrue(line.needs_advice)
        self.assertLessEqual(len(line.remittance), 140)
        words = line.remittance.split()
        known = {statement.name, *bills.mapped("ref")}
        self.assertTrue(set(words[:-2]) <= known, words)
        # 11 bills: 1 + 2 + ... + 11
        self.assertEqual(line.amount, 66)
