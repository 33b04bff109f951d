"""Statements of a day, of some days and of a month beside each other, as banks date them; what is told of other days and sums.

Nothing is lost, and nothing is booked twice without a person being asked: what is no twin is in the ledger as the bank has it.
"""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .bank_common import entry, statement
from .common import HOST_IBAN
from .test_bank_told import ToldCase, notified, reported
from .test_bank_turns import joined, on


def dated(content, first, last):
    """A statement with the days of its balances, of November."""
    day = b"<Dt><Dt>2026-11-25</Dt></Dt></Bal>"
    opening, closing, rest = content.split(day)
    days = [f"<Dt><Dt>2026-11-{number}</Dt></Dt></Bal>".encode() for number in (first, last)]
    return opening + days[0] + closing + days[1] + rest


def of_days(name, *entries, turn, days):
    """A statement from one balance to another, of some days."""
    opening, closing = (f"{amount}.00" for amount in turn)
    return dated(statement(*entries, name=name, opening=opening, closing=closing), *days)


class DaysCase(ToldCase):
    def assert_taken_without(self, *files, twins=0):
        """Import the files; as many entries are twins."""
        taken = self.env["ev.bank.file"].union(*self.take_all(*files))
        self.assertEqual(set(taken.mapped("state")), {"done"}, taken.mapped("reason"))
        found = taken.entry_ids.filtered("is_twin")
        self.assertEqual(len(found), twins, found.mapped("label"))
        return found


@tagged("post_install", "-at_install")
class TestBankDays(DaysCase):
    def make_days(self, before, **references):
        """Three days of 50 each, openings dated `before` days earlier; and the month that encloses them."""
        told = [on(entry("50.00", f"Recharge {n}", **references), 20 + n) for n in range(3)]
        days = [
            of_days(f"D{n}", each, turn=(50 * n, 50 * n + 50), days=(20 + n - before, 20 + n))
            for n, each in enumerate(told)
        ]
        return days, of_days("M", *told, turn=(0, 150), days=(10, 30))

    def test_the_month_after_its_days_and_before_them(self):
        for references in ({}, {"ref": "0001"}):
            for before in (0, 1):
                days, month = self.make_days(before, **references)
                for files in ([*days, month], [month, *days]):
                    with self.subTest(references, before=before, last=files[-1]), self.env.cr.savepoint() as point:
                        self.assert_taken_without(*files)
                        self.assert_taken(50, 50, 50)
                        point.rollback()
                    self.env.invalidate_all()

    def test_two_of_a_day_with_openings_dated_the_day_before(self):
        coffee = entry("50.00", "coffee")
        turns = [of_days(f"S{n}", coffee, turn=(50 * n, 50 * n + 50), days=(24, 25)) for n in range(2)]
        self.assert_taken_without(*turns)
        self.assert_taken(50, 50)

    def test_the_same_balances_on_other_days(self):
        """Swept in between, and the bank counts its references anew; under names of their own, or all under one."""
        day = [entry("50.00", "in", ref="0001"), entry("-50.00", "sweep", iban=HOST_IBAN, ref="0001")]
        for names in ("ABC", "XXX"):
            files = [
                of_days(names[0], on(day[0], 24), turn=(0, 50), days=(24, 24)),
                of_days(names[1], on(day[1], 25), turn=(50, 0), days=(25, 25)),
                of_days(names[2], on(day[0], 26), turn=(0, 50), days=(26, 26)),
            ]
            with self.subTest(names), self.env.cr.savepoint() as point:
                self.assert_taken_without(*files)
                self.assert_taken(-50, 50, 50)
                point.rollback()
            self.env.invalidate_all()

    def test_reports_of_a_file_repeat_what_they_told(self):
        first, second = entry("50.00", "one", ref="A"), entry("20.00", "two", ref="B")
        hourly = [statement(*told, name=f"R{n}") for n, told in enumerate(([first], [first, second]))]
        content = joined(*hourly).replace(b"camt.053", b"camt.052").replace(b"Stmt>", b"Rpt>")
        content = content.replace(b"BkToCstmrRpt>", b"BkToCstmrAcctRpt>")
        self.assert_taken_without(content, of_days("S", first, second, turn=(0, 70), days=(25, 25)))
        self.assert_taken(20, 50)

    def test_a_report_then_a_file_of_two_notifications(self):
        coffee = entry("50.00", "coffee")
        both = joined(statement(coffee, name="N1"), statement(coffee, name="N2")).replace(b"camt.053", b"camt.054")
        both = both.replace(b"BkToCstmrStmt", b"BkToCstmrDbtCdtNtfctn").replace(b"Stmt>", b"Ntfctn>")
        both = both.replace(b"BkToCstmrNtfctn", b"BkToCstmrDbtCdtNtfctn")
        self.assert_taken_without(reported(coffee), both, of_days("S", coffee, coffee, turn=(0, 100), days=(25, 25)))
        self.assert_taken(50, 50)

    def test_pages_cut_anew(self):
        a, b, c = (entry(f"{amount}.00", "x", ref=f"R{amount}") for amount in (20, 30, 40))

        def page(number, *entries):
            told = f"<Id>P</Id><StmtPgntn><PgNb>{number}</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
            return of_days("P", *entries, turn=(0, 90), days=(25, 25)).replace(b"<Id>P</Id>", told.encode())

        self.assert_taken_without(page(1, a, b), page(2, c), page(1, a) + b"\n", page(2, b, c))
        self.assert_taken(20, 30, 40)


