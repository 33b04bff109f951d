"""A file is taken once, whatever is wrong with it is said, and nothing of a refused one stays."""

import base64

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .bank_common import BankCase, entry, statement
from .common import OTHER_IBAN

GOOD = statement(entry("5.00", "hello", iban=""))


@tagged("post_install", "-at_install")
class TestBankFile(BankCase):
    def assert_refused(self, content, words):
        before = self.env["ev.bank.entry"].search_count([])
        file = self.take(content)
        self.assertEqual(file.state, "refused")
        self.assertIn(words, file.reason)
        self.assertEqual(self.env["ev.bank.entry"].search_count([]), before)
        self.assertEqual(file.sudo().attachment_id.raw or b"", content)

    def test_bad_files_are_refused_in_words_and_kept(self):
        bomb = GOOD.replace(b"?>", b'?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>', 1)
        outside = GOOD.replace(b"?>", b'?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1)
        self.assert_refused(bomb, "document type")
        self.assert_refused(outside, "document type")
        self.assert_refused(GOOD[:-30], "broken at line")
        self.assert_refused(b"", "empty")
        self.assert_refused(GOOD.replace(b"iso:20022", b"other"), "no ISO 20022 message")
        self.assert_refused(GOOD.replace(b"camt.053.001.08", b"pain.001.001.09"), "sent to a bank")
        self.assert_refused(GOOD.replace(b"camt.053.001.08", b"camt.029.001.09"), "camt.029.001.09")
        self.assert_refused(statement(entry("5.00"), iban=OTHER_IBAN), "of no bank journal")
        self.assert_refused(statement(entry("5.00"), ccy="USD"), "is in USD, its journal Bank BNKT in EUR")
        self.assert_refused(statement(entry("5.00", ccy="USD")), "5.00 USD is on an account in EUR")
        self.assert_refused(statement(entry("1e5")), "is no number")

    def test_one_account_in_two_currencies_has_two_journals(self):
        dollars = self.env.ref("base.USD")
        dollars.active = True
        file = self.take(statement(entry("5.00", ccy="USD"), ccy="USD"))
        self.assertIn("have a journal for each currency", file.reason)
        account = self.journal.bank_account_id
        second = self.journal.copy({"code": "BNKD", "currency_id": dollars.id, "bank_account_id": account.id})
        self.as_user(file, self.maker).action_retry()
        self.assertEqual((file.state, file.entry_ids.journal_id), ("done", second), file.reason)
        self.assertEqual(self.take(statement(entry("5.00"), name="S2")).entry_ids.journal_id, self.journal)
        # without a currency nobody guesses
        unsaid = statement(entry("6.00"), name="S3").replace(b"<Ccy>EUR</Ccy>", b"")
        self.assert_refused(unsaid, "does not say its currency")

    def test_a_file_that_is_broken_at_its_end_leaves_nothing(self):
        many = [entry(f"{number}.00", str(number)) for number in range(1, 30)]
        self.assert_refused(statement(*many).replace(b"</Stmt>", b""), "broken at line")

    def test_the_same_file_is_taken_once(self):
        first = self.take(GOOD)
        again = self.take(GOOD, name="copy.xml", known=True)
        self.assertEqual(first, again)
        self.assertEqual(len(first.entry_ids), 1)
        self.assertIn("Imported before", again._say(known=True))

    def test_a_refused_file_is_taken_after_the_reason_is_gone(self):
        content = statement(entry("5.00", iban=""), iban="NL91ABNA0417164300")
        file = self.take(content)
        self.assertEqual(file.state, "refused")
        self.make_journal("BNKN", "NL91ABNA0417164300")
        self.as_user(file, self.maker).action_retry()
        self.assertEqual((file.state, len(file.entry_ids)), ("done", 1))

    def test_an_entry_told_twice_is_one(self):
        invoice = self.make_invoice("40.00", self.kiwi)
        told = entry("40.00", invoice.name, ref="BANK-1")
        notified = self.take(statement(told, family="camt.054", name="N1"))
        self.assertEqual(notified.entry_ids.state, "matched")
        line = notified.entry_ids.statement_line_id
        self.assertFalse(line.statement_id)
        booked = self.take(statement(told, entry("5.00", "new", iban=""), closing="45.00"))
        self.assertEqual((len(booked.entry_ids), booked.known_count, booked.state), (1, 1, "done"))
        # the statement has both, and adds up
        self.assertEqual(line.statement_id.line_ids, line | booked.entry_ids.statement_line_id)
        self.assertTrue(line.statement_id.is_complete)
        self.assertEqual(
            self.env["account.bank.statement.line"].search_count([("journal_id", "=", self.journal.id)]), 2
        )

    def test_identical_entries_of_one_file_are_two_and_stay_two(self):
        coffee = entry("-5.00", "coffee", iban="")
        self.assertEqual(len(self.take(statement(coffee, coffee, name="A", closing="-10.00")).entry_ids), 2)
        again = self.take(statement(coffee, coffee, coffee, name="B", closing="-15.00"))
        self.assertEqual((len(again.entry_ids), again.known_count), (1, 2))

    def test_pending_entries_wait_until_they_are_booked(self):
        file = self.take(statement(entry("5.00", "soon", status="PDNG"), family="camt.054"))
        self.assertEqual((len(file.entry_ids), file.pending_count, file.state), (0, 1, "done"))

    def test_balances_that_do_not_add_up_are_said(self):
        file = self.take(statement(entry("5.00", iban=""), opening="10.00", closing="16.00"))
        self.assertIn("does not add up", file.note)

    def test_many_files_in_the_wizard_each_with_its_outcome(self):
        attachments = self.as_user(self.env["ir.attachment"], self.maker).create(
            [{"name": f"{number}.xml", "raw": content} for number, content in enumerate((GOOD, b"no", GOOD))]
        )
        wizard = self.as_user(self.env["ev.bank.import"], self.maker).create({"attachment_ids": attachments.ids})
        wizard.action_import()
        self.assertEqual(wizard.result_ids.mapped("outcome"), ["done", "refused", "known"])
        self.assertIn("not XML", wizard.result_ids[1].text)
        self.assertFalse(attachments.exists())
        # what somebody else has is neither taken nor deleted
        theirs = self.env["ir.attachment"].create({"name": "x.xml", "raw": GOOD, "public": True})
        wizard = wizard.create({"attachment_ids": theirs.ids})
        with self.assertRaises(AccessError):
            wizard.action_import()
        self.assertTrue(theirs.exists())

    def test_files_dropped_on_the_list(self):
        files = self.as_user(self.env["ev.bank.file"], self.maker)
        dropped = files.env["ir.attachment"].create({"name": "a.xml", "datas": base64.b64encode(GOOD)})
        action = files.create_document_from_attachment(dropped.ids)
        file = files.browse(action["res_id"])
        self.assertEqual((file.state, file.origin, file.imported_by_id), ("done", "upload", self.maker))
        # somebody else's file, or one that belongs to a document, is not for dropping
        theirs = self.env["ir.attachment"].create({"name": "b.xml", "raw": GOOD})
        with self.assertRaises(AccessError):
            files.create_document_from_attachment(theirs.ids)
        mine = (
            files.env["ir.attachment"]
            .sudo()
            .create({"name": "c.xml", "raw": GOOD, "res_model": "res.partner", "res_id": self.maker.partner_id.id})
        )
        with self.assertRaises(AccessError):
            files.create_document_from_attachment(mine.ids)
        self.assertTrue(mine.exists())
