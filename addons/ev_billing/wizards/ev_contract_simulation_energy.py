"""What the energy of the chosen months cost, site by site, at the price of the supply contracts."""

from collections import namedtuple

from odoo import models
from odoo.exceptions import UserError

from ..models.ev_statement_sessions import Inputs
from ..rating import Fixed, RatingError, Site, TermVersion, from_micro, round_line
from ..rating.margin import EnergyBook, SiteEnergy, Supply

# Sessions are read even where no supply asks for them: energy without a supply is to be seen.
_READ_ALL = TermVersion("any", "any", "credit", "kwh", Fixed(0))
# operator, host: the cost in the currency, None where no supply contract of theirs has a part in it
Energy = namedtuple("Energy", "sessions kwh operator host note")


class EvContractSimulation(models.TransientModel):
    _inherit = "ev.contract.simulation"

    def _get_site_energy(self, sites, messages):
        """{site id: Energy} of every session that ended there in the chosen months, whoever pays for it."""
        if not sites:
            return {}
        supplies = self._get_supplies(sites, messages)
        clocks = self._get_clocks(sites, supplies)
        statement = self._get_reading_statement()
        try:
            prices = supplies._get_prices()
            book = EnergyBook(
                [
                    Supply(supply.id, supply.site_id.id, supply.paid_by, prices[supply.id], supply._get_span())
                    for supply in supplies
                ],
                clocks,
                statement._get_index_reader(),
            )
            for rows in self._fetch_site_sessions(statement, clocks, book.versions):
                book.add(rows)
        except (RatingError, UserError) as error:
            raise UserError(self.env._("The cost of energy cannot be worked out. %s", error)) from error
        return {site.id: self._get_energy(book.sites.get(site.id, SiteEnergy())) for site in sites}

    def _get_supplies(self, sites, messages):
        """The supply contracts there in these months, in the currency of the simulation; a sentence on each of the others."""
        supplies = self.env["ev.supply.contract"].search([("site_id", "in", sites.ids)])
        supplies = supplies.filtered(lambda supply: supply._get_span() & self._get_span())
        foreign = supplies.filtered(lambda supply: supply.currency_id != self.currency_id)
        messages += [
            self.env._(
                "Supply contract %(name)s at %(site)s is in %(currency)s: its energy is not in the margin.",
                name=supply.name,
                site=supply.site_id.name,
                currency=supply.currency_id.name,
            )
            for supply in foreign
        ]
        return supplies - foreign

    def _get_clocks(self, sites, supplies):
        """The sites as the engine wants them, every day covered; holidays where a price asks for them."""
        asked = any(band.holidays != "any" for band in supplies.band_ids)
        holidays = sites._get_holidays(self.month_from) if asked else {}
        return [Site(site.id, site.tz, holidays=holidays.get(site.id, frozenset())) for site in sites]

    def _get_reading_statement(self):
        """A statement in memory that reads every session of its sites, as an agent's does."""
        everything = self.env["ev.contract"].new({"role": "agent", "company_id": self.company_id.id})
        span = self._get_span()
        return (
            self.env["ev.statement"]
            .with_context(ev_simulation=True)
            .new(
                {
                    "contract_id": everything,
                    "company_id": self.company_id.id,
                    "period_start": span.start,
                    "period_end": self.month_to,
                }
            )
        )

    def _fetch_site_sessions(self, statement, clocks, versions):
        """Pages of session rows."""
        span = self._get_span()
        windows = [(site.key, *span.epochs(site.timezone), False) for site in clocks]
        inputs = Inputs(
            versions=[*versions, _READ_ALL], coverage={site.key: site for site in clocks}, subjects=(), windows=windows
        )
        for rows, _extras in statement._fetch_sessions(inputs):
            yield rows

    def _get_energy(self, energy):
        """One site's energy, rounded once, with what is to be known about it."""
        decimals, notes = self.currency_id.decimal_places, []
        costs = {payer: round_line(cost, decimals) for payer, cost in energy.costs.items()}
        if energy.sessions and not costs and not energy.unpriced:
            notes.append(self.env._("no supply contract: before energy"))
        elif energy.unsupplied:
            notes.append(self.env._("%s sessions without a supply contract: before their energy", energy.unsupplied))
        if energy.unpriced:
            notes.append(self.env._("%s sessions without an index value: before their energy", energy.unpriced))
        if costs.keys() == {"host"}:
            notes.append(self.env._("the host pays the energy"))
        return Energy(
            energy.sessions, from_micro(energy.wh * 1000), costs.get("operator"), costs.get("host"), "; ".join(notes)
        )
