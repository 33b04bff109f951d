from odoo import api, fields, models
from odoo.exceptions import UserError


class EvSiteHost(models.Model):
    """Who hosts a site, from a local day on. The latest row not after a day is the host of that day."""

    _name = "ev.site.host"
    _description = "Site Host"
    _order = "site_id, date_from desc"
    _rec_name = "partner_id"

    site_id = fields.Many2one("ev.site", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="site_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", "Host", index=True, ondelete="restrict", help="Empty: the site has no host from this day on."
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)

    _site_date_uniq = models.Constraint(
        "UNIQUE(site_id, date_from)", "A site has one host from a given day: change that row instead of adding one."
    )

    @api.model_create_multi
    def create(self, vals_list):
        hosts = super().create(vals_list)
        hosts._check_not_billed()
        return hosts

    def write(self, vals):
        self._check_not_billed()
        result = super().write(vals)
        self._check_not_billed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_not_billed()

    def _check_not_billed(self):
        """Refuse to rewrite who hosted a site on days that are already billed: the energy would be paid twice."""
        for host in self:
            billed_until = host.site_id.sudo()._get_billed_until()
            if billed_until and host.date_from <= billed_until:
                raise UserError(
                    self.env._(
                        "%(site)s is billed until %(until)s: its host can only change from the day after. "
                        "Earlier days are corrected with credit CDRs.",
                        site=host.site_id.name,
                        until=billed_until,
                    )
                )

    @api.depends("partner_id", "date_from")
    def _compute_display_name(self):
        for host in self:
            name = host.partner_id.display_name or self.env._("No host")
            host.display_name = self.env._("%(host)s from %(day)s", host=name, day=host.date_from)
