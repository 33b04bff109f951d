"""What a simulation found: lines to read, margins by site, and the same money one figure a row for charts and pivots."""

from odoo import fields, models

from ..models.ev_contract_term import BASES, DIRECTIONS

PARTS = [
    ("revenue", "Revenue"),
    ("charged", "Charged to hosts and agents"),
    ("paid_out", "Paid out to hosts and agents"),
    ("energy", "Energy"),
]


class EvContractSimulationTotal(models.TransientModel):
    """One contract over all the chosen months."""

    _name = "ev.contract.simulation.total"
    _description = "Contract Simulator: Contract"
    _order = "sequence, id"

    simulation_id = fields.Many2one("ev.contract.simulation", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    sequence = fields.Integer()
    contract_id = fields.Many2one("ev.contract", required=True, ondelete="cascade")
    instead_of = fields.Char(
        "Stands In For", help="The running contracts that bill the same sessions: what was billed is theirs."
    )
    session_count = fields.Integer("Sessions")
    simulated = fields.Monetary(help="Charges are positive, credits negative.")
    has_billed = fields.Boolean()
    billed = fields.Monetary(
        help="On approved statements for these months: of the contract, or of what a draft stands in for."
    )
    billed_periods = fields.Char(
        "Periods Billed", help="How many of the chosen billing periods have an approved statement."
    )
    difference = fields.Monetary(help="Simulated less billed, over the periods that are billed.")


class EvContractSimulationLine(models.TransientModel):
    """One term of one contract at one site in one billing period."""

    _name = "ev.contract.simulation.line"
    _description = "Contract Simulator: Term"
    _order = "contract_id, place, period_start, sequence, id"

    simulation_id = fields.Many2one("ev.contract.simulation", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    sequence = fields.Integer()
    contract_id = fields.Many2one("ev.contract", required=True, ondelete="cascade")
    term_id = fields.Many2one("ev.contract.term", required=True, ondelete="cascade")
    site_id = fields.Many2one("ev.site", ondelete="cascade")
    place = fields.Char("Site", help="The site, or that the term is about the contract as a whole.")
    period_start = fields.Date("Period From", required=True)
    period = fields.Char("Billing Period")
    direction = fields.Selection(DIRECTIONS, required=True)
    basis = fields.Selection(BASES, required=True)
    charge_count = fields.Integer("Charges")
    quantity = fields.Float(digits=(16, 6))
    simulated = fields.Monetary(help="What these terms make: charges are positive, credits negative.")
    has_billed = fields.Boolean(help="Whether an approved statement covers that contract and period.")
    billed = fields.Monetary(help="On approved statements of that contract, for that period: charges +, credits -.")
    difference = fields.Monetary(help="Simulated less billed.")


class EvContractSimulationMargin(models.TransientModel):
    """What is left at one site in one case: as billed, as the running contracts make it, or with a draft in force."""

    _name = "ev.contract.simulation.margin"
    _description = "Contract Simulator: Margin"
    _order = "place, sequence, id"

    simulation_id = fields.Many2one("ev.contract.simulation", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    sequence = fields.Integer()
    case = fields.Char()
    site_id = fields.Many2one("ev.site", ondelete="cascade")
    place = fields.Char("Site")
    energy_kwh = fields.Float("kWh", digits=(16, 3))
    revenue = fields.Monetary(help="What clients and eMSPs pay, less what they are credited.")
    charged = fields.Monetary(help="What hosts and agents are charged.")
    paid_out = fields.Monetary(help="What hosts and agents are credited: reimbursements, commissions, shares.")
    has_energy = fields.Boolean(help="Whether the operator pays a supplier here.")
    energy = fields.Monetary("Energy Cost", help="At the price of the operator's supply contracts, slice by slice.")
    margin = fields.Monetary(help="Revenue + charged - paid out - energy cost.")
    has_host_energy = fields.Boolean(help="Whether the host pays the supplier here.")
    host_energy = fields.Monetary(
        "Host's Energy Cost",
        help="What the host pays its own supplier: to compare with what it is paid. No part of the margin.",
    )
    note = fields.Char("Remarks")


class EvContractSimulationFigure(models.TransientModel):
    """One amount: what charts and pivots put side by side."""

    _name = "ev.contract.simulation.figure"
    _description = "Contract Simulator: Figure"
    _order = "topic, place, id"

    simulation_id = fields.Many2one("ev.contract.simulation", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    topic = fields.Selection([("terms", "Terms"), ("margin", "Margin")], required=True)
    what = fields.Char("Billed or Simulated", required=True)
    contract_id = fields.Many2one("ev.contract", ondelete="cascade")
    place = fields.Char("Site")
    term = fields.Char()
    part = fields.Selection(PARTS)
    period_start = fields.Date("Period From")
    amount = fields.Monetary(help="What comes in is positive, what goes out negative.")
