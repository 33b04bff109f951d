"""Complete (design invariant 3): what became of every session of a month, and the numbers add up."""

import json
from collections import defaultdict
from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.ev_cpms.ingest import parse_utc

from ..rating import local_day, month
from .ev_statement import OPEN_STATES

PARTS = ("billed", "draft", "pending", "quarantined", "excluded")
# Who may know how much the company sells.
GROUPS = ("account.group_account_invoice", "account.group_account_readonly", "ev_billing.group_contract_admin")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    @api.model
    def get_completeness(self, company_id, year, month_number):
        """Sessions that ended in the month on their sites' clocks, by what became of them.

        `billed`: charged on an approved or later statement, or looked at by one and free under its terms (a session without
        energy under a price per session). `draft`: on a draft only. `pending`: stored, on none, or held to be billed later.
        `quarantined`: received, waits for a decision. `excluded`: received, left out with a written reason. Credits count their
        energy negative; what is in quarantine counts what its sender said, as far as that can be read.

        :return: {"total" | "billed" | "draft" | "pending" | "quarantined" | "excluded": {"count": int, "wh": int}}, the total
            being the sum of the others; "counted": {"count", "wh"}, all of it counted once more by a plain query, and "adds_up":
            bool, whether the two agree
        :rtype: dict
        """
        if not (self.env.su or any(self.env.user.has_group(group) for group in GROUPS)):
            raise AccessError(self.env._("The company's totals are for accountants and contract administrators only."))
        company = self.env["res.company"].browse(company_id)
        if company not in self.env.companies and not self.env.su:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        span = month(year, month_number)
        return self._add_up(company, span, self._count_sessions(company, span))

    @api.model
    def _add_up(self, company, span, sessions):
        """What `get_completeness` answers, with its stored sessions counted already.

        :param sessions: [(part, count, Wh)]
        """
        result = {part: {"count": 0, "wh": 0} for part in ("total", *PARTS)}
        quarantine = self._count_quarantine(company, span)
        for part, count, energy in sessions + quarantine:
            for key in (part, "total"):
                result[key]["count"] += count
                result[key]["wh"] += energy
        count, energy = self._count_again(company, span)
        counted = {
            "count": count + sum(row[1] for row in quarantine),
            "wh": energy + sum(row[2] for row in quarantine),
        }
        return dict(result, counted=counted, adds_up=counted == result["total"])

    @api.model
    def _count_sessions(self, company, span):
        """[(part, count, Wh)] of the stored sessions."""
        sums = defaultdict(lambda: [0, 0])
        for _site, part, count, energy in self._get_completeness_by_site(company, span):
            sums[part][0] += count
            sums[part][1] += energy
        return [(part, *numbers) for part, numbers in sums.items()]

    @api.model
    def _get_completeness_by_site(self, company, span):
        """What became of the stored sessions that ended in some days, site by site.

        A session on an approved statement is billed whatever else was decided on it, unless something of it waits (a dispute);
        one that is kept out of billing is `excluded` or (to be billed later) `pending`, and so is its credit.

        :param span: rating.Span of local days
        :return: [(site id, part, count, Wh)], credits' energy counting negative
        """
        sessions = self._get_session_parts(company, span)
        if not sessions:
            return []
        return self.env.execute_query(
            SQL("SELECT site_id, part, count(*), sum(wh)::bigint FROM (%s) AS session GROUP BY 1, 2", sessions)
        )

    @api.model
    def _get_session_parts(self, companies, span):
        """SQL of the stored sessions that ended in some days: (id, site_id, kind, part, signed Wh); None without sites.

        :param companies: res.company records
        :param span: rating.Span of local days
        """
        sites = self.env["ev.site"].sudo().with_context(active_test=False).search([("company_id", "in", companies.ids)])
        if not sites:
            return None
        self.env["ev.cdr.hold"].flush_model()
        return SQL(
            """SELECT c.id, c.site_id, c.kind, CASE WHEN %s THEN 'pending' WHEN c.is_billed THEN 'billed'
                           WHEN 'excluded' IN (hold.state, whole.state) THEN 'excluded'
                           WHEN hold.id IS NOT NULL OR whole.id IS NOT NULL THEN 'pending'
                           WHEN c.is_billed IS NOT NULL THEN 'draft' WHEN %s THEN 'billed'
                           WHEN %s THEN 'excluded' ELSE 'pending' END AS part,
                      CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END AS wh
                 FROM (%s) c
            LEFT JOIN ev_cdr_hold hold ON hold.cdr_id = c.id AND hold.state != 'released'
            LEFT JOIN ev_cdr_hold whole ON whole.cdr_id = c.credit_of_id AND whole.state != 'released'""",
            self._get_waiting_sql(),
            self._get_rated_to_nothing(span),
            self._get_left_out_sql(companies),
            self._get_charged_sessions(companies, sites, span),
        )

    @api.model
    def _get_waiting_sql(self):
        """Whether something about session `c` is still to be billed, whatever was billed of it.

        :rtype: odoo.tools.SQL
        """
        return SQL("FALSE")

    @api.model
    def _get_left_out_sql(self, companies):
        """Whether a session `c` that nothing charges is not to be charged at all, for a reason written elsewhere.

        :param companies: res.company records
        :rtype: odoo.tools.SQL
        """
        return SQL("FALSE")

    @api.model
    def _get_charged_sessions(self, companies, sites, span):
        """SQL of the stored sessions that ended in some days, `is_billed` telling whether an approved statement charges them:
        false on drafts only, NULL on none.
        """
        windows = SQL(", ").join(SQL("(%s, %s, %s)", site.id, *span.epochs(site.tz)) for site in sites)
        # named once, so that no statement is looked up for each of a million sessions
        domain = [("company_id", "in", companies.ids), ("state", "in", OPEN_STATES)]
        drafts = self.env["ev.statement"].sudo().search(domain, order="id").ids
        return SQL(
            """SELECT c.id, c.company_id, c.site_id, c.kind, c.credit, c.energy_wh, c.credit_of_id, c.received_at, c.date_start,
                      c.date_stop, c.partner_id, c.token_id, charged.is_billed
                 FROM ev_cdr c
                 JOIN (VALUES %s) AS w (site_id, starts, ends)
                   ON w.site_id = c.site_id AND c.date_stop >= timezone('UTC', to_timestamp(w.starts))
                  AND c.date_stop < timezone('UTC', to_timestamp(w.ends))
            LEFT JOIN LATERAL (
                 SELECT bool_or(ch.statement_id != ALL(%s)) AS is_billed
                   FROM ev_charge ch WHERE ch.cdr_id = c.id AND ch.origin_id IS NULL) charged ON TRUE
                WHERE c.company_id = ANY(%s)""",
            windows,
            drafts,
            companies.ids,
        )

    @api.model
    def _count_again(self, company, span):
        """(count, Wh) of the stored sessions that ended in some days: counted plainly, by another way than what became of each.

        It looks at the day each site's clock shows, and at the kWh instead of the Wh.
        """
        [(count, energy)] = self.env.execute_query(
            SQL(
                """SELECT count(*), COALESCE(sum(c.energy_kwh * 1000), 0)::bigint
                     FROM ev_cdr c LEFT JOIN ev_site site ON site.id = c.site_id
                    WHERE c.company_id = %s AND c.date_stop >= %s AND c.date_stop < %s
                      AND timezone(site.tz, timezone('UTC', c.date_stop))::date BETWEEN %s AND %s""",
                company.id,
                fields.Datetime.to_datetime(span.start) - timedelta(days=1),
                fields.Datetime.to_datetime(span.end) + timedelta(days=1),
                span.start,
                span.end - timedelta(days=1),
            )
        )
        return count, energy

    @api.model
    def _get_rated_to_nothing(self, span):
        """Whether a session without a charge was rated all the same: no energy, received before a statement of the month
        (or of a later one) that is now closed was computed, and that statement's contract answers for its site or token.
        """
        return SQL(
            """c.energy_wh = 0 AND EXISTS (
                 SELECT 1 FROM ev_statement s
                   JOIN ev_contract k ON k.id = s.contract_id
                   JOIN res_partner kp ON kp.id = k.partner_id
                  WHERE s.company_id = c.company_id AND s.period_start >= %s
                    AND s.state NOT IN ('draft', 'control') AND s.computed_at >= c.received_at
                    AND (NOT EXISTS (SELECT 1 FROM ev_contract_site_rel r WHERE r.ev_contract_id = k.id)
                         OR EXISTS (SELECT 1 FROM ev_contract_site_rel r
                                     WHERE r.ev_contract_id = k.id AND r.ev_site_id = c.site_id))
                    AND (k.role = 'host' AND (
                          SELECT hp.commercial_partner_id FROM ev_site_host h JOIN res_partner hp ON hp.id = h.partner_id
                            JOIN ev_site site ON site.id = h.site_id
                           WHERE h.site_id = c.site_id
                             AND h.date_from <= timezone(site.tz, timezone('UTC', c.date_start))::date
                        ORDER BY h.date_from DESC LIMIT 1) = kp.commercial_partner_id
                      OR k.role != 'host' AND kp.commercial_partner_id = (
                          SELECT cp.commercial_partner_id FROM res_partner cp WHERE cp.id = c.partner_id)))""",
            span.start,
        )

    @api.model
    def _count_quarantine(self, company, span):
        """[(part, count, Wh)] of what was received and is no session: still open, or excluded."""
        parts = {"open": "quarantined", "dismissed": "excluded"}
        return [(parts[record.state], 1, wh) for record, _day, wh in self._get_quarantine(company, span, list(parts))]

    @api.model
    def _get_open_quarantine(self, company, span):
        """[(ev.cdr.quarantine record, local day, signed Wh)] that wait for a decision."""
        return self._get_quarantine(company, span, ["open"])

    @api.model
    def _get_quarantine(self, company, span, states):
        """[(ev.cdr.quarantine record, local day, signed Wh)] of the days and states.

        What was received more than a day before they begin, on the earliest of clocks, is not even read: `_get_day`.
        """
        domain = [
            ("company_id", "=", company.id),
            ("state", "in", states),
            ("create_date", ">=", fields.Datetime.to_datetime(span.start) - timedelta(days=1)),
        ]
        identities = {
            station.identity: station.site_id.tz
            for station in self.env["ev.station"].sudo().with_context(active_test=False).search([])
        }
        found = []
        for record in self.env["ev.cdr.quarantine"].sudo().search(domain):
            payload = record._get_payload()
            clock = identities.get(record.station) or company.partner_id.tz or "UTC"
            day = _get_day(payload, record.create_date, clock)
            if day in span:
                found.append((record, day, _get_energy(payload)))
        return found


class EvCdrQuarantine(models.Model):
    _inherit = "ev.cdr.quarantine"

    def _get_payload(self):
        """The payload as a dictionary; an empty one where it is something else."""
        self.ensure_one()
        try:
            payload = json.loads(self.payload)
        except ValueError:
            return {}
        return payload if isinstance(payload, dict) else {}


def _get_day(payload, received, clock):
    """The local day it says it ended on, or else (nothing said, or a time that had not come yet) the one it was received on."""
    moment = min(parse_utc(payload.get("stop")) or received, received)
    return local_day(int(moment.replace(tzinfo=UTC).timestamp()), clock)


def _get_energy(payload):
    """Signed Wh as its sender said, 0 where that is no whole number."""
    energy = payload.get("energy")
    if not isinstance(energy, int) or isinstance(energy, bool):
        return 0
    return -energy if payload.get("credit_of") else energy
