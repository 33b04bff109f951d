"""Rules on the month's statements, and on what stands outside of them."""

from odoo import fields
from odoo.tools import SQL, format_date

from .check import kwh
from .found import Found, hits_of

# More late sessions than these are said to be "at least" as many.
LATE = 50_000


def find_blocked_statements(check, _rule):
    """Statements that could not be computed."""
    return hits_of(
        Found(
            key=str(statement.id),
            name=check.env._(
                "%(statement)s (%(partner)s) is blocked: %(why)s",
                statement=statement.name,
                partner=statement.partner_id.name,
                why=statement.blocking_message,
            ),
            date=statement.period_end,
            statement=statement.id,
            contract=statement.contract_id.id,
            partner=statement.partner_id.id,
            facts=(statement.blocking_message,),
        )
        for statement in check.statements()
        if statement.blocking_message
    )


def find_waiting(check, _rule):
    """Charges without a price."""
    return hits_of(
        Found(
            key=f"{gap.statement_id.id}:{gap.version_id.id}:{gap.reason}",
            name=f"{gap.statement_id.name} ({gap.statement_id.partner_id.name}): {gap.name}",
            date=gap.statement_id.period_end,
            wh=round(gap.energy_kwh * 1000),
            count=gap.charge_count,
            statement=gap.statement_id.id,
            contract=gap.contract_id.id,
            partner=gap.statement_id.partner_id.id,
            facts=(str(gap.date_from), str(gap.date_to)),
        )
        for gap in check.statements().filtered(lambda statement: not statement._is_closed()).gap_ids
    )


def find_estimated(check, _rule):
    """Charges of stations without readings, under a price that depends on when the energy flowed."""
    statements = check.statements()
    if not statements:
        return hits_of(())
    rows = check.query(
        """SELECT ch.statement_id, ch.station_id, min(st.identity), min(st.site_id), count(DISTINCT ch.cdr_id),
                  sum(ch.quantity * 1000)::bigint, sum(abs(ch.amount))::text
             FROM ev_charge ch JOIN ev_station st ON st.id = ch.station_id
            WHERE ch.statement_id IN %(ids)s AND ch.kind = 'usage' AND ch.flags LIKE '%%estimated%%'
         GROUP BY 1, 2 ORDER BY 1, 2""",
        ids=statements._ids,
    )
    by_id = {statement.id: statement for statement in statements}
    return hits_of(
        Found(
            key=f"{statement}:{station}",
            name=check.env._(
                "%(statement)s: %(count)s sessions of %(station)s sent no readings, so the time of their energy is estimated "
                "(%(amount)s %(currency)s).",
                statement=by_id[statement].name,
                count=count,
                station=identity,
                amount=f"{float(amount):.2f}",
                currency=by_id[statement].currency_id.name,
            ),
            date=by_id[statement].period_end,
            wh=wh,
            count=count,
            site=site,
            station=station,
            statement=statement,
            contract=by_id[statement].contract_id.id,
            partner=by_id[statement].partner_id.id,
            money=(by_id[statement].currency_id.id, amount),
            facts=(amount,),
        )
        for statement, station, identity, site, count, wh, amount in rows
    )


def find_quarantine(check, _rule):
    """Open items of the month, one by one."""
    quarantine = check.env["ev.statement"]._get_open_quarantine(check.company, check.span)
    named = [("identity", "in", list({record.station for record, _day, _wh in quarantine}))]
    stations = check.env["ev.station"].sudo().with_context(active_test=False).search(named)
    sites = {station.identity: station.site_id.id for station in stations}
    return hits_of(
        Found(
            key=str(record.id),
            name=check.env._(
                "%(session)s of station %(station)s (%(energy)s kWh) is in quarantine: %(why)s",
                session=record.external_id,
                station=record.station or "?",
                energy=kwh(wh),
                why=record.reason,
            ),
            date=day,
            wh=wh,
            count=1,
            site=sites.get(record.station),
            quarantine=record.id,
            missing_wh=wh,
            facts=(record.reason_code,),
        )
        for record, day, wh in quarantine
    )


