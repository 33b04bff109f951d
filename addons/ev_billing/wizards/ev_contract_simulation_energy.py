"""What the energy of the chosen months cost, site by site, at the price of the supply contracts."""

from collections import namedtuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import RatingError, Site, from_micro, round_line
from ..rating.margin import EnergyBook, SiteEnergy, Supply

PAGE = 20_000
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
        try:
            prices = supplies._get_prices()
            book = EnergyBook(
                [
                    Supply(supply.id, supply.site_id.id, supply.paid_by, prices[supply.id], supply._get_span())
                    for supply in supplies
                ],
                clocks,
                self.env["ev.statement"]._get_index_reader(),
            )
            for rows in self._fetch_site_sessions(clocks, book.versions):
                book.add(rows)
        except (RatingError, UserError) as error:
            raise UserError(self.env._("The cost of energy cannot be worked out. %s", error)) from error
        return {site.id: self._get_energy(book.sites.get(site.id, SiteEnergy())) for site in sites}

    def _get_supplies(self, sites, messages):
        """The supply contracts there, in the currency of the simulation; a sentence on each other one of these months."""
        supplies = self.env["ev.supply.contract"].search([("site_id", "in", sites.ids)])
        foreign = supplies.filtered(lambda supply: supply.currency_id != self.currency_id)
        messages += [
            self.env._(
                "Supply contract %(name)s at %(site)s is in %(currency)s: its energy is not in the margin.",
                name=supply.name,
                site=supply.site_id.name,
                currency=supply.currency_id.name,
            )
            for supply in foreign.filtered(lambda supply: supply._get_span() & self._get_span())
        ]
        return supplies - foreign

    def _get_clocks(self, sites, supplies):
        """The sites as the engine wants them, every day covered; holidays where a price asks for them."""
        asked = any(band.holidays != "any" for band in supplies.band_ids)
        holidays = sites._get_holidays(self.month_from) if asked else {}
        return [Site(site.id, site.tz, holidays=holidays.get(site.id, frozenset())) for site in sites]

    def _fetch_site_sessions(self, clocks, versions):
        """Pages of the sessions that ended there in the chosen months, as the engine reads them (`rating.Session`)."""
        span, last = self._get_span(), 0
        curves = any(version.needs_curve for version in versions)
        while True:
            rows = self.env.execute_query(
                SQL(
                    """SELECT c.id, c.site_id, c.station_id, EXTRACT(EPOCH FROM c.date_start)::bigint,
                              EXTRACT(EPOCH FROM c.date_stop)::bigint, c.energy_wh, CASE WHEN c.credit THEN -1 ELSE 1 END,
                              c.power_type, c.kind, c.profile_id, c.token_id, NULL, c.charging_seconds, c.idle_seconds, %s,
                              NULL, c.credit_of_id, NULL
                         FROM ev_cdr c JOIN (VALUES %s) AS w (site_id, starts, ends) ON w.site_id = c.site_id
                          AND c.date_stop >= timezone('UTC', to_timestamp(w.starts))
                          AND c.date_stop < timezone('UTC', to_timestamp(w.ends))
                        WHERE c.company_id = %s AND c.id > %s ORDER BY c.id LIMIT %s""",
                    SQL("c.readings") if curves else SQL("NULL"),
                    SQL(", ").join(SQL("(%s, %s, %s)", site.key, *span.epochs(site.timezone)) for site in clocks),
                    self.company_id.id,
                    last,
                    PAGE,
                )
            )
            yield rows
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

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
