"""Deciding what sessions are and which way they go: set-based, for what was just stored and for what was stored before.

kind
    a credit: as its original; a known badge: what it is registered as; no badge: ad hoc; an unknown badge: the first rule that
    fits and says a kind; else nobody knows
route
    a credit: as its original; the first rule that fits and says a route; the eMSP's contract in force at the start; else direct

Statements bill by the session itself. A rule made after a session was stored can say what it is, but not whose it is: that takes
a correction. Such a session stays unknown, with the rule that would tell.
"""

from odoo import api, models
from odoo.tools import SQL

from .ev_roaming_rule_match import to_token_type

BATCH = 50_000
PAID_ON_THE_SPOT = ("NoAuthorization", "DirectPayment")

_COLUMNS = SQL(
    """cdr_id, company_id, kind, partner_id, decided_by, rule_id, hub_id, billed_by, route_by, route_rule_id, contract_id"""
)
# `%(sessions)s` joins c (ev_cdr) and sent (type, stranger: whether nobody entered the badge it names)
_DECIDE = """
WITH agreed AS MATERIALIZED (
     SELECT k.id, k.company_id, kp.commercial_partner_id AS buyer, k.hub_id, k.billed_by, k.date_start, k.date_end,
            (SELECT array_agg(r.ev_site_id) FROM ev_contract_site_rel r WHERE r.ev_contract_id = k.id) AS sites,
            (SELECT array_agg(r.ev_token_id) FROM ev_contract_token_rel r WHERE r.ev_contract_id = k.id) AS tokens
       FROM ev_contract k JOIN res_partner kp ON kp.id = k.partner_id
      WHERE k.company_id = ANY(%(companies)s) AND k.role = 'emsp' AND k.state IN ('active', 'ended'))
INSERT INTO ev_cdr_route (%(columns)s)
SELECT DISTINCT ON (s.id) s.id, s.company_id, COALESCE(s.kind, CASE WHEN NOT %(too_late)s THEN known.kind END), s.partner_id,
       CASE WHEN NOT s.stranger AND s.kind = 'ad_hoc' AND s.token_id IS NULL THEN 'no_token'
            WHEN NOT s.stranger THEN 'token' WHEN s.kind_rule IS NOT NULL AND NOT %(too_late)s THEN 'rule' ELSE 'unknown' END,
       s.kind_rule,
       CASE WHEN way.id IS NOT NULL THEN way.hub_id ELSE contract.hub_id END,
       CASE WHEN way.id IS NOT NULL THEN way.billed_by
            WHEN contract.hub_id IS NOT NULL THEN COALESCE(contract.billed_by, 'us') ELSE 'us' END,
       CASE WHEN way.id IS NOT NULL THEN 'rule' WHEN contract.id IS NOT NULL THEN 'contract' ELSE 'nothing' END,
       way.id, contract.id
  FROM (SELECT c.id, c.company_id, c.kind, c.partner_id, c.token_id, c.site_id, sent.stranger,
               timezone(site.tz, timezone('UTC', c.date_start))::date AS day, holder.commercial_partner_id AS buyer,
               %(kind_rule)s AS kind_rule, %(route_rule)s AS route_rule
          FROM %(sessions)s
          JOIN ev_site site ON site.id = c.site_id
     LEFT JOIN ev_token token ON token.id = c.token_id
     LEFT JOIN res_partner holder ON holder.id = c.partner_id
         WHERE c.credit IS NOT TRUE) s
  LEFT JOIN ev_roaming_rule known ON known.id = s.kind_rule
  LEFT JOIN ev_roaming_party party ON party.id = known.party_id
  LEFT JOIN ev_roaming_rule way ON way.id = s.route_rule
  LEFT JOIN agreed contract ON way.id IS NULL AND contract.buyer = s.buyer AND contract.company_id = s.company_id
        AND contract.date_start <= s.day AND (contract.date_end IS NULL OR contract.date_end >= s.day)
        AND (contract.sites IS NULL OR s.site_id = ANY(contract.sites))
        AND (contract.tokens IS NULL OR s.token_id = ANY(contract.tokens))
 ORDER BY s.id, contract.id
ON CONFLICT (cdr_id) DO NOTHING
"""
_MIRROR = """
INSERT INTO ev_cdr_route (%(columns)s)
SELECT c.id, c.company_id, whole.kind, whole.partner_id,
       CASE WHEN whole.decided_by = 'unknown' THEN 'unknown' ELSE 'credit' END,
       CASE WHEN whole.decided_by != 'unknown' THEN whole.rule_id END, whole.hub_id, whole.billed_by, 'credit',
       whole.route_rule_id, whole.contract_id
  FROM %(sessions)s JOIN ev_cdr_route whole ON whole.cdr_id = c.credit_of_id
 WHERE c.credit
ON CONFLICT (cdr_id) DO NOTHING
"""
_JUST_STORED = """
(SELECT alike.company_id, alike.type, alike.stranger, unnest(alike.external_ids) AS external_id
   FROM (VALUES %s) alike (company_id, type, stranger, external_ids)) sent
  JOIN ev_cdr c ON c.company_id = sent.company_id AND c.source = %s AND c.external_id = sent.external_id
"""
_BY_ID = """
ev_cdr c CROSS JOIN LATERAL (
  SELECT NULL::text AS type, c.token_id IS NULL AND c.token_uid IS NOT NULL AND c.kind IS NULL AS stranger) sent
  JOIN unnest(%s::int[]) AS wanted (id) ON wanted.id = c.id
"""


