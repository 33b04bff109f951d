"""Taxable dealers whose status nobody could prove."""

from odoo.addons.ev_billing.models.ev_finding_rules.found import Found, hits_of


def find_dealer_gaps(check, rule):
    """Contracts billed by reverse charge in the month without evidence that is fresh enough."""
    statements = check.statements().filtered(lambda statement: statement.contract_id.role == "emsp")
    return hits_of(_find(statements, rule.limit_1))


def _find(statements, days):
    for statement in statements:
        contract = statement.contract_id
        if gap := contract._find_dealer_gap(statement.period_end, days):
            yield Found(
                key=str(statement.id),
                name=f"{contract.name} ({contract.partner_id.name}): {gap}",
                date=statement.period_end,
                statement=statement.id,
                contract=contract.id,
                partner=contract.partner_id.id,
                facts=(gap,),
            )
