"""A watched folder: whole files are taken and moved; links, folders and half-written files are not."""

import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .bank_common import BankCase, entry, statement
from .common import OTHER_IBAN

GOOD = statement(entry("5.00", "hello", iban=""))
LOGGER = "odoo.addons.ev_sepa.models.ev_bank_folder"


@tagged("post_install", "-at_install")
class TestBankFolder(BankCase):
    def setUp(self):
        super().setUp()
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.outside = Path(place.name)
        self.folder = self.outside / "inbox"
        self.folder.mkdir()
        self.journal.sudo().ev_watch_folder = str(self.folder)
        # the clock of these tests stands still, that of the disk does not
        clock = patch(f"{LOGGER}.time.time", lambda: time.clock_gettime(time.CLOCK_REALTIME))
        clock.start()
        self.addCleanup(clock.stop)

    def put(self, name, content=GOOD, age=120):
        path = self.folder / name
        path.write_bytes(content)
        moment = time.clock_gettime(time.CLOCK_REALTIME) - age
        os.utime(path, (moment, moment))
        return path

    def watch(self):
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1):
            self.env["account.journal"].sudo()._cron_watch_folders()

    def names(self, room=""):
        return sorted(path.name for path in (self.folder / room).iterdir()) if (self.folder / room).exists() else []

    def files(self):
        return self.env["ev.bank.file"].search([("company_id", "=", self.company.id)])

    def test_a_good_file_is_taken_and_moved(self):
        self.put("statement.xml")
        self.watch()
        self.assertEqual((self.files().state, self.files().origin), ("done", "folder"))
        self.assertEqual((self.names(), self.names("done")), (["done"], ["statement.xml"]))

    def test_a_bad_file_is_moved_with_the_reason_beside_it(self):
        self.put("bad.xml", GOOD[:-20])
        self.watch()
        self.assertEqual(self.names("refused"), ["bad.xml", "bad.xml.txt"])
        self.assertIn("broken at line", (self.folder / "refused" / "bad.xml.txt").read_text())

    def test_a_file_of_another_account_is_not_for_this_folder(self):
        self.make_journal("BNKO", "NL91ABNA0417164300")
        self.put("other.xml", statement(entry("5.00", iban=""), iban="NL91ABNA0417164300"))
        self.put("unknown.xml", statement(entry("5.00", iban=""), iban=OTHER_IBAN))
        self.watch()
        self.assertEqual(set(self.files().mapped("state")), {"refused"})
        self.assertIn("this folder is for Bank BNKT", (self.folder / "refused" / "other.xml.txt").read_text())

    def test_what_is_being_written_is_left(self):
        for name in (".hidden.xml", "a.xml.tmp", "b.part", "c.XML.PART"):
            self.put(name)
        self.put("young.xml", age=5)
        self.watch()
        self.assertFalse(self.files())
        self.assertEqual(len(self.names()), 5)

    def test_links_and_folders_are_never_opened(self):
        secret = self.outside / "secret.xml"
        secret.write_bytes(GOOD)
        (self.folder / "link.xml").symlink_to(secret)
        (self.folder / "folder.xml").mkdir()
        os.mkfifo(self.folder / "pipe.xml")
        self.watch()
        self.assertFalse(self.files())
        self.assertEqual(self.names("refused"), ["link.xml", "link.xml.txt"])
        self.assertEqual(secret.read_bytes(), GOOD)
        self.assertIn("folder.xml", self.names())

    def test_a_place_to_put_things_that_leads_outside_is_not_used(self):
        (self.folder / "done").symlink_to(self.outside)
        self.put("statement.xml")
        with mute_logger(LOGGER):
            self.watch()
        self.assertFalse((self.outside / "statement.xml").exists())
        self.assertEqual(len(self.files().entry_ids), 1)

    def test_who_dies_before_moving_takes_nothing_twice(self):
        path = self.put("statement.xml")
        with patch.object(type(self.journal), "_put_aside"):
            self.watch()
        self.assertTrue(path.exists())
        self.watch()
        self.assertEqual((len(self.files()), len(self.files().entry_ids)), (1, 1))
        self.assertEqual(self.names("done"), ["statement.xml"])

    def test_names_that_were_there_before_are_kept_apart(self):
        self.put("day.xml")
        self.watch()
        self.put("day.xml", statement(entry("6.00", "later", iban=""), name="S2"))
        self.watch()
        self.assertEqual(self.names("done"), ["day-1.xml", "day.xml"])

    def test_a_folder_that_is_gone_stops_no_other(self):
        other = self.make_journal("BNKO", "NL91ABNA0417164300")
        other.sudo().ev_watch_folder = str(self.outside / "gone")
        self.put("statement.xml")
        with self.assertLogs(LOGGER, "ERROR") as logs:
            self.watch()
        self.assertIn("gone", logs.output[0])
        self.assertEqual(len(self.files()), 1)

    def assert_told_once(self, words):
        told = self.journal.activity_ids
        self.assertEqual(len(told), 1)
        self.assertIn(words, told.summary)
        self.assertNotIn(str(self.folder), told.summary)
        self.assertTrue(told.user_id.has_group("ev_sepa.group_payment_maker"))
        self.assertIn(self.company, told.user_id.company_ids)

    def test_a_folder_in_which_nothing_can_be_moved_stops_no_other(self):
        """Somebody put a plain file called `done` into the first folder: what was taken there stays, and is taken once."""
        two = self.outside / "two"
        two.mkdir()
        other = self.make_journal("BNKO", "NL91ABNA0417164300")
        other.sudo().ev_watch_folder = str(two)
        self.put("statement.xml")
        (self.folder / "done").write_bytes(b"called so by mistake")
        theirs = self.put("theirs.xml", statement(entry("6.00", iban=""), iban="NL91ABNA0417164300", name="T"))
        theirs.rename(two / "theirs.xml")
        for _time in range(2):
            with self.assertLogs(LOGGER, "ERROR"):
                self.watch()
        self.assertEqual(sorted(path.name for path in (two / "done").iterdir()), ["theirs.xml"])
        self.assertEqual([path.name for path in two.iterdir()], ["done"])
        self.assertEqual(sorted(self.files().entry_ids.mapped("amount")), [5, 6])
        self.assertEqual((self.folder / "statement.xml").read_bytes(), GOOD)
        self.assert_told_once("files cannot be moved to 'done' in it")
        self.assertFalse(other.activity_ids)
        # put right, it is moved
        (self.folder / "done").unlink()
        self.watch()
        self.assertEqual((self.names("done"), len(self.files().entry_ids)), (["statement.xml"], 2))

    def test_a_link_that_cannot_be_put_aside_stops_no_file(self):
        (self.folder / "refused").write_bytes(b"called so by mistake")
        (self.folder / "link.xml").symlink_to(self.outside / "nowhere.xml")
        self.put("statement.xml")
        with mute_logger(LOGGER):
            self.watch()
        self.assertEqual(self.names("done"), ["statement.xml"])
        self.assert_told_once("files cannot be moved to 'refused' in it")

    def test_a_file_that_cannot_be_read_stops_no_other(self):
        self.put("a.xml", statement(entry("6.00", "later", iban=""), name="S2"), age=300)
        self.put("b.xml")
        opened = os.open

        def refuse(path, *arguments, **names):
            if str(path).endswith("a.xml"):
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *arguments, **names)

        with patch(f"{LOGGER}.os.open", refuse), mute_logger(LOGGER):
            self.watch()
        self.assertEqual((self.names(), self.names("done")), (["a.xml", "done"], ["b.xml"]))
        self.assert_told_once("a file in it cannot be read (Permission denied)")

    def test_what_breaks_unexpectedly_stays_for_the_next_time(self):
        self.put("statement.xml")
        with (
            patch.object(type(self.env["ev.bank.file"]), "_recognise", side_effect=ZeroDivisionError),
            mute_logger(LOGGER),
        ):
            self.watch()
        self.assertEqual((self.names(), len(self.files())), (["statement.xml"], 0))
        self.watch()
        self.assertEqual(self.files().state, "done")

    def test_only_an_administrator_names_the_folder(self):
        manager = self.make_user("books", "account.group_account_manager")
        with self.assertRaises(AccessError):
            self.as_user(self.journal, manager).ev_watch_folder = "/"
        with self.assertRaises(AccessError):
            self.as_user(self.journal, manager).read(["ev_watch_folder"])
        self.assertEqual(self.journal.sudo().ev_watch_folder, str(self.folder))
