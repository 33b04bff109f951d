"""What is left of a session's revenue: its energy at the price of the site's supply, and the margin after everybody is paid.

Rules
    1. The supply of a session is the one in force at its site at the session's *start*, by the site's local date: as with terms.
       Each slice of energy has its own price; losses are in an indexed price already.
    2. What the host pays its own supplier is no cost of the operator: it is added up apart, to stand beside the reimbursement.
    3. Nothing is guessed. Energy without a supply, or without an index value, is counted, and costs nothing *here*: whoever shows
       the sum says so beside it.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from .facts import Site
from .period import Span
from .prices import Price
from .sessions import Rater
from .terms import Filter, TermVersion
from .tracks import ReadIndex, no_index


@dataclass(frozen=True, slots=True)
class Supply:
    """What a kWh costs at a site on the local days of `valid`, and who pays the supplier."""

    key: Hashable
    site: Hashable
    payer: Literal["operator", "host"]
    price: Price
    valid: Span = field(default_factory=Span)


@dataclass(slots=True)
class SiteEnergy:
    """The energy of one site's sessions, credits taken off.

    sessions
        how many, a credit CDR counting as minus one
    wh
        watt-hours
    costs
        {payer: millionths of the currency}, of the payers that had a supply here
    unsupplied, unpriced
        sessions with energy but without a supply, and without an index value
    """

    sessions: int = 0
    wh: int = 0
    costs: dict = field(default_factory=dict)
    unsupplied: int = 0
    unpriced: int = 0


class EnergyBook:
    """Adds up what energy costs, site by site, page by page.

    :param supplies: every supply of the sites
    :param sites: the sites with their clocks
    :ivar versions: the supplies as the engine prices them
    :ivar sites: {site: SiteEnergy} so far
    :raises TermError: two supplies of one site on one day
    """

    def __init__(self, supplies: Iterable[Supply], sites: Iterable[Site], read_index: ReadIndex = no_index):
        self.sites: dict[Hashable, SiteEnergy] = {}
        supplies = list(supplies)
        self._payers = {supply.key: supply.payer for supply in supplies}
        self.versions = [
            TermVersion(
                supply.key,
                f"energy supply at {supply.site}",
                "credit",
                "kwh",
                supply.price,
                supply.valid,
                Filter(sites=frozenset([supply.site])),
            )
            for supply in supplies
        ]
        self._rater = Rater(self.versions, sites, read_index)

    def add(self, rows: Iterable[tuple]) -> None:
        """Add a page of sessions (`Session` field order)."""
        waiting = {}
        for row in rows:
            energy = self.sites.setdefault(row[1], SiteEnergy())
            energy.sessions += row[6]
            energy.wh += row[5] * row[6]
            waiting[row[0]] = row
        for key, _term, supply, _quantity, amount, _marks, _counted in self._rater.rate_rows(list(waiting.values())):
            energy, payer = self.sites[waiting.pop(key)[1]], self._payers[supply]
            if amount is None:
                energy.unpriced += 1
            else:
                energy.costs[payer] = energy.costs.get(payer, 0) + amount
        for row in waiting.values():
            if row[5]:
                self.sites[row[1]].unsupplied += 1


@dataclass(frozen=True, slots=True)
class Margin:
    """One site's money, or several sites' added up; every figure in the currency, none of them negative as a rule.

    revenue
        what clients and eMSPs pay, less what they are credited
    charged
        what hosts and agents are charged
    paid_out
        what hosts and agents are credited: reimbursements, commissions, shares
    energy
        what the operator pays for the energy
    """

    revenue: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    paid_out: Decimal = Decimal(0)
    energy: Decimal = Decimal(0)

    @property
    def amount(self) -> Decimal:
        """Revenue + charged - paid out - energy."""
        return self.revenue + self.charged - self.paid_out - self.energy

    def __add__(self, other: "Margin") -> "Margin":
        return Margin(
            self.revenue + other.revenue,
            self.charged + other.charged,
            self.paid_out + other.paid_out,
            self.energy + other.energy,
        )
