"""A rule that comes after a session was stored cannot make somebody pay for it: it says what to do instead."""

from odoo.tests import tagged

from .clearing_common import EvClearingCommon


@tagged("post_install", "-at_install")
class TestClassifyLate(EvClearingCommon):
    def test_a_rule_that_comes_too_late_claims_no_payer(self):
        """Statements look at the session, which belongs to nobody: the screen says so, and what to do."""
        contract = self.make_emsp_contract()
        unknown = self.make_roaming("2026-03-11T08:00:00Z", uid="DD01")
        self.make_rule("Badges of RoamCo", token_prefix="DD", kind="roaming", partner_id=self.emsp.id)
        params = self.env["ev.roaming.rule"].action_classify()["params"]
        self.assertIn("Sessions classified: 0. Still unknown: 1.", params["message"])
        self.assertIn("Of these a rule would give 1 to somebody who pays: correct each", params["message"])
        self.assertEqual((params["type"], params["sticky"]), ("warning", True))
        self.assertEqual(self.route(unknown)[:2], (False, "unknown"))
        self.assertFalse(unknown.ev_route_ids.partner_id)
        self.assertIn(
            "Rule “Badges of RoamCo” would make it roaming for RoamCo: correct the session (credit and replacement)",
            unknown.ev_route_sentence,
        )
        self.assertFalse(self.prepare(2026, 3, contract).charge_ids)
        # doing as it says bills it, once, and nothing is left to say
        credit = self.make_roaming("2026-03-11T08:00:00Z", uid="DD01", credit_of=unknown.external_id)
        replacement = self.make_roaming("2026-03-11T08:00:00Z", uid="DD01", replaces=unknown.external_id)
        statement = self.prepare(2026, 3, contract)
        # 10 kWh x 0.40
        self.assertEqual((statement.charge_ids.cdr_id, statement.total_charge), (replacement, 4.0))
        self.env.invalidate_all()
        for cdr in (unknown, credit):
            self.assertEqual(self.route(cdr)[:2], (False, "unknown"))
            self.assertNotIn("correct the session", cdr.ev_route_sentence)
        message = self.env["ev.roaming.rule"].action_classify()["params"]["message"]
        self.assertEqual(message, "Sessions classified: 0. Still unknown: 2.")
