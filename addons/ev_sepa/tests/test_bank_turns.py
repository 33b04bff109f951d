"""What stands in several statements, or comes again under the bank's own reference: each turn of the account is taken once.

Sums of 50 EUR throughout; the bank's lines in the ledger must be what the bank has.
"""

import re
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .bank_common import entry, statement
from .common import HOST_IBAN, OTHER_IBAN
from .test_bank_told import ToldCase, notified, reported


def on(ntry, day):
    """The same entry, booked on another day of November."""
    return ntry.replace("2026-11-25", f"2026-11-{day}")


def turn(number, *entries, opening=None, closing=None):
    """The statement that goes on from `number` turns of 50 EUR."""
    opening, closing = opening or f"{50 * number}.00", closing or f"{50 * number + 50}.00"
    return statement(*entries, name=f"S{number}", opening=opening, closing=closing)


def joined(*files):
    """One file with the statements of all."""
    statements = b"".join(re.search(rb"<Stmt>.*</Stmt>", file, re.DOTALL).group() for file in files)
    head = re.sub(rb"<Stmt>.*</Stmt>", b"@@", files[0], flags=re.DOTALL)
    return re.sub(rb"<MsgId>[^<]*", b"<MsgId>JOINED", head).replace(b"@@", statements)


@tagged("post_install", "-at_install")
class TestBankTurns(ToldCase):
    def taken(self, *contents):
        """Import them; what became of their entries."""
        return [file.entry_ids.mapped("is_twin") for file in self.take_all(*contents)]

    def test_one_by_one_or_together_in_one_file(self):
        singles = [turn(number, entry("50.00", "Recharge")) for number in range(3)]
        for first, then in ((singles, [joined(*singles)]), ([joined(*singles)], singles)):
            with self.subTest(first=len(first)), self.env.cr.savepoint() as point:
                self.taken(*first)
                self.assert_taken(50, 50, 50)
                self.taken(*then)
                self.assert_taken(50, 50, 50)
                point.rollback()
            self.env.invalidate_all()

    def test_a_reference_counted_anew_each_day(self):
        """In daily statements, in one file of them all, and told by notifications besides."""
        daily = [on(entry("50.00", f"Recharge {number}", ref="0001"), 24 + number) for number in range(3)]
        singles = [turn(number, told) for number, told in enumerate(daily)]
        both = [file for number, told in enumerate(daily) for file in (notified(told, f"N{number}"), singles[number])]
        for name, files in (
            ("together afterwards", [*singles, joined(*singles)]),
            ("together before", [joined(*singles), *singles]),
            ("notified, too", both),
        ):
            with self.subTest(name), self.env.cr.savepoint() as point:
                twins = self.taken(*files)
                self.assert_taken(50, 50, 50)
                self.assertFalse(any(sum(twins, [])))
                point.rollback()
            self.env.invalidate_all()

    def test_a_reference_counted_anew_in_each_statement_of_a_day(self):
        self.taken(*(turn(number, entry("50.00", f"Recharge {number}", ref="0001")) for number in range(2)))
        self.assert_taken(50, 50)

    def test_the_same_value_day_thrice(self):
        booked = "<BookgDt><Dt>2026-11-25</Dt></BookgDt>"
        for number, day in enumerate((24, 25, 26)):
            days = f"{on(booked, day)}<ValDt><Dt>2026-11-26</Dt></ValDt>"
            told = entry("50.00", f"Recharge {number}", ref="0001").replace(booked, days)
            self.take(turn(number, told))
        self.assert_taken(50, 50, 50)

    def test_the_same_reference_whatever_else_is_told(self):
        number = "<Othr><Id>0532013000</Id></Othr>"
        by_iban = entry("50.00", "Recharge", ref="B-1", end="X-1")
        by_number = by_iban.replace(f"<IBAN>{OTHER_IBAN}</IBAN>", number)
        details = entry("50.00", "Recharge", ref="B-1", ends=("E1", "E2"))
        batch = entry("50.00", "Recharge", ref="B-1", end="PMTINF-1")
        no_reference = [told.replace("<AcctSvcrRef>B-1</AcctSvcrRef>", "") for told in (by_iban, by_number)]
        for first, then in ((by_iban, by_number), (details, batch), no_reference):
            with self.subTest(then), self.env.cr.savepoint() as point:
                twins = self.taken(notified(first), turn(0, then), turn(0, first).replace(b"M-S0", b"M-AGAIN"))
                self.assert_taken(50)
                self.assertFalse(any(sum(twins, [])))
                point.rollback()
            self.env.invalidate_all()

    def test_booked_on_another_day_in_other_words_with_both_references(self):
        """The bank's and the payer's: it is the one that was told."""
        told = entry("50.00", "thanks", ref="B-1", end="C-7")
        twins = self.taken(notified(on(told, 23)), turn(0, told.replace("thanks", "VIREMENT")))
        self.assert_taken(50)
        self.assertFalse(any(sum(twins, [])))

    def test_a_statement_issued_again_with_another_booking_day(self):
        told = entry("50.00", "Recharge", ref="B-1")
        self.taken(turn(0, on(told, 24)), turn(0, told))
        self.assert_taken(50)

    def test_a_swept_account_begins_alike_twice_a_day(self):
        """Nobody can tell by the balances: nothing is lost, a person decides."""
        both = entry("50.00", "Recharge"), entry("-50.00", "Sweep", iban=HOST_IBAN)
        self.take(turn(0, *both, closing="0.00"))
        for second in (
            turn(1, *both, opening="0.00", closing="0.00"),
            turn(1, both[0], opening="0.00", closing="50.00"),
        ):
            with self.subTest(second), self.env.cr.savepoint() as point:
                file = self.take(second)
                self.assertEqual(set(file.entry_ids.mapped("is_twin")), {True})
                self.assertEqual(file.known_count, 0)
                point.rollback()
            self.env.invalidate_all()

    def test_equal_ones_of_a_file_that_is_read_in_pieces(self):
        """Five of a statement, read two at a time, of which a notification told one; then the same file again."""
        coffee = entry("50.00", "coffee")
        self.take(notified(coffee))
        content = turn(0, *[coffee] * 5, closing="250.00")
        with patch("odoo.addons.ev_sepa.models.ev_bank_file_statement.ENOUGH", 2):
            self.assertEqual(self.take(content).known_count, 1)
            self.assert_taken(*[50] * 5)
            self.assertEqual(self.take(content + b"\n").known_count, 5)
        self.assert_taken(*[50] * 5)

    def test_another_one_read_before_what_was_notified(self):
        """`Beta` is like the `Alpha` that was told before only until the next piece of the statement tells `Alpha`, too."""
        alpha, beta = entry("50.00", "Alpha"), entry("50.00", "Beta")
        for size in (1, 2):
            with self.subTest(size), self.env.cr.savepoint() as point:
                self.take(notified(alpha))
                with patch("odoo.addons.ev_sepa.models.ev_bank_file_statement.ENOUGH", size):
                    self.assertEqual(self.taken(turn(0, beta, alpha, closing="100.00")), [[False]])
                self.assert_taken(50, 50)
                point.rollback()
            self.env.invalidate_all()

    def test_pages_with_their_own_numbers_and_the_balances_of_all(self):
        for number in (1, 2):
            told = (
                f"<Id>P{number}</Id><StmtPgntn><PgNb>{number}</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>".encode()
            )
            content = statement(entry("50.00", "Recharge"), name=f"P{number}", opening="0.00", closing="100.00")
            self.take(content.replace(f"<Id>P{number}</Id>".encode(), told))
        self.assert_taken(50, 50)

    def test_statements_in_a_row_settle_their_invoices(self):
        invoices = self.env["account.move"].union(*(self.make_invoice("50.00", self.kiwi) for _number in range(4)))
        for number, invoice in enumerate(invoices):
            told = entry("50.00", "Recharge" if number % 2 else f"Recharge {invoice.name}")
            [entries] = [self.take(turn(number, told)).entry_ids]
            self.assertFalse(entries.is_twin)
        self.assert_taken(50, 50, 50, 50)

    def test_equal_ones_in_a_row_are_no_twins(self):
        twins = self.taken(*(turn(number, entry("50.00", "Recharge")) for number in range(5)))
        self.assertEqual(twins, [[False]] * 5)

    def test_a_report_a_statement_then_a_notification(self):
        self.take(reported(entry("50.00", "Recharge"), "R1"))
        self.take(turn(0, entry("50.00", "SVWZ+Recharge")))
        self.take(notified(entry("50.00", "Recharge 4711"), "N1"))
        self.assert_taken(50)
        self.assertEqual(self.take(notified(entry("50.00", "Recharge 4711"), "N1") + b"\n").known_count, 1)
        self.assert_taken(50)


