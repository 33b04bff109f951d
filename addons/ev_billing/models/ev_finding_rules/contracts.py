"""Rules on who is billed: sessions that no contract, or more than one, would bill."""

from .found import Found, hits_of


def find_no_contract(check, _rule):
    """Groups of sessions without a contract they should have."""
    return hits_of(_find_groups(check, lambda contracts: not contracts))


def find_several_contracts(check, _rule):
    """Groups of sessions that several contracts would bill."""
    return hits_of(_find_groups(check, bool))


def _find_groups(check, wanted):
    contracts = check.env["ev.contract"]
    for group in check.uncovered:
        if wanted(group.contracts):
            names = "-".join(map(str, group.contracts))
            yield Found(
                key=f"{check.span.start}:{group.role}:{group.site}:{group.whom or 0}:{names}",
                name=contracts._say_finding(*group),
                date=check.span.start,
                wh=group.wh,
                count=group.count,
                site=group.site,
                partner=group.whom,
            )
