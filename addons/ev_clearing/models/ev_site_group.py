from odoo import api, fields, models
from odoo.exceptions import UserError


class EvSiteGroup(models.Model):
    """Sites that share an agreed price."""

    _name = "ev.site.group"
    _description = "Site Group"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    site_ids = fields.Many2many("ev.site", "ev_site_group_site_rel", string="Sites", check_company=True)
    site_count = fields.Integer("Number of Sites", compute="_compute_site_count")
    agreement_ids = fields.One2many("ev.agreement", "group_id", "Agreements")

    _name_uniq = models.Constraint("UNIQUE(company_id, name)", "A site group with this name already exists.")

    @api.depends("site_ids")
    def _compute_site_count(self):
        for group in self:
            group.site_count = len(group.site_ids)

    @api.constrains("site_ids")
    def _check_agreements(self):
        self.agreement_ids._check_overlap()

    def write(self, vals):
        if "site_ids" in vals:
            field = self._fields["site_ids"]
            for group in self:
                if set(field.convert_to_cache(vals["site_ids"], group)) != set(group.site_ids.ids):
                    group._check_not_priced()
                    agreements = group.with_context(active_test=False).agreement_ids
                    agreements._lock_contracts()
                    agreements._check_not_settled(self.env._("sites"))
        return super().write(vals)

    def _check_not_priced(self):
        """A term was made of these sites; history never moves with a list."""
        if priced := self.agreement_ids.filtered("term_id")[:1]:
            raise UserError(
                self.env._(
                    "%(group)s: the price of agreement %(agreement)s holds for its sites as they were. Make another group, and "
                    "an agreement from a later day.",
                    group=self.name,
                    agreement=priced.name,
                )
            )
