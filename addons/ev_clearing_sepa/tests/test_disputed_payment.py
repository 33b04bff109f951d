"""What an eMSP disputes is not collected: 36 EUR of three sessions, one of them disputed after the invoice."""

from odoo.fields import Date
from odoo.tests import tagged

from odoo.addons.ev_clearing.models.ev_disputing import Claim
from odoo.addons.ev_clearing.tests.test_dunning import DunningCase

OWN_IBAN, THEIR_IBAN = "FR7630006000011234567890189", "DE89370400440532013000"


class CollectedCase(DunningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.ev_creditor_identifier = "DE98ZZZ09999999999"
        cls.contract.collect_by_debit = True
        own, theirs = cls.env["res.partner.bank"].create(
            [
                {"acc_number": OWN_IBAN, "partner_id": cls.company.partner_id.id},
                {"acc_number": THEIR_IBAN, "partner_id": cls.emsp.id},
            ]
        )
        cls.journal = cls.env["account.journal"].create(
            {
                "name": "Bank",
                "code": "BNKD",
                "type": "bank",
                "company_id": cls.company.id,
                "bank_account_id": own.id,
                "ev_bank_profile_id": cls.env.ref("ev_sepa.profile_de").id,
            }
        )
        cls.env["ev.sepa.mandate"].create(
            {
                "partner_id": cls.emsp.id,
                "company_id": cls.company.id,
                "partner_bank_id": theirs.id,
                "signed_on": "2026-01-15",
            }
        )

    def find_holds(self):
        """{document: (code, sentence)} of what may not be collected now."""
        batches = self.env["ev.payment.batch"]
        items = batches.sudo()._read_open_items(self.company, batches._scope_of_moves(self.move))
        self.assertEqual([item.move_id for item in items], self.move.ids)
        return batches._find_document_holds(items)

    def dispute_later(self, cdrs):
        """Disputes of sessions that the invoice charges: what the operator itself finds wrong afterwards."""
        return self.env["ev.dispute"].sudo().create(
            [
                {
                    "statement_id": self.statement.id,
                    "company_id": self.company.id,
                    "contract_id": self.contract.id,
                    "partner_id": self.emsp.id,
                    "currency_id": self.company.currency_id.id,
                    "cdr_id": cdr.id,
                    "amount": 5,
                    "reason": "energy",
                    "source": "operator",
                    "author_name": "Ada",
                    "opened_at": "2026-04-13 08:00:00",
                    "deadline": "2026-04-23",
                }
                for cdr in cdrs
            ]
        )  # fmt: skip

    def propose(self):
        batches = self.env["ev.payment.batch"]
        items = batches.sudo()._read_open_items(self.company, batches._scope_of_moves(self.move))
        return batches._propose(self.journal, Date.to_date("2026-05-20"), items)


@tagged("post_install", "-at_install")
class TestDisputedPayment(CollectedCase):
    def test_nothing_is_held_without_a_dispute(self):
        self.assertEqual(self.find_holds(), {})

    def test_a_disputed_invoice_is_held_until_it_is_answered(self):
        disputes = self.dispute_later(self.cdrs[:2])
        [(code, sentence)] = self.find_holds().values()
        self.assertEqual(code, "disputed")
        self.assertIn(f"2 sessions of {self.statement.name} are disputed", sentence)
        batch = self.propose()
        self.assertEqual((batch.held_ids.hold_code, batch.line_count), ("disputed", 0))
        self.assertIn(self.move.name, batch.held_ids.hold_note)
        disputes.write({"state": "decided", "outcome": "stands", "frozen": False})
        self.assertEqual(self.find_holds(), {})


@tagged("post_install", "-at_install")
class TestLeftOutHoldsNothing(CollectedCase):
    """The session of 5 EUR was disputed in the window and left out: the invoice of the rest, 25 x 1.2 = 30 EUR, is collected."""

    owed = 30

    def dispute(self):
        self.disputed = self.statement._dispute([Claim(self.cdrs[0].id, "energy")], self.emsp).made

    def test_the_rest_is_collected(self):
        self.assertEqual(self.disputed.state, "open")
        self.assertEqual(self.find_holds(), {})
