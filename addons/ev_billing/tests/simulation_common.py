"""What the tests of the contract simulator share. Sites are in Paris; times are UTC."""

from odoo import Command
from odoo.tools import SQL

from .test_prices import PricesCommon

WRITTEN = ("ev_statement", "ev_statement_line", "ev_statement_gap", "ev_charge", "ev_contract", "ev_contract_term",
           "ev_contract_term_version", "ev_contract_site_rel", "ev_price_index_value", "ev_supply_contract",
           "account_move", "mail_message", "ir_attachment")  # fmt: skip
HEADS = ("case", "revenue", "charged", "paid_out", "energy", "margin")


class SimulationCommon(PricesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold = {"uid": "04TEST02", "type": "RFID"}

    def simulate(self, *contracts, first="2026-03-01", last="2026-03-31", user=None, **values):
        simulations = self.env["ev.contract.simulation"]
        simulation = (simulations.with_user(user) if user else simulations).create(
            {
                "contract_ids": [Command.set([contract.id for contract in contracts])],
                "month_from": first,
                "month_to": last,
                "company_id": self.company.id,
                **values,
            }
        )
        simulation.action_simulate()
        return simulation

    def make_draft(self, contract, price):
        """The same contract, not running, at another price."""
        draft = contract.copy()
        draft.term_ids.version_ids.price = price
        return draft

    def make_supply(self, price="0.12", site=None, **values):
        return self.env["ev.supply.contract"].create(
            {
                "name": "EDF-1",
                "company_id": self.company.id,
                "site_id": (site or self.site).id,
                "paid_by": "operator",
                "date_from": "2020-01-01",
                "price": float(price),
                **values,
            }
        )

    def sell(self, price="0.50", **values):
        return self.make_contract(("charge", "kwh", price), partner=self.emsp, role="emsp", **values)

    def get_lines(self, simulation):
        return [
            (line.contract_id, line.simulated, line.billed if line.has_billed else None, line.difference)
            for line in simulation.line_ids
        ]

    def get_margins(self, simulation, site=None):
        rows = simulation.margin_ids.filtered(lambda row: row.site_id == (site or self.site))
        return [tuple(row[name] for name in HEADS) for row in rows]

    def count_rows(self):
        self.env.flush_all()
        return {
            table: self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][0]
            for table in WRITTEN
        }
