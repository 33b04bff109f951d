"""How a session was classified, seen on the session."""

from odoo import api, fields, models

from .ev_cdr_route import READERS
from .ev_roaming_rule import BILLED_BY


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    ev_route_ids = fields.One2many("ev.cdr.route", "cdr_id", "Classification", groups=READERS)
    ev_route = fields.Char("Route", compute="_compute_ev_route", groups=READERS)
    ev_hub_id = fields.Many2one(
        "ev.roaming.hub", "Hub", compute="_compute_ev_route", search="_search_ev_hub_id", groups=READERS
    )
    ev_billed_by = fields.Selection(
        BILLED_BY, "Billed by", compute="_compute_ev_route", search="_search_ev_billed_by", groups=READERS
    )
    ev_decided_by = fields.Selection(
        selection=lambda self: self.env["ev.cdr.route"]._fields["decided_by"]._description_selection(self.env),
        string="Decided by",
        compute="_compute_ev_route",
        search="_search_ev_decided_by",
        groups=READERS,
    )
    ev_route_sentence = fields.Char("Why It Goes This Way", compute="_compute_ev_route", groups=READERS)

    @api.depends("ev_route_ids")
    @api.depends_context("lang")
    def _compute_ev_route(self):
        for cdr in self:
            route = cdr.ev_route_ids[:1]
            cdr.ev_hub_id, cdr.ev_billed_by, cdr.ev_decided_by = route.hub_id, route.billed_by, route.decided_by
            cdr.ev_route_sentence = route.sentence
            direct = route.decided_by not in (False, "unknown") and self.env._("Direct")
            cdr.ev_route = route.hub_id.name or direct

    def _search_ev_hub_id(self, operator, value):
        return [("ev_route_ids.hub_id", operator, value)]

    def _search_ev_billed_by(self, operator, value):
        return [("ev_route_ids.billed_by", operator, value)]

    def _search_ev_decided_by(self, operator, value):
        return [("ev_route_ids.decided_by", operator, value)]

    def _is_hub_billed(self):
        """Whether the hub bills it, so that none of our contracts with its eMSP does."""
        self.ensure_one()
        return self.sudo().ev_route_ids.billed_by == "hub"

    def _get_buyer(self):
        """What the hub bills needs no contract of ours with the eMSP."""
        return self.env["res.partner"] if self._is_hub_billed() else super()._get_buyer()


class EvContract(models.Model):
    _inherit = "ev.contract"

    @api.model
    def _get_buyer_sql(self):
        return self.env["ev.cdr.route"]._unless_hub_billed(super()._get_buyer_sql())
