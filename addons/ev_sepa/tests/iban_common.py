"""People of every role around a host's bank account."""

from odoo import Command

from .common import EvSepaCommon

NEW_IBAN = "FR1420041010050500013M02606"
THIRD_IBAN = "BE71096123456769"


class EvIbanCommon(EvSepaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "account.group_account_invoice,base.group_partner_manager"
        cls.accountant = cls.make_user("iban-accountant", groups)
        cls.third = cls.make_user("iban-third", "ev_sepa.group_payment_approver")
        cls.contract_admin = cls.make_user(
            "iban-contracts", "ev_billing.group_contract_admin,base.group_partner_manager"
        )
        # whoever enters accounts manages contacts; approving takes no such right
        cls.second.group_ids += cls.env.ref("base.group_partner_manager")
        cls.technician = cls.make_user("iban-technician", "ev_cpms.group_technician")
        cls.bridge = cls.make_user("iban-bridge", "ev_cpms.group_bridge")

    @classmethod
    def enter(cls, user, iban=NEW_IBAN, partner=None, **values):
        """An account as a user enters it; seen by nobody in particular."""
        accounts = cls.env["res.partner.bank"].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        account = accounts.create({"acc_number": iban, "partner_id": (partner or cls.host).id, **values})
        return account.with_env(cls.env)

    def assert_waiting(self, account, user):
        self.assertEqual((account.ev_approval, account.allow_out_payment), ("waiting", False))
        self.assertEqual(account.ev_changed_by_id, user)
        self.assertFalse(account._is_ev_approved() or account.ev_approved_by_id or account.ev_approved_at)

    def assert_approved(self, account, user):
        self.assertEqual((account.ev_approval, account.allow_out_payment), ("approved", True))
        self.assertEqual(account.ev_approved_by_id, user)
        self.assertTrue(account._is_ev_approved())

    def make_merge(self, *partners):
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [Command.set([partner.id for partner in partners])]}
        )
        wizard._merge([partner.id for partner in partners], partners[0])
