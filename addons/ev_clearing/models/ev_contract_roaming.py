"""What an eMSP's contract says about roaming: who the partner is on the wire, which way its sessions come, and its VAT status."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .ev_cdr_route import READERS
from .ev_roaming_rule import BILLED_BY

# After so many days the proof of a taxable dealer's status is worth another look.
EVIDENCE_DAYS = 365


class ResPartner(models.Model):
    _inherit = "res.partner"

    ev_party_ids = fields.One2many("ev.roaming.party", "partner_id", "Roaming Parties", groups=READERS)


class EvContract(models.Model):
    _inherit = "ev.contract"

    party_ids = fields.One2many(
        related="partner_id.ev_party_ids", readonly=False, string="Country and Party IDs", groups=READERS
    )
    hub_id = fields.Many2one(
        "ev.roaming.hub",
        tracking=True,
        ondelete="restrict",
        groups=READERS,
        help="How this eMSP's sessions come unless a classification rule says otherwise. Empty: direct.",
    )
    billed_by = fields.Selection(
        BILLED_BY,
        tracking=True,
        groups=READERS,
        help="Who bills the sessions that come through the hub. What the hub bills is not charged on this contract.",
    )
    is_taxable_dealer = fields.Boolean(
        "Taxable Dealer",
        tracking=True,
        groups=READERS,
        help="Buys electricity to sell it on (EU VAT directive, article 38): taxed where it is established. Any other buyer pays "
        "the VAT of the country where the car was charged.",
    )
    dealer_evidence = fields.Text(
        "Evidence", groups=READERS, help="Such as its declaration of, or the register it is in."
    )
    dealer_checked_on = fields.Date("Evidence Checked on", tracking=True, groups=READERS)
    dealer_evidence_ids = fields.Many2many(
        "ir.attachment", "ev_contract_dealer_evidence_rel", string="Files of the Evidence", groups=READERS, copy=False
    )
    dealer_warning = fields.Char(compute="_compute_dealer_warning", groups=READERS)
    agreement_ids = fields.One2many("ev.agreement", "contract_id", "Agreements", groups=READERS)

    @api.constrains("hub_id", "billed_by")
    def _check_billed_by(self):
        for contract in self:
            if contract.billed_by == "hub" and not contract.hub_id:
                raise ValidationError(
                    self.env._(
                        "%s: only what comes through a hub can be billed by it. Choose the hub, or Billed by: Us.",
                        contract.name,
                    )
                )

    @api.depends("is_taxable_dealer", "dealer_evidence", "dealer_evidence_ids", "dealer_checked_on")
    def _compute_dealer_warning(self):
        today = fields.Date.context_today(self)
        for contract in self:
            contract.dealer_warning = contract._find_dealer_gap(today, EVIDENCE_DAYS)

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        if any(vals.get("dealer_evidence_ids") for vals in vals_list):
            contracts._own_evidence()
        return contracts

    def write(self, vals):
        result = super().write(vals)
        if vals.get("dealer_evidence_ids"):
            self._own_evidence()
        return result

    def _own_evidence(self):
        """A file uploaded before its contract was saved belongs to nobody but who uploaded it: give it to the contract."""
        for contract in self:
            loose = contract.dealer_evidence_ids.filtered(lambda file: not file.res_id)
            # only what the user may touch anyway
            loose.write({"res_model": self._name, "res_id": contract.id})

    def _find_dealer_gap(self, day, days):
        """What is missing before a taxable dealer may be billed as one on a day, as a sentence, or False.

        :param day: of the document
        :param days: after so many, a check is too old
        """
        self.ensure_one()
        if not self.is_taxable_dealer:
            return False
        if not (self.dealer_evidence or "").strip() and not self.dealer_evidence_ids:
            return self.env._("It is marked as a taxable dealer, but no evidence of that is on file.")
        if not self.dealer_checked_on:
            return self.env._("It is marked as a taxable dealer, but nobody entered when the evidence was checked.")
        if self.dealer_checked_on < day - timedelta(days=days):
            return self.env._(
                "It is marked as a taxable dealer, but its evidence was checked more than %s days before.", int(days)
            )
        return False

    def _is_proven_dealer(self):
        """Whether it is a taxable dealer with evidence on file."""
        self.ensure_one()
        proof = (self.dealer_evidence or "").strip() or self.dealer_evidence_ids
        return bool(self.is_taxable_dealer and proof)
