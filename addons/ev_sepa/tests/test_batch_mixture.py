"""Any mixture of documents: what the files pay is what the ledger says, to the cent, each document once."""

from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from ..iso20022.characters import is_legal, is_legal_reference
from .common import EvSepaCommon

NAMES = ("Łódź & Söhne <GmbH>", "Ångström O’Neill", "Сити Парк")
GROUPINGS = ("document", "partner", "net")
IBANS = ("FR1420041010050500013M02606", "DE89370400440532013000", "NL91ABNA0417164300")
# What we owe, and what we are owed.
OURS, THEIRS = ("in_invoice", "out_refund"), ("out_invoice", "in_refund")

documents = st.tuples(st.integers(0, 2), st.sampled_from(OURS + THEIRS), st.integers(1, 9_999_999))
mixtures = st.lists(documents, min_size=3, max_size=9)
FEW = settings(max_examples=20, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


class RolledBack(Exception):
    """Ends an example: the next one starts from the same books."""


@tagged("post_install", "-at_install")
class TestBatchMixture(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = [cls.make_partner(name, iban) for name, iban in zip(NAMES, IBANS, strict=True)]
        cls.contracts = [
            cls.make_contract(("credit", "kwh", "0.1"), partner=partner, payment_grouping=grouping)
            for partner, grouping in zip(cls.partners, GROUPINGS, strict=True)
        ]
        cls.statements = [cls.make_statement(contract) for contract in cls.contracts]

    @classmethod
    def make_statement(cls, contract):
        return cls.env["ev.statement"].sudo().create(
            {
                "name": f"EVS/MIX/{contract.id}",
                "contract_id": contract.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "partner_id": contract.partner_id.id,
                "period_start": "2026-10-01",
                "period_end": "2026-10-31",
                "state": "documented",
            }
        )  # fmt: skip

    def make_documents(self, mixture):
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": kind,
                    "partner_id": self.partners[whose].id,
                    "company_id": self.company.id,
                    "invoice_date": "2026-10-31",
                    "invoice_date_due": "2026-10-31",
                    "ref": f"mix-{number}",
                    "invoice_line_ids": [
                        Command.create({"name": "x", "price_unit": cents / 100, "tax_ids": [Command.clear()]})
                    ],
                }
                for number, (whose, kind, cents) in enumerate(mixture)
            ]
        )
        moves.action_post()
        for move, (whose, _kind, _cents) in zip(moves, mixture, strict=True):
            move.sudo().ev_statement_id = self.statements[whose]
        return moves

    def test_sums_equal_the_ledger(self):
        counts = Counter()

        @FEW
        @given(mixtures)
        def pay(mixture):
            with self.assertRaises(RolledBack), self.env.cr.savepoint():
                moves = self.make_documents(mixture)
                batches = self.propose(moves)
                for batch in batches:
                    self.release(batch)
                self.assert_expected(mixture, batches)
                self.assert_files(batches)
                self.assert_ledger(mixture, moves, batches)
                counts.update(payments=sum(batches.mapped("line_count")), examples=1)
                raise RolledBack
            self.env.invalidate_all()

        pay()
        self.assertGreater(counts["payments"], counts["examples"], "examples that pay nothing prove nothing")

    def get_expected(self, mixture):
        """Cents paid to each partner: all we owe; of who nets, what is left of it, if anything."""
        expected = []
        for whose, grouping in enumerate(GROUPINGS):
            ours = sum(cents for who, kind, cents in mixture if who == whose and kind in OURS)
            theirs = sum(cents for who, kind, cents in mixture if who == whose and kind in THEIRS)
            expected.append(max(ours - theirs, 0) if grouping == "net" else ours)
        return expected

    def assert_expected(self, mixture, batches):
        lines = batches.line_ids
        self.assertFalse(batches.held_ids, batches.held_ids.mapped("hold_note"))
        paid = [
            sum(round(line.amount * 100) for line in lines if line.partner_id == partner) for partner in self.partners
        ]
        self.assertEqual(paid, self.get_expected(mixture))

    def assert_files(self, batches):
        """Each file's control sums are its payments', ids are used once, and every text is one a bank takes."""
        ends, messages = [], []
        for batch in batches:
            tree = self.read_file(batch)
            amounts = [Decimal(text) for text in tree.xpath("//*[local-name()='InstdAmt']/text()")]
            for total in tree.xpath("//*[local-name()='CtrlSum']/text()"):
                self.assertEqual(Decimal(total), sum(amounts))
            for count in tree.xpath("//*[local-name()='NbOfTxs']/text()"):
                self.assertEqual(int(count), len(amounts))
            self.assertEqual(self.exact_total(batch), sum(amounts))
            ends += tree.xpath("//*[local-name()='EndToEndId' or local-name()='InstrId']/text()")
            messages += tree.xpath("//*[local-name()='MsgId']/text()")
            for text in tree.xpath("//text()[normalize-space()]"):
                self.assertTrue(is_legal(text), text)
        used = Counter(ends)
        self.assertLessEqual(max(used.values(), default=0), 2, "once as end-to-end id, once as instruction id")
        self.assertEqual(len(set(messages)), len(messages))
        self.assertTrue(all(map(is_legal_reference, ends + messages)))

    def assert_ledger(self, mixture, moves, batches):
        """What left the books is what the files pay; what is open is what was not paid."""
        items = batches.line_ids.item_ids
        self.assertEqual(len(items.move_line_id), len(items), "each document once")
        self.assertFalse(sum(items.move_id.mapped("amount_residual")), "what is in a payment is settled")
        payments = batches.line_ids.payment_id
        outstanding = payments.move_id.line_ids.filtered(
            lambda line: line.account_id in payments.outstanding_account_id
        )
        paid = sum(self.get_expected(mixture))
        self.assertEqual(round(sum(outstanding.mapped("balance")) * 100), -paid)
        # everything booked on the partners, documents and payments: theirs minus ours, plus what was paid
        total = sum(cents if kind in THEIRS else -cents for _who, kind, cents in mixture)
        booked = (moves | payments.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type in ("asset_receivable", "liability_payable")
        )
        self.assertEqual(round(sum(booked.mapped("balance")) * 100), total + paid)
