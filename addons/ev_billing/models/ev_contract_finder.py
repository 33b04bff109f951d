"""Which contract applies to a session: found by rule, never guessed.

host
    the contract of the site's host at the start, which covers the site then
client, emsp
    the contract of whoever held the token at the start, which covers the site then; and the badge, where it names badges
agent
    every agent contract that names the site

Each session should have exactly one host contract where its site has a host, exactly one buyer where its token has a holder, and
at most one agent. None, or several, is a finding.
"""

from collections import defaultdict, namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..rating import epoch, local_day

BUYERS = ("client", "emsp")
Offer = namedtuple("Offer", "since until contract badges")
# Sessions of one site (and partner) that should have exactly one contract of a role.
Uncovered = namedtuple("Uncovered", "role site whom contracts count wh")


class ContractFinder:
    """The running and ended contracts of a company, asked session by session.

    :param contracts: ev.contract records
    """

    def __init__(self, contracts):
        # {(role, whom or None, site): offers}
        self._offers = defaultdict(list)
        for contract in contracts.sudo():
            role = "buyer" if contract.role in BUYERS else contract.role
            whom = contract.partner_id.commercial_partner_id.id if role == "buyer" else None
            badges = frozenset(contract.token_ids.ids) if role == "buyer" else frozenset()
            for site in contract._get_coverage().values():
                for span in site.covered:
                    self._offers[role, whom, site.key].append(Offer(*span.epochs(site.timezone), contract.id, badges))

    def find(self, role, site, moment, partner=None, token=None):
        """Ids of the contracts that apply to a session.

        :param role: host, buyer or agent
        :param moment: its start in UTC epoch seconds
        :param partner: commercial partner that held the token then, asked for buyers
        :rtype: set[int]
        """
        whom = partner if role == "buyer" else None
        return {
            offer.contract
            for offer in self._offers.get((role, whom, site), ())
            if offer.since <= moment < offer.until and (not offer.badges or token in offer.badges)
        }


