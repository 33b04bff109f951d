"""What is left at each site: as billed, as the running contracts make it, and with each draft in force.

A site's margin is made by all its contracts, not by the chosen ones alone. So the other running contracts at these sites are
worked out too, and a draft stands in for the running ones that bill the same sessions there. The energy is the same in every
case: it was charged, whatever the terms.
"""

from collections import defaultdict, namedtuple
from decimal import Decimal

from odoo import models

from ..rating.margin import Margin

# Who pays for sessions; everybody else has a part in what they earn.
BUYERS = ("client", "emsp")
# amounts: [(contract, {Key: Sums})]; incomplete: the contracts of which charges are missing
Case = namedtuple("Case", "name amounts incomplete")


class EvContractSimulation(models.TransientModel):
    _inherit = "ev.contract.simulation"

    def _store_margins(self, sites, running, coverage, found):
        """Store one row per site and case, and its figures for the chart."""
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
            if unbilled:
                names = ", ".join(contract.name for contract in running if contract in unbilled)
                found.messages.append(
                    self.env._(
                        "Billed is not complete: some of these months are on no approved statement of %s yet.", names
                    )
                )
        if running:
            amounts = [(contract, found.made[contract]) for contract in running]
            cases.append(Case(self.env._("Simulated"), amounts, found.incomplete & set(running)))
        drafts = (self.contract_ids - running).sorted("name")
        for group in [drafts] if drafts and self.drafts == "together" else drafts:
            amounts = [(contract, found.made[contract]) for contract in group]
            for contract in running:
                gone = self._get_replaced_sites(contract, group, coverage)
                kept = {key: sums for key, sums in found.made[contract].items() if key.site not in gone}
                amounts.append((contract, kept))
            cases.append(Case(self._get_case_name(group[0]), amounts, found.incomplete & {*group, *running}))
        return cases

    # --------------------------------------------------------------------- rows

    def _get_margin(self, case, site, energy, coverage):
        """The values of one row, or None where nothing happened there.

        Without a site: fees of contracts as a whole, of the chosen ones and what they replace; those of others are the same in
        every case.
        """
        sums = self._get_parts(case, site)
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

    def _get_parts(self, case, site):
        """{part: sum} at one site, or of what belongs to none: charges positive, credits negative."""
        sums = defaultdict(Decimal)
        for contract, amounts in case.amounts:
            if site is None and not any(self._is_rival(contract, chosen) for chosen in self.contract_ids):
                continue
            for key, made in amounts.items():
                if key.site == (site.id if site else None):
                    sums[self._get_part(contract, key)] += made.amount
        return sums

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
