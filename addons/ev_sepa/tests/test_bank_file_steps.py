"""A large file goes on in the queue, piece by piece, whatever dies in between."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.job import Job

from ..models import ev_bank_file, ev_bank_file_post
from .bank_common import BankCase, entry, statement

JOBS = "ev-bank-file:"


class Killed(Exception):
    """The process died in the middle of a job: nothing of it is there."""


@tagged("post_install", "-at_install")
class TestBankFileSteps(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.older = cls.env["queue.job"].search([]).ids
        cls.invoices = [cls.make_invoice(f"{number}.00", cls.kiwi) for number in range(11, 18)]
        told = [entry(f"{invoice.amount_total:.2f}", invoice.name) for invoice in cls.invoices]
        # 11 + ... + 17 = 98, and one that nobody knows
        cls.content = statement(*told, entry("2.00", "who?", iban=""), closing="100.00")

    def waiting(self):
        domain = [("identity_key", "=like", JOBS + "%"), ("state", "=", "pending"), ("id", "not in", self.older)]
        return self.env["queue.job"].search(domain, order="id")

    def work(self, kill=None):
        """Take jobs until none waits; the process dies at the end of job number `kill`. Return how many were taken."""
        taken = 0
        while jobs := self.waiting():
            job = Job.load(self.env, jobs[0].uuid)
            taken += 1
            self.assertLess(taken, 40, "nothing goes on")
            try:
                with self.env.cr.savepoint():
                    job.perform()
                    if taken == kill:
                        raise Killed
            except Killed:
                self.env.invalidate_all(flush=False)
                return taken
            job.set_done()
            job.store()
            self.env.flush_all()
            self.env.invalidate_all()
        return taken

    def take_large(self):
        """As if it were large: nothing is done while somebody waits."""
        with (
            patch.object(ev_bank_file, "INLINE_BYTES", 0),
            patch.object(ev_bank_file, "INLINE_ENTRIES", 0),
        ):
            return self.take(self.content)

    def assert_taken(self, file):
        self.assertEqual((file.state, file.entry_count, file.exception_count), ("done", 8, 1))
        self.assertEqual({invoice.amount_residual for invoice in self.invoices}, {0})
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual((len(lines), sum(lines.mapped("amount"))), (8, 100))
        self.assertEqual((len(lines.statement_id), lines.statement_id.is_complete), (1, True))

    def test_a_large_file_is_taken_in_pieces(self):
        file = self.take_large()
        self.assertEqual((file.state, len(file.entry_ids)), ("received", 0))
        with patch.object(ev_bank_file_post, "PIECE", 3):
            # read, match, 3 + 3 + 1 booked, 1 suspended, closed
            self.assertEqual(self.work(), 7)
        self.assert_taken(file)

    def test_killed_anywhere_it_goes_on_where_it_was(self):
        for kill in range(1, 8):
            with self.subTest(kill=kill), self.env.cr.savepoint() as point, patch.object(ev_bank_file_post, "PIECE", 3):
                file = self.take_large()
                self.work(kill=kill)
                self.env["ev.bank.file"]._cron_go_on()
                self.work()
                self.assert_taken(file)
                point.rollback()
                self.env.invalidate_all(flush=False)

    def test_a_large_broken_file_is_refused_by_the_queue(self):
        self.content = self.content.replace(b"<Stmt>", b" " * 8192 + b"<Stmt>").replace(b"</Stmt>", b"")
        file = self.take_large()
        self.assertEqual(file.state, "received")
        self.work()
        self.assertEqual((file.state, len(file.entry_ids)), ("refused", 0))
        self.assertIn("broken", file.reason)

    def test_a_job_of_a_file_that_is_done_does_nothing(self):
        file = self.take(self.content)
        self.assertEqual(file.state, "done")
        file.sudo()._job_step()
        self.assert_taken(file)

    def test_the_order_of_entries_changes_nothing(self):
        shuffled = [entry(f"{invoice.amount_total:.2f}", invoice.name) for invoice in reversed(self.invoices)]
        file = self.take(statement(entry("2.00", "who?", iban=""), *shuffled, closing="100.00"))
        self.assert_taken(file)
