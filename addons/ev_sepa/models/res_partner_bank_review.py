"""What an approver looks at: where the partner was paid before, and what is odd about the new account."""

from odoo import api, fields, models

from .res_partner_bank import _looks_like_iban


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    ev_is_valid = fields.Boolean("Valid", compute="_compute_ev_review")
    ev_previous = fields.Char("Approved Before", compute="_compute_ev_review")
    ev_warning = fields.Text("Look at This", compute="_compute_ev_review")
    ev_is_own = fields.Boolean("Our Own", compute="_compute_ev_review")
    ev_state_note = fields.Char("What to Do", compute="_compute_ev_review")

    @api.depends("sanitized_acc_number", "partner_id", "bank_id", "ev_approval", "acc_holder_name")
    def _compute_ev_review(self):
        for account in self:
            problem = account._get_number_problem()
            account.ev_is_valid = not problem
            account.ev_previous = ", ".join(account._find_ev_previous().mapped("acc_number"))
            account.ev_warning = "\n".join(filter(None, [problem, *account._find_ev_oddities()]))
            account.ev_is_own = account._is_own()
            account.ev_state_note = account._get_ev_state_note()

    def _find_ev_previous(self):
        """The other accounts of the partner that are approved, the one paid to first."""
        partner = self.partner_id
        others = partner.bank_ids.filtered(lambda other: other._origin != self._origin and other._is_ev_approved())
        return others.sorted(lambda other: (other.sequence, other.id))

    def _find_ev_oddities(self):
        """Sentences about what is not wrong but worth a call."""
        partner, number = self.partner_id, self.sanitized_acc_number or ""
        country = partner.commercial_partner_id.country_id or partner.country_id
        if _looks_like_iban(number) and country and country.code != number[:2]:
            yield self.env._(
                "The account is in %(there)s, the partner in %(here)s.", there=number[:2], here=country.name
            )
        others = self._find_ev_same_number()
        if others:
            yield self.env._("The same number is on file for: %s.", ", ".join(others.mapped("display_name")[:5]))
        name = self.acc_holder_name or ""
        if name and partner.name and name.casefold().split() != partner.name.casefold().split():
            yield self.env._("It is held in another name: %s.", name)
        if emails := self._count_ev_new_emails():
            yield self.env._(
                "E-mail addresses of the partner were changed lately: %s. Call a number known before.", emails
            )

    def _find_ev_same_number(self):
        """Other partners with the same number, as far as the user sees their accounts."""
        number = self.sanitized_acc_number
        if not number:
            return self.env["res.partner"]
        domain = [("sanitized_acc_number", "=", number), ("partner_id", "!=", self.partner_id.id)]
        return self.search(domain).partner_id

    def _count_ev_new_emails(self):
        earlier = self.env["ev.partner.email"].sudo()
        told = self.partner_id.commercial_partner_id
        if not isinstance(told.id, int):
            return 0
        domain = [("partner_id", "in", told._find_ev_told().ids), ("replaced_at", ">=", earlier._get_horizon())]
        return earlier.search_count(domain)

    def _get_ev_state_note(self):
        if self.ev_approval == "held":
            return self.env._("On hold: %s", self.ev_hold_note or "")
        if self.ev_approval == "approved" and not self._is_ev_approved():
            return self.env._("It is no longer what was approved: nothing is paid to it.")
        if self.ev_approval != "approved":
            return self.env._("Nothing is paid to it until a payment approver who did not enter it approves it.")
        return False
