"""References of the bank that it counts anew, in each file, on each page, each day; and those that are one of a kind.

50 EUR of Kiwi, and as much of Lime: each pays its own invoice once.
"""

from unittest.mock import patch

from odoo.tests import tagged

from .bank_common import entry, statement
from .common import HOST_IBAN
from .test_bank_days import DaysCase, of_days
from .test_bank_told import notified, reported
from .test_bank_turns import on, turn

LIME = "BE71096123456769"


def paged(content, name, number):
    """The same statement as a page of it."""
    told = f"<Id>{name}</Id><StmtPgntn><PgNb>{number}</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    return content.replace(f"<Id>{name}</Id>".encode(), told.encode())


@tagged("post_install", "-at_install")
class TestBankCounted(DaysCase):
    def setUp(self):
        super().setUp()
        self.lime = self.make_partner("Lime", LIME)

    def make_invoices(self):
        return self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", self.lime)

    def test_anew_in_each_file(self):
        """Lime's bears in the statement the number that Kiwi's had before."""
        kiwi = entry("50.00", "K", ref="0001")
        both = entry("50.00", "L", ref="0001", iban=LIME) + entry("50.00", "K", ref="0002")
        for first in (notified(kiwi), reported(kiwi), turn(0, kiwi)):
            with self.subTest(first), self.env.cr.savepoint() as point:
                invoice, theirs = self.make_invoices()
                self.take(first)
                later = self.make_invoice("50.00", self.kiwi)
                self.assert_taken_without(turn(0, both, closing="100.00"))
                states = [each.payment_state for each in (invoice, theirs, later)]
                self.assertEqual(states, ["paid", "paid", "not_paid"])
                point.rollback()
            self.env.invalidate_all()

    def test_anew_on_each_page(self):
        for number, told in enumerate((entry("50.00", "A", ref="1"), entry("50.00", "B", ref="1", iban=LIME)), 1):
            self.take(paged(of_days("P", told, turn=(0, 100), days=(25, 25)), "P", number))
        self.assert_taken(50, 50)

    def test_anew_each_day_and_the_month_is_read_in_pieces(self):
        """The newest comes first, and is not Kiwi's of four days before."""
        invoice, theirs = self.make_invoices()
        kiwi = on(entry("50.00", "for A", ref="0001"), 20)
        lime = on(entry("50.00", "for B", ref="0001", iban=LIME), 24)
        self.take(of_days("D", kiwi, turn=(0, 50), days=(20, 20)))
        later = self.make_invoice("50.00", self.kiwi)
        with patch("odoo.addons.ev_sepa.models.ev_bank_file_statement.ENOUGH", 1):
            file = self.take(of_days("M", lime, kiwi, turn=(0, 100), days=(10, 30)))
        self.assertEqual((file.known_count, invoice.payment_state, later.payment_state), (1, "paid", "not_paid"))
        self.assertEqual(theirs.payment_state, "not_paid" if file.entry_ids.is_twin else "paid")
        self.assert_taken(50, 50)

    def test_anew_each_day_by_one_payer_and_the_month_is_read_in_pieces(self):
        """Only its words tell the payment of the 24th from that of the 20th."""
        first = on(entry("50.00", "charging A", ref="0001"), 20)
        then = on(entry("50.00", "parking B", ref="0001"), 24)
        self.take(of_days("D", first, turn=(0, 50), days=(20, 20)))
        with patch("odoo.addons.ev_sepa.models.ev_bank_file_statement.ENOUGH", 1):
            file = self.take(of_days("M", then, first, turn=(0, 100), days=(10, 30)))
        self.assertEqual(file.entry_ids.mapped("text"), ["parking B"])
        self.assert_taken(50, 50)

    def test_anew_each_day_and_in_another_order_in_the_statement(self):
        """Kiwi's of the 24th and the 25th are 0001, Lime's is 0002; the statement has Lime's before Kiwi's."""
        kiwi, lime = entry("50.00", "K", ref="0001"), entry("50.00", "L", ref="0002", iban=LIME)
        told = entry("50.00", "L", ref="0001", iban=LIME), entry("50.00", "K", ref="0002")
        before = on(kiwi, 24)
        monday, tuesday = notified(before, "N24"), notified(kiwi + lime, "N25")
        for files in (
            (monday, tuesday, of_days("W", before, *told, turn=(0, 150), days=(24, 25))),
            (monday, tuesday, of_days("S25", *told, turn=(50, 150), days=(25, 25))),
            (monday, statement(before, name="S24"), tuesday, statement(*told, name="S25")),
            # what was paid on the 24th is no matter of the 25th
            (tuesday, of_days("W", on(entry("50.00", "other", ref="0001"), 24), *told, turn=(0, 150), days=(24, 25))),
        ):
            with self.subTest(len(files), last=files[-1]), self.env.cr.savepoint() as point:
                self.make_invoices()
                self.assert_taken_without(*files)
                later = self.make_invoice("50.00", self.kiwi)
                self.take(files[-1].replace(b"</GrpHdr>", b"</GrpHdr> "))
                self.assert_taken(50, 50, 50)
                self.assertEqual(later.payment_state, "not_paid")
                point.rollback()
            self.env.invalidate_all()

    def test_anew_each_day_and_told_by_one_name(self):
        """Two files of one message, two statements of one name, and a week issued again with another day and a correction."""
        first, then = on(entry("50.00", "charging A", ref="0001"), 24), entry("50.00", "parking B", ref="0001")
        corrected = on(entry("60.00", "charging A", ref="0001"), 24)
        for files, amounts in (
            ((notified(first, "N"), notified(then, "N")), (50, 50)),
            ((statement(first, name="M"), statement(then, name="M").replace(b"M-M", b"M-2")), (50, 50)),
            (
                (
                    of_days("W", first, turn=(0, 50), days=(20, 24)),
                    of_days("V", corrected, then, turn=(0, 110), days=(20, 25)),
                ),
                (50, 50, 60),
            ),
        ):
            with self.subTest(files[1]), self.env.cr.savepoint() as point:
                self.take_all(*files)
                self.assert_taken(*amounts)
                point.rollback()
            self.env.invalidate_all()

    def test_anew_each_day_of_an_account_that_is_swept(self):
        """The month at noon, then the days: the 25th goes on beyond the month, from where it began."""
        before = on(entry("-20.00", "out", iban=HOST_IBAN, ref="0001"), 20)
        monday = entry("50.00", "Recharge A", ref="0001"), entry("-50.00", "out", iban=HOST_IBAN, ref="0002")
        monday = [on(each, 24) for each in monday]
        noon = entry("9.00", "tea", ref="0003")
        tuesday = entry("50.00", "Recharge B", ref="0001"), entry("-59.00", "out", iban=HOST_IBAN, ref="0002")
        self.take_all(
            of_days("D20", before, turn=(20, 0), days=(20, 20)),
            of_days("M", before, *monday, noon, turn=(20, 9), days=(10, 25)),
            of_days("D24", *monday, turn=(0, 0), days=(24, 24)),
        )
        self.take(of_days("D25", noon, *tuesday, turn=(0, 0), days=(25, 25)))
        texts = self.env["ev.bank.entry"].search([("journal_id", "=", self.journal.id)]).mapped("text")
        self.assertIn("Recharge B", texts)

    def test_anew_after_weeks(self):
        """The notification of the 28th is not the statement's of the 2nd, which is read with one of the 26th."""
        self.take(notified(on(entry("50.00", "Recharge", ref="0001"), 28)))
        told = on(entry("50.00", "Recharge", ref="0001"), "02"), on(entry("9.00", "tea", ref="0001"), 26)
        self.take(of_days("M", *told, turn=(0, 59), days=("01", 27)))
        self.assert_taken(9, 50, 50)

    def test_anew_in_each_statement_and_the_second_comes_last(self):
        """Nothing is lost: that the third is no first is known only then."""
        told = entry("50.00", "Recharge", ref="0001")
        self.assert_taken_without(turn(0, told))
        self.assert_taken_without(turn(3, told, opening="70.00", closing="120.00"), twins=1)
        self.take(turn(2, entry("20.00", "tea", ref="0001"), opening="50.00", closing="70.00"))
        self.assert_taken(20, 50, 50)

    def test_anew_in_each_statement_of_a_day_that_is_swept(self):
        """50 in, swept, and 50 in again; or 20 and 30 out, and 50 in booked late."""
        coffee = entry("50.00", "Recharge", ref="0001")
        out = [entry(f"-{amount}.00", "out", iban=HOST_IBAN, ref="0001") for amount in (50, 20, 30)]
        swept = of_days("S2", out[0], turn=(50, 0), days=(25, 25)), of_days("S3", coffee, turn=(0, 50), days=(25, 25))
        late = on(out[2].replace("0001", "0002"), 26)
        partly = (
            of_days("S2", out[1], turn=(50, 30), days=(25, 25)),
            of_days("S3", coffee, late, turn=(30, 50), days=(25, 26)),
        )
        for first, rest, amounts in ((25, swept, (-50,)), (24, swept, (-50,)), (24, partly, (-20, -30))):
            with self.subTest(amounts, first=first), self.env.cr.savepoint() as point:
                self.take(of_days("S1", coffee, turn=(0, 50), days=(first, 25)))
                self.take_all(*rest)
                self.assert_taken(50, 50, *amounts)
                point.rollback()
            self.env.invalidate_all()

    def test_one_for_a_batch(self):
        """Four are collected under one reference; beside them stands one with a reference of its own and the same words."""
        told = [entry("50.00", "EV charging", end=f"E{n}", ref="B-1", iban="") for n in range(4)]
        other = entry("50.00", "EV charging", ref="B-2", iban="")
        self.take(notified("".join(told)))
        for size in (3, 1000):
            with (
                self.subTest(size),
                self.env.cr.savepoint() as point,
                patch("odoo.addons.ev_sepa.models.ev_bank_file_statement.ENOUGH", size),
            ):
                first = self.take(of_days("S1", *told[2:], other, turn=(0, 150), days=(25, 25)))
                self.assertEqual((first.known_count, first.entry_ids.mapped("bank_reference")), (2, ["B-2"]))
                self.assertFalse(first.entry_ids.is_twin)
                self.assertEqual(self.take(of_days("S2", *told[:2], turn=(150, 250), days=(25, 25))).known_count, 2)
                self.assert_taken(*[50] * 5)
                point.rollback()
            self.env.invalidate_all()

    def test_one_of_a_kind_in_other_words_on_another_day(self):
        """Notified in other words; the statement is issued again with another booking day."""
        told = entry("50.00", "VIREMENT 123", ref="B-1")
        self.take(notified(on(entry("50.00", "our thanks", ref="B-1"), 24)))
        self.assert_taken_without(turn(0, on(told, 24)), turn(0, told))
        self.assert_taken(50)

    def test_one_of_a_kind_is_believed_where_balances_come_again(self):
        """0, 50 and swept to 0 the next day: the first day once more, or some days that overlap it."""
        thanks, tea = on(entry("50.00", "thanks", ref="23-4711"), 23), on(entry("9.00", "tea", ref="24-0815"), 24)
        first = of_days("D23", thanks, turn=(0, 50), days=(23, 23))
        swept = entry("-59.00", "sweep", iban=HOST_IBAN, ref="25-0001")
        rest = [
            of_days("D24", tea, turn=(50, 59), days=(24, 24)),
            of_days("D25", swept, turn=(59, 0), days=(25, 25)),
        ]
        for again in (
            first + b"\n",
            first.replace(b"D23", b"E23"),
            of_days("S", thanks, tea, turn=(0, 59), days=(22, 24)),
        ):
            with self.subTest(again), self.env.cr.savepoint() as point:
                self.assert_taken_without(first, *rest, again)
                self.assert_taken(-59, 9, 50)
                point.rollback()
            self.env.invalidate_all()

    def test_one_of_a_kind_is_believed_where_a_day_is_swept(self):
        """50, swept, 30: the same once more, or the statement of the day."""
        coffee, tea = entry("50.00", "coffee", ref="25-1"), entry("30.00", "tea", ref="25-3")
        sweep = entry("-50.00", "out", iban=HOST_IBAN, ref="25-2")
        turns = [
            of_days("S1", coffee, turn=(0, 50), days=(25, 25)),
            of_days("S2", sweep, turn=(50, 0), days=(25, 25)),
            of_days("S3", tea, turn=(0, 30), days=(25, 25)),
        ]
        self.take_all(*turns)
        for again in (
            [content.replace(b"M-S", b"M-AGAIN") for content in turns],
            [of_days("D25", coffee, sweep, turn=(0, 0), days=(25, 25))],
        ):
            with self.subTest(len(again), last=again[-1]), self.env.cr.savepoint() as point:
                self.assert_taken_without(*again)
                self.assert_taken(-50, 30, 50)
                point.rollback()
            self.env.invalidate_all()

    def test_others_in_each_family(self):
        """Notifications and reports have references of their own: the same words are the same entry, other words may be."""
        invoice, _theirs = self.make_invoices()
        told = entry("50.00", f"Recharge {invoice.name}", ref="S-1")
        for first in (notified, reported):
            for name, text, twins in (
                ("the same words", f"Recharge {invoice.name}", 0),
                ("words within", f"EREF {invoice.name}", 1),
                ("no words", "", 1),
            ):
                with self.subTest(name, first=first.__name__), self.env.cr.savepoint() as point:
                    self.take(first(entry("50.00", text, ref="N-1")))
                    later = self.make_invoice("50.00", self.kiwi)
                    self.assert_taken_without(of_days("S", told, turn=(0, 50), days=(25, 25)), twins=twins)
                    self.assertEqual((invoice.payment_state, later.payment_state), ("paid", "not_paid"))
                    self.assert_taken(*[50] * (1 + twins))
                    point.rollback()
                self.env.invalidate_all()

    def test_others_in_the_month(self):
        """The month's statement numbers from its beginning: nobody can tell, so nothing is paid twice."""
        days = [on(entry("50.00", f"Recharge {n}", ref="1"), 23 + n) for n in range(3)]
        month = [on(entry("50.00", f"Recharge {n}", ref=f"{n + 7}"), 23 + n) for n in range(3)]
        turns = [
            of_days(f"D{n}", told, turn=(50 * n, 50 * n + 50), days=(23 + n, 23 + n)) for n, told in enumerate(days)
        ]
        self.assert_taken_without(*turns)
        self.assert_taken_without(of_days("M", *month, turn=(0, 150), days=("01", 30)), twins=3)

    def test_kept_in_each_family(self):
        """Where some are told under the same reference, another reference is another payment of the same words."""
        tea, coffee = entry("9.00", "tea", ref="1"), entry("50.00", "Recharge", ref="2")
        self.take(notified(tea + coffee))
        self.assert_taken_without(of_days("S1", tea, coffee.replace(">2<", ">3<"), turn=(0, 59), days=(25, 25)))
        self.assert_taken_without(of_days("S2", coffee, turn=(59, 109), days=(25, 25)))
        self.assert_taken(9, 50, 50)
