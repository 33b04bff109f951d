"""The assistant's first step: the counterparty, who gets its documents, and where it is paid."""

import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class EvContractAssistant(models.TransientModel):
    _inherit = "ev.contract.assistant"

    partner_choice = fields.Selection(
        [("existing", "A known partner"), ("new", "A new partner")], "With", required=True, default="existing"
    )
    partner_id = fields.Many2one("res.partner", check_company=True)
    partner_name = fields.Char("Name")
    partner_email = fields.Char("E-mail")
    partner_street = fields.Char("Street")
    partner_zip = fields.Char("ZIP")
    partner_city = fields.Char("City")
    partner_country_id = fields.Many2one(
        "res.country", "Country", default=lambda self: self.env.company.account_fiscal_country_id
    )
    partner_vat = fields.Char("VAT Number")
    recipient_ids = fields.One2many("ev.contract.assistant.recipient", "assistant_id", "Accounting Recipients")
    bank_ids = fields.One2many(related="partner_id.commercial_partner_id.bank_ids", string="Bank Accounts on File")
    iban = fields.Char(
        "New Bank Account (IBAN)", help="Added to the partner. The first of its accounts is the one paid."
    )

    # ----------------------------------------------------------------- business

    def _enter_partner(self):
        """Nothing to get ready."""

    def _check_partner(self):
        """:raises UserError: who, how reached, or where paid is missing or cannot be."""
        if self.partner_choice == "existing" and not self.partner_id:
            raise UserError(self.env._("Partner: choose with whom the contract is, or tick 'A new partner'."))
        if self.partner_choice == "new" and not (self.partner_name or "").strip():
            raise UserError(self.env._("Name: write the new partner's name."))
        if self.partner_choice == "new":
            self._check_email(self.partner_email, self.env._("E-mail"))
        self._check_recipients()
        self._check_iban()
        # the rules of partners themselves: a VAT number that cannot be, for one
        with self._rehearse() as rehearsal:
            rehearsal._make_recipients(rehearsal._make_partner())

    def _check_email(self, email, field):
        if email and not email_normalize(email):
            raise UserError(self.env._("%(field)s: '%(email)s' is not an e-mail address.", field=field, email=email))

    def _check_recipients(self):
        for row in self.recipient_ids:
            if not row.partner_id and not (row.name or "").strip():
                raise UserError(self.env._("Accounting Recipients: choose a contact in each row, or write a name."))
            name = row.partner_id.name or row.name
            if not row.email:
                raise UserError(self.env._("Accounting Recipients: give %s an e-mail address.", name))
            self._check_email(row.email, name)
        if self.recipient_ids:
            return
        if self.partner_choice == "new":
            email, name = self.partner_email, self.partner_name
        else:
            address = self.partner_id.browse(self.partner_id.address_get(["invoice"])["invoice"])
            email, name = address.email, address.display_name
        if not email:
            raise UserError(
                self.env._(
                    "Nobody can be sent the documents: give %s an e-mail address, or add Accounting Recipients.", name
                )
            )

    def _check_iban(self):
        if not self.iban:
            return
        banks = self.env["res.partner.bank"]
        # base_iban knows better where it is installed
        right = banks.check_iban(self.iban) if hasattr(banks, "check_iban") else _is_iban(self.iban)
        if not right:
            raise UserError(
                self.env._("New Bank Account: %s is not a valid IBAN; compare it with the partner's letter.", self.iban)
            )

    # ------------------------------------------------------------------- making

    def _make_partner(self):
        """The counterparty: the one chosen or a new one, with the bank account that was typed."""
        partner = (
            self.partner_id
            if self.partner_choice == "existing"
            else self.env["res.partner"].create(self._prepare_partner())
        )
        if self.iban:
            self._make_bank(partner.commercial_partner_id)
        return partner

    def _prepare_partner(self):
        return {
            "name": self.partner_name.strip(),
            "is_company": True,
            "email": self.partner_email,
            "street": self.partner_street,
            "zip": self.partner_zip,
            "city": self.partner_city,
            "country_id": self.partner_country_id.id,
            "vat": self.partner_vat,
        }

    def _make_bank(self, partner):
        if _compact(self.iban) not in [_compact(bank.acc_number or "") for bank in partner.bank_ids]:
            self.env["res.partner.bank"].create({"acc_number": self.iban, "partner_id": partner.id})

    def _make_recipients(self, partner):
        """Contacts of the partner that get its statements and documents."""
        contacts = self.env["res.partner"]
        for row in self.recipient_ids:
            contact = row.partner_id or contacts.create({"name": row.name.strip(), "parent_id": partner.id})
            if not contact.email:
                contact.email = row.email
            contacts |= contact
        return contacts

    def _make_hosts(self, partner):
        """A site nobody has hosted so far becomes the new host's, from the contract's first day.

        Hosts are facts that contract administrators only read: this much, and no more, is done for them.
        """
        for site in self._get_free_sites():
            self.env["ev.site.host"].sudo().create(
                {"site_id": site.id, "partner_id": partner.commercial_partner_id.id, "date_from": self.date_start}
            )

    def _get_free_sites(self):
        """Chosen sites without any host."""
        sites = self.site_ids if self.role == "host" else self.site_ids.browse()
        return sites.filtered(lambda site: not site.sudo().host_ids)


class EvContractAssistantRecipient(models.TransientModel):
    """Somebody in the counterparty's accounting: a contact on file, or a new one."""

    _name = "ev.contract.assistant.recipient"
    _description = "Accounting Recipient of a New Contract"

    assistant_id = fields.Many2one("ev.contract.assistant", required=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Contact")
    name = fields.Char(compute="_compute_from_partner", store=True, readonly=False)
    email = fields.Char("E-mail", compute="_compute_from_partner", store=True, readonly=False)

    @api.depends("partner_id")
    def _compute_from_partner(self):
        for row in self:
            row.name = row.partner_id.name or row.name
            row.email = row.partner_id.email or row.email


def _compact(number):
    """The account number without blanks and signs, in capitals."""
    return re.sub(r"[\W_]", "", number).upper()


def _is_iban(number):
    """Whether its check digits are right (ISO 13616: letters count as 10 to 35, modulo 97 leaves 1)."""
    compact = _compact(number)
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", compact):
        return False
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1
