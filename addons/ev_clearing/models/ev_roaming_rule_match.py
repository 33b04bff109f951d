"""When a rule's conditions hold, said twice: in SQL for stored sessions, in Python for a badge on its way in. All are ANDed."""

from odoo import models
from odoo.tools import SQL

from .ev_roaming_rule import _strip

# What OCPP 2.0.1 calls a token's type (2.63 IdTokenEnumType), in OCPI's words; the latter stand for themselves.
OCPP_TYPES = {
    "ISO14443": "RFID", "ISO15693": "RFID", "RFID": "RFID", "EMAID": "EMAID", "CENTRAL": "APP_USER", "APP_USER": "APP_USER",
    "AD_HOC_USER": "AD_HOC_USER", "DIRECTPAYMENT": "AD_HOC_USER",
}  # fmt: skip
# A session's contract id, without separators: its badge's, or what Plug & Charge sends in its place.
CONTRACT_ID = SQL(
    """upper(regexp_replace(COALESCE(NULLIF(token.emaid, ''), CASE WHEN COALESCE(token.type, sent.type) = 'EMAID'
       THEN c.token_uid END), '[^A-Za-z0-9]', '', 'g'))"""
)


def to_token_type(sent):
    """What a charger calls a token's type, as badges have it here; None where it said nothing."""
    return OCPP_TYPES.get(sent.upper(), "OTHER") if sent else None


class EvRoamingRule(models.Model):
    _inherit = "ev.roaming.rule"

    def _choose_sql(self):
        """SQL of the id of the first of these rules that fits session `c` (token `token`, as sent `sent`); NULL without one."""
        cases = [SQL("WHEN %s THEN %s", rule._match_sql(), rule.id) for rule in self]
        return SQL("CASE %s END", SQL(" ").join(cases)) if cases else SQL("NULL::int")

    def _match_sql(self):
        conditions = [SQL("c.company_id = %s", self.company_id.id)]
        if self.source:
            conditions.append(SQL("c.source = %s", self.source))
        if self.token_type:
            conditions.append(SQL("COALESCE(token.type, sent.type) = %s", self.token_type))
        if self.token_prefix:
            conditions.append(SQL("starts_with(upper(c.token_uid), %s)", self.token_prefix.upper()))
        if self.emaid_prefix:
            conditions.append(SQL("starts_with(%s, %s)", CONTRACT_ID, _strip(self.emaid_prefix)))
        if self.reference_prefix:
            conditions.append(SQL("starts_with(upper(c.authorization_reference), %s)", self.reference_prefix.upper()))
        if self.party_id:
            conditions.append(
                SQL(
                    "(starts_with(%s, %s) OR holder.commercial_partner_id = %s)",
                    CONTRACT_ID,
                    self.party_id.country_code + self.party_id.party_id,
                    self.party_id.partner_id.commercial_partner_id.id,
                )
            )
        return SQL(" AND ").join(conditions)

    def _fits_stranger(self, company_id, source, fact):
        """Whether the rule's conditions hold for a session whose badge nobody entered.

        :param fact: ev_cpms.ingest.Fact
        """
        uid, reference = fact.token_uid.upper(), (fact.authorization_reference or "").upper()
        token_type = to_token_type(fact.token_type)
        contract_id = _strip(uid) if token_type == "EMAID" else ""
        party = self.party_id.country_code + self.party_id.party_id if self.party_id else ""
        return (
            self.company_id.id == company_id
            and self.source in (False, "", source)
            and self.token_type in (False, token_type)
            and uid.startswith((self.token_prefix or "").upper())
            and contract_id.startswith(_strip(self.emaid_prefix))
            and reference.startswith((self.reference_prefix or "").upper())
            and contract_id.startswith(party)
        )
