"""The operator's bank: its account and profile, the hosts' accounts, and the two people a payment file takes."""

from datetime import timedelta

from odoo.fields import Datetime

from demo import scenario


def seed_bank(env, company, partners):
    """Give the company a bank journal, and the hosts accounts that the approver approved two months ago."""
    own = env["res.partner.bank"].create({"acc_number": scenario.OWN_IBAN, "partner_id": company.partner_id.id})
    journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
    journal.write({"bank_account_id": own.id, "ev_bank_profile_id": env.ref("ev_sepa.profile_fr").id})
    company.ev_creditor_identifier = "FR72ZZZ123456"
    approver = env["res.users"].search([("login", "=", "approver")])
    for name, iban in scenario.HOST_IBANS.items():
        account = env["res.partner.bank"].create({"acc_number": iban, "partner_id": partners[name].id})
        account.with_user(approver).action_ev_approve()
        account.sudo().ev_approved_at = Datetime.now() - timedelta(days=60)
    # Confluence agreed to have its fees set off against what it is paid.
    env["ev.contract"].search([("partner_id", "=", partners[scenario.CONFLUENCE].id)]).payment_grouping = "net"
