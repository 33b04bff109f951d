from odoo.tools.translate import LazyTranslate

from odoo.addons.ev_billing.models.ev_finding_rule_catalogue import Rule

_lt = LazyTranslate(__name__)

CATALOGUE = (
    Rule(
        "hub_double", "Through a hub and directly", "critical", True, True,
        ((5, _lt("minutes between the starts")), (1, _lt("% difference of the energy"))), True,
        _lt("One charge that came twice: through a hub and directly, at one EVSE, for one badge (or its contract id, as hubs "
            "name badges). Not meant: two charges of one car, two badges, both through hubs, a session and its correction."),
    ),
    Rule(
        "agreement", "Outside the agreement", "warning", False, True, (), True,
        _lt("A session with less or more energy, time or money than agreed with its eMSP for that site. Not meant: what the "
            "agreement leaves out anyway, limits of zero."),
    ),
    Rule(
        "dealer_evidence", "Evidence of the taxable dealer", "warning", False, True,
        ((365, _lt("days since the evidence was checked")),), False,
        _lt("An eMSP is marked as a taxable dealer (reverse charge), but no evidence is on file, or it was last checked too long "
            "before. Not meant: contracts without a statement in the month."),
    ),
)  # fmt: skip
