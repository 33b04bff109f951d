"""What is left at each site: as billed, as the running contracts make it, and with each draft in force.

A site's margin is made by all its contracts, not by the chosen ones alone. So the other running contracts at these sites are
worked out too, and a draft stands in for the running ones that bill the same sessions there. The energy is the same in every
case: it was charged, whatever the terms.
"""

from collections import defaultdict, namedtuple
from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError

from ..rating import intersect
from ..rating.margin import Margin

# Who pays for sessions; everybody else has a part in what they earn.
BUYERS = ("client", "emsp")
# amounts: [(contract, {Key: Sums})]; incomplete: the contracts of which charges are missing
Case = namedtuple("Case", "name amounts incomplete")


class EvContractSimulation(models.TransientModel):
    _inherit = "ev.contract.simulation"

    def _work_out_margin(self, found):
        """Store one row per site and case, and its figures for the chart."""
        coverage = {contract: self._get_days(contract) for contract in self.contract_ids}
        sites = self.env["ev.site"].browse(sorted({site for days in coverage.values() for site in days}))
        others = self._find_others(set(sites.ids), found)
        coverage.update({contract: self._get_days(contract) for contract in others})
        running = self.contract_ids.filtered(lambda contract: contract.state != "draft") | others
        cases = self._get_cases(running, coverage, found)
        energy = self._get_site_energy(sites, found.messages)
        rows, figures = [], []
        for site in [*sites, None]:
            for number, case in enumerate(cases):
                values = self._get_margin(case, site, energy.get(site and site.id), coverage)
                if values:
                    rows.append(dict(values, sequence=number))
                    figures += self._get_margin_figures(values)
        self.env["ev.contract.simulation.margin"].create(rows)
        self.env["ev.contract.simulation.figure"].create(figures)

    def _get_days(self, contract):
        """{site id: local days of the chosen months on which the contract covers it}."""
        span, coverage = self._get_span(), contract._get_coverage()
        days = {site.key: intersect([span], site.covered) for site in coverage.values()}
        return {site: its_days for site, its_days in days.items() if its_days}

    # ------------------------------------------------------------------- others

    def _find_others(self, sites, found):
        """Work out the running contracts that also make money at these sites; a sentence on each that cannot be."""
        span = self._get_span()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "in", ("active", "ended")),
            ("id", "not in", self.contract_ids.ids),
            ("date_start", "<", span.end),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", span.start),
        ]
        others = self.env["ev.contract"]
        for contract in others.with_context(active_test=False).search(domain, order="name"):
            if not sites & self._get_days(contract).keys():
                continue
            try:
                self._check_addable(contract)
                self._look_at(contract, found)
                others |= contract
            except UserError as error:
                found.messages.append(self.env._("Not in the margin: %s", error))
        return others

    def _check_addable(self, contract):
        """Refuse a contract that cannot stand beside the chosen ones.

        :raises UserError: why
        """
        if contract.currency_id != self.currency_id:
            raise UserError(
                self.env._(
                    "%(contract)s is in %(currency)s.",
                    contract=contract.display_name,
                    currency=contract.currency_id.name,
                )
            )
        if not self._get_periods(contract):
            raise UserError(self._get_period_sentence(contract))

    # -------------------------------------------------------------------- cases

    def _get_cases(self, running, coverage, found):
        """The worlds to compare, the billed one first."""
        cases, span = [], self._get_span()
        unbilled = {
            contract
            for contract in running
            for period in self._get_periods(contract)
            if period not in found.closed[contract] and contract._get_span() & period & span
        }
        if any(found.closed[contract] for contract in running):
            amounts = [(contract, found.billed[contract]) for contract in running]
            cases.append(Case(self.env._("Billed"), amounts, unbilled))
            found.messages += [
                self.env._("%s: not all of it is on approved statements yet.", contract.display_name)
                for contract in running
                if contract in unbilled
            ]
        if running:
            amounts = [(contract, found.made[contract]) for contract in running]
            cases.append(Case(self.env._("Simulated"), amounts, found.incomplete & set(running)))
        drafts = self.contract_ids - running
        for group in [drafts] if drafts and self.drafts == "together" else drafts:
            amounts = [(contract, found.made[contract]) for contract in group]
            for contract in running:
                gone = self._get_replaced_sites(contract, group, coverage)
                kept = {key: sums for key, sums in found.made[contract].items() if key.site not in gone}
                amounts.append((contract, kept))
            cases.append(Case(self._get_case_name(group[0]), amounts, found.incomplete & {*group, *running}))
        return cases

    def _get_replaced_sites(self, contract, drafts, coverage):
        """Sites at which one of the drafts stands in for a running contract; None among them: for all of it."""
        gone = set()
        for draft in drafts:
            if self._is_rival(contract, draft):
                gone |= coverage[contract].keys() & coverage[draft].keys()
        return gone | {None} if gone and gone >= coverage[contract].keys() else gone

    def _is_rival(self, one, other):
        """Whether two contracts would bill the same sessions in the same direction: one replaces the other."""
        partners = one.partner_id.commercial_partner_id == other.partner_id.commercial_partner_id
        return (
            one.role == other.role
            and (partners or one.role == "agent")
            and bool(set(one.term_ids.mapped("direction")) & set(other.term_ids.mapped("direction")))
            and not one._has_other_badges(other)
        )

    def _check_drafts_together(self):
        """Two drafts for the same sessions are alternatives: they cannot both be in force.

        :raises UserError: names the two
        """
        if self.drafts != "together":
            return
        drafts = self.contract_ids.sudo().filtered(lambda contract: contract.state == "draft")
        for one in drafts:
            for other in drafts:
                shared = self._get_days(one).keys() & self._get_days(other).keys()
                if one.id < other.id and shared and self._is_rival(one, other):
                    raise UserError(
                        self.env._(
                            "Drafts Are Tried: %(one)s and %(other)s would both bill the same sessions at %(sites)s. Try each "
                            "draft on its own.",
                            one=one.name,
                            other=other.name,
                            sites=", ".join(sorted(self.env["ev.site"].sudo().browse(shared).mapped("name"))),
                        )
                    )

    # --------------------------------------------------------------------- rows

    def _get_margin(self, case, site, energy, coverage):
        """The values of one row, or None where nothing happened there.

        Without a site: fees of contracts as a whole, of the chosen ones and what they replace; those of others are the same in
        every case.
        """
        sums = defaultdict(Decimal)
        for contract, amounts in case.amounts:
            if site is None and not any(self._is_rival(contract, chosen) for chosen in self.contract_ids):
                continue
            for key, made in amounts.items():
                if key.site == (site.id if site else None):
                    sums[self._get_part(contract, key)] += made.amount
        if not any(sums.values()) and not (energy and energy.sessions):
            return None
        margin = Margin(
            sums["revenue"],
            sums["charged"],
            -sums["paid_out"],
            energy.operator if energy and energy.operator else Decimal(0),
        )
        notes = [energy.note] if energy and energy.note else []
        if any(not site or site.id in coverage[contract] for contract in case.incomplete):
            notes.append(self.env._("incomplete: see the remarks above"))
        return {
            "simulation_id": self.id,
            "currency_id": self.currency_id.id,
            "case": case.name,
            "site_id": site.id if site else False,
            "place": self._get_place(site and site.id),
            "energy_kwh": energy.kwh if energy else 0,
            "revenue": margin.revenue,
            "charged": margin.charged,
            "paid_out": margin.paid_out,
            "has_energy": bool(energy and energy.operator is not None),
            "energy": margin.energy,
            "margin": margin.amount,
            "has_host_energy": bool(energy and energy.host is not None),
            "host_energy": energy.host if energy and energy.host else 0,
            "note": "; ".join(notes),
        }

    def _get_part(self, contract, key):
        """Which part of the margin an amount is."""
        if contract.role in BUYERS:
            return "revenue"
        return "charged" if self.env["ev.contract.term"].browse(key.term).direction == "charge" else "paid_out"

    def _get_margin_figures(self, values):
        figures = [(part, sign * values[part]) for part, sign in _SIGNS.items() if values[part]]
        return [
            {
                "simulation_id": self.id,
                "currency_id": values["currency_id"],
                "topic": "margin",
                "what": values["case"],
                "place": values["place"],
                "part": part,
                "amount": amount,
            }
            for part, amount in figures
        ]


_SIGNS = {"revenue": 1, "charged": 1, "paid_out": -1, "energy": -1}
