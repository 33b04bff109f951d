"""The revenue of sessions: what the sale terms of the contract that sold them make.

Worked out by the engine from the sale terms, not read from the sale's own charges: so a host's statement does not wait for a
client's. Exactly one contract may have sold a session; with none or several its revenue is not known, and what shares it waits.
"""

from collections import defaultdict

from odoo import models

from ..rating import Seller
from .ev_contract_finder import BUYERS, ContractFinder

SELLERS = BUYERS
REVENUE = 15  # place in a session's row (`rating.Session`)


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_revenue_book(self, inputs):
        """What fills the revenue into session rows, where a term asks for it."""
        if any(version.basis == "revenue" for version in inputs.versions):
            return RevenueBook(self)
        return NoRevenue()


class NoRevenue:
    """For statements without revenue shares."""

    def fill(self, rows):
        """The rows as they are."""
        return rows


class RevenueBook:
    """The sale contracts of a company, asked page by page.

    :param statement: the ev.statement that shares revenue; contracts in another currency sold nothing it could share
    """

    def __init__(self, statement):
        self._statement = statement
        self._sellers = {}
        contracts = statement.env["ev.contract"].sudo().with_context(active_test=False)
        self._finder = ContractFinder(
            contracts.search(
                [
                    ("company_id", "=", statement.company_id.id),
                    ("role", "in", BUYERS),
                    ("state", "in", ("active", "ended")),
                    ("currency_id", "=", statement.currency_id.id),
                    ("term_ids.is_sale", "=", True),
                ]
            )
        )

    def fill(self, rows):
        """The rows with their revenue in millionths; None where nobody, or more than one contract, sold the session."""
        rows, sold = list(rows), defaultdict(list)
        for row in rows:
            if (contract := self._find_seller(row)) is not None:
                sold[contract].append(row)
        earned = {}
        for contract, its_rows in sold.items():
            earned.update(self._get_seller(contract).earn(its_rows))
        return [row[:REVENUE] + (earned.get(row[0]),) + row[REVENUE + 1 :] for row in rows]

    def _find_seller(self, row):
        """The one contract that sold a session, or None."""
        found = self._finder.find("buyer", row[1], row[3], row[11], row[10])
        return found.pop() if len(found) == 1 else None

    def _get_seller(self, contract_id):
        if contract_id not in self._sellers:
            contract = self._statement.env["ev.contract"].sudo().browse(contract_id)
            terms = contract.with_context(active_test=False).term_ids.filtered("is_sale")
            self._sellers[contract_id] = Seller(
                terms.version_ids._to_rating(), contract._get_coverage().values(), self._statement._get_index_reader()
            )
        return self._sellers[contract_id]
