"""What the month's energy cost where the operator pays the supplier: worked out after each check, some sites a job."""

from odoo import fields, models
from odoo.exceptions import UserError

from .ev_run_job import identity

# Sites of one job: few enough for a worker's time limit, where each has some thousand sessions.
SITES_A_JOB = 30


class EvSiteEnergyReport(models.Model):
    _inherit = "ev.site.energy.report"

    currency_id = fields.Many2one(related="company_id.currency_id")
    energy_cost = fields.Monetary(readonly=True, help="At the prices of the supply contracts the operator pays.")
    cost_note = fields.Char("What the Cost Leaves Out", readonly=True)


class EvRun(models.Model):
    _inherit = "ev.run"

    def _check(self):
        res = super()._check()
        self._enqueue_energy_costs()
        return res

    def _enqueue_energy_costs(self):
        """Jobs for the sites with sessions whose supplier the operator pays."""
        span = self._get_span()
        supplies = self.env["ev.supply.contract"].search(
            [("company_id", "=", self.company_id.id), ("paid_by", "=", "operator")]
        )
        sites = supplies.filtered(lambda supply: supply._get_span() & span).site_id
        reports = self.env["ev.site.energy.report"].search(
            [("site_id", "in", sites.ids), ("month", "=", self.date_from)], order="site_id"
        )
        keys = reports.site_id.ids
        for place in range(0, len(keys), SITES_A_JOB):
            self.with_delay(
                priority=20,
                identity_key=identity(self, "energy", place),
                description=f"{self.name}: cost of energy",
            )._job_energy_cost(keys[place : place + SITES_A_JOB])

    def _job_energy_cost(self, site_ids):
        """Keep what the energy of these sites cost the operator in the month."""
        run = self.with_company(self.company_id).with_context(allowed_company_ids=self.company_id.ids)
        span = run._get_span()
        reports = run.env["ev.site.energy.report"].search([("site_id", "in", site_ids), ("month", "=", self.date_from)])
        simulation = run.env["ev.contract.simulation"].new(
            {
                "company_id": self.company_id.id,
                "contract_ids": False,
                "month_from": span.start,
                "month_to": fields.Date.subtract(span.end, days=1),
            }
        )
        messages = []
        try:
            found = simulation._get_site_energy(reports.site_id, messages)
        except UserError as error:
            reports.write({"energy_cost": False, "cost_note": str(error)})
            return
        for report in reports:
            energy = found[report.site_id.id]
            report.write({"energy_cost": energy.operator or 0, "cost_note": energy.note or False})