def find_incomplete(check, _rule):
    """The parts of the month are not its whole."""
    numbers = check.env["ev.statement"].sudo().get_completeness(
        check.company.id, check.span.start.year, check.span.start.month
    )  # fmt: skip
    if numbers["adds_up"]:
        return hits_of(())
    total, counted = numbers["total"], numbers["counted"]
    name = check.env._(
        "%(counted)s sessions (%(counted_energy)s kWh) ended in %(month)s, but what became of them adds up to %(total)s "
        "(%(energy)s kWh). Do not bill; tell your administrator.",
        counted=counted["count"],
        counted_energy=kwh(counted["wh"]),
        month=format_date(check.env, check.span.start, date_format="MMMM yyyy"),
        total=total["count"],
        energy=kwh(total["wh"]),
    )
    lost = counted["wh"] - total["wh"]
    return hits_of(
        [Found(key=str(check.span.start), name=name, date=check.span.start, wh=lost, count=counted["count"])]
    )


def find_late(check, _rule):
    """Sessions that came after the statement of their month was computed and approved, by statement."""
    closed = check.statements().filtered(lambda statement: statement._is_closed() and statement.computed_at)
    if not closed:
        return hits_of(())
    by_contract = {statement.contract_id.id: statement for statement in closed}
    rows = check.env.execute_query(
        SQL(
            """SELECT c.site_id, EXTRACT(EPOCH FROM c.date_start)::bigint, p.commercial_partner_id, c.token_id, c.received_at,
                      c.energy_wh
                 FROM ev_check_session s JOIN ev_cdr c ON c.id = s.id LEFT JOIN res_partner p ON p.id = c.partner_id
                WHERE s.in_month AND s.received_at > %s ORDER BY s.id LIMIT %s""",
            min(closed.mapped("computed_at")),
            LATE,
        )
    )
    finder, late = check.env["ev.contract"]._get_finder(check.company) if rows else None, {}
    for site, start, partner, token, received, wh in rows:
        for role in ("host", "buyer", "agent"):
            for contract in finder.find(role, site, start, partner, token):
                statement = by_contract.get(contract)
                if statement and received > statement.computed_at:
                    count, energy = late.get(statement, (0, 0))
                    late[statement] = (count + 1, energy + wh)
    return hits_of(
        Found(
            key=str(statement.id),
            name=check.env._(
                "%(count)s sessions (%(energy)s kWh) came after %(statement)s (%(partner)s) was computed and approved: they come "
                "on the next statement.",
                count=count,
                energy=kwh(wh),
                statement=statement.name,
                partner=statement.partner_id.name,
            ),
            date=statement.period_end,
            wh=wh,
            count=count,
            statement=statement.id,
            contract=statement.contract_id.id,
            partner=statement.partner_id.id,
        )
        for statement, (count, wh) in late.items()
    )


def find_credit_alone(check, rule):
    """Sessions taken back, with nothing in their place after some days."""
    bounds = SQL(", ").join(SQL("(%s, %s, %s)", site, *bounds) for site, *bounds in check.windows) or SQL("(0, 0, 0)")
    rows = check.env.execute_query(
        SQL(
            """SELECT c.id, c.credit_of_id, original.external_id, c.energy_wh, c.site_id, c.station_id, c.evse_id, c.partner_id,
                      timezone(site.tz, timezone('UTC', c.date_stop))::date, site.name
                 FROM ev_cdr c JOIN (VALUES %s) AS w (site_id, starts, ends) ON w.site_id = c.site_id
                  AND c.date_stop >= timezone('UTC', to_timestamp(w.starts))
                  AND c.date_stop < timezone('UTC', to_timestamp(w.ends))
                 JOIN ev_site site ON site.id = c.site_id
                 JOIN ev_cdr original ON original.id = c.credit_of_id
                WHERE c.company_id = %s AND c.credit AND c.received_at <= %s
                  AND NOT EXISTS (SELECT 1 FROM ev_cdr new WHERE new.replaces_id = c.credit_of_id)
             ORDER BY c.id""",
            bounds,
            check.company.id,
            fields.Datetime.subtract(fields.Datetime.now(), days=int(rule.limit_1)),
        )
    )
    return hits_of(
        Found(
            key=str(credit),
            name=check.env._(
                "%(site)s: session %(session)s (%(energy)s kWh) was taken back, and no corrected one came in its place.",
                site=site_name,
                session=session,
                energy=kwh(wh),
            ),
            date=day,
            wh=-wh,
            count=1,
            site=site,
            station=station,
            evse=evse,
            cdr=credit,
            other=original,
            partner=partner,
        )
        for credit, original, session, wh, site, station, evse, partner, day, site_name in rows
    )
