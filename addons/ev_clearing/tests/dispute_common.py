from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .window_common import WindowCase


class DisputeCase(WindowCase):
    """In the window of three sessions of 5, 10 and 15 EUR; the second one is disputed."""

    def setUp(self):
        super().setUp()
        self.open_window()

    def dispute(self, *cdrs, reason="energy", comment="the car says 18 kWh", **values):
        return self.statement._dispute([Claim(cdr.id, reason, comment) for cdr in cdrs], self.emsp, **values).made

    def decide(self, disputes, outcome, answer="We looked at it."):
        disputes.with_user(self.accountant)._decide(outcome, answer)

    def close(self):
        self.statement.action_close_window()
        self.statement.action_approve()
        self.assertEqual(self.statement.state, "approved")

    def april(self):
        return self.prepare(2026, 4, self.contract)
