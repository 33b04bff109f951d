"""The same entry told by several files is taken once, and two entries that look alike are two."""

from odoo.fields import Date
from odoo.tests import new_test_user, tagged

from .bank_common import BankCase, entry, statement


def bare(ntry):
    """The same entry without its transactions, as some banks write statements."""
    start, end = ntry.index("<NtryDtls>"), ntry.index("</NtryDtls>")
    return ntry[:start] + ntry[end + len("</NtryDtls>") :]


@tagged("post_install", "-at_install")
class TestBankKnown(BankCase):
    def amounts(self):
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        return sorted(lines.mapped("amount"))

    def test_a_statement_without_details_after_its_notification(self):
        told = entry("100.00", "INV A", end="E-1")
        self.take(statement(told, family="camt.054", name="N1"))
        file = self.take(statement(bare(told), name="S1", opening="0.00", closing="100.00"))
        self.assertEqual((self.amounts(), file.known_count), ([100.0], 1))
        # the same statement issued once more, under another number
        self.take(statement(bare(told), name="S1-corrected", opening="0.00", closing="100.00"))
        self.assertEqual(self.amounts(), [100.0])

    def test_a_notification_after_the_statement_without_details(self):
        invoice = self.make_invoice("100.00", self.kiwi)
        told = entry("100.00", invoice.name, end="E-1", iban="")
        waiting = self.take_one(statement(bare(told), name="S1"))
        self.assertEqual(waiting.state, "exception")
        self.take(statement(told, family="camt.054", name="N1"))
        self.assertEqual((self.amounts(), waiting.state, invoice.payment_state), ([100.0], "matched", "paid"))

    def test_one_of_two_equal_sums_was_told_before(self):
        told = entry("100.00", "INV A", end="E-1")
        self.take(statement(told, family="camt.054", name="N1"))
        self.take(statement(bare(told), bare(told), name="S1"))
        self.assertEqual(self.amounts(), [100.0, 100.0])

    def test_one_of_two_that_say_the_same_was_told_before(self):
        coffee = entry("55.00", "coffee")
        self.take(statement(coffee, family="camt.054", name="N1"))
        balances = {"opening": "0.00", "closing": "110.00"}
        file = self.take(statement(coffee, coffee, name="S1", **balances))
        self.assertEqual((self.amounts(), file.known_count), ([55.0, 55.0], 1))
        file = self.take(statement(coffee, coffee, name="S1-corrected", **balances))
        self.assertEqual((self.amounts(), file.known_count), ([55.0, 55.0], 2))

    def test_one_of_three_is_new_where_two_notifications_told_one_each(self):
        coffee = entry("55.00", "coffee")
        for name in ("D1", "D2"):
            self.take(statement(coffee, family="camt.054", name=name))
        file = self.take(statement(coffee, coffee, coffee, name="S1"))
        self.assertEqual((self.amounts(), file.known_count), ([55.0, 55.0, 55.0], 2))

    def test_other_words_are_another_entry(self):
        self.take(statement(entry("100.00", "INV A", end="E-1"), family="camt.054", name="N1"))
        self.take(statement(entry("100.00", "INV B", end="E-2"), name="S1"))
        self.assertEqual(self.amounts(), [100.0, 100.0])

    def test_a_reference_that_the_bank_counts_anew_each_month(self):
        fee = entry("-12.00", "fee", ref="000001")
        self.take(statement(fee, name="S1"))
        december = statement(fee.replace("2026-11-25", "2026-12-25"), name="S2")
        self.take(december)
        self.assertEqual(self.amounts(), [-12.0, -12.0])
        file = self.take(december.replace(b"M-S2", b"M-S3"))
        self.assertEqual((self.amounts(), file.known_count), ([-12.0, -12.0], 1))

    def test_a_second_notification_like_the_first_is_for_a_person(self):
        invoice = self.make_invoice("55.00", self.kiwi)
        coffee = entry("55.00", f"coffee {invoice.name}")
        first = self.take_one(statement(coffee, family="camt.054", name="D1"))
        self.assertEqual(first.state, "matched")
        other = self.make_invoice("55.00", self.kiwi)
        second = self.take_one(statement(coffee, family="camt.054", name="D2"))
        self.assertEqual((second.state, second.is_twin, other.payment_state), ("exception", True, "not_paid"))
        self.assertIn("Told Twice", second.reason)
        # the statement has both: none of them is new
        file = self.take(statement(coffee, coffee, name="S1"))
        self.assertEqual((self.amounts(), file.known_count), ([55.0, 55.0], 2))

    def test_the_same_notification_downloaded_again_is_known(self):
        coffee = statement(entry("55.00", "coffee"), family="camt.054", name="D1")
        self.take_one(coffee)
        file = self.take(coffee + b"\n")
        self.assertEqual((self.amounts(), file.known_count), ([55.0], 1))

    def test_an_account_typed_on_the_portal_says_nothing_about_who_pays(self):
        stranger = "BE71096123456769"
        user = new_test_user(
            self.env, "known-portal", groups="base.group_portal", partner_id=self.host.id, company_id=self.company.id
        )
        account = self.env["res.partner.bank"].with_user(user).sudo()
        account = account.create({"acc_number": stranger, "partner_id": self.host.id})
        self.assertEqual((account.ev_approval, account.ev_changed_by_id), ("waiting", user))
        invoice = self.make_invoice("500.00", self.host)
        first = self.take_one(statement(entry("500.00", "for my car", iban=stranger, ref="A")))
        self.assertEqual(
            (first.state, first.partner_id, invoice.amount_residual), ("exception", self.env["res.partner"], 500)
        )
        account.with_user(self.approver).action_ev_approve()
        second = self.take_one(statement(entry("500.00", "for my car", iban=stranger, ref="B"), name="S2"))
        self.assertEqual((second.rule, second.date), ("partner", Date.to_date("2026-11-25")))
