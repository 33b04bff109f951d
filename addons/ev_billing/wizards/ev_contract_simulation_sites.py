"""Which contracts make money at the sites of the chosen ones, and which of them a draft stands in for.

A draft replaces the running contracts that would bill the same sessions in the same direction: same role, same partner (an
agent: same site), at the sites both cover. The rest stays as it is.
"""

from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError

from ..rating import intersect


class EvContractSimulation(models.TransientModel):
    _inherit = "ev.contract.simulation"

    def _work_out_sites(self, found):
        """Totals by contract beside what was billed, and margins by site."""
        coverage = {contract: self._get_days(contract) for contract in self.contract_ids}
        sites = self.env["ev.site"].browse(sorted({site for days in coverage.values() for site in days}))
        others = self._find_others(set(sites.ids), found)
        coverage.update({contract: self._get_days(contract) for contract in others})
        running = self.contract_ids.filtered(lambda contract: contract.state != "draft") | others
        self._store_totals(running, coverage, found)
        self._store_margins(sites, running, coverage, found)

    def _get_days(self, contract):
        """{site id: local days of the chosen months on which the contract covers it}."""
        span, coverage = self._get_span(), contract._get_coverage()
        days = {site.key: intersect([span], site.covered) for site in coverage.values()}
        return {site: its_days for site, its_days in days.items() if its_days}

    # ------------------------------------------------------------------- totals

    def _store_totals(self, running, coverage, found):
        """One row per chosen contract; a draft stands beside what was billed by those it stands in for."""
        rows, beside = [], {}
        for number, contract in enumerate(self.contract_ids.sorted(lambda one: (one.state == "draft", one.name))):
            rivals, billed = self._get_billed_beside(contract, running, coverage, found)
            rows.append(dict(self._get_total(contract, rivals, billed, found), sequence=number))
            beside.update({key: sums for key, sums in billed.items() if key.contract not in self.contract_ids.ids})
        self.env["ev.contract.simulation.total"].create(rows)
        # the chosen contracts' own are in the chart already
        self.env["ev.contract.simulation.figure"].create(
            [
                self._get_figure(self._get_line(key, sums), self.env._("Billed"), sums.amount)
                for key, sums in beside.items()
            ]
        )

    def _get_billed_beside(self, contract, running, coverage, found):
        """(the running contracts a contract is, or stands in for; {Key: Sums} of what was billed under them there)."""
        if contract in running:
            return contract, found.billed[contract]
        gone = {rival: self._get_replaced_sites(rival, contract, coverage) for rival in running}
        rivals = running.filtered(lambda rival: gone[rival])
        return rivals, {
            key: sums for rival in rivals for key, sums in found.billed[rival].items() if key.site in gone[rival]
        }

    def _get_total(self, contract, rivals, billed, found):
        """The values of one row; the difference is over the periods that are billed, or it would compare two months with one."""
        made, periods = found.made[contract], self._get_periods(contract)
        closed = set.intersection(*(found.closed[rival] for rival in rivals)) if rivals else set()
        return {
            "simulation_id": self.id,
            "currency_id": self.currency_id.id,
            "contract_id": contract.id,
            "instead_of": ", ".join((rivals - contract).mapped("name")) or False,
            "session_count": found.sessions[contract],
            "simulated": _add_up(made, periods),
            "has_billed": bool(closed),
            "billed_periods": self.env._("%(closed)s of %(all)s", closed=len(closed), all=len(periods)),
            "billed": _add_up(billed, closed),
            "difference": _add_up(made, closed) - _add_up(billed, closed),
        }

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

    # ---------------------------------------------------------------- replacing

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


def _add_up(amounts, periods):
    """The sum of {Key: Sums} over some billing periods."""
    return sum((sums.amount for key, sums in amounts.items() if key.period in periods), Decimal(0))
