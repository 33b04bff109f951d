"""Statements downloaded by days of one's own choice: they overlap, and are downloaded again; what nobody can tell stays open.

50 EUR came once, on the 23rd, and two invoices of 50 EUR are open: never are both paid.
"""

from odoo.tests import tagged

from .bank_common import entry, statement
from .common import HOST_IBAN
from .test_bank_counted import paged
from .test_bank_days import DaysCase, of_days
from .test_bank_told import BOOKED, VALUE, notified
from .test_bank_turns import joined, on


def valued(ntry, day):
    """The same entry, booked on another day, of value the 25th."""
    return ntry.replace(BOOKED, f"<BookgDt><Dt>2026-11-{day}</Dt></BookgDt>{VALUE}")


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
        # a bank may give all of them one name
        self.assert_taken_without(joined(statement(coffee, name="C"), statement(coffee, name="C")), twins=2)

    def test_they_overlap_by_a_day_that_sums_to_zero(self):
        """The second begins with the balance with which the first ends; both are of the whole 23rd."""
        out = on(entry("-50.00", "payout", iban=HOST_IBAN), 23)
        fee, thanks, coffee = self.days[:3]
        self.take(of_days("S1", fee, thanks, out, turn=(0, 7), days=(21, 23)))
        later = self.make_invoice("50.00", self.kiwi)
        self.assert_taken_without(of_days("S2", thanks, out, coffee, turn=(7, 16), days=(23, 24)), twins=2)
        self.assertEqual((self.invoices.payment_state, later.payment_state), ("paid", "not_paid"))

    def test_balances_come_again_on_a_later_day(self):
        """57, 66 and back to 7 lead from the first to the second only by days that are after both."""
        fee, thanks, coffee = self.days[:3]
        out = on(entry("-59.00", "out", iban=HOST_IBAN), 25)
        self.take_first()
        self.take(of_days("D24", coffee, turn=(57, 66), days=(24, 24)))
        self.take(of_days("D25", out, turn=(66, 7), days=(25, 25)))
        later = self.make_invoice("50.00", self.kiwi)
        self.take(of_days("S2", thanks, coffee, turn=(7, 66), days=(23, 24)))
        self.assertEqual((self.invoices.payment_state, later.payment_state), ("paid", "not_paid"))

    def test_some_statements_of_a_day_then_the_month(self):
        """At noon, and the month in the evening: what was told of the days before says that the noon is a part of it."""
        for refs in (("20-1", "25-1", "25-2"), ("", "", "")):
            told = [entry(f"{100 + n}.00", f"tea {n}", ref=ref) for n, ref in enumerate(refs)]
            told[0] = on(told[0], 20)
            day = of_days("D20", told[0], turn=(0, 100), days=(20, 20))
            noon = of_days("D25", told[1], turn=(100, 201), days=(25, 25))
            with self.subTest(refs), self.env.cr.savepoint() as point:
                self.assert_taken_without(day, noon, of_days("M", *told, turn=(0, 303), days=(10, 25)))
                self.assert_taken(100, 101, 102)
                point.rollback()
            self.env.invalidate_all()

    def test_the_month_at_noon_then_a_statement_that_goes_on_from_a_sweep(self):
        """20, 0, 30 at noon; then 0 to 80, before what leads to it is known: it has 30 of its own."""
        before, coffee = on(entry("-20.00", "out", iban=HOST_IBAN), 24), entry("30.00", "coffee")
        self.take(of_days("D24", before, turn=(20, 0), days=(24, 24)))
        self.take(of_days("M", before, coffee, turn=(20, 30), days=(10, 25)))
        more = of_days("S3", coffee, entry("50.00", "more"), turn=(0, 80), days=(25, 25))
        self.assert_taken_without(more, twins=1)
        self.assert_taken(-20, 30, 30, 50)

    def test_openings_dated_the_day_before(self):
        """Coffee of the 24th, and one more that is booked late or is of value the 24th: they follow, and hold other ones."""
        coffee = on(entry("50.00", "coffee"), 24)
        late = entry("50.00", "coffee").replace(BOOKED, f"{BOOKED}{VALUE.replace('25', '24')}")
        days = [of_days("S24", coffee, turn=(0, 50), days=(23, 24))]
        days += [of_days("S25", told, turn=(50, 100), days=(24, 25)) for told in (coffee, late)]
        with self.env.cr.savepoint() as point:
            self.assert_taken_without(*days[:2])
            self.assert_taken(50, 50)
            point.rollback()
        self.env.invalidate_all()
        self.take(notified(coffee, "N1"))
        twin = self.assert_taken_without(notified(coffee, "N2"), twins=1)
        self.assert_taken_without(days[0], days[2])
        self.assertFalse(twin.is_twin)
        self.assert_taken(50, 50)

    def test_the_same_again_after_a_sweep(self):
        first = of_days("D24", on(entry("50.00", "Recharge"), 24), turn=(0, 50), days=(24, 24))
        sweep = of_days("D25", entry("-50.00", "Sweep", iban=HOST_IBAN), turn=(50, 0), days=(25, 25))
        self.assert_taken_without(first, sweep, first + b"\n")
        self.assert_taken(-50, 50)

    def test_swept_each_day_under_one_name(self):
        """Booked on the 24th and on the 25th, both of value the 25th, and openings are dated the day before."""
        for ref in ("", "0001"):
            with self.subTest(ref), self.env.cr.savepoint() as point:
                for day in (24, 25):
                    both = entry("50.00", "Recharge", ref=ref), entry("-50.00", "Sweep", iban=HOST_IBAN, ref=ref)
                    told = [valued(each, day) for each in both]
                    self.take(of_days("X", *told, turn=(0, 0), days=(day - 1, day)))
                self.assert_taken(-50, -50, 50, 50)
                point.rollback()
            self.env.invalidate_all()

    def test_pages_of_two_days_with_one_value_day(self):
        last = paged(of_days("A", valued(entry("50.00", "x"), 24), turn=(0, 50), days=(24, 24)), "A", 2)
        first = paged(of_days("B", valued(entry("50.00", "x"), 25), turn=(50, 100), days=(25, 25)), "B", 1)
        self.assert_taken_without(last, first)
        self.assert_taken(50, 50)

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

    def test_the_third_of_a_monday_before_its_second(self):
        coffee, tea = on(entry("50.00", "coffee"), 23), on(entry("20.00", "tea"), 23)
        self.take(of_days("S1", coffee, turn=(0, 50), days=(20, 23)))
        self.assert_taken_without(of_days("S3", coffee, turn=(70, 120), days=(23, 23)), twins=1)
        self.take(of_days("S2", tea, turn=(50, 70), days=(23, 23)))
        self.assert_taken(20, 50, 50)
