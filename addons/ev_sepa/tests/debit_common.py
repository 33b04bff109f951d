"""A client that pays by mandate: its account, a mandate in force, invoices to collect."""

from odoo.fields import Command
from odoo.tests import new_test_user

from .common import EvSepaCommon

CREDITOR = "DE98ZZZ09999999999"
CLIENT_IBAN = "DE89370400440532013000"
CLIENT_IBAN_2 = "DE75512108001245126199"
# 14 days after Monday 23 November: a Monday, a TARGET day.
COLLECTED = "2026-12-07"


class EvDebitCommon(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.ev_creditor_identifier = CREDITOR
        cls.company.ev_prenotification_days = 14
        cls.client = cls.make_partner("Fleet Client", email="fleet@client.example")
        cls.client_account = cls.make_account(cls.client, CLIENT_IBAN)
        cls.portal_client = cls.make_portal("debit-client", cls.client)

    @classmethod
    def make_portal(cls, login, partner):
        return new_test_user(
            cls.env, login, groups="base.group_portal", partner_id=partner.id, company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip

    @classmethod
    def make_mandate(cls, partner=None, active=True, **values):
        """A mandate that the maker entered; in force by the approver unless `active` is False."""
        partner = partner or cls.client
        mandates = cls.env["ev.sepa.mandate"].with_user(cls.maker).with_context(allowed_company_ids=cls.company.ids)
        mandate = mandates.create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "partner_bank_id": partner.bank_ids[:1].id,
                "signed_on": "2026-01-15",
                **values,
            }
        )
        if active:
            mandate.with_user(cls.approver).action_activate()
        return mandate.with_env(cls.env)

    @classmethod
    def make_debit_contract(cls, partner=None, **values):
        return cls.make_contract(
            ("charge", "kwh", "0.4"), partner=partner or cls.client, role="client", collect_by_debit=True, **values
        )

    def collect(self, *moves):
        """The released batch that collects some invoices."""
        return self.release(self.propose(self.env["account.move"].union(*moves)))

    def notices(self, line):
        """The mails that were written about one payment."""
        domain = [("model", "=", "ev.payment.line"), ("res_id", "in", line.ids)]
        return self.env["mail.mail"].sudo().search(domain)

    def announce(self, batch):
        """Run the job that approving has asked for."""
        batch.sudo()._job_mail("notice")

    def assert_held(self, batch, code, said):
        """The batch has one collection, held back for this reason with a sentence that says so."""
        self.assertEqual((batch.held_ids.mapped("hold_code"), batch.line_count), ([code], 0), batch.held_ids.hold_note)
        self.assertIn(said, batch.held_ids.hold_note)
