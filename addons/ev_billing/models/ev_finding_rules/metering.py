"""The rule on what the energy supplier metered."""

from odoo.tools import format_date

from .check import kwh
from .found import Found, hits_of


def find_site_energy(check, rule):
    """Sites whose sessions do not fit what the supplier metered."""
    metering = check.env["ev.site.metering"].sudo()
    domain = [
        ("company_id", "=", check.company.id),
        ("date_to", ">=", check.span.start),
        ("date_to", "<", check.span.end),
    ]
    found = []
    for period in metering.search(domain, order="site_id, date_from"):
        sessions, metered = period._get_session_wh(), period._get_metered_wh()
        too_much = sessions * 100 > metered * (100 + rule.limit_2)
        if too_much or metered * 100 > sessions * (100 + rule.limit_1):
            found.append(_say_site_energy(check, period, sessions, metered, too_much))
    return hits_of(found)


def _say_site_energy(check, period, sessions, metered, too_much):
    words = {
        "site": period.site_id.name,
        "first": format_date(check.env, period.date_from),
        "last": format_date(check.env, period.date_to),
        "sessions": kwh(sessions),
        "metered": kwh(metered),
        "difference": kwh(abs(metered - sessions)),
    }
    if too_much:
        name = check.env._(
            "%(site)s, %(first)s to %(last)s: the sessions took %(sessions)s kWh, %(difference)s kWh more than the supplier's "
            "meter counted (%(metered)s kWh).",
            **words,
        )
    else:
        name = check.env._(
            "%(site)s, %(first)s to %(last)s: the supplier's meter counted %(metered)s kWh, %(difference)s kWh more than the "
            "sessions took (%(sessions)s kWh): some may be missing.",
            **words,
        )
    return Found(
        key=str(period.id),
        name=name,
        date=period.date_to,
        wh=metered - sessions,
        site=period.site_id.id,
        missing_wh=abs(metered - sessions),
        severity="critical" if too_much else None,
        facts=(sessions, metered),
    )