@tagged("post_install", "-at_install")
class TestToldOtherwise(DaysCase):
    """What nobody can tell: twins, that pay nothing."""

    def test_booked_after_the_weekend(self):
        """Or after Easter: from Thursday to Tuesday are five days."""
        for end, day in (("C-7", 23), ("", 26)):
            with self.subTest(day), self.env.cr.savepoint() as point:
                first, second = self.make_invoice("50.00", self.kiwi), self.make_invoice("50.00", self.kiwi)
                self.assert_taken_without(notified(on(entry("50.00", first.name, end=end), 21)))
                told = on(entry("50.00", f"SVWZ+{first.name}", end=end), day)
                self.assert_taken_without(of_days("S", told, turn=(0, 50), days=(day, day)), twins=1)
                self.assertEqual((first.payment_state, second.payment_state), ("paid", "not_paid"))
                point.rollback()
            self.env.invalidate_all()

    def test_with_another_sum_or_in_parts(self):
        gross, net = entry("100.00", "x", end="E-1", ref="B-1"), entry("99.50", "x", end="E-1", ref="B-1")
        parts = [entry("100.00", "a", end="E-1"), entry("50.00", "b", end="E-2")]
        whole = entry("150.00", "ab", ends=("E-1", "E-2"))
        batch = entry("150.00", "batch", end="PMTINF-1", iban="")
        for name, first, then, count in (
            ("after charges", [gross], [net], 1),
            ("one by one, then together", parts, [whole], 1),
            ("the payments, then their batch", [whole], [batch], 1),
        ):
            total = sum(150 if told in (whole, batch) else 99 for told in then)
            with self.subTest(name), self.env.cr.savepoint() as point:
                self.assert_taken_without(notified("".join(first)))
                self.assert_taken_without(of_days("S", *then, turn=(0, total), days=(25, 25)), twins=count)
                point.rollback()
            self.env.invalidate_all()

    def test_a_sum_of_several_then_each_of_them(self):
        """150 of two payments, then 100 and 50: the invoices of 100 and 50 stay open."""
        whole = self.make_invoice("150.00", self.kiwi)
        self.take(notified(entry("150.00", "thanks", ends=("A-1", "A-2"))))
        others = self.make_invoice("100.00", self.kiwi) | self.make_invoice("50.00", self.kiwi)
        singles = [entry("100.00", "thanks", end="A-1"), entry("50.00", "thanks", end="A-2")]
        twins = self.assert_taken_without(of_days("S", *singles, turn=(0, 150), days=(25, 25)), twins=2)
        self.assertEqual((whole.payment_state, others.mapped("payment_state")), ("paid", ["not_paid"] * 2))
        held = twins.statement_line_id.statement_id
        # one after the other
        for twin in twins:
            self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((held.line_ids.mapped("amount"), held.is_complete), ([150], True))
        self.assert_taken_without(of_days("M", *singles, turn=(0, 150), days=(20, 25)))
        self.assert_taken(150)

    def test_a_corrected_amount(self):
        first, second = (entry(f"{amount}.00", "x", ref="B-1") for amount in (50, 60))
        self.assert_taken_without(of_days("S", first, turn=(0, 50), days=(25, 25)))
        self.assert_taken_without(of_days("S", second, turn=(0, 60), days=(25, 25)), twins=1)

    def test_the_statement_says_that_it_came_twice(self):
        coffee = entry("50.00", "coffee")
        self.assert_taken_without(notified(coffee, "N1"))
        twin = self.assert_taken_without(notified(coffee, "N2"), twins=1)
        self.assert_taken_without(of_days("S", coffee, coffee, turn=(0, 100), days=(25, 25)))
        self.assertFalse(twin.is_twin)
        with self.assertRaisesRegex(UserError, "like no entry before it"):
            self.as_user(twin, self.maker).action_told_twice()
        self.assert_taken(50, 50)
