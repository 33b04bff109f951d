"""What Odoo releases follows the bank's profile: each of its fields is seen in the file or in its day."""

from freezegun import freeze_time

from odoo.fields import Command, Date
from odoo.tests import tagged

from ..iso20022.schemas import check_schema
from .common import HOST_IBAN, EvSepaCommon

LONG = "Societe cooperative des bornes de recharge de la vallee de la Loire et de ses affluents reunis"
# Paris is an hour ahead of UTC in November; the profile's cut-off is 14:00 there.
EARLY, LATE = "2026-11-23 12:59:00", "2026-11-23 13:00:00"
PAYEE = {
    "structured": {"StrtNm": "12 quai de la Fosse", "PstCd": "44000", "TwnNm": "Nantes", "Ctry": "FR"},
    "hybrid": {"PstCd": "44000", "TwnNm": "Nantes", "Ctry": "FR", "AdrLine": "12 quai de la Fosse"},
    "minimal": {"TwnNm": "Nantes", "Ctry": "FR"},
    "none": {},
}


@tagged("post_install", "-at_install")
class TestProfile(EvSepaCommon):
    def pay(self, **profile):
        """A released batch of one bill, by a profile with these values."""
        self.profile.write(profile)
        batch = self.paid_batch(self.make_bill("10", ref="HOST-10"))
        self.assertFalse(check_schema(batch.sudo().file_id.raw), profile)
        return batch

    def find(self, batch, path):
        """Elements of the file, by a path of local names: `Cdtr/PstlAdr`."""
        steps = "/".join(f"*[local-name() = '{step}']" for step in path.split("/"))
        return self.read_file(batch).xpath(f"//{steps}")

    def test_names_are_as_long_as_the_bank_takes_them(self):
        self.host.name = LONG
        for length, name in ((70, LONG[:70].rstrip()), (140, LONG)):
            batch = self.pay(name_length=length)
            self.assertEqual([element.text for element in self.find(batch, "Cdtr/Nm")], [name])

    def test_how_the_bank_books_it(self):
        for booking, told in (("bank", []), ("batch", ["true"]), ("single", ["false"])):
            self.assertEqual(self.texts(self.pay(batch_booking=booking), "BtchBookg"), told, booking)

    def test_addresses_have_the_form_the_bank_takes(self):
        for form, parts in PAYEE.items():
            batch = self.pay(address_form=form)
            found = [element for address in self.find(batch, "Cdtr/PstlAdr") for element in address]
            self.assertEqual({element.tag.rpartition("}")[2]: element.text for element in found}, parts, form)
            self.assertEqual(len(found), len(parts), form)

    def test_versions(self):
        for version, day in (("pain.001.001.03", "ReqdExctnDt"), ("pain.001.001.09", "ReqdExctnDt/Dt")):
            batch = self.pay(credit_version=version)
            self.assertTrue(self.read_file(batch).tag.startswith("{urn:iso:std:iso:20022:tech:xsd:" + version + "}"))
            self.assertEqual(batch.sudo().file_id.name, f"{version}_{batch.name}.xml")
            self.assertEqual([element.text for element in self.find(batch, day)], ["2026-11-24"])

    def test_documents_are_named_one_by_one_where_the_bank_takes_it(self):
        plain, extended = self.pay(extended_remittance=False), self.pay(extended_remittance=True)
        self.assertEqual((len(self.texts(plain, "Ustrd")), self.texts(plain, "Nb")), (1, []))
        self.assertEqual(self.texts(extended, "Ustrd"), [])
        self.assertEqual(self.texts(extended, "Nb"), ["HOST-10"])
        self.assertEqual([element.text for element in self.find(extended, "RfrdDocAmt/RmtdAmt")], ["10.00"])

    def test_no_file_has_more_payments_than_the_bank_takes(self):
        self.profile.most_transactions = 2
        bills = self.env["account.move"].union(*(self.make_bill(amount) for amount in ("1", "2", "4")))
        batches = self.propose(bills)
        for batch in batches:
            self.release(batch)
        self.assertEqual([self.texts(batch, "NbOfTxs")[0] for batch in batches.sorted("id")], ["2", "1"])
        self.assertEqual(sum(batches.mapped("total")), 7)

    # ---------------------------------------------------------------------- days

    def first_day(self, now):
        """The day in the file of a batch that the wizard proposes now."""
        bill = self.make_bill("10")
        with freeze_time(now):
            wizard = self.as_user(self.env["ev.payment.propose"], self.maker).create(
                {"company_id": self.company.id, "journal_id": self.journal.id, "move_ids": [Command.set(bill.ids)]}
            )
            batch = self.env["ev.payment.batch"].browse(wizard.action_propose()["res_id"])
            self.release(batch)
        return [element.text for element in self.find(batch, "ReqdExctnDt/Dt")]

    def test_after_the_cut_off_it_is_the_next_day(self):
        self.assertEqual(self.first_day(EARLY), ["2026-11-23"])
        self.assertEqual(self.first_day(LATE), ["2026-11-24"])

    def test_the_bank_is_closed_on_its_holidays(self):
        self.profile.holiday_ids = [
            Command.create({"day": Date.to_date(day), "name": "Closed"}) for day in ("2026-11-24", "2026-11-25")
        ]
        self.assertEqual(self.first_day(LATE), ["2026-11-26"])

    def test_days_ahead(self):
        self.profile.lead_days = 2
        self.assertEqual(self.first_day(EARLY), ["2026-11-25"])

    # ----------------------------------------------------------------------- ids

    def test_what_is_sent_again_has_new_ids_throughout(self):
        bill = self.make_bill("10")
        first = self.paid_batch(bill)
        self.as_user(first, self.maker)._ask_to_cancel("The bank was told.")
        self.as_user(first, self.approver).action_confirm_cancel()
        second = self.paid_batch(bill)
        self.assertEqual((first.state, second.state, second.line_ids.iban), ("cancelled", "released", HOST_IBAN))
        for tag in ("MsgId", "PmtInfId", "InstrId", "EndToEndId"):
            before, after = self.texts(first, tag), self.texts(second, tag)
            self.assertEqual(len(before), len(after), tag)
            self.assertTrue(before or tag == "InstrId", tag)
            self.assertFalse(set(before) & set(after), tag)
