"""What a client sends is only a claim: contexts, values and files that would open what our own work may do."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Datetime
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .bank_common import BankCase, entry, statement
from .common import DAY, NOW

FORGED = {"ev_payment_posting": True, "ev_bank_booking": True}
ENOUGH = "odoo.addons.ev_sepa.models.ev_payment_batch_release.ENOUGH"


@tagged("post_install", "-at_install")
class TestForged(BankCase):
    def release_unposted(self, bill):
        """A released batch whose job has not run yet, released with a context of its own making."""
        batch = self.approve(self.propose(bill))
        with patch(ENOUGH, 0):
            self.as_user(batch, self.maker).with_context(**FORGED).action_release()
        return batch

    # ----------------------------------------------------------------- contexts

    def test_a_forged_context_settles_no_document_on_its_way(self):
        bill = self.make_bill("250", self.kiwi)
        batch = self.release_unposted(bill)
        found = self.take_one(statement(entry("-250.00", "by hand", iban="NL91ABNA0417164300", ref="X4")))
        payable = bill.line_ids.filtered(lambda line: line.account_id.account_type == "liability_payable")
        wizards = self.as_user(self.env["ev.bank.settle"], self.maker).with_context(**FORGED)
        wizard = wizards.create(
            {"entry_id": found.id, "partner_id": self.kiwi.id, "line_ids": [Command.set(payable.ids)]}
        )
        with self.assertRaisesRegex(UserError, "it is paid once"):
            wizard.action_settle()
        self.assertEqual((found.state, bill.amount_residual, batch.line_ids.live), ("exception", 250, True))

    def test_a_forged_context_opens_nothing_even_with_all_rights(self):
        bill = self.make_bill("10")
        payment = self.paid_batch(bill).line_ids.payment_id
        forged = payment.sudo().with_context(**FORGED)
        steps = {
            "cancel": lambda: forged.action_cancel(),
            "change": lambda: forged.write({"amount": 5}),
            "entry to draft": lambda: forged.move_id.button_draft(),
            "open again": lambda: bill.sudo().with_context(**FORGED).line_ids.remove_move_reconcile(),
        }
        for name, step in steps.items():
            with self.subTest(name), self.assertRaises(UserError):
                step()
        self.assertEqual((bill.amount_residual, payment.amount, payment.state), (0, 10, "in_process"))

    def test_our_own_work_needs_no_mark_from_the_queue(self):
        bill = self.make_bill("30")
        batch = self.release_unposted(bill)
        job = self.env["queue.job"].search([("identity_key", "=", f"ev-payment:{batch.id}:post")])
        self.assertEqual((len(job), job.records.env.context.get("ev_payment_posting")), (1, None))
        job.records._job_post()
        self.assertEqual((bill.amount_residual, batch.line_ids.payment_id.state), (0, "in_process"))

    def test_the_trail_is_not_dated_by_a_client(self):
        batch = self.propose(self.make_bill("10"))
        forged = self.as_user(batch, self.maker).with_context(default_date="2020-01-01 00:00:00", default_routine=True)
        forged.action_check()
        forged.action_back_to_draft()
        self.assertEqual(set(batch.event_ids.mapped("date")), {Datetime.to_datetime(NOW)})
        self.assertEqual(batch.event_ids.mapped("routine"), [True, True, False])

    # ------------------------------------------------------------------- values

    def test_no_field_of_the_file_is_open_for_its_name(self):
        batch = self.as_user(self.approve(self.propose(self.make_bill("10"))), self.maker)
        for values in ({"message_id": "FORGED"}, {"create_uid": self.second.id}, {"status_note": "fine"}):
            with self.assertRaises(AccessError, msg=values):
                batch.write(values)
        self.assertEqual((batch.message_id, batch.create_uid), (False, self.maker))
        batch.message_subscribe(self.approver.partner_id.ids)
        self.assertIn(self.approver.partner_id, batch.message_partner_ids)
        batch.activity_schedule("mail.mail_activity_data_todo", user_id=self.approver.id)
        self.assertEqual(batch.activity_ids.user_id, self.approver)

    def test_a_batch_with_a_past_stays_on_file(self):
        batch = self.approve(self.propose(self.make_bill("10")))
        maker = self.as_user(batch, self.maker)
        maker.action_back_to_draft()
        with self.assertRaisesRegex(UserError, "has a past, e.g. 'Approved' by Pay-Approver: .* Cancel it instead"):
            maker.unlink()
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute("DELETE FROM ev_payment_batch WHERE id = %s", (batch.id,))
        maker.action_cancel()
        self.assertEqual(
            batch.event_ids.mapped("step"), ["Proposed", "Checked", "Approved", "Back to draft", "Cancelled"]
        )

    def test_what_was_taken_out_stays_known(self):
        batch = self.propose(self.make_bill("10") | self.make_bill("20", self.kiwi))
        taken = batch.line_ids[0]
        number = taken.end_to_end_id
        self.as_user(taken, self.maker).action_remove()
        with self.assertRaisesRegex(UserError, "Payments taken out"):
            self.as_user(batch, self.maker).unlink()
        self.assertIn(number, batch.event_ids[-1].note)

    def test_a_mere_proposal_is_deleted(self):
        batch = self.propose(self.make_bill("10"))
        self.as_user(batch, self.maker).action_check()
        self.as_user(batch, self.maker).unlink()
        self.assertFalse(batch.exists())

    # ------------------------------------------------------------------ wizards

    def make_foreigner(self):
        """A maker of another company, with a bank of that company."""
        neighbour = self.make_company("Neighbour")
        bank = self.env["account.journal"].create(
            {"name": "Theirs", "code": "BNKN", "type": "bank", "company_id": neighbour.id}
        )
        return self.make_user("forged-foreigner", "ev_sepa.group_payment_maker", neighbour), neighbour, bank

    def test_nobody_proposes_for_another_company(self):
        self.make_bill("10")
        foreigner, neighbour, bank = self.make_foreigner()
        wizards = self.as_user(self.env["ev.payment.propose"], foreigner)
        days = {"execution_date": DAY, "due_by": DAY}
        own = wizards.create({"company_id": neighbour.id, "journal_id": bank.id, **days})
        self.assertEqual(own.item_count, 0)
        for values in (
            {"company_id": self.company.id, "journal_id": self.journal.id},
            {"company_id": self.company.id, "journal_id": bank.id},
            {"company_id": neighbour.id, "journal_id": self.journal.id},
        ):
            for warm in (True, False):
                with self.assertRaises(UserError, msg=values), self.env.cr.savepoint():
                    wizards.create({**values, **days}).action_propose()
                with self.assertRaises(UserError, msg=values), self.env.cr.savepoint():
                    own.write(values)
                with self.assertRaises(UserError, msg=values):
                    found = wizards.new({**values, **days})
                    self.assertFalse(found.has_instant, found.found)
                if warm:
                    self.env.invalidate_all()
        batches = self.as_user(self.env["ev.payment.batch"], foreigner)
        items = batches.sudo()._read_open_items(self.company, batches._scope_of_due(self.journal.create_date.date()))
        with self.assertRaises(AccessError):
            batches._propose(self.journal, self.journal.create_date.date(), items)
        self.assertFalse(self.env["ev.payment.batch"].search([("create_uid", "=", foreigner.id)]))

    def test_what_is_left_goes_to_no_account_a_client_made_up(self):
        _foreigner, neighbour, bank = self.make_foreigner()
        payable = self.host.property_account_payable_id
        old = self.fees.copy({"code": "627199", "active": False})
        theirs = self.env["account.account"].create(
            {"name": "Theirs", "code": "768100", "account_type": "income", "company_ids": [Command.set(neighbour.ids)]}
        )
        found = self.take_one(statement(entry("3.00", "interest", iban="", ref="W1")))
        wizards = self.as_user(self.env["ev.bank.settle"], self.maker)
        values = {"entry_id": found.id, "rest_way": "account", "note": "as agreed"}
        for account in (payable, self.journal.default_account_id, bank.default_account_id, old, theirs):
            with self.assertRaises(UserError, msg=account.display_name), self.env.cr.savepoint():
                wizards.create({**values, "account_id": account.id}).action_settle()
        self.assertEqual(found.state, "exception")
        wizards.create({**values, "account_id": self.fees.id}).action_settle()
        self.assert_ledger(found, bank=3, fee=-3)

    # ------------------------------------------------------------------- merges

    def test_a_contact_that_was_paid_can_be_merged(self):
        twin = self.make_partner("Kiwi Mobility SAS")
        bill = self.make_bill("10", self.kiwi)
        sent = self.paid_batch(bill)
        waiting = self.approve(self.propose(self.make_bill("20", self.kiwi)))
        before = sent.sudo().file_id.raw
        line = sent.line_ids
        named = (line.iban, line.account_name, line.address, line.amount)
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.kiwi | twin).ids, twin, extra_checks=False)
        self.env.invalidate_all()
        self.assertFalse(self.kiwi.exists())
        self.assertEqual((line.partner_id, bill.partner_id, line.payment_id.partner_id), (twin, twin, twin))
        self.assertEqual((line.iban, line.account_name, line.address, line.amount), named)
        self.assertEqual(sent.sudo()._get_content(), before)
        self.assertEqual(sent.event_ids[-1].step, "Contacts merged")
        # what was not sent yet is looked at again, and its account approved again
        with self.assertRaises(UserError):
            self.as_user(waiting, self.maker).action_release()
        self.assertEqual((waiting.state, twin.bank_ids.ev_approval), ("approved", "waiting"))

    def test_the_merge_opens_the_guard_for_nothing_else(self):
        line = self.paid_batch(self.make_bill("10", self.kiwi)).line_ids
        self.env.flush_all()
        for setting, column in (("", "partner_id"), ("on", "amount")):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute("SELECT set_config('ev_sepa.merging', %s, true)", (setting,))
                query = SQL("UPDATE ev_payment_line SET %s = %s", SQL.identifier(column), self.host.id)
                self.env.cr.execute(SQL("%s WHERE id = %s", query, line.id))
        self.assertEqual((line.partner_id, line.amount), (self.kiwi, 10))


@tagged("post_install", "-at_install")
class TestForgedFile(HttpCase, BankCase):
    def fetch(self, batch, user):
        user.password = "long-enough-for-anybody"
        self.authenticate(user.login, user.password)
        with mute_logger("odoo.http"):
            return self.url_open(f"/ev_sepa/batch/{batch.id}/file")

    def assert_not_served(self, file, batch):
        for url in (f"/web/content/{file.id}", f"/web/content/{batch._name}/{batch.id}/file_id"):
            with mute_logger("odoo.http"):
                self.assertEqual(self.url_open(url).status_code, 404, url)

    def test_the_file_goes_out_with_a_line_of_the_trail(self):
        batch = self.paid_batch(self.make_bill("100"))
        answer = self.fetch(batch, self.maker)
        self.assertEqual((answer.status_code, answer.content), (200, batch.sudo().file_id.raw))
        self.assertIn(f"{batch.name}.xml", answer.headers["Content-Disposition"])
        last = batch.event_ids[-1]
        self.assertEqual((last.step, last.user_id), ("Downloaded", self.maker))
        self.assertEqual(self.fetch(batch, self.auditor).content, batch.sudo().file_id.raw)
        self.assertEqual(batch.event_ids[-1].user_id, self.auditor)

    def test_the_file_of_a_cancelled_batch_goes_nowhere(self):
        batch = self.paid_batch(self.make_bill("100"))
        self.as_user(batch, self.maker)._ask_to_cancel("The bank was told.")
        self.as_user(batch, self.approver).action_confirm_cancel()
        answer = self.fetch(batch, self.maker)
        self.assertEqual(answer.status_code, 409)
        self.assertIn("it was cancelled", answer.text)
        self.assertNotIn("Downloaded", batch.event_ids.mapped("step"))

    def test_the_file_is_there_for_nobody_else(self):
        batch = self.paid_batch(self.make_bill("100"))
        accountant = self.make_user("file-accountant", "account.group_account_invoice")
        reader = self.make_user("file-reader", "account.group_account_readonly")
        for user in (accountant, reader):
            self.assertEqual(self.fetch(batch, user).status_code, 404, user.login)
        self.assertEqual(self.fetch(batch.browse(2**31 - 1), self.maker).status_code, 404)
        self.assertNotIn("Downloaded", batch.event_ids.mapped("step"))

    def test_the_file_is_nobodys_attachment(self):
        batch = self.paid_batch(self.make_bill("100"))
        file = batch.sudo().file_id
        host = new_test_user(self.env, "file-host", groups="base.group_portal", partner_id=self.host.id)
        accountant = self.make_user("file-accountant", "account.group_account_invoice")
        reader = self.make_user("file-reader", "account.group_account_readonly")
        for user in (self.maker, self.approver, self.auditor, accountant, reader, host):
            theirs = self.as_user(file, user)
            self.assertFalse(theirs.search([("id", "=", file.id)]), user.login)
            if user != host:
                told = [("res_model", "=", batch._name), ("res_field", "!=", False)]
                self.assertFalse(theirs.search(told), user.login)
            for step in (lambda file=theirs: file.read(["raw"]), theirs.generate_access_token, theirs.copy):
                with self.assertRaises(AccessError, msg=user.login):
                    step()
            self.fetch(batch, user)
            self.assert_not_served(file, batch)
        self.authenticate(None, None)
        self.assert_not_served(file, batch)
        with self.assertRaises(AccessError):
            self.as_user(batch, self.maker).read(["file_id"])

    def test_files_of_the_bank_stay_closed_and_where_they_are(self):
        batch = self.paid_batch(self.make_bill("100"))
        taken = self.take(statement(entry("1.00", "x", ref="Z1")))
        other = self.env["ir.attachment"].create({"name": "note.txt", "raw": b"x", "res_model": batch._name})
        opening = (
            {"public": True}, {"access_token": "x"}, {"res_model": "res.partner"}, {"res_id": 0}, {"res_field": False},
            {"company_id": False}, {"url": "/x.xml"}, {"mimetype": "text/html"}, {"name": "x"}, {"raw": b"x"},
        )  # fmt: skip
        for file in (batch.sudo().file_id, taken.sudo().attachment_id):
            before = file.read(["public", "access_token", "res_model", "res_id", "res_field", "name", "checksum"])
            for values in opening:
                with self.assertRaisesRegex(UserError, "it stays as it is", msg=values):
                    file.write(values)
            with self.assertRaisesRegex(UserError, "it stays as it is"):
                file.generate_access_token()
            with self.assertRaisesRegex(UserError, "it stays as it is"):
                file.unlink()
            for user in (self.maker, self.approver, self.auditor):
                with self.assertRaises(AccessError, msg=user.login):
                    self.as_user(file, user).write({"public": True})
            self.assertEqual(file.read(list(before[0].keys() - {"id"})), before)
        other.write({"public": True, "res_id": batch.id})
        self.assertTrue(self.as_user(other, self.maker).public)
