"""Every public method of this addon can be called over RPC by anybody with a login: none answers a stranger."""

from odoo.tests import tagged

from odoo.addons.ev_billing.tests.closed_doors import ClosedDoors

from .bank_common import BankCase, entry, statement
from .debit_common import EvDebitCommon

# What each public method is called with besides its records; a new one must be added here, and so be thought about.
CALLS = {
    "account.bank.statement.line": {"action_undo_reconciliation": (), "write": ({"amount": 5},)},
    "account.move": {
        "write": ({"ref": "x"},),
        "action_open_ev_payment_batches": (),
        "action_ev_propose_payments": (),
    },
    "account.move.line": {"create": ([{"move_id": False}],), "write": ({"balance": 5},)},
    "account.partial.reconcile": {"create": ([{}],), "write": ({"amount": 1},), "unlink": ()},
    "account.payment": {
        "write": ({"memo": "x"},),
        "unlink": (),
        "action_draft": (),
        "action_cancel": (),
        "action_reject": (),
        "action_open_ev_payment_batch": (),
    },
    "ev.bank.ask": {"action_ask": ()},
    "ev.bank.entry": {
        "action_match_again": (),
        "action_settle": (),
        "action_park": (),
        "action_told_twice": (),
        "action_undo": (),
        "action_open_line": (),
        "action_open_settled": (),
    },
    "ev.bank.file": {
        "action_retry": (),
        "action_open_entries": (),
        "action_open_batch": (),
        "action_download": (),
        "create_document_from_attachment": ([1],),
    },
    "ev.bank.import": {"action_import": ()},
    "ev.bank.import.result": {"action_open": ()},
    "ev.bank.settle": {"default_get": (["entry_id", "partner_id"],), "action_settle": ()},
    "ev.bank.suggestion": {"action_apply": ()},
    "ev.payment.batch": {
        "create": ([{}],),
        "write": ({"execution_date": "2026-12-01"},),
        "action_check": (),
        "action_approve": (),
        "action_back_to_draft": (),
        "action_release": (),
        "action_download": (),
        "action_cancel": (),
        "action_confirm_cancel": (),
        "action_withdraw_cancel": (),
        "action_open_payments": (),
        "action_send_mails": (),
        "action_export_csv": (),
    },
    "ev.payment.cancel": {"action_ask": ()},
    "ev.payment.event": {"write": ({"note": "x"},)},
    "ev.payment.item": {"write": ({"amount": 1},)},
    "ev.payment.line": {
        "create": ([{}],),
        "write": ({"amount": 1},),
        "unlink": (),
        "action_remove": (),
        "action_confirm_account": (),
        "action_not_executed": (),
        "action_open_documents": (),
    },
    "ev.payment.propose": {"action_propose": ()},
    "ev.run": {"action_ev_propose_payments": ()},
    "ev.sepa.mandate": {
        "create": ([{"reference": "X"}],),
        "write": ({"reference": "X"},),
        "action_activate": (),
        "action_suspend": (),
        "action_cancel": (),
        "action_open_collections": (),
    },
    "ev.statement": {"action_ev_propose_payments": ()},
    "ir.attachment": {"write": ({"raw": b"x"},)},
    "res.bank": {"write": ({"bic": "AGRIFRPP"},), "unlink": ()},
    "res.partner": {"write": ({"email": "x@y.example"},), "action_open_ev_mandates": ()},
    "res.partner.bank": {
        "create": ([{"acc_number": "FR1420041010050500013M02606"}],),
        "write": ({"acc_number": "FR1420041010050500013M02606"},),
        "action_ev_approve": (),
        "action_ev_hold": (),
    },
}


@tagged("post_install", "-at_install")
class TestClosedDoors(ClosedDoors, BankCase, EvDebitCommon):
    modules = ("odoo.addons.ev_sepa.models.", "odoo.addons.ev_sepa.wizards.")
    calls = CALLS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = [
            cls.make_user("doors-plain", "base.group_user"),
            cls.make_user("doors-bridge", "ev_cpms.group_bridge"),
            cls.make_user("doors-technician", "ev_cpms.group_technician"),
            cls.make_portal("doors-host", cls.host),
            cls.make_portal("doors-emsp", cls.emsp),
            cls.make_portal("doors-stranger", cls.env["res.partner"].create({"name": "Stranger"})),
        ]

    def make_records(self):
        """One of each, at a moment when its steps could be taken."""
        draft = self.propose(self.make_bill("20.00"))
        sent = self.paid_batch(self.make_bill("10.00"))
        paid = sent.line_ids.payment_id
        for _twice in range(2):
            self.make_invoice("50.00", self.kiwi)
        bank_entry = self.take_one(statement(entry("50.00", "thanks")))
        self.make_contract(("charge", "session", "1"))
        self.make_cdr("2026-03-01T08:00:00Z")
        month = self.prepare(2026, 3)
        settle = self.env["ev.bank.settle"].with_context(default_entry_id=bank_entry.id)
        imported = self.env["ev.bank.import"].create({})
        result = {"import_id": imported.id, "name": "a.xml", "outcome": "done", "file_id": bank_entry.file_id.id}
        settled = paid.reconciled_bill_ids.line_ids
        return {
            "account.bank.statement.line": bank_entry.statement_line_id,
            "account.move": draft.line_ids.item_ids.move_line_id.move_id,
            "account.move.line": paid.move_id.line_ids,
            "account.partial.reconcile": settled.matched_debit_ids | settled.matched_credit_ids,
            "account.payment": paid,
            "ev.bank.ask": self.env["ev.bank.ask"].create({"entry_ids": bank_entry.ids, "question": "x"}),
            "ev.bank.entry": bank_entry,
            "ev.bank.file": bank_entry.file_id,
            "ev.bank.import": imported,
            "ev.bank.import.result": self.env["ev.bank.import.result"].create(result),
            "ev.bank.settle": settle.create({}),
            "ev.bank.suggestion": bank_entry.suggestion_ids[0],
            "ev.payment.batch": draft,
            "ev.payment.cancel": self.env["ev.payment.cancel"].create({"batch_id": sent.id, "reason": "x"}),
            "ev.payment.event": draft.event_ids,
            "ev.payment.item": draft.line_ids.item_ids,
            "ev.payment.line": draft.line_ids,
            "ev.payment.propose": self.env["ev.payment.propose"].create({"journal_id": self.journal.id}),
            "ev.run": month.run_id,
            "ev.sepa.mandate": self.make_mandate(active=False),
            "ev.statement": month,
            "ir.attachment": sent.sudo().file_id,
            "res.bank": self.env["res.bank"].create({"name": "Bank", "bic": "BNPAFRPP"}),
            "res.partner": self.client,
            "res.partner.bank": self.account,
        }

    def test_every_public_method_is_listed_here(self):
        self.assert_every_method_is_listed()

    def test_nobody_outside_gets_an_answer(self):
        known = self.make_records()
        for user in self.users:
            self.assert_no_answer(user, known)
        self.assertEqual(known["ev.payment.batch"].state, "draft")
        self.assertEqual(known["ev.payment.cancel"].batch_id.state, "released")
        self.assertEqual(known["ev.sepa.mandate"].state, "draft")
        self.assertEqual(known["ev.bank.entry"].state, "exception")
        self.assertEqual(self.account.ev_approval, "approved")
