from odoo.tests import tagged

from odoo.addons.ev_clearing.hooks import uninstall_hook

from .window_common import WindowCase


@tagged("post_install", "-at_install")
class TestUninstall(WindowCase):
    """What a run and its statements are without this addon: nothing waits for a window that is not there."""

    def setUp(self):
        super().setUp()
        items = self.statement.run_id.contract_ids
        self.item = items.filtered(lambda item: item.contract_id == self.contract)

    def test_a_statement_in_control_is_a_draft_again(self):
        self.item.write({"released_at": "2026-04-02 07:00:00", "released_by_id": self.accountant.id})
        self.open_window()
        self.assertEqual((self.statement.state, self.item.step), ("control", "control"))
        uninstall_hook(self.env)
        self.assertEqual((self.statement.state, self.item.step), ("draft", "review"))
        self.assertFalse(self.item.released_at, "who looked at it looks again")

    def test_no_step_of_a_run_stays_behind(self):
        steps = self.env["ev.run.contract"]._fields["step"].ondelete
        for released, step in ((False, "review"), ("2026-04-02 07:00:00", "approve")):
            for gone in ("window", "invite", "control"):
                with self.subTest(step=gone, released=released):
                    self.item.released_at = released
                    self.item.step = gone
                    self.env.flush_all()
                    steps[gone](self.item)
                    self.assertEqual(self.item.step, step)
