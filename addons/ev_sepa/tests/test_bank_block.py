"""A file's block booked as one sum in one place, and its payments told one by one in another: 100 and 70, or 170 EUR."""

from itertools import product
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .bank_common import entry, statement
from .common import HOST_IBAN
from .test_bank_days import DaysCase, of_days
from .test_bank_told import notified
from .test_bank_turns import on


@tagged("post_install", "-at_install")
class TestBankBlock(DaysCase):
    def setUp(self):
        super().setUp()
        lime = self.make_partner("Lime", "BE71096123456769")
        self.batch = self.propose(self.make_bill("100.00", self.kiwi) | self.make_bill("70.00", lime))
        self.release(self.batch)
        self.lines = self.batch.line_ids.sorted("amount", reverse=True)
        self.singles = "".join(
            entry(f"-{line.amount:.2f}", end=line.end_to_end_id, iban=line.partner_bank_id.sanitized_acc_number)
            for line in self.lines
        )

    def make_sum(self, name):
        return entry("-170.00", block=name, iban="")

    def tell(self, way, reference=""):
        """The payments one by one, or as one sum: by the id of their block or file, or by their own, with amounts or not."""
        if way == "singles":
            return self.singles
        ids = {"block": self.lines[0].block_id, "file": self.batch.message_id}
        if way in ids:
            return entry("-170.00", block=ids[way], iban="", ref=reference)
        told = entry("-170.00", ends=self.lines.mapped("end_to_end_id"), iban="", ref=reference)
        for line in self.lines if way == "parts" else ():
            amount = f'<Amt Ccy="EUR">{line.amount:.2f}</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
            refs = f"<Refs><EndToEndId>{line.end_to_end_id}</EndToEndId></Refs>"
            told = told.replace(refs, f"{refs}{amount}")
        return told

    def make_statement(self, *entries):
        return of_days("S", *entries, turn=(170, 0), days=(25, 25))

    def test_the_sum_then_its_payments(self):
        for name in (self.lines[0].block_id, self.batch.message_id):
            with self.subTest(name), self.env.cr.savepoint() as point:
                self.assert_taken_without(self.make_statement(self.make_sum(name)))
                twins = self.assert_taken_without(notified(self.singles), twins=2)
                self.assertEqual(self.lines.mapped("state"), ["booked", "booked"])
                self.as_user(twins, self.maker).action_told_twice()
                self.assert_taken(-170)
                point.rollback()
            self.env.invalidate_all()

    def test_the_payments_then_their_sum(self):
        """Told twice, the statement has the payments in its stead and adds up."""
        self.take(notified(self.singles))
        self.assertEqual(self.lines.mapped("state"), ["booked", "booked"])
        twin = self.assert_taken_without(self.make_statement(self.make_sum(self.lines[0].block_id)), twins=1)
        held = twin.statement_line_id.statement_id
        self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([-100, -70], True))
        self.assert_taken(-100, -70)

    def test_the_payments_then_the_sum_that_names_them(self):
        """Told twice, the statement has what makes up the sum, and nothing else of these payments."""
        back = entry("70.00", end=self.lines[1].end_to_end_id, iban="BE71096123456769", code="AC04")
        day_before = "<BookgDt><Dt>2026-11-24</Dt></BookgDt><ValDt><Dt>2026-11-25</Dt></ValDt>"
        earlier = self.singles.replace("<BookgDt><Dt>2026-11-25</Dt></BookgDt>", day_before)
        named = entry("-170.00", ends=self.lines.mapped("end_to_end_id"), iban="")
        for singles, whole in (
            (self.singles, named),
            (self.singles + back, named),
            (self.singles + back, self.make_sum(self.lines[0].block_id)),
            (earlier, self.make_sum(self.lines[0].block_id)),
        ):
            with self.subTest(whole, back=back in singles), self.env.cr.savepoint() as point:
                self.take(notified(singles))
                twin = self.assert_taken_without(self.make_statement(whole), twins=1)
                held = twin.statement_line_id.statement_id
                self.as_user(twin, self.maker).action_told_twice()
                self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([-100, -70], True))
                point.rollback()
            self.env.invalidate_all()

    def test_told_in_any_two_ways(self):
        """In a notification and a statement, of one day or two, with references of their own: 170 are paid."""
        ways = ("singles", "block", "file", "ends", "parts")
        for first, then, day, is_notified_first in product(ways, ways, (24, 25), (True, False)):
            files = [
                notified(on(self.tell(first, "N-1"), day)),
                self.make_statement(self.tell(then, "S-1")),
            ]
            with self.subTest(first, then=then, day=day, notified=is_notified_first), self.env.cr.savepoint() as point:
                self.take_all(*(files if is_notified_first else reversed(files)))
                entries = self.env["ev.bank.entry"].search([("journal_id", "=", self.journal.id)])
                self.assertEqual(sum((entries - entries.filtered("is_twin")).mapped("amount")), -170)
                self.as_user(entries.filtered("is_twin"), self.maker).action_told_twice()
                self.assertEqual(sum(entries.statement_line_id.mapped("amount")), -170)
                self.assertEqual(self.lines.mapped("state"), ["booked", "booked"])
                point.rollback()
            self.env.invalidate_all()

    def test_told_on_different_days(self):
        """Notified on the day before their sum is booked; or one of them on that day."""
        first, second = (f"{single}</Ntry>" for single in self.singles.split("</Ntry>")[:2])
        whole = self.make_statement(self.make_sum(self.lines[0].block_id))
        for notifications in ([notified(on(self.singles, 24))], [notified(first), notified(on(second, 24), "N2")]):
            with self.subTest(len(notifications)), self.env.cr.savepoint() as point:
                self.assert_taken_without(*notifications)
                twin = self.assert_taken_without(whole, twins=1)
                held = twin.statement_line_id.statement_id
                self.as_user(twin, self.maker).action_told_twice()
                self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([-100, -70], True))
                point.rollback()
            self.env.invalidate_all()
        self.assert_taken_without(whole)
        self.assert_taken_without(notified(on(self.singles, 24)), twins=2)

    def test_a_charge_as_large_as_a_payment(self):
        """Beside the sum a charge of 70 EUR that bears the block's id: it is no payment of the block."""
        self.take(notified(self.singles))
        name = self.lines[0].block_id
        charge = entry("-70.00", "charges", block=name, iban="")
        file = self.take(of_days("S", self.make_sum(name), charge, turn=(240, 0), days=(25, 25)))
        self.assertEqual(sorted(file.entry_ids.mapped("amount")), [-170, -70])

    def test_a_charge_with_a_payment_s_id_the_day_after(self):
        self.take(self.make_statement(self.singles))
        charge = entry("-1.50", "charges abroad", end=self.lines[0].end_to_end_id, iban="")
        self.assert_taken_without(notified(on(charge, 26)))

    def test_a_payment_with_its_charges_the_day_after(self):
        told = {"end": self.lines[0].end_to_end_id, "iban": HOST_IBAN}
        self.take(notified(on(entry("-100.00", **told), 24)))
        gross = entry("-101.50", charge="1.50", **told)
        twins = self.take(statement(gross, opening="101.50", closing="0.00")).entry_ids
        self.assertEqual(set(twins.mapped("is_twin")), {True})
        self.assertEqual(sum(twins.mapped("amount")), -101.5)

    def test_one_block_of_two_is_told_with_the_file_s_name(self):
        """100 and 70 in the first block of a file, 30 in the second."""
        moon = self.make_partner("Moon", "NL91ABNA0417164300")
        lime = self.lines[1].partner_id
        batch = self.propose(
            self.make_bill("100.00", self.kiwi) | self.make_bill("70.00", lime) | self.make_bill("30.00", moon)
        )

        def split(batch):
            lines = batch.line_ids.sorted("amount", reverse=True)
            return [({}, lines[:2]), ({}, lines[2:])]

        with patch.object(type(batch), "_split_blocks", split):
            self.release(batch)
        self.lines = batch.line_ids.sorted("amount", reverse=True)
        self.assertEqual(len(set(self.lines.mapped("block_id"))), 2)
        singles = [
            entry(f"-{line.amount:.2f}", end=line.end_to_end_id, iban=line.partner_bank_id.sanitized_acc_number)
            for line in self.lines
        ]
        whole = self.make_sum(self.lines[0].block_id).replace("<Btch>", f"<Btch><MsgId>{batch.message_id}</MsgId>")
        with self.env.cr.savepoint() as point:
            self.assert_taken_without(notified(singles[2]), self.make_statement(whole))
            self.assertEqual(self.lines.mapped("state"), ["booked"] * 3)
            point.rollback()
        self.env.invalidate_all()
        self.take(notified("".join(singles)))
        twin = self.assert_taken_without(self.make_statement(whole), twins=1)
        held = twin.statement_line_id.statement_id
        self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((sorted(held.line_ids.mapped("amount")), held.is_complete), ([-100, -70], True))
        self.assert_taken(-100, -70, -30)

    def test_one_of_the_payments_then_the_sum(self):
        """It is for the person to see that the statement lacks the other one: the entry says it."""
        self.take(notified(self.singles.split("</Ntry>")[0] + "</Ntry>"))
        twin = self.assert_taken_without(self.make_statement(self.make_sum(self.lines[0].block_id)), twins=1)
        held = twin.statement_line_id.statement_id
        self.as_user(twin, self.maker).action_told_twice()
        self.assertEqual((held.line_ids.mapped("amount"), held.is_complete), ([-100], False))
        sums = [self.journal.company_id.currency_id.format(amount) for amount in (-170, -100)]
        self.assertIn("This is of {}, and what was told before of {}: book the difference.".format(*sums), twin.reason)

    def test_a_charge_that_bears_the_block_is_not_its_sum(self):
        charge = entry("-1.00", "charges", block=self.lines[0].block_id, iban="")
        alone = of_days("S", charge, turn=(171, 170), days=(25, 25))
        for files in ([alone, notified(self.singles)], [notified(self.singles), alone]):
            with self.subTest(files[0]), self.env.cr.savepoint() as point:
                self.assert_taken_without(*files)
                self.assert_taken(-100, -70, -1)
                point.rollback()
            self.env.invalidate_all()

    def test_a_sum_and_a_payment_of_it_in_one_statement(self):
        """Beside each other they say nothing of one another, in however many pieces the statement is read."""
        self.take(notified(self.singles))
        first = self.singles.split("</Ntry>")[0] + "</Ntry>"
        content = of_days("S", self.make_sum(self.lines[0].block_id), first, turn=(270, 0), days=(25, 25))
        with patch("odoo.addons.ev_sepa.models.ev_bank_file_statement.ENOUGH", 1):
            twin = self.assert_taken_without(content, twins=1)
        self.assertEqual((twin.amount, twin.state), (-170, "exception"))

    def test_another_block_is_another_sum(self):
        self.take(notified(self.singles))
        other = self.take_one(self.make_statement(self.make_sum("PAY-ELSE-1")))
        self.assertFalse(other.is_twin)
        with self.assertRaisesRegex(UserError, "like no entry before it"):
            self.as_user(other, self.maker).action_told_twice()

    def test_what_comes_back_is_no_part_of_it(self):
        self.take(self.make_statement(self.make_sum(self.lines[0].block_id)))
        back = entry("70.00", end=self.lines[1].end_to_end_id, iban="BE71096123456769", code="AC04")
        self.assert_taken_without(notified(back))
        self.assertEqual(self.lines.mapped("state"), ["booked", "returned"])
