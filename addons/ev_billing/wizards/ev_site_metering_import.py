import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from .ev_site_metering_file import MeteringFileError, read_metering

SHOWN = 20


class EvSiteMeteringImport(models.TransientModel):
    """A table of what the supplier metered: look at it, then import all of it or nothing."""

    _name = "ev.site.metering.import"
    _description = "Import Metered Energy"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    source = fields.Char(help="The supplier; the file's name when empty.")
    replace = fields.Boolean("Replace other numbers for the same days")
    problem_words = fields.Text(compute="_compute_preview")
    new_count = fields.Integer("New", compute="_compute_preview")
    changed_count = fields.Integer("Replaced", compute="_compute_preview")
    known_count = fields.Integer("Known Already", compute="_compute_preview")

    @api.depends("file", "replace", "company_id")
    def _compute_preview(self):
        for wizard in self:
            wizard.new_count = wizard.changed_count = wizard.known_count = 0
            wizard.problem_words = False
            if not wizard.file:
                continue
            try:
                new, changed, known, problems = wizard._read()
            except UserError as error:
                wizard.problem_words = str(error)
                continue
            wizard.new_count, wizard.changed_count, wizard.known_count = len(new), len(changed), len(known)
            more = [self.env._("... and %s more lines", len(problems) - SHOWN)] if len(problems) > SHOWN else []
            wizard.problem_words = "\n".join(problems[:SHOWN] + more)

    def action_import(self):
        """Store every line, or none.

        :raises UserError: with each line that is wrong
        """
        self.ensure_one()
        self.env["ev.site.metering"].check_access("create")
        new, changed, known, problems = self._read()
        if problems:
            raise UserError(self.env._("Nothing was imported:\n%s", "\n".join(problems)))
        source = self.source or self.file_name
        for period, line in changed:
            period.write({"energy_kwh": float(line.kwh), "source": source, "imported": True})
        self.env["ev.site.metering"].create(
            [
                {
                    "site_id": site.id,
                    "date_from": line.date_from,
                    "date_to": line.date_to,
                    "energy_kwh": float(line.kwh),
                    "source": source,
                    "reference": line.reference,
                    "imported": True,
                }
                for site, line in new
            ]
        )
        message = self.env._(
            "%(new)s new, %(changed)s replaced, %(known)s known already.",
            new=len(new),
            changed=len(changed),
            known=len(known),
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_site_metering_action")
        params = {"title": self.env._("Metered Energy"), "message": message, "type": "success", "next": action}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    def _read(self):
        """(new, changed, known, problems): (site, line) pairs, (period, line) pairs twice, sentences."""
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        try:
            lines, problems = read_metering(base64.b64decode(self.with_context(bin_size=False).file))
        except (MeteringFileError, ValueError) as error:
            raise UserError(str(error)) from error
        sites, seen = self._get_sites(), {}
        new, changed, known = [], [], []
        for line in lines:
            try:
                self._sort_line(line, sites, seen, new, changed, known)
            except UserError as error:
                problems.append(self.env._("Line %(number)s: %(what)s", number=line.number, what=error))
        return new, changed, known, problems

    def _sort_line(self, line, sites, seen, new, changed, known):
        """:raises UserError: what stops this line"""
        site = sites.get(line.site.casefold())
        if not site:
            raise UserError(
                self.env._("no site of %(company)s is called “%(site)s”, nor has that metering point.",
                           company=self.company_id.name, site=line.site)
            )  # fmt: skip
        days = (site, line.date_from, line.date_to)
        twin = next((other for (place, first, last), other in seen.items()
                     if place == site and first <= line.date_to and last >= line.date_from), None)  # fmt: skip
        if twin and (days not in seen or twin.kwh != line.kwh):
            raise UserError(self.env._("line %(number)s has a number for some of these days too.", number=twin.number))
        if twin:
            return
        seen[days] = line
        metering = self.env["ev.site.metering"]
        domain = [
            ("site_id", "=", site.id),
            ("date_from", "<=", line.date_to),
            ("date_to", ">=", line.date_from),
        ]
        others = metering.search(domain)
        same = others.filtered(lambda period: (period.date_from, period.date_to) == days[1:])
        if others - same:
            raise UserError(self.env._("some of these days are already in %s.", (others - same)[0].display_name))
        if not same:
            new.append((site, line))
        elif same._get_metered_wh() == round(line.kwh * 1000):
            known.append((same, line))
        elif self.replace:
            changed.append((same, line))
        else:
            raise UserError(
                self.env._(
                    "%(site)s has %(kwh)s kWh for these days already: choose to replace it, or leave the line out.",
                    site=site.name,
                    kwh=f"{same.energy_kwh:.3f}",
                )
            )

    def _get_sites(self):
        """{name or metering point: site}, without case."""
        sites = self.env["ev.site"].with_context(active_test=False).search([("company_id", "=", self.company_id.id)])
        named = {site.metering_point.casefold(): site for site in sites if site.metering_point}
        return named | {site.name.casefold(): site for site in sites}
