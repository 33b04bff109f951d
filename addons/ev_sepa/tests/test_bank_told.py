"""One entry told in other words by reports, notifications and statements is one; two that look alike in two statements are two.

50 EUR came once, or twice: the bank's own lines in the ledger say what was taken.
"""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .bank_common import BankCase, entry, statement
from .common import HOST_IBAN

BOOKED = "<BookgDt><Dt>2026-11-25</Dt></BookgDt>"
VALUE = "<ValDt><Dt>2026-11-25</Dt></ValDt>"


def notified(ntry, name="N1"):
    return statement(ntry, family="camt.054", name=name)


def reported(ntry, name="R1"):
    """The intraday report of the same."""
    content = statement(ntry, name=name).replace(b"camt.053", b"camt.052")
    return content.replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt").replace(b"Stmt>", b"Rpt>")


def page(number, ntry):
    told = f"<Id>P</Id><StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{str(number == 2).lower()}</LastPgInd></StmtPgntn>"
    return statement(ntry, name="P", opening="0.00", closing="50.00").replace(b"<Id>P</Id>", told.encode())


class ToldCase(BankCase):
    def take_all(self, *contents):
        """Import these, known before or not; return their files."""
        files = self.as_user(self.env["ev.bank.file"], self.maker)
        return [files._take("file.xml", content)[0] for content in contents]

    def assert_taken(self, *amounts):
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(sorted(lines.mapped("amount")), sorted(amounts))


@tagged("post_install", "-at_install")
class TestBankTold(ToldCase):
    def test_told_by_both_in_other_words_it_is_one(self):
        once = entry("50.00", "Recharge", end="CLIENT-77")
        dated = once.replace("</BookgDt>", f"</BookgDt>{VALUE}")
        numbered = entry("50.00", "Recharge", end="CLIENT-77", ref="B-1")
        wordy, wordier = entry("50.00", "Recharge client 4711"), entry("50.00", "SVWZ+Recharge client 4711")
        for name, first, then in (
            ("a value day in the statement alone", once, dated),
            ("a booking day in the statement alone", dated.replace(BOOKED, ""), dated),
            ("the same reference, other words", once, entry("50.00", "SVWZ+Recharge", end="CLIENT-77")),
            ("the bank's reference in the statement alone", once, numbered),
            ("the bank's reference in the notification alone", numbered, once),
            ("the words within others", wordy, wordier),
        ):
            with self.subTest(name), self.env.cr.savepoint() as point:
                self.take(notified(first))
                file = self.take(statement(then, name="S1", opening="0.00", closing="50.00"))
                self.assert_taken(50)
                self.assertEqual(file.known_count, 1)
                # and the other way round
                point.rollback()
                self.env.invalidate_all()
                self.take(statement(then, name="S1", opening="0.00", closing="50.00"))
                self.take(notified(first))
                self.assert_taken(50)
                point.rollback()
            self.env.invalidate_all()

    def test_told_again_it_pays_no_other_invoice(self):
        first, second = self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", self.kiwi)
        told = entry("50.00", first.name, end="CLIENT-77")
        self.take(notified(told))
        self.take(statement(told.replace("</BookgDt>", f"</BookgDt>{VALUE}"), opening="0.00", closing="50.00"))
        self.assertEqual((first.payment_state, second.payment_state), ("paid", "not_paid"))

    def test_our_own_payment_in_other_words(self):
        line = self.paid_batch(self.make_bill("50.00")).line_ids
        self.take(notified(entry("-50.00", "PAY A", end=line.end_to_end_id, iban=HOST_IBAN)))
        file = self.take(statement(entry("-50.00", "VIREMENT", end=line.end_to_end_id, iban=HOST_IBAN)))
        self.assert_taken(-50)
        self.assertEqual((file.known_count, line.state), (1, "booked"))

    def test_reports_of_the_day_then_a_notification_then_the_statement(self):
        for name in ("R1", "R2"):
            self.take(reported(entry("50.00", "Recharge"), name))
        self.assert_taken(50)
        self.take(notified(entry("50.00", "Recharge 4711")))
        balances = {"opening": "0.00", "closing": "50.00"}
        file = self.take(statement(entry("50.00", "SVWZ+Recharge"), name="S1", **balances))
        self.assert_taken(50)
        self.assertEqual(file.known_count, 1)
        # known by all three of its keys
        for content in (
            reported(entry("50.00", "Recharge"), "R3"),
            notified(entry("50.00", "Recharge 4711"), "N1") + b"\n",
            statement(entry("50.00", "SVWZ+Recharge"), name="S1-again", **balances),
        ):
            self.assertEqual(self.take(content).known_count, 1)
        self.assert_taken(50)

    def test_nobody_can_tell_so_a_person_does(self):
        """The same sum of the same account on the same day, with words that have nothing in common."""
        invoice = self.make_invoice("50.00", self.kiwi)
        self.take(notified(entry("50.00", "our thanks")))
        self.assertEqual(invoice.payment_state, "paid")
        other = self.make_invoice("50.00", self.kiwi)
        twin = self.take_one(statement(entry("50.00", f"for {other.name}"), opening="0.00", closing="50.00"))
        self.assertEqual((twin.state, twin.is_twin, other.payment_state), ("exception", True, "not_paid"))
        return twin

    def test_a_person_says_it_was_told_twice(self):
        twin = self.test_nobody_can_tell_so_a_person_does()
        self.assert_taken(50, 50)
        held = twin.statement_line_id.statement_id
        self.assertTrue(held.is_complete)
        self.as_user(twin, self.maker).action_told_twice()
        # the statement still adds up: it has the one that was told first
        self.assertEqual((held.line_ids.ev_bank_entry_ids.text, held.is_complete), ("our thanks", True))
        self.assertEqual((twin.state, twin.statement_line_id.ids, twin.settled_by_id), ("double", [], self.maker))
        self.assert_taken(50)
        # it is no exception any more, and the file's entry is not taken again
        again = statement(entry("50.00", twin.text), opening="0.00", closing="50.00") + b"\n"
        self.assertEqual(self.take(again).known_count, 1)
        self.assert_taken(50)
        with self.assertRaisesRegex(UserError, "settled already"):
            self.as_user(twin, self.maker).action_told_twice()
        # and back: it was money of its own
        self.as_user(twin, self.maker).action_match_again()
        self.assertEqual(twin.state, "exception")
        self.assert_taken(50, 50)

    def test_told_twice_by_mistake_the_statement_tells_both(self):
        """Two notifications of 50 each, one dropped; the statement has both: the second is money after all."""
        coffee = entry("50.00", "coffee")
        self.take(notified(coffee, "N1"))
        twin = self.take_one(notified(coffee, "N2"))
        self.as_user(twin, self.maker).action_told_twice()
        self.assert_taken(50)
        self.take(statement(coffee, coffee, name="S1", opening="0.00", closing="100.00"))
        self.assert_taken(50, 50)

    def test_what_is_like_no_other_was_not_told_twice(self):
        alone = self.take_one(statement(entry("50.00", "thanks", iban="")))
        with self.assertRaisesRegex(UserError, "like no entry before it"):
            self.as_user(alone, self.maker).action_told_twice()
        accountant = self.make_user("told-books", "account.group_account_invoice")
        with self.assertRaises(AccessError):
            self.as_user(alone, accountant).action_told_twice()
        self.assertEqual(alone.state, "exception")
        self.assert_taken(50)

    def test_of_another_account_it_is_another_entry(self):
        self.make_partner("Lime", "BE71096123456769")
        self.take(notified(entry("50.00", "Recharge")))
        lime = entry("50.00", "Recharge", iban="BE71096123456769")
        self.take(statement(lime, name="S1", opening="0.00", closing="50.00"))
        self.assert_taken(50, 50)
        file = self.take(statement(lime, name="S1", opening="0.00", closing="50.00") + b"\n")
        self.assertEqual(file.known_count, 1)
        self.assert_taken(50, 50)