@tagged("post_install", "-at_install")
class TestToldTwice(ToldCase):
    def test_the_one_it_is_like_takes_its_place(self):
        """Lime's 50 were told before Kiwi's: it is Kiwi's that the statement tells in other words."""
        lime = self.make_partner("Lime", "BE71096123456769")
        from_lime = entry("50.00", "from lime", iban=lime.bank_ids.acc_number)
        self.take(notified(from_lime, "N1"))
        self.take(notified(entry("50.00", "our thanks"), "N2"))
        twin = self.take_one(turn(0, entry("50.00", "for what")))
        self.assertTrue(twin.is_twin)
        held = twin.statement_line_id.statement_id
        self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((held.line_ids.ev_bank_entry_ids.text, held.is_complete), ("our thanks", True))
        self.assertEqual(self.take(turn(1, from_lime)).known_count, 1)
        self.assert_taken(50, 50)

    def test_told_in_parts_then_as_one_sum(self):
        """100 and 50 of two payers, then 150 in one: dropped, the statement has the two."""
        parts = "".join(
            f'<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">{amount}.00</Amt>'
            f"<CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>"
            f"<RmtInf><Ustrd>{name}</Ustrd></RmtInf></TxDtls>"
            for amount, name in ((100, "Alpha"), (50, "Beta"))
        )
        whole = entry("150.00", "x")
        start, end = whole.index("<TxDtls>"), whole.index("</NtryDtls>")
        self.take(notified(whole[:start] + parts + whole[end:]))
        self.assert_taken(100, 50)
        twin = self.take_one(turn(0, entry("150.00", "Sammler 2026", iban=""), closing="150.00"))
        self.assertTrue(twin.is_twin)
        held = twin.statement_line_id.statement_id
        self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([50, 100], True))
        self.assert_taken(100, 50)

    def test_in_those_words_it_is_known_from_then_on(self):
        self.take(notified(entry("50.00", "our thanks")))
        told = entry("50.00", "for what")
        twin = self.take_one(turn(0, told))
        self.as_user(twin, self.maker).action_told_twice()
        for content in (reported(told), turn(0, told) + b"\n"):
            self.assertEqual(self.take(content).known_count, 1)
        self.assert_taken(50)

    def test_beside_what_it_is_like_it_is_money(self):
        """Two notifications told one coffee; the statement has one coffee, and 50 EUR in other words."""
        self.make_invoice("50.00", self.kiwi)
        coffee = entry("50.00", "coffee")
        self.take(notified(coffee, "N1"))
        first = self.take_one(notified(coffee, "N2"))
        second = self.take(turn(0, coffee, entry("50.00", "for what"), closing="100.00")).entry_ids
        self.assertEqual((first.is_twin, second.is_twin), (True, True))
        held, later = second.statement_line_id.statement_id, self.make_invoice("50.00", self.kiwi)
        with self.env.cr.savepoint() as point:
            # the notification's second is the statement's second
            self.as_user(second, self.maker).action_told_twice()
            self.assertEqual((first.statement_line_id.statement_id, first.is_twin), (held, False))
            self.assertEqual((first.state, later.payment_state), ("matched", "paid"))
            point.rollback()
        self.env.invalidate_all()
        # not both of them
        with self.assertRaises(UserError) as raised:
            self.as_user(first | second, self.maker).action_told_twice()
        self.assertIn("the bank moved this money", str(raised.exception))
        # it is told twice, so the statement's second is another one
        self.as_user(first, self.maker).action_told_twice()
        with self.assertRaisesRegex(UserError, "has both"):
            self.as_user(second, self.maker).action_told_twice()
        self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([50, 50], True))

    def test_told_one_by_one_then_as_a_sum_with_its_parts(self):
        singles = entry("100.00", "a", end="A-1") + entry("50.00", "b", end="A-2")
        parts = entry("150.00", "x", ends=("A-1", "A-2"))
        for end, amount in (("A-1", 100), ("A-2", 50)):
            refs = f"<Refs><EndToEndId>{end}</EndToEndId></Refs>"
            parts = parts.replace(refs, f'{refs}<Amt Ccy="EUR">{amount}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>')
        self.take(notified(singles))
        twins = self.take(turn(0, parts, closing="150.00")).entry_ids
        self.assertEqual(twins.mapped("is_twin"), [True, True])
        held = twins.statement_line_id.statement_id
        self.as_user(twins, self.maker).action_told_twice()
        self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([50, 100], True))
        self.assert_taken(50, 100)

    def test_the_sum_of_one_that_is_presented_again(self):
        """A-1 came on the 22nd, went back, and comes again on the 25th with A-2: the sum is of that day's."""
        again = entry("100.00", "a", end="A-1")
        self.take(notified(on(again, 22), "N22"))
        self.take(on(turn(0, again, opening="0.00", closing="100.00").decode(), 22).encode())
        self.take(notified(again + entry("50.00", "b", end="A-2"), "N25"))
        whole = entry("150.00", "x", ends=("A-1", "A-2"))
        twin = self.take_one(turn(2, whole, opening="100.00", closing="250.00"))
        held = twin.statement_line_id.statement_id
        self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([50, 100], True))
        self.assert_taken(50, 100, 100)

    def test_a_twin_of_several_parts_goes_as_a_whole(self):
        parts = entry("150.00", "x", ends=("A-1", "A-2")).replace("<Refs><EndToEndId>A-1", "<Refs><EndToEndId>A-1", 1)
        for end, amount in (("A-1", 100), ("A-2", 50)):
            refs = f"<Refs><EndToEndId>{end}</EndToEndId></Refs>"
            parts = parts.replace(refs, f'{refs}<Amt Ccy="EUR">{amount}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>')
        self.take(notified(entry("150.00", "all of it", iban="")))
        twins = self.take(turn(0, parts, closing="150.00")).entry_ids
        self.assertEqual((twins.mapped("is_twin"), sorted(twins.mapped("amount"))), ([True, True], [50, 100]))
        self.as_user(twins[0], self.maker).action_told_twice()
        self.assertEqual(twins.mapped("state"), ["double", "double"])
        self.assert_taken(150)
