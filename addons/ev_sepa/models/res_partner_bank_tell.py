"""Who is told that an account was entered or changed: the partner, at the addresses it had before, and an approver."""

from odoo import fields, models

from .res_partner_bank import APPROVER, _looks_like_iban

TEMPLATE = "ev_sepa.ev_iban_mail_template"
ACTIVITY = "ev_sepa.ev_iban_activity_type"


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    ev_told_of = fields.Char(readonly=True, copy=False, help="What the partner was told of: itself and the account.")
    ev_comes_first = fields.Boolean(
        "Paid First Once Approved",
        readonly=True,
        copy=False,
        help="The partner entered it on the portal: once approved it is where its money goes.",
    )

    def _after_quarantine(self):
        result = super()._after_quarantine()
        for account in self:
            account._ask_ev_approver()
            account._tell_ev_partner()
        return result

    def _after_approval(self):
        result = super()._after_approval()
        for account in self:
            account.activity_feedback([ACTIVITY], feedback=self.env._("Approved."))
            if account.ev_comes_first:
                others = account.partner_id.bank_ids - account
                first = min(others.mapped("sequence"), default=account.sequence + 1) - 1
                account.write({"sequence": min(account.sequence, first), "ev_comes_first": False})
        return result

    # ----------------------------------------------------------------- approver

    def _ask_ev_approver(self):
        """One activity while it waits, with an approver who may approve it."""
        self.ensure_one()
        waiting = self.activity_search([ACTIVITY])
        if not self.active:
            waiting.unlink()
            return
        approver = self._find_ev_approver()
        summary = self.env._("Approve the bank account of %s", self.partner_id.display_name)
        if not waiting:
            # no mail for each: an import may bring hundreds, and the list has them all
            quiet = self.with_context(mail_activity_quick_update=True)
            quiet.activity_schedule(ACTIVITY, summary=summary, user_id=approver.id)
        elif waiting.user_id not in self._find_ev_approvers():
            waiting.with_context(mail_activity_quick_update=True).user_id = approver

    def _find_ev_approvers(self):
        """Users who may approve it: approvers of a company that sees it, who had no hand in it."""
        account = self.sudo()
        users = self.env.ref(APPROVER).sudo().all_user_ids.filtered(lambda user: not user.share and user.active)
        if account.company_id:
            users = users.filtered(lambda user: account.company_id in user.company_ids)
        return users - account.ev_author_ids - account.create_uid

    def _find_ev_approver(self):
        """The one to ask: of the company at work where there is one."""
        approvers = self._find_ev_approvers().sorted("id")
        return (approvers.filtered(lambda user: self.env.company in user.company_ids) or approvers)[:1]

    # ------------------------------------------------------------------ partner

    def _tell_ev_partner(self):
        """Mail the partner once for each account: at every address it had lately, those of its accountants among them.

        The mails wait in Odoo's queue, so that a mail server that fails does not stop whoever enters the account.
        """
        account = self.sudo()
        told_of = account._get_told_key() if account.active else False
        if account.ev_told_of == told_of:
            return
        partner = account.partner_id.commercial_partner_id
        if told_of and not partner._has_ev_business():
            return
        account.ev_told_of = told_of
        if told_of:
            account._send_ev_mails(partner._find_ev_told()._find_ev_emails())

    def _get_told_key(self):
        """Which account the partner knows of. A BIC is nothing new to it where the IBAN says everything."""
        number = self.sanitized_acc_number or ""
        rest = () if _looks_like_iban(number) else (self.bank_bic or "", self.clearing_number or "")
        return " ".join((str(self.partner_id.id), number, *rest)).strip()

    def _send_ev_mails(self, addresses):
        """One mail to each address, so that none of them is shown the others."""
        if not addresses:
            self._log_ev(self.env._("The partner was not told: it has no e-mail address. Tell it otherwise."))
        template = self.env.ref(TEMPLATE).sudo()
        for address in addresses:
            template.send_mail(
                self.id,
                email_values={"email_to": address, "recipient_ids": [(5,)], "partner_ids": [(5,)]},
                email_layout_xmlid="mail.mail_notification_layout",
            )

    def _get_ev_sender(self):
        """The company that writes: the one of the partner's contract or documents."""
        self.ensure_one()
        account = self.sudo()
        contract = account.partner_id.commercial_partner_id._find_ev_contracts()[:1]
        return account.company_id or contract.company_id or self.env.company

    def _get_masked_number(self):
        """The number as others may see it: its last four characters, which leave most of a short one hidden too."""
        number = self.sanitized_acc_number or ""
        return f"•••• {number[-4:] if len(number) > 7 else number[-2:]}"


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _find_ev_contracts(self):
        """The contracts of the company behind this partner that were started, the latest first; as superuser."""
        contracts = self.env["ev.contract"].sudo().with_context(active_test=False)
        domain = [("partner_id", "child_of", self.commercial_partner_id.ids), ("state", "!=", "draft")]
        return contracts.search(domain, order="date_start desc, id desc")

    def _has_ev_business(self):
        """Whether there is something to pay: a contract that was started, or a posted document. Others are not written to."""
        self.ensure_one()
        partner = self.commercial_partner_id
        moves = self.env["account.move"].sudo()
        return bool(
            partner._find_ev_contracts()
            or moves.search_count(
                [
                    ("commercial_partner_id", "=", partner.id),
                    ("move_type", "!=", "entry"),
                    ("state", "=", "posted"),
                ],
                limit=1,
            )
        )

    def _find_ev_told(self):
        """The contacts that hear of a change: the partner, its invoice address, the recipients of its contracts."""
        self.ensure_one()
        invoiced = self.browse(self.sudo().address_get(["invoice"])["invoice"])
        return self | invoiced | self._find_ev_contracts().recipient_ids.with_env(self.env)
