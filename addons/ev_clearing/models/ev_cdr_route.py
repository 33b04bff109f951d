"""Which way a session goes, and who decided: one row per session, written when it is stored (design invariant 7).

Two things are decided: what the session is (its kind), and its route: direct, or through a hub, billed by the hub or by us.
The rows are facts like the sessions themselves. Only "nobody knows yet" gives way to a decision made later.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ev_roaming_rule import BILLED_BY, KINDS

READERS = "account.group_account_invoice,account.group_account_readonly,ev_billing.group_contract_admin"
GUARD_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_cdr_route_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    links CONSTANT text[] := ARRAY['rule_id', 'route_rule_id', 'contract_id'];
BEGIN
    IF TG_OP = 'DELETE' AND OLD.decided_by = 'unknown' THEN
        RETURN OLD;
    END IF;
    -- what decided may be deleted; what it decided stays
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - links = to_jsonb(OLD) - links
       AND (NEW.rule_id IS NULL OR NEW.rule_id = OLD.rule_id)
       AND (NEW.route_rule_id IS NULL OR NEW.route_rule_id = OLD.route_rule_id)
       AND (NEW.contract_id IS NULL OR NEW.contract_id = OLD.contract_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'How a session was classified is a fact: % on ev_cdr_route is refused.', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$guard$
"""
GUARD_TRIGGER = """
DROP TRIGGER IF EXISTS ev_cdr_route_immutable ON ev_cdr_route;
CREATE TRIGGER ev_cdr_route_immutable BEFORE UPDATE OR DELETE ON ev_cdr_route
    FOR EACH ROW EXECUTE FUNCTION ev_cdr_route_refuse_change();
"""


