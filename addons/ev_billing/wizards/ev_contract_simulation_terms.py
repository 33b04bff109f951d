"""Simulated and billed, term by term.

Both are looked at the same way: a session counts in the billing period in which it ended, however late it turned up. So what an
April statement billed late for March stands beside the simulated March.
"""

from collections import namedtuple
from dataclasses import dataclass, field
from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..models.ev_statement import OPEN_STATES
from ..rating import RatingError

Key = namedtuple("Key", "contract term site period")
Sums = namedtuple("Sums", "count quantity amount", defaults=(0, Decimal(0), Decimal(0)))


@dataclass
class Findings:
    """What the simulation found out, by contract.

    made, billed
        {contract: {Key: Sums}}, charges positive and credits negative
    sessions
        {contract: how many were rated}
    closed
        {contract: billing periods with an approved statement}
    incomplete
        contracts of which charges are missing
    messages
        sentences for whoever reads the result
    """

    made: dict = field(default_factory=dict)
    sessions: dict = field(default_factory=dict)
    billed: dict = field(default_factory=dict)
    closed: dict = field(default_factory=dict)
    incomplete: set = field(default_factory=set)
    messages: list = field(default_factory=list)


class EvContractSimulation(models.TransientModel):
    _inherit = "ev.contract.simulation"

    def _work_out(self):
        """Replace the result."""
        self.total_ids.unlink()
        self.line_ids.unlink()
        self.margin_ids.unlink()
        self.figure_ids.unlink()
        found = Findings()
        for contract in self.contract_ids:
            self._look_at(contract, found)
        self._store_lines(found)
        self._work_out_sites(found)
        self.write({"is_done": True, "messages": "\n".join(found.messages), "file": False})

    # ---------------------------------------------------------------- simulated

    def _look_at(self, contract, found):
        """Work a contract out, and read what was billed under it.

        :raises UserError: terms or sites that make no sense
        """
        found.made[contract], found.sessions[contract], gaps = self._simulate_contract(contract)
        found.billed[contract], found.closed[contract] = self._get_billed(contract)
        if gaps:
            found.messages += gaps
            found.incomplete.add(contract)

    def _simulate_contract(self, contract):
        """({Key: Sums} of a contract, number of sessions, sentences on what has no price)."""
        if not contract._get_span() & self._get_span():
            return {}, 0, [self._get_elsewhere_sentence(contract)]
        made, sessions, gaps = {}, 0, []
        for span in self._get_periods(contract):
            try:
                simulation = contract._simulate(span)
            except (RatingError, UserError) as error:
                raise UserError(
                    self.env._("%(contract)s cannot be worked out. %(why)s", contract=contract.name, why=error)
                ) from error
            for line in simulation.lines:
                key = Key(contract.id, line.version.term_id.id, line.site.id or None, span)
                sign = 1 if line.version.term_id.direction == "charge" else -1
                before = made.get(key, Sums())
                made[key] = Sums(
                    before.count + line.count, before.quantity + line.quantity, before.amount + sign * line.amount
                )
            sessions += simulation.sessions
            label = self._get_period_label(span)
            gaps += [f"{contract.name}, {label}: {gap}" for gap in simulation.gaps]
        return made, sessions, gaps

    def _get_elsewhere_sentence(self, contract):
        end = contract.date_end
        return self.env._(
            "%(contract)s runs from %(start)s to %(end)s: nothing in the chosen months falls under it. To see what it would have "
            "made, copy it and let the draft's Start, and the dates of its terms, be earlier.",
            contract=contract.name,
            start=format_date(self.env, contract.date_start),
            end=format_date(self.env, end) if end else self.env._("an open end"),
        )

    # ------------------------------------------------------------------- billed

    def _get_billed(self, contract):
        """({Key: Sums} on approved statements, the periods that have one)."""
        periods, span = self._get_periods(contract), self._get_span()
        lines = self.env["ev.statement.line"]
        lines.flush_model()
        self.env["ev.statement"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.term_id, l.site_id, COALESCE(l.origin_period, s.period_start), sum(l.charge_count),
                          sum(l.quantity)::text, sum(CASE l.direction WHEN 'charge' THEN l.amount ELSE -l.amount END)::text
                     FROM ev_statement_line l JOIN ev_statement s ON s.id = l.statement_id
                    WHERE s.contract_id = %s AND s.state NOT IN %s AND COALESCE(l.origin_period, s.period_start) >= %s
                      AND COALESCE(l.origin_period, s.period_start) < %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
                contract.id,
                OPEN_STATES,
                span.start,
                span.end,
            )
        )
        billed = {}
        for term, site, day, count, quantity, amount in rows:
            [period] = [period for period in periods if day in period]
            key = Key(contract.id, term, site, period)
            before = billed.get(key, Sums())
            billed[key] = Sums(
                before.count + count, before.quantity + Decimal(quantity), before.amount + Decimal(amount)
            )
        domain = [
            ("contract_id", "=", contract.id),
            ("state", "not in", OPEN_STATES),
            ("period_start", ">=", span.start),
            ("period_start", "<", span.end),
        ]
        starts = self.env["ev.statement"].search(domain).mapped("period_start")
        closed = {period for period in periods if any(day in period for day in starts)}
        return billed, closed | {key.period for key in billed}

    # ------------------------------------------------------------------ storing

    def _store_lines(self, found):
        """One line per term, site and period of the chosen contracts, and its figures for the charts."""
        lines, figures = [], []
        for contract in self.contract_ids:
            what = self._get_case_name(contract)
            for values in self._get_lines(contract, found):
                lines.append(values)
                figures.append(self._get_figure(values, what, values["simulated"]))
                if values["has_billed"]:
                    figures.append(self._get_figure(values, self.env._("Billed"), values["billed"]))
        self.env["ev.contract.simulation.line"].create(lines)
        self.env["ev.contract.simulation.figure"].create(figures)

    def _get_lines(self, contract, found):
        """The values of every line of a contract: what it would make, and what was billed and would not be made."""
        made, billed = found.made[contract], found.billed[contract]
        for key in [*made, *(key for key in billed if key not in made)]:
            simulated, there = made.get(key, Sums()), billed.get(key, Sums())
            has_billed = key.period in found.closed[contract]
            yield {
                **self._get_line(key, simulated),
                "has_billed": has_billed,
                "billed": there.amount,
                "difference": simulated.amount - there.amount if has_billed else 0,
            }

    def _get_line(self, key, sums):
        term = self.env["ev.contract.term"].browse(key.term)
        return {
            "simulation_id": self.id,
            "currency_id": self.currency_id.id,
            "sequence": term.sequence,
            "contract_id": key.contract,
            "term_id": key.term,
            "site_id": key.site,
            "place": self._get_place(key.site),
            "period_start": key.period.start,
            "period": self._get_period_label(key.period),
            "direction": term.direction,
            "basis": term.basis,
            "charge_count": sums.count,
            "quantity": sums.quantity,
            "simulated": sums.amount,
        }

    def _get_figure(self, line, what, amount):
        return {
            "simulation_id": self.id,
            "currency_id": line["currency_id"],
            "topic": "terms",
            "what": what,
            "contract_id": line["contract_id"],
            "place": line["place"],
            "term": self.env["ev.contract.term"].browse(line["term_id"]).name,
            "period_start": line["period_start"],
            "amount": amount,
        }

    def _get_place(self, site_id):
        return self.env["ev.site"].browse(site_id).name if site_id else self.env._("Contract as a whole")

    def _get_case_name(self, contract):
        """What a chart calls the amounts of a contract."""
        if contract.state != "draft":
            return self.env._("Simulated")
        return self.env._("With the drafts") if self.drafts == "together" else self.env._("With %s", contract.name)