class EvCdrRoute(models.Model):
    _inherit = "ev.cdr.route"

    @api.model
    def _decide(self, sessions, companies, credits=True):
        """Decide on sessions that are not decided on yet.

        :param SQL sessions: a FROM of `c` (ev_cdr) and `sent` (type, stranger)
        :param companies: ids of theirs
        :param credits: whether there may be credits among them
        :return: how many were decided on
        """
        for model in (
            "ev.contract",
            "ev.roaming.rule",
            "ev.roaming.party",
            "ev.token",
            "ev.token.holder",
            "res.partner",
        ):
            self.env[model].flush_model()
        rules = self.env["ev.roaming.rule"].sudo().search([("company_id", "in", list(companies))])
        kind_rules, route_rules = rules.filtered("kind"), rules.filtered(lambda rule: rule.route != "keep")
        self.env.cr.execute(
            SQL(
                _DECIDE,
                columns=_COLUMNS,
                too_late=SQL("(s.partner_id IS NULL AND COALESCE(known.partner_id, party.partner_id) IS NOT NULL)"),
                kind_rule=SQL("CASE WHEN sent.stranger THEN %s END", kind_rules._choose_sql())
                if kind_rules
                else SQL("NULL::int"),
                route_rule=route_rules._choose_sql(),
                sessions=sessions,
                companies=list(companies),
            )
        )
        count = self.env.cr.rowcount
        if credits:
            self.env.cr.execute(SQL(_MIRROR, columns=_COLUMNS, sessions=sessions))
            count += self.env.cr.rowcount
        self.invalidate_model()
        return count

    @api.model
    def _decide_stored(self, source, items):
        """Decide on sessions that were just stored; see `ev.cdr._after_store`."""
        alike = {}  # a batch has few companies and types, and many sessions
        for item in items:
            key = item.row.company_id, item.fact.token_type, _is_stranger(item)
            alike.setdefault(key, []).append(item.external_id)
        if not alike:
            return 0
        rows = [
            SQL("(%s, %s::text, %s, %s::text[])", company_id, to_token_type(sent), stranger, external_ids)
            for (company_id, sent, stranger), external_ids in alike.items()
        ]
        sessions = SQL(_JUST_STORED, SQL(", ").join(rows), source)
        return self._decide(sessions, {key[0] for key in alike}, any(item.row.credit for item in items))

    @api.model
    def _classify_rest(self, companies):
        """Decide on what nobody decided on yet, batch by batch: what was stored before this addon was.

        :param companies: res.company records
        :return: how many have a decision now
        """
        decided, last = 0, 0
        while ids := self._find_undecided(companies, last):
            decided, last = decided + self._decide(SQL(_BY_ID, ids), companies.ids), ids[-1]
        return decided

    @api.model
    def _find_undecided(self, companies, after=0):
        """Ids of a batch of sessions without a decision, in their order: an original comes before its credit."""
        query = """SELECT c.id FROM ev_cdr c WHERE c.company_id = ANY(%s) AND c.id > %s
                      AND NOT EXISTS (SELECT 1 FROM ev_cdr_route r WHERE r.cdr_id = c.id) ORDER BY c.id LIMIT %s"""
        return [row[0] for row in self.env.execute_query(SQL(query, companies.ids, after, BATCH))]

    @api.model
    def _forget_unknown(self, companies):
        """What nobody could tell is decided on again: a rule may tell now."""
        query = "DELETE FROM ev_cdr_route WHERE decided_by = 'unknown' AND company_id = ANY(%s)"
        self.env.cr.execute(SQL(query, companies.ids))
        self.invalidate_model()

    @api.model
    def _count_to_correct(self, companies):
        """How many unknown sessions a rule would give to somebody, had it been there when they were stored."""
        domain = [("decided_by", "=", "unknown"), ("rule_id", "!=", False), ("company_id", "in", companies.ids)]
        return self.search_count([*domain, ("cdr_id.credited_by_ids", "=", False)])

    @api.model
    def _cron_classify(self):
        """Look once a night: nothing is left as a rule, since sessions are decided on when they are stored."""
        routes, last = self.sudo(), 0
        companies = self.env["res.company"].sudo().search([("id", "!=", 0)])
        while ids := routes._find_undecided(companies, last):
            count, last = routes._decide(SQL(_BY_ID, ids), companies.ids), ids[-1]
            # what was decided is kept; the rest waits for the next time where time is up
            if not self.env["ir.cron"]._commit_progress(count):
                return


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    @api.model
    def _after_store(self, source, items):
        result = super()._after_store(source, items)
        self.env["ev.cdr.route"].sudo()._decide_stored(source, items)
        return result

    @api.model
    def _get_stranger_reader(self, source, company_ids):
        """Badges nobody entered are what the first rule that fits says they are, as at this moment (design invariant 7)."""
        nobody = super()._get_stranger_reader(source, company_ids)
        domain = [("company_id", "in", list(company_ids)), ("kind", "!=", False)]
        rules = None

        def read(company_id, fact):
            nonlocal rules
            if rules is None:  # most batches have no stranger
                rules = self.env["ev.roaming.rule"].sudo().search(domain)
            rule = next((rule for rule in rules if rule._fits_stranger(company_id, source, fact)), None)
            if rule is None:
                return nobody(company_id, fact)
            partner = rule._get_partner()
            # roaming without an eMSP still has nobody to pay for it
            flags = () if partner or rule.kind == "ad_hoc" else ("unknown_token",)
            return None, rule.kind, None, partner.id or None, flags

        return read


def _is_stranger(item):
    """Whether a session names a badge that nobody entered."""
    return bool(item.fact.token_uid and not item.row.token_id and item.fact.token_type not in PAID_ON_THE_SPOT)
