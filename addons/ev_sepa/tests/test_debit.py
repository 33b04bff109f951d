"""Collections from the invoice to the file: which mandate, which day, which sequence type, and what stops them."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..iso20022.rules import check_rules
from ..iso20022.schemas import check_schema
from .common import OWN_IBAN
from .debit_common import CLIENT_IBAN, CLIENT_IBAN_2, COLLECTED, CREDITOR, EvDebitCommon

HOSTILE = (
    "Ünïçødé & Söhne <GmbH>",
    "'; DROP TABLE res_partner; --",
    "Ελληνική Εταιρεία",
    "漢字有限公司",
    "../../etc/passwd",
    "=1+1\t\n",
    "A" * 200,
    "//",
)


@tagged("post_install", "-at_install")
class TestDebit(EvDebitCommon):
    # -------------------------------------------------------------------- file

    def test_from_invoice_to_file(self):
        invoice, mandate = self.make_invoice("120.50", self.client), self.make_mandate(reference="M-1")
        batch = self.propose(invoice)
        self.assertEqual((batch.kind, batch.rail, batch.scheme), ("direct_debit", "sepa", "CORE"))
        self.assertEqual(str(batch.execution_date), COLLECTED)
        self.release(batch)
        content = batch.sudo().file_id.raw
        self.assertFalse(check_schema(content))
        conventions = self.profile._get_conventions("direct_debit")
        found = check_rules(content, conventions, date(2026, 11, 23))
        self.assertFalse([finding for finding in found if finding.severity == "error"])
        self.assertIn(b"pain.008.001.08", content)
        self.assertEqual(self.texts(batch, "InstdAmt"), ["120.50"])
        self.assertEqual(self.texts(batch, "CtrlSum"), ["120.50", "120.50"])
        self.assertEqual(self.texts(batch, "IBAN"), [OWN_IBAN, CLIENT_IBAN])
        self.assertEqual(self.texts(batch, "ReqdColltnDt"), [COLLECTED])
        self.assertEqual((self.texts(batch, "MndtId"), self.texts(batch, "DtOfSgntr")), (["M-1"], ["2026-01-15"]))
        self.assertEqual((self.texts(batch, "SeqTp"), self.texts(batch, "AmdmntInd")), (["RCUR"], ["false"]))
        self.assertIn("CORE", self.texts(batch, "Cd"))
        self.assertIn(CREDITOR, self.texts(batch, "Id"))
        self.assertEqual(batch.line_ids.mandate_id, mandate)

    def test_collected_invoice_is_on_its_way_not_paid(self):
        self.make_mandate()
        invoice = self.make_invoice("120.50", self.client)
        batch = self.collect(invoice)
        self.assertEqual((invoice.amount_residual, invoice.payment_state), (0, "in_payment"))
        payment = batch.line_ids.payment_id
        self.assertEqual((payment.payment_type, payment.amount, payment.state), ("inbound", 120.50, "in_process"))
        self.assertEqual(payment._seek_for_lines()[0].balance, 120.50)

    def test_old_message_too(self):
        self.profile.debit_version = "pain.008.001.02"
        self.make_mandate()
        batch = self.collect(self.make_invoice("10", self.client))
        self.assertIn(b"pain.008.001.02", batch.sudo().file_id.raw)
        self.assertFalse(check_schema(batch.sudo().file_id.raw))

    def test_hostile_names_make_a_clean_file(self):
        for name in HOSTILE:
            self.client.name = name
            self.make_mandate()
            batch = self.collect(self.make_invoice("10", self.client))
            self.assertFalse(check_schema(batch.sudo().file_id.raw), name)
            batch._take_status("RJCT", "FF01")

    def test_net_that_the_partner_owes_is_collected(self):
        bill, invoice = self.make_bill("10", self.client), self.make_invoice("30.01", self.client)
        contract = self.make_debit_contract(payment_grouping="net")
        statement = self.make_statement(contract)
        (bill | invoice).sudo().ev_statement_id = statement
        self.make_mandate()
        batch = self.collect(bill | invoice)
        # 30.01 - 10.00
        self.assertEqual(self.exact_total(batch), Decimal("20.01"))
        self.assertEqual((batch.kind, self.texts(batch, "InstdAmt")), ("direct_debit", ["20.01"]))
        self.assertEqual((bill.amount_residual, invoice.amount_residual), (0, 0))

    def make_statement(self, contract):
        return self.env["ev.statement"].sudo().create(
            {
                "name": f"EVS/TEST/{contract.name}",
                "contract_id": contract.id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "partner_id": contract.partner_id.id,
                "period_start": "2026-10-01",
                "period_end": "2026-10-31",
                "state": "documented",
            }
        )  # fmt: skip

    # ---------------------------------------------------------------- who pays

    def test_who_pays_by_itself_is_not_proposed(self):
        invoice = self.make_invoice("10", self.client)
        self.assertFalse(self.propose(invoice))
        self.make_mandate(active=False)
        self.assertFalse(self.propose(invoice))

    def test_contract_asks_for_a_mandate(self):
        self.make_debit_contract()
        batch = self.propose(self.make_invoice("10", self.client))
        self.assert_held(batch, "mandate_missing", "no mandate is on file")
        # entered and activated meanwhile: the next check finds it
        self.make_mandate()
        self.release(batch)
        self.assertEqual(self.texts(batch, "IBAN"), [OWN_IBAN, CLIENT_IBAN])

    def test_mandate_of_another_company_is_none(self):
        neighbour = self.make_company("Neighbour")
        self.env["ev.sepa.mandate"].create(
            {"partner_id": self.client.id, "company_id": neighbour.id, "signed_on": "2026-01-15"}
        )
        self.make_debit_contract()
        batch = self.propose(self.make_invoice("10", self.client))
        self.assert_held(batch, "mandate_missing", "no mandate is on file")

    def test_holds_of_the_mandate(self):
        self.make_debit_contract()
        for code, said, prepare in (
            ("mandate_waiting", "nobody else has activated", lambda mandate: setattr(mandate, "signed_on", "2026-01-16")),
            ("mandate_suspended", "is suspended: by hand", lambda mandate: mandate._suspend("by hand")),
            ("mandate_unsigned", "is not signed", lambda mandate: setattr(mandate, "signed_on", False)),
            ("mandate_account", "have it changed", lambda mandate: self.client_account.sudo().write(
                {"allow_out_payment": False, "acc_number": CLIENT_IBAN_2})),
            ("mandate_unconfirmed", "has not confirmed", lambda mandate: mandate.sudo()._write(
                {"scheme": "B2B"}) or mandate.invalidate_recordset()),
            ("mandate_account", "names no account", lambda mandate: mandate.sudo()._write(
                {"partner_bank_id": None}) or mandate.invalidate_recordset()),
        ):  # fmt: skip
            mandate = self.make_mandate()
            prepare(mandate)
            batch = self.propose(self.make_invoice("10", self.client))
            self.assert_held(batch, code, said)
            batch.held_ids.item_ids.move_id.button_draft()
            mandate.sudo().state = "cancelled"

    def test_creditor_identifier_is_needed(self):
        self.make_mandate()
        for wrong in (False, "DE00ZZZ09999999999", "nonsense"):
            self.company.ev_creditor_identifier = wrong
            batch = self.propose(self.make_invoice("10", self.client))
            self.assert_held(batch, "creditor_identifier", "no valid SEPA creditor identifier")

    def test_expired_mandate_collects_nothing(self):
        self.make_debit_contract()
        # 36 months after the signature is 2026-12-06, the first possible day is the 7th
        self.make_mandate(signed_on="2023-12-06")
        batch = self.propose(self.make_invoice("10", self.client))
        self.assert_held(batch, "mandate_expired", "36 months")

    # --------------------------------------------------------------------- day

    def test_first_day_leaves_time_to_tell_the_debtor(self):
        self.make_mandate()
        batch = self.propose(self.make_invoice("10", self.client))
        self.as_user(batch, self.maker).execution_date = "2026-12-04"
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(batch.state, "draft")
        self.assert_held(batch, "prenotification", "the first possible day is 12/07/2026")
        self.as_user(batch, self.maker).execution_date = COLLECTED
        self.assertEqual(self.release(batch).state, "released")

    def test_fewer_days_where_the_debtor_agreed(self):
        self.make_mandate(prenotification_days=2)
        # Monday 23 + 2 days; the bank itself needs one
        self.assertEqual(str(self.propose(self.make_invoice("10", self.client)).execution_date), "2026-11-25")

    def test_christmas_is_no_day_to_collect(self):
        self.company.ev_prenotification_days = 32
        self.make_mandate()
        # 23 November + 32 days is 25 December, a Friday: the first bank day after is Monday 28
        self.assertEqual(str(self.propose(self.make_invoice("10", self.client)).execution_date), "2026-12-28")

    # ---------------------------------------------------------------- sequences

    def test_two_collections_where_banks_want_first(self):
        mandate = self.make_mandate(use_first=True)
        first = self.collect(self.make_invoice("10", self.client))
        second = self.collect(self.make_invoice("20", self.client))
        self.assertEqual((self.texts(first, "SeqTp"), self.texts(second, "SeqTp")), (["FRST"], ["RCUR"]))
        self.assertEqual(mandate.collection_count, 2)

    def test_two_batches_do_not_both_say_first(self):
        self.make_mandate(use_first=True)
        first, second = (self.approve(self.propose(self.make_invoice(amount, self.client))) for amount in (50, 60))
        self.assertEqual((first.line_ids.sequence, second.line_ids.sequence), ("FRST", "FRST"))
        self.as_user(first, self.maker).action_release()
        with self.assertRaisesRegex(UserError, "says FRST, and by now it is RCUR.*\n.*Set it back to draft"):
            self.as_user(second, self.maker).action_release()
        self.assertEqual(second.state, "approved")
        self.as_user(second, self.maker).action_back_to_draft()
        self.release(second)
        self.assertEqual(self.texts(second, "SeqTp"), ["RCUR"])

    def test_refused_first_collection_is_first_again(self):
        self.make_mandate(use_first=True)
        invoice = self.make_invoice("10", self.client)
        self.collect(invoice)._take_status("RJCT", "TM01")
        self.assertEqual(self.texts(self.collect(invoice), "SeqTp"), ["FRST"])

    def test_blocks_by_sequence_type(self):
        mandate = self.make_mandate(use_first=True)
        batch = self.collect(*(self.make_invoice(amount, self.client) for amount in ("10", "20", "30.03")))
        self.assertEqual(self.texts(batch, "SeqTp"), ["FRST", "RCUR"])
        # 10 first; 20 + 30.03 recurrent
        self.assertEqual(self.texts(batch, "CtrlSum"), ["60.03", "10.00", "50.03"])
        self.assertEqual(set(batch.line_ids.mapped("block_id")), set(self.texts(batch, "PmtInfId")))
        self.assertEqual(mandate.next_sequence, "RCUR")

    def test_the_last_collection_ends_the_mandate(self):
        mandate = self.make_mandate()
        self.collect(self.make_invoice("10", self.client))
        self.as_user(mandate, self.maker).is_last = True
        self.assertEqual(self.texts(self.collect(self.make_invoice("20", self.client)), "SeqTp"), ["FNAL"])
        self.make_debit_contract()
        self.assert_held(self.propose(self.make_invoice("30", self.client)), "mandate_used", "its last one was made")

    def test_one_off_mandate_collects_once(self):
        self.make_mandate(kind="one_off")
        batch = self.propose(self.make_invoice("10", self.client) | self.make_invoice("20", self.client))
        self.assertEqual((batch.line_ids.sequence, batch.held_ids.hold_code), ("OOFF", "mandate_used"))
        self.release(batch)
        self.assertEqual(self.texts(batch, "SeqTp"), ["OOFF"])
        # used up, and no contract asks for another: the client pays by itself
        self.assertFalse(self.propose(self.make_invoice("30", self.client)))

    def test_schemes_do_not_share_a_file(self):
        business = self.make_partner("Business Client", CLIENT_IBAN_2)
        self.make_mandate()
        self.make_mandate(business, scheme="B2B", confirmed_on="2026-02-01")
        batches = self.propose(self.make_invoice("10", self.client) | self.make_invoice("20", business))
        self.assertEqual(sorted(batches.mapped("scheme")), ["B2B", "CORE"])
        for batch in batches:
            self.release(batch)
            self.assertIn(batch.scheme, self.texts(batch, "Cd"))
            self.assertFalse(check_schema(batch.sudo().file_id.raw))
