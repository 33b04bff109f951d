"""A company with a bank, three people with a role each, and documents to pay."""

from decimal import Decimal

from freezegun import freeze_time
from lxml import etree

from odoo.fields import Command, Datetime
from odoo.tests import new_test_user

from odoo.addons.ev_billing.tests.common import EvBillingCommon

OWN_IBAN = "FR7630006000011234567890189"
HOST_IBAN = "FR7630004000031234567890143"
OTHER_IBAN = "DE89370400440532013000"
# A Monday, a TARGET day, 11:00 in Paris: before any cut-off.
NOW = "2026-11-23 10:00:00"
DAY = "2026-11-24"


class EvSepaCommon(EvBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clock = freeze_time(NOW)
        clock.start()
        cls.addClassCleanup(clock.stop)
        cls.company.partner_id.tz = "Europe/Paris"
        cls.company.ev_iban_quiet_days = 14
        cls.maker = cls.make_user("pay-maker", "ev_sepa.group_payment_maker")
        cls.approver = cls.make_user("pay-approver", "ev_sepa.group_payment_approver")
        cls.second = cls.make_user("pay-second", "ev_sepa.group_payment_approver,ev_sepa.group_payment_maker")
        cls.auditor = cls.make_user("pay-auditor", "ev_sepa.group_payment_auditor")
        cls.profile = cls.env["ev.bank.profile"].create({"name": "Test bank", "has_instant": True})
        cls.journal = cls.make_journal("BNKT", OWN_IBAN)
        cls.address(cls.host, "12 quai de la Fosse", "44000", "Nantes")
        cls.account = cls.make_account(cls.host, HOST_IBAN)

    # ------------------------------------------------------------------ people

    @classmethod
    def make_user(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            name=login.title(),
        )

    def as_user(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    # ------------------------------------------------------------------- bank

    @classmethod
    def make_journal(cls, code, iban, **values):
        account = cls.env["res.partner.bank"].create({"acc_number": iban, "partner_id": cls.company.partner_id.id})
        return cls.env["account.journal"].create(
            {
                "name": f"Bank {code}",
                "code": code,
                "type": "bank",
                "company_id": cls.company.id,
                "bank_account_id": account.id,
                "ev_bank_profile_id": cls.profile.id,
                **values,
            }
        )

    @classmethod
    def make_account(cls, partner, iban, approved_at="2026-01-15 09:00:00"):
        """An account of a partner; approved long ago unless `approved_at` is None."""
        account = cls.env["res.partner.bank"].create({"acc_number": iban, "partner_id": partner.id})
        if approved_at:
            account.with_user(cls.approver).action_ev_approve()
            account.sudo().write({"ev_approved_at": Datetime.to_datetime(approved_at)})
        return account

    @staticmethod
    def address(partner, street, postcode, town, country="base.fr"):
        partner.write(
            {
                "street": street,
                "zip": postcode,
                "city": town,
                "country_id": partner.env.ref(country).id,
                "street2": False,
            }
        )

    @classmethod
    def make_partner(cls, name, iban=None, **values):
        partner = cls.env["res.partner"].create(
            {"name": name, "is_company": True, "email": "pay@partner.example", **values}
        )
        cls.address(partner, "1 rue du Test", "75001", "Paris")
        if iban:
            cls.make_account(partner, iban)
        return partner

    # -------------------------------------------------------------- documents

    @classmethod
    def make_move(cls, move_type, amount, partner=None, day="2026-10-31", **values):
        """A posted document without taxes, so that its total is `amount`."""
        partner = partner or cls.host
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "invoice_date": day,
                "invoice_date_due": day,
                "ref": values.pop("ref", f"{move_type}-{amount}"),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Energy", "quantity": 1, "price_unit": float(amount), "tax_ids": [Command.clear()]}
                    )
                ],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def make_bill(cls, amount, partner=None, **values):
        return cls.make_move("in_invoice", amount, partner, **values)

    @classmethod
    def make_invoice(cls, amount, partner=None, **values):
        return cls.make_move("out_invoice", amount, partner, **values)

    @classmethod
    def make_credit_note(cls, amount, partner=None, **values):
        return cls.make_move("out_refund", amount, partner, **values)

    # ---------------------------------------------------------------- batches

    def propose(self, moves, day=DAY, user=None, journal=None, **options):
        """Batches of documents, proposed by the maker."""
        batches = self.as_user(self.env["ev.payment.batch"], user or self.maker)
        scope = batches._scope_of_moves(moves)
        items = batches.sudo()._read_open_items(moves.company_id, scope)
        from_day = self.env["ev.payment.batch"]._fields["execution_date"].to_date(day)
        return batches._propose(journal or self.journal, from_day, items, **options)

    def approve(self, batch):
        self.as_user(batch, self.maker).action_check()
        self.assertEqual(
            batch.state, "checked", (batch.finding_ids.mapped("message"), batch.held_ids.mapped("hold_note"))
        )
        self.as_user(batch, self.approver).action_approve()
        return batch

    def release(self, batch):
        self.approve(batch)
        self.as_user(batch, self.maker).action_release()
        return batch

    def paid_batch(self, *moves):
        """A released batch of documents."""
        return self.release(self.propose(self.env["account.move"].union(*moves)))

    @staticmethod
    def read_file(batch):
        return etree.fromstring(batch.sudo().file_id.raw)

    def texts(self, batch, tag):
        """The texts of every element of that name in the released file."""
        return [element.text for element in self.read_file(batch).iter("{*}" + tag)]

    def exact_total(self, batch):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT sum(amount)::text FROM ev_payment_line WHERE batch_id = %s AND state != 'held'", (batch.id,)
        )
        return Decimal(self.env.cr.fetchone()[0])
