from odoo.tests import tagged

from .window_common import WindowCase


@tagged("post_install", "-at_install")
class TestWindowInRun(WindowCase):
    """A run takes the window's steps by jobs and waits for the partner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # without one the month is stopped: nobody would pay the host
        cls.make_contract(("credit", "kwh", "0.2"))

    def item(self):
        return self.statement.run_id.contract_ids.filtered(lambda item: item.contract_id == self.contract)

    def release(self):
        run = self.statement.run_id
        run._check()
        run.with_user(self.accountant).sudo()._release_chosen(self.item())

    def test_released_shown_approved_by_the_partner_documented(self):
        self.release()
        item = self.item()
        self.assertEqual(item.step, "window")
        item._job_window()
        self.assertEqual((item.step, self.statement.state), ("invite", "control"))
        item._job_window()
        self.assertEqual(item.step, "invite", "a step that is done is found done")
        item._job_invite()
        self.assertEqual(item.step, "control")
        mails = len(self.statement.message_ids)
        item._job_invite()
        self.assertEqual(len(self.statement.message_ids), mails, "invited once")
        item._job_approve()
        self.assertEqual(self.statement.state, "control", "the run waits")
        self.statement._approve_by_partner("Ada")
        self.assertEqual(item.step, "approve")
        item._job_approve()
        self.assertEqual((self.statement.state, item.step), ("approved", "document"))
        jobs = self.env["queue.job"].search([("identity_key", "=like", f"ev-run:{item.run_id.id}:%")])
        self.assertIn("_job_documents", jobs.mapped("method_name"))

    def test_a_window_opened_by_hand_goes_on_by_itself_when_it_closes(self):
        self.open_window()
        self.assertEqual(self.item().step, "control")
        self.statement.with_user(self.accountant).action_close_window()
        self.assertEqual(self.item().step, "approve")
        self.assertEqual(self.item().released_by_id, self.accountant)

    def test_documents_are_made_by_who_let_them_out_not_by_the_partner(self):
        self.release()
        item = self.item()
        item.released_by_id = self.accountant
        item._job_window()
        item._job_invite()
        portal = self.make_user("window-portal", "base.group_portal", partner_id=self.emsp.id)
        self.statement.with_user(portal).sudo()._approve_by_partner("Ada")
        jobs = self.env["queue.job"].search([("identity_key", "=like", f"ev-run:{item.run_id.id}:{item.id}:approve")])
        self.assertEqual(jobs.user_id, self.accountant)
        self.assertEqual(self.statement.message_ids[0].author_id, self.emsp)

    def test_what_moved_before_the_window_is_computed_again(self):
        self.release()
        self.make_sessions(40_000, day=20)
        item = self.item()
        item._job_window()
        self.assertEqual((item.step, self.statement.state), ("prepare", "draft"))

    def test_what_an_approval_refused_is_released_again(self):
        self.release()
        item = self.item()
        item._job_window()
        item._job_invite()
        self.statement.with_context(ev_window_step=True).blocking_message = "Something is wrong."
        self.statement._close_window("elapsed")
        item._job_approve()
        self.assertEqual((item.step, self.statement.state), ("review", "control"))
        self.assertIn("Something is wrong", item.message)
        self.statement.with_context(ev_window_step=True).blocking_message = False
        item.action_release()
        item._job_approve()
        self.assertEqual((item.step, self.statement.state), ("document", "approved"))

    def test_a_run_with_an_open_window_does_not_close(self):
        self.release()
        item = self.item()
        item._job_window()
        item._job_invite()
        item.run_id._job_watch()
        self.assertEqual(item.run_id.state, "open")