@tagged("post_install", "-at_install")
class TestStatementsInARow(ToldCase):
    """Statements of one day that go on from one another hold other entries, however alike."""

    def test_the_next_statement_of_the_day(self):
        for number in range(3):
            balances = {"opening": f"{50 * number}.00", "closing": f"{50 * number + 50}.00"}
            self.take(statement(entry("50.00", "Recharge"), name=f"2026-{number}", **balances))
            self.assert_taken(*[50] * (number + 1))
        again = statement(entry("50.00", "Recharge"), name="2026-1", opening="50.00", closing="100.00")
        file = self.take(again + b"\n")
        self.assertEqual(file.known_count, 1)
        self.assert_taken(50, 50, 50)
        # the bank's own statements, each with its entry
        statements = self.env["account.bank.statement"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(sorted(statements.mapped("balance_end_real")), [50, 100, 150])

    def test_two_pages_of_one_statement(self):
        for number in (1, 2):
            self.take(page(number, entry("50.00", "Recharge")))
        self.assert_taken(50, 50)

    def test_another_payer_on_the_next_statement(self):
        lime = self.make_partner("Lime", "BE71096123456769")
        first, second = self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", lime)
        self.take(statement(entry("50.00", "Recharge"), name="1", opening="0.00", closing="50.00"))
        other = entry("50.00", "Recharge", iban="BE71096123456769")
        self.take(statement(other, name="2", opening="50.00", closing="100.00"))
        self.assertEqual((first.payment_state, second.payment_state), ("paid", "paid"))

    def test_a_reference_counted_anew_each_day(self):
        first = entry("50.00", "Recharge A", ref="0001").replace("2026-11-25", "2026-11-24")
        self.take(statement(first, name="1", opening="0.00", closing="50.00"))
        second = statement(entry("50.00", "Recharge B", ref="0001"), name="2", opening="50.00", closing="100.00")
        self.take(second)
        self.assert_taken(50, 50)
        self.assertEqual(self.take(second + b"\n").known_count, 1)

    def test_one_between_them_may_be_missing(self):
        self.take(statement(entry("50.00", "Recharge"), name="1", opening="0.00", closing="50.00"))
        twin = self.take_one(statement(entry("50.00", "Recharge"), name="3", opening="70.00", closing="120.00"))
        self.assertEqual((twin.state, twin.is_twin), ("exception", True))
        self.as_user(twin, self.maker).action_told_twice()
        self.assert_taken(50)

    def test_told_by_notifications_before(self):
        """Two notifications tell one each, two statements hold one each: none of them is new."""
        for number in (1, 2):
            self.take(notified(entry("50.00", "Recharge"), f"N{number}"))
        self.assert_taken(50, 50)
        for number in (0, 1):
            balances = {"opening": f"{50 * number}.00", "closing": f"{50 * number + 50}.00"}
            file = self.take(statement(entry("50.00", "Recharge"), name=f"S{number}", **balances))
            self.assertEqual(file.known_count, 1)
        self.assert_taken(50, 50)