class EvCdrRoute(models.Model):
    _name = "ev.cdr.route"
    _description = "Classification of a Session"
    _order = "cdr_id desc"
    _rec_name = "cdr_id"
    _log_access = False

    cdr_id = fields.Many2one("ev.cdr", "Session", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    kind = fields.Selection(KINDS, readonly=True)
    partner_id = fields.Many2one("res.partner", "eMSP or Client", readonly=True, ondelete="restrict")
    decided_by = fields.Selection(
        [
            ("credit", "The session it takes back"),
            ("token", "Its badge"),
            ("no_token", "No badge"),
            ("rule", "A rule"),
            ("unknown", "Nothing yet"),
        ],
        "Kind Decided by",
        required=True,
        readonly=True,
    )
    rule_id = fields.Many2one("ev.roaming.rule", readonly=True, ondelete="set null", index="btree_not_null")
    hub_id = fields.Many2one("ev.roaming.hub", readonly=True, ondelete="restrict", help="Empty: direct.")
    billed_by = fields.Selection(BILLED_BY, required=True, readonly=True)
    route_by = fields.Selection(
        [
            ("credit", "The session it takes back"),
            ("rule", "A rule"),
            ("contract", "The eMSP's contract"),
            ("nothing", "Nothing: direct"),
        ],
        "Route Decided by",
        required=True,
        readonly=True,
    )
    route_rule_id = fields.Many2one(
        "ev.roaming.rule", "Rule of the Route", readonly=True, ondelete="set null", index="btree_not_null"
    )
    # no index: contracts that ever sold are not deleted, and every roaming session would be in it
    contract_id = fields.Many2one("ev.contract", readonly=True, ondelete="set null")
    sentence = fields.Char("Why", compute="_compute_sentence", compute_sudo=True)

    _cdr_uniq = models.UniqueIndex("(cdr_id)", "A session is classified once.")
    # what statements leave out, what doubles are looked for in, what waits for a decision: few rows of many
    _hub_billed_idx = models.Index("(cdr_id) WHERE billed_by = 'hub'")
    _hub_idx = models.Index("(cdr_id) WHERE hub_id IS NOT NULL")
    _unknown_idx = models.Index("(company_id) WHERE decided_by = 'unknown'")

    # Nothing below but init calls super(): refusing is all there is to do.
    # pylint: disable=method-required-super

    def init(self):
        self.env.cr.execute(GUARD_FUNCTION)
        self.env.cr.execute(GUARD_TRIGGER)
        return super().init()

    @api.model_create_multi
    def create(self, vals_list):
        raise self._get_fact_error()

    def write(self, vals):
        raise self._get_fact_error()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise self._get_fact_error()

    def _get_fact_error(self):
        return UserError(
            self.env._("How a session was classified is a fact. Change the rules: they decide on the sessions to come.")
        )

    # --------------------------------------------------------------------- SQL

    @api.model
    def _get_hub_billed_sql(self):
        """Whether the hub bills session `c`."""
        return SQL("EXISTS (SELECT 1 FROM ev_cdr_route way WHERE way.cdr_id = c.id AND way.billed_by = 'hub')")

    @api.model
    def _unless_hub_billed(self, buyer):
        """The SQL `buyer` of session `c`, or NULL where the hub bills it."""
        return SQL("CASE WHEN NOT %s THEN %s END", self._get_hub_billed_sql(), buyer)

    # ----------------------------------------------------------------- compute

    @api.depends("decided_by", "route_by")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for route in self:
            if route.decided_by == "credit":
                route.sentence = self.env._(
                    "Goes with session %s, which it takes back.", route.cdr_id.credit_of_id.external_id
                )
            else:
                route.sentence = self.env._("%(kind)s; %(route)s.", kind=route._say_kind(), route=route._say_route())

    def _say_kind(self):
        """``Badge 04AB… is registered as roaming for RoamCo``"""
        badge, kind = _shorten(self.cdr_id.token_uid), self._say("kind").lower()
        partner = self.partner_id.name
        if self.decided_by == "token":
            if partner:
                return self.env._(
                    "Badge %(badge)s is registered as %(kind)s for %(partner)s", badge=badge, kind=kind, partner=partner
                )
            return self.env._("Badge %(badge)s is registered as %(kind)s", badge=badge, kind=kind)
        if self.decided_by == "no_token":
            return self.env._("No badge was used, so it is ad hoc")
        if self.decided_by == "unknown":
            return self._say_unknown(badge)
        values = {"badge": badge, "kind": kind, "rule": self.rule_id.name or self.env._("a rule deleted since")}
        if partner:
            return self.env._(
                "Badge %(badge)s is %(kind)s for %(partner)s by rule “%(rule)s”", partner=partner, **values
            )
        return self.env._("Badge %(badge)s is %(kind)s by rule “%(rule)s”", **values)

    def _say_unknown(self, badge):
        """Why nobody pays for it; what a rule made since would say, until the session is corrected."""
        partner = self.rule_id and self.rule_id._get_partner()
        if not partner or self.cdr_id.credited_by_ids:
            return self.env._("Nobody entered badge %s, and no rule said what it is when it was stored", badge)
        return self.env._(
            "Nobody had entered badge %(badge)s. Rule “%(rule)s” would make it %(kind)s for %(partner)s: correct the session "
            "(credit and replacement) so that it is billed",
            badge=badge,
            rule=self.rule_id.name,
            kind=self.rule_id._say_kind(),
            partner=partner.name,
        )

    def _say_route(self):
        """``its contract EVC-0007 goes through GIREVE, which bills it``"""
        way = self.env._("is direct")
        if self.hub_id and self.billed_by == "hub":
            way = self.env._("goes through %s, which bills it", self.hub_id.name)
        elif self.hub_id:
            way = self.env._("goes through %s, billed by us", self.hub_id.name)
        if self.route_by == "rule":
            name = self.route_rule_id.name or self.env._("a rule deleted since")
            return self.env._("by rule “%(rule)s” it %(way)s", rule=name, way=way)
        if self.route_by == "contract":
            name = self.contract_id.name or self.env._("(deleted since)")
            return self.env._("its contract %(contract)s %(way)s", contract=name, way=way)
        return self.env._("nothing sends it through a hub, so it is direct")

    def _say(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")


def _shorten(uid):
    """A badge as sentences name it: enough to know it again, not enough to copy it."""
    return f"{uid[:4]}…" if uid and len(uid) > 4 else uid or "…"
