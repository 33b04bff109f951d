from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.ev_billing.tests.closed_doors import ClosedDoors
from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .window_common import WindowCase

MODULES = (
    "odoo.addons.ev_clearing.models.ev_dis",
    "odoo.addons.ev_clearing.models.ev_statement_window",
    "odoo.addons.ev_clearing.models.ev_statement_session",
    "odoo.addons.ev_clearing.models.ev_statement_files",
    "odoo.addons.ev_clearing.models.ev_statement_list",
    "odoo.addons.ev_clearing.models.ev_statement_page",
    "odoo.addons.ev_clearing.models.ev_run_window",
    "odoo.addons.ev_clearing.models.ev_window_mail",
    "odoo.addons.ev_clearing.wizards.ev_dispute",
)
# What each public method of these files is called with; a new one must be added here, and so be thought about.
CALLS = {
    "ev.dispute": {"create": ([{}],), "write": ({"amount": 0},), "action_decide": (), "action_open_session": ()},
    "ev.dispute.decide": {"action_decide": ()},
    "ev.dispute.open": {"action_dispute": ()},
    "ev.statement": {
        "write": ({"window_closed_at": False},),
        "action_open_window": (),
        "action_close_window": (),
        "action_withdraw_window": (),
        "action_invite_again": (),
        "action_open_shown": (),
        "action_open_disputes": (),
        "action_reset_to_draft": (),
    },
    "ev.statement.session": {"create": ([{}],), "write": ({"amount": 0},), "unlink": ()},
}
MODELS = ("ev.dispute", "ev.dispute.answer", "ev.statement.session")
READERS = (
    "account.group_account_invoice",
    "account.group_account_readonly",
    "ev_billing.group_contract_admin",
)
STRANGERS = ("base.group_user", "ev_cpms.group_technician", "ev_cpms.group_bridge", "base.group_portal")


@tagged("post_install", "-at_install")
class TestDisputeAccess(ClosedDoors, WindowCase):
    modules = MODULES
    calls = CALLS

    def setUp(self):
        super().setUp()
        self.open_window()
        self.dispute = self.statement._dispute([Claim(self.cdrs[1].id, "energy")], self.emsp).made
        session = self.statement.session_ids[:1]
        self.records = {
            "ev.dispute": self.dispute,
            "ev.dispute.decide": self.env["ev.dispute.decide"].create(
                {"dispute_ids": [Command.set(self.dispute.ids)], "outcome": "stands", "answer": "x"}
            ),
            "ev.dispute.open": self.env["ev.dispute.open"].create(
                {"session_ids": [Command.set(session.ids)], "reason": "energy", "comment": "x"}
            ),
            "ev.dispute.answer": self.env.ref("ev_clearing.ev_dispute_answer_meter"),
            "ev.statement": self.statement,
            "ev.statement.session": session,
        }

    def user(self, groups, login=None, **values):
        companies = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        return self.make_user(login or f"dispute-{groups}", groups, **(companies | values))

    def test_every_public_method_is_listed_here(self):
        self.assert_every_method_is_listed()

    def test_strangers_get_no_answer(self):
        for groups in STRANGERS:
            self.assert_no_answer(self.user(groups), self.records)
        portal = self.env["res.partner"].create({"name": "Ada", "parent_id": self.emsp.id})
        partner = self.user("base.group_portal", login="portal-emsp", partner_id=portal.id)
        # they may read their own statement; what the action shows they may not
        self.assert_no_answer(partner, self.records, may_read=("action_open_shown", "action_open_disputes"))
        self.assertEqual((self.statement.state, self.dispute.state), ("control", "open"))

    def test_who_reads(self):
        for groups in (*READERS, *STRANGERS):
            user = self.user(groups)
            for model in MODELS:
                with self.subTest(groups=groups, model=model):
                    may = groups in READERS
                    self.assertEqual(self.records[model].with_user(user).has_access("read"), may)
                    if may:
                        self.assertTrue(self.records[model].with_user(user).read(["display_name"]))

    def test_other_companies_see_nothing(self):
        other = self.make_company("Another Operator")
        user = self.user("account.group_account_invoice", company_id=other.id, company_ids=[Command.set(other.ids)])
        for model in ("ev.dispute", "ev.statement.session"):
            there = self.env[model].with_user(user).with_context(allowed_company_ids=other.ids)
            self.assertFalse(there.search([]))
            with self.assertRaises(AccessError):
                there.browse(self.records[model].ids).read(["display_name"])
        with self.assertRaises(AccessError):
            self.dispute.with_user(user).with_context(allowed_company_ids=other.ids)._decide("stands", "x")
        self.assertEqual(self.dispute.state, "open")

    def test_auditors_and_contract_admins_decide_nothing(self):
        for groups in READERS[1:]:
            with self.subTest(groups=groups), self.assertRaises(AccessError):
                self.dispute.with_user(self.user(groups))._decide("excluded", "x")
        self.assertEqual(self.dispute.state, "open")

    def test_an_accountant_enters_a_dispute_and_decides_it(self):
        wizards = self.env["ev.dispute.open"].with_user(self.accountant)
        session = self.statement.session_ids.filtered(lambda row: row.cdr_id == self.cdrs[0])
        wizard = wizards.with_context(active_model="ev.statement.session", active_ids=session.ids).create(
            {"reason": "time", "comment": "Ada said so by telephone"}
        )
        wizard.action_dispute()
        dispute = self.statement.dispute_ids - self.dispute
        self.assertEqual((dispute.cdr_id, dispute.source), (self.cdrs[0], "operator"))
        dispute.with_user(self.accountant)._decide("excluded", "You are right.")
        self.assertEqual(dispute.outcome, "excluded")
