"""What a bank answers to a file reaches its payments; what it says of files we never sent is refused."""

from odoo.tests import tagged

from .bank_common import BankCase, answer


@tagged("post_install", "-at_install")
class TestBankStatus(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.make_bill("100.00")
        cls.other = cls.make_partner("Plum SARL", "DE02120300000000202051")
        cls.second = cls.make_bill("50.00", cls.other)

    def make_batch(self):
        batch = self.paid_batch(self.first, self.second)
        by_partner = {line.partner_id: line for line in batch.line_ids}
        return batch, by_partner[self.host], by_partner[self.other]

    def test_one_accepted_one_rejected(self):
        batch, kept, lost = self.make_batch()
        content = answer(
            batch.message_id,
            (kept.end_to_end_id, "ACSC", "", ""),
            (lost.end_to_end_id, "RJCT", "AC04", "closed in March"),
            group="PART",
        )
        file = self.take(content)
        self.assertEqual((file.state, file.kind, file.batch_id), ("done", "pain.002", batch))
        self.assertEqual((kept.state, lost.state, lost.reason_code), ("accepted", "rejected", "AC04"))
        self.assertIn("The account is closed", lost.reason)
        self.assertIn("closed in March", lost.reason)
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (0, 50))
        self.assertIn("Accepted: 1", file.note)

    def test_the_whole_file_rejected(self):
        batch, first, second = self.make_batch()
        self.take(answer(batch.message_id, group="RJCT"))
        self.assertEqual((first + second).mapped("state"), ["rejected", "rejected"])
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (100, 50))

    def test_verification_of_payee_is_stored_per_payment(self):
        batch, first, second = self.make_batch()
        self.take(
            answer(
                batch.message_id,
                (first.end_to_end_id, "RVMC", "RVMC", "Jean Dupond"),
                (second.end_to_end_id, "ACTC", "RVNM", ""),
            )
        )
        self.assertEqual((first.verification, first.verified_name, first.state), ("RVMC", "Jean Dupond", "released"))
        self.assertEqual((second.verification, second.state), ("RVNM", "accepted"))

    def test_a_payment_we_do_not_know_is_named_and_left(self):
        batch, first, second = self.make_batch()
        file = self.take(answer(batch.message_id, ("SOMEBODY-ELSE", "RJCT", "AC04", "x")))
        self.assertIn("SOMEBODY-ELSE", file.note)
        self.assertEqual((first + second).mapped("state"), ["released", "released"])

    def test_a_file_we_never_sent_is_refused(self):
        batch, first, _second = self.make_batch()
        file = self.take(answer("NOT-OURS", (first.end_to_end_id, "RJCT", "AC04", "x")))
        self.assertEqual(file.state, "refused")
        self.assertIn("NOT-OURS", file.reason)
        self.assertEqual((first.state, batch.state), ("released", "released"))

    def test_another_companys_batch_is_not_found(self):
        batch, first, _second = self.make_batch()
        other = self.make_company("Other operator")
        user = self.make_user("other-maker", "ev_sepa.group_payment_maker", other)
        file = self.take(answer(batch.message_id, (first.end_to_end_id, "RJCT", "AC04", "x")), user=user)
        self.assertEqual((file.state, first.state), ("refused", "released"))

    def test_the_same_answer_twice_is_one(self):
        batch, first, _second = self.make_batch()
        content = answer(batch.message_id, (first.end_to_end_id, "RJCT", "AC04", "x"))
        self.take(content)
        self.take(content, known=True)
        # another file that says the same does no more
        self.take(content + b"\n")
        self.assertEqual((first.state, self.first.amount_residual), ("rejected", 100))