class EvContract(models.Model):
    _inherit = "ev.contract"

    @api.model
    def _get_finder(self, company):
        """The finder over a company's contracts that run or ran."""
        domain = [("company_id", "=", company.id), ("state", "in", ("active", "ended"))]
        return ContractFinder(self.sudo().with_context(active_test=False).search(domain))

    @api.model
    def _find_sessions_without(self, company, span):
        """Sentences on the sessions that ended in some days and have not exactly one contract per role.

        :param span: rating.Span of local days
        :rtype: list[str]
        """
        return [self._say_finding(*group) for group in self._group_sessions_without(company, span)]

    @api.model
    def _group_sessions_without(self, company, span):
        """The sessions that ended in some days and have not exactly one contract per role, in groups.

        :param span: rating.Span of local days
        :return: [Uncovered(role, site, whom, contracts, count, wh)], ids, in a fixed order; no contracts: none applies
        """
        finder, found = self._get_finder(company), {}
        for site, partner, token, host, count, wh, start in self._group_sessions(company, span):
            for role, whom in (("host", host), ("buyer", partner), ("agent", None)):
                if role != "agent" and not whom:
                    continue
                contracts = finder.find(role, site, start, partner, token)
                if len(contracts) == 1 or (role == "agent" and not contracts):
                    continue
                key = (role, site, whom, tuple(sorted(contracts)))
                known = found.get(key, (0, 0))
                found[key] = known[0] + count, known[1] + wh
        return [Uncovered(*key, count, wh) for key, (count, wh) in sorted(found.items(), key=str)]

    def _group_sessions(self, company, span):
        """[(site, token's holder, token, host, count, Wh, first start)] by local day of the start; what was taken back or
        excluded needs no contract."""
        named = self.sudo().search([("company_id", "=", company.id)]).token_ids._ids or (0,)
        return self.env.execute_query(
            SQL(
                """SELECT c.site_id, %s, CASE WHEN c.token_id IN %s THEN c.token_id END, (
                          SELECT hp.commercial_partner_id FROM ev_site_host h JOIN res_partner hp ON hp.id = h.partner_id
                           WHERE h.site_id = c.site_id
                             AND h.date_from <= timezone(site.tz, timezone('UTC', c.date_start))::date
                        ORDER BY h.date_from DESC LIMIT 1) AS host,
                          count(*), sum(c.energy_wh)::bigint, min(EXTRACT(EPOCH FROM c.date_start))::bigint
                     FROM ev_cdr c JOIN ev_site site ON site.id = c.site_id LEFT JOIN res_partner p ON p.id = c.partner_id
                    WHERE c.company_id = %s AND NOT COALESCE(c.credit, FALSE)
                      AND NOT EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id = c.id)
                      AND NOT EXISTS (SELECT 1 FROM ev_cdr_hold hold WHERE hold.cdr_id = c.id AND hold.state = 'excluded')
                      AND c.date_stop >= %s AND c.date_stop < %s
                      AND timezone(site.tz, timezone('UTC', c.date_stop))::date >= %s
                      AND timezone(site.tz, timezone('UTC', c.date_stop))::date < %s
                 GROUP BY 1, 2, 3, 4, timezone(site.tz, timezone('UTC', c.date_start))::date""",
                self._get_buyer_sql(),
                named,
                company.id,
                fields.Datetime.to_datetime(span.start) - timedelta(days=1),
                fields.Datetime.to_datetime(span.end) + timedelta(days=1),
                span.start,
                span.end,
            )
        )

    def _find_unsold(self, cdr_ids):
        """Sessions that this contract applies to and yet does not charge: nobody shares revenue of them.

        :rtype: set[int]
        """
        return set()

    @api.model
    def _get_buyer_sql(self):
        """The commercial partner whose contract should bill a session `c` held by partner `p`; NULL where none is needed.

        :rtype: odoo.tools.SQL
        """
        return SQL("p.commercial_partner_id")

    def _say_finding(self, role, site, whom, contracts, count, wh):
        sessions = self.env._(
            "%(site)s: %(count)s sessions, %(energy)s kWh",
            site=self.env["ev.site"].sudo().browse(site).name,
            count=count,
            energy=f"{wh / 1000:.3f}",
        )
        partner = self.env["res.partner"].sudo().browse(whom or ()).name or ""
        names = ", ".join(self.sudo().browse(contracts).mapped("name"))
        if role == "agent":
            return self.env._(
                "%(sessions)s: more than one agent contract applies (%(names)s).", sessions=sessions, names=names
            )
        what = self.env._("host contract") if role == "host" else self.env._("client or eMSP contract")
        if not contracts:
            return self.env._(
                "%(sessions)s: no %(what)s of %(partner)s applies.", sessions=sessions, what=what, partner=partner
            )
        return self.env._(
            "%(sessions)s: more than one %(what)s of %(partner)s applies (%(names)s).",
            sessions=sessions,
            what=what,
            partner=partner,
            names=names,
        )


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    ev_contract_ids = fields.Many2many(
        "ev.contract",
        string="Contracts",
        compute="_compute_ev_contracts",
        compute_sudo=True,
        groups="account.group_account_invoice,account.group_account_readonly,ev_billing.group_contract_admin",
        help="The contracts this session is billed under.",
    )
    ev_contract_finding = fields.Text(
        "Finding",
        compute="_compute_ev_contracts",
        compute_sudo=True,
        groups="account.group_account_invoice,account.group_account_readonly,ev_billing.group_contract_admin",
    )

    def _get_buyer(self):
        """The commercial partner whose contract should bill the session; empty where none is needed."""
        self.ensure_one()
        return self.partner_id.commercial_partner_id

    def _compute_ev_contracts(self):
        """The contracts that apply, and what is wrong about their number."""
        contracts = self.env["ev.contract"]
        finders = {company: contracts._get_finder(company) for company in self.company_id}
        for cdr in self:
            finder, moment = finders[cdr.company_id], epoch(cdr.date_start)
            partner = cdr._get_buyer().id
            day = local_day(moment, cdr.site_id.tz)
            host = cdr.site_id.host_ids.filtered(lambda row, day=day: row.date_from <= day).sorted("date_from")[-1:]
            whom = {"host": host.partner_id.commercial_partner_id.id, "buyer": partner, "agent": None}
            found, sentences = set(), []
            for role, who in whom.items():
                ids = finder.find(role, cdr.site_id.id, moment, partner, cdr.token_id.id)
                found |= ids
                expected = ids or role == "agent" or not who
                if len(ids) > 1 or not expected:
                    finding = contracts._say_finding(role, cdr.site_id.id, who, tuple(sorted(ids)), 1, cdr.energy_wh)
                    sentences.append(finding)
            cdr.ev_contract_ids = contracts.browse(sorted(found))
            cdr.ev_contract_finding = "\n".join(sentences)
