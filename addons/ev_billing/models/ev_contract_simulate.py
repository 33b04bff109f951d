"""What a contract would make of past sessions, without writing anything.

The statement exists in memory only and goes the very way of a real one: the same query, the same engine, the same rounding. What
other statements billed is left aside, and so is what came late for other periods: the question is what these terms make of these
days.
"""

from collections import namedtuple
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from .ev_statement_charges import Charges

Line = namedtuple("Line", "version site correction count quantity amount")
Simulation = namedtuple("Simulation", "lines gaps sessions energy_kwh")


class EvContract(models.Model):
    _inherit = "ev.contract"

    def _simulate(self, span):
        """Rate the sessions of some days under this contract's terms, running or still a draft.

        :param span: rating.Span of local days
        :return: Simulation(lines, gaps, sessions, energy_kwh): lines are Line(version, site, correction, count, quantity, amount)
            with records, exact `Decimal` quantities and amounts rounded like a statement's; gaps are sentences on what waits for
            a price
        :raises UserError, RatingError: terms or sites that make no sense
        """
        self.ensure_one()
        contract = self.sudo()
        contract.term_ids.flush_recordset()
        statements = self.env["ev.statement"].sudo()
        statement = statements.new(dict(statements._prepare_statement(contract, span), name="-"))
        inputs, charges = statement._get_inputs(), SimulatedCharges(statement)
        charges.versions = {version.key: version for version in inputs.versions}
        statement._rate_sessions(inputs, charges)
        statement._rate_subjects(inputs, charges)
        statement._keep_limits(inputs, charges)
        return Simulation(charges.get_lines(), charges.get_gaps(), len(charges.sessions), charges.get_energy())


class SimulatedCharges(Charges):
    """Adds up what a real statement would store, and stores nothing."""

    def __init__(self, statement):
        super().__init__(statement, ())
        self.sessions = set()

    def add(self, key, term, quantity, amount, *, cdr=None, **_facts):
        """One charge: its line's sums, and the session it is of."""
        self.totals.add(key, quantity, amount)
        if cdr is not None:
            self.sessions.add(cdr)

    def flush(self):
        """Nothing to store."""

    def get_lines(self):
        """The lines, in the order of the contract's terms."""
        versions, sites = self.env["ev.contract.term.version"].sudo(), self.env["ev.site"].sudo()
        lines = [
            Line(
                versions.browse(sums.key.version),
                sites.browse(sums.key.site or ()),
                sums.key.correction,
                sums.count,
                sums.quantity,
                sums.amount,
            )
            for sums in self.totals.lines(self.statement.currency_id.decimal_places)
        ]
        return sorted(
            lines,
            key=lambda line: (
                line.version.term_id.sequence,
                line.version.term_id.id,
                line.correction != "regular",
                line.site.name or "",
            ),
        )

    def get_energy(self):
        """kWh of the sessions that were charged, those taken back counting negative."""
        if not self.sessions:
            return Decimal(0)
        query = SQL("SELECT sum(energy_kwh)::text FROM ev_cdr WHERE id = ANY(%s)", list(self.sessions))
        return Decimal(self.env.execute_query(query)[0][0])

    def get_gaps(self):
        """Sentences on the charges that wait for a price."""
        versions = self.env["ev.contract.term.version"].sudo()
        return [
            self.env._(
                "%(term)s: %(count)s charges have no price yet.",
                term=versions.browse(version).term_id.name,
                count=gap.count,
            )
            for version, gap in self.gaps.items()
        ]
