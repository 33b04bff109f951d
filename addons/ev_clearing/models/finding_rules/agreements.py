"""Sessions outside what was agreed with their eMSP."""

from odoo.tools import SQL

from odoo.addons.ev_billing.models.ev_finding_rules.check import kwh
from odoo.addons.ev_billing.models.ev_finding_rules.found import MOST, Hits

# What a session is not for: a = minutes, b = the agreement's id.
_OUTSIDE = """
SELECT c.id AS cdr, NULL::int AS other, c.energy_wh AS wh, round(EXTRACT(EPOCH FROM c.date_stop - c.date_start) / 60, 1) AS a,
       %(agreement)s::int AS b
  FROM ev_check_session s JOIN ev_cdr c ON c.id = s.id
 WHERE s.in_month AND s.billable AND %(mine)s AND %(outside)s AND NOT %(hub)s
"""
# What it costs under the contract, all its sale terms together: a = the price, b = the agreement's id.
_PRICES = """
SELECT c.id AS cdr, NULL::int AS other, c.energy_wh AS wh, sum(ch.amount) AS a, %(agreement)s::int AS b
  FROM ev_check_session s JOIN ev_cdr c ON c.id = s.id
  JOIN ev_charge ch ON ch.cdr_id = c.id AND ch.contract_id = %(contract)s AND ch.kind = 'usage' AND ch.origin_id IS NULL
 WHERE s.in_month AND s.billable AND %(places)s
 GROUP BY c.id, c.energy_wh
HAVING sum(ch.amount) < %(lowest)s OR sum(ch.amount) > %(highest)s
"""


def find_outside_agreement(check, _rule):
    """Sessions beyond the limits that somebody wants to look at, and prices beyond the agreed ones."""
    domain = [("company_id", "=", check.company.id), ("contract_id.state", "in", ("active", "ended"))]
    agreements = check.env["ev.agreement"].sudo().search(domain)
    hits = [_find_limits(check, one) for one in agreements if one.outside == "look"]
    hits += [_find_prices(check, one) for one in agreements if one.min_price or one.max_price]
    hits = [one for one in hits if one]
    found = [found for one in hits for found in one.found]
    return Hits(found[:MOST], sum(one.total for one in hits), sum(one.wh for one in hits))


def _find_limits(check, agreement):
    outside = agreement._get_outside_sql()
    if not outside:
        return None
    query = SQL(
        _OUTSIDE,
        agreement=agreement.id,
        mine=agreement.contract_id._get_buyer_tokens_sql(),
        outside=outside,
        hub=check.env["ev.cdr.route"]._get_hub_billed_sql(),
    )

    def say(row):
        return check.env._(
            "%(session)s (%(energy)s kWh, %(minutes)s minutes) is outside %(agreement)s.",
            session=row.session,
            energy=kwh(row.wh),
            minutes=row.a,
            agreement=agreement.name,
        )

    return _name(check.find(query, say), agreement, "limits")


def _find_prices(check, agreement):
    places = agreement._get_places_sql()
    if not places:
        return None
    query = SQL(
        _PRICES,
        agreement=agreement.id,
        contract=agreement.contract_id.id,
        places=places,
        lowest=SQL("%s::numeric", repr(agreement.min_price)) if agreement.min_price else SQL("'-Infinity'::numeric"),
        highest=SQL("%s::numeric", repr(agreement.max_price)) if agreement.max_price else SQL("'Infinity'::numeric"),
    )

    def say(row):
        return check.env._(
            "%(session)s (%(energy)s kWh) costs %(price)s %(currency)s, outside %(agreement)s.",
            session=row.session,
            energy=kwh(row.wh),
            price=f"{row.a:.4f}",
            currency=agreement.currency_id.name,
            agreement=agreement.name,
        )

    return _name(check.find(query, say), agreement, "price")


def _name(hits, agreement, what):
    """One session may be outside an agreement twice: by its energy, and by its price."""
    found = [
        one._replace(key=f"{what}:{one.key}", contract=agreement.contract_id.id, partner=agreement.partner_id.id)
        for one in hits.found
    ]
    return hits._replace(found=found)
