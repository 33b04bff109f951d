"""Statements downloaded by days of one's own choice: they overlap, and are downloaded again; what nobody can tell stays open.

50 EUR came once, on the 23rd, and two invoices of 50 EUR are open: never are both paid.
"""

from odoo.tests import tagged

from .bank_common import entry, statement
from .test_bank_days import DaysCase, of_days
from .test_bank_told import notified
from .test_bank_turns import joined, on


@tagged("post_install", "-at_install")
class TestBankOverlap(DaysCase):
    def setUp(self):
        super().setUp()
        told = ((7, "fee", 21), (50, "thanks", 23), (9, "coffee", 24), (11, "tea", 25))
        self.days = [on(entry(f"{amount}.00", text), day) for amount, text, day in told]
        self.invoices = self.make_invoice("50.00", self.kiwi)

    def take_first(self):
        """0 + 7 + 50 = 57 on the 21st to 23rd."""
        return self.take(of_days("S1", *self.days[:2], turn=(0, 57), days=(21, 23)))

    def make_second(self, name="S2"):
        """7 + 50 + 9 = 66 on the 22nd to 24th."""
        return of_days(name, *self.days[1:3], turn=(7, 66), days=(22, 24))

    def make_longer(self):
        """The same and 11, on the 22nd to 25th."""
        return of_days("S3", *self.days[1:], turn=(7, 77), days=(22, 25))

    def test_what_overlaps_is_downloaded_again(self):
        for third in (self.make_second("S3"), self.make_longer()):
            with self.subTest(third), self.env.cr.savepoint() as point:
                self.take_first()
                twin = self.take(self.make_second()).entry_ids.filtered("is_twin")
                later = self.make_invoice("50.00", self.kiwi)
                self.take(third)
                self.assertEqual((twin.amount, twin.is_twin, twin.state), (50, True, "exception"))
                self.assertEqual((self.invoices.payment_state, later.payment_state), ("paid", "not_paid"))
                point.rollback()
            self.env.invalidate_all()

    def test_what_overlaps_has_the_bank_s_references(self):
        """They say it, unless the words under them are others."""
        for words, twins in (("thanks", 0), ("for invoice 7", 1)):
            told = [entry(f"{50 + n}.00", text, ref=f"R{n}") for n, text in enumerate(("thanks", "coffee"))]
            again = [told[0].replace("thanks", words), told[1]]
            with self.subTest(words), self.env.cr.savepoint() as point:
                self.take(of_days("S1", on(told[0], 23), turn=(0, 50), days=(21, 23)))
                second = of_days("S2", on(again[0], 23), on(again[1], 24), turn=(7, 108), days=(22, 24))
                self.assert_taken_without(second, twins=twins)
                point.rollback()
            self.env.invalidate_all()

    def test_statements_without_balances_in_one_file(self):
        """What a notification told stands in both: the second may be another one, or the same."""
        coffee = entry("50.00", "coffee")
        self.take(notified(coffee))
        later = self.make_invoice("50.00", self.kiwi)
        self.assert_taken_without(joined(statement(coffee, name="A"), statement(coffee, name="B")), twins=1)
        self.assertEqual((self.invoices.payment_state, later.payment_state), ("paid", "not_paid"))
        # under one name it is the same statement again
        self.assert_taken_without(joined(statement(coffee, name="C"), statement(coffee, name="C")), twins=1)

    def test_left_open_with_a_question_it_stays_so(self):
        self.take_first()
        twin = self.take(self.make_second()).entry_ids.filtered("is_twin")
        self.as_user(twin, self.maker).with_context(ev_question="Did it come twice?").action_park()
        later = self.make_invoice("50.00", self.kiwi)
        self.take(self.make_longer())
        self.assertEqual((twin.state, twin.is_twin, later.payment_state), ("parked", True, "not_paid"))

    def test_a_notification_sent_again_then_statements_that_overlap(self):
        twin = [self.take(notified(self.days[1], name)) for name in ("N1", "N2")][1].entry_ids
        later = self.make_invoice("50.00", self.kiwi)
        self.take_first()
        self.take(self.make_second())
        self.assertTrue(twin.is_twin)
        self.assertEqual((self.invoices.payment_state, later.payment_state), ("paid", "not_paid"))

    def test_days_and_the_turn_of_both_in_one_file_after_a_notification(self):
        """7 and 50 of two days, then both days together."""
        self.take(notified(self.days[1]))
        fee, thanks = self.days[:2]
        both = of_days("M", fee, thanks, turn=(0, 57), days=(21, 23))
        file = joined(of_days("D", thanks, turn=(7, 57), days=(23, 23)), both)
        self.assert_taken_without(file)
        self.assert_taken(7, 50)

    def test_a_reference_counted_anew_with_the_days_out_of_order(self):
        """The statement of the 24th comes after that of the 25th: it says that the notification was of the 24th."""
        second = self.make_invoice("50.00", self.make_partner("Lime", "BE71096123456769"))
        first_day, second_day = (
            on(entry("50.00", invoice.name, ref="0001", iban=""), day)
            for invoice, day in ((self.invoices, 24), (second, 25))
        )
        later = of_days("S25", second_day, turn=(50, 100), days=(25, 25))
        earlier = of_days("S24", first_day, turn=(0, 50), days=(24, 24))
        for files in ([later, earlier], [joined(later, earlier)]):
            with self.subTest(len(files)), self.env.cr.savepoint() as point:
                self.take(notified(first_day))
                taken = [self.take(file).entry_ids for file in files]
                self.assertFalse(taken[0].is_twin)
                self.assertEqual((self.invoices.payment_state, second.payment_state), ("paid", "paid"))
                self.assert_taken(50, 50)
                point.rollback()
            self.env.invalidate_all()

    def test_two_of_a_monday_whose_first_opens_on_friday(self):
        """Nobody can tell by days and balances whether the one is the end of the other: nothing is lost."""
        cases = [(ref, days) for ref in ("", "0001") for days in ((20, 23), (13, 23))]
        for ref, days in cases:
            coffee = on(entry("50.00", "coffee", ref=ref), 23)
            with self.subTest(ref, days=days), self.env.cr.savepoint() as point:
                self.take(of_days("S1", coffee, turn=(0, 50), days=days))
                self.assert_taken_without(of_days("S2", coffee, turn=(50, 100), days=(23, 23)), twins=1)
                self.assert_taken_without(of_days("S3", coffee, turn=(100, 150), days=(23, 23)), twins=1)
                self.assert_taken(50, 50, 50)
                point.rollback()
            self.env.invalidate_all()
