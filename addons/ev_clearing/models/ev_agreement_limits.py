"""Which sessions an agreement is not for, as SQL over a session `c` (ev_cdr); a credit follows the session it takes back."""

from odoo import models
from odoo.tools import SQL


class EvAgreement(models.Model):
    _inherit = "ev.agreement"

    def _get_outside_sql(self):
        """Whether a session on the agreement's sites and days has too little or too much energy, or time.

        :return: odoo.tools.SQL, or None where it has no limits or no sites
        """
        self.ensure_one()
        limits, places = self._get_limits_sql(), self._get_places_sql()
        return SQL("(%s AND (%s))", places, limits) if limits and places else None

    def _get_limits_sql(self):
        seconds = SQL("EXTRACT(EPOCH FROM c.date_stop - c.date_start)")
        checks = [
            SQL("%s %s %s", value, operator, round(self[name] * units))
            for name, value, operator, units in (
                ("min_energy", SQL("c.energy_wh"), SQL("<"), 1000),
                ("max_energy", SQL("c.energy_wh"), SQL(">"), 1000),
                ("min_minutes", seconds, SQL("<"), 60),
                ("max_minutes", seconds, SQL(">"), 60),
            )
            if self[name]
        ]
        return SQL(" OR ").join(checks) if checks else None

    def _get_places_sql(self):
        """Whether a session began on the agreement's sites and days, as their clocks have them."""
        span, places = self._get_span(), []
        for tz, sites in self._get_sites().grouped("tz").items():
            first, after = span.epochs(tz)
            place = SQL("c.site_id = ANY(%s) AND c.date_start >= timezone('UTC', to_timestamp(%s))", sites.ids, first)
            if span.end:
                place = SQL("%s AND c.date_start < timezone('UTC', to_timestamp(%s))", place, after)
            places.append(place)
        return SQL("(%s)", SQL(" OR ").join(places)) if places else None

    def _get_left_out_sql(self, statement=None):
        """Whether one of these agreements leaves session `c` out.

        What was charged is taken back, whatever the agreement says by then. A replacement is judged by its own facts.

        :param statement: ev.statement at work: what it charges itself is still to be decided
        :return: odoo.tools.SQL, or None where none can
        """
        found = [
            SQL("(%s AND NOT %s)", outside, agreement._get_taken_back_sql(statement))
            for agreement in self._filter_leaving_out()
            if (outside := agreement._get_outside_sql())
        ]
        return SQL("(%s)", SQL(" OR ").join(found)) if found else None

    def _get_taken_back_sql(self, statement=None):
        """Whether session `c` is the credit of one that the agreement's contract charged; nothing is charged in a simulation."""
        self.ensure_one()
        if statement is not None and statement._is_simulated():
            return SQL("FALSE")
        return SQL(
            """EXISTS (SELECT 1 FROM ev_charge billed WHERE billed.cdr_id = c.credit_of_id AND billed.origin_id IS NULL
                          AND billed.contract_id = %s AND billed.statement_id != %s)""",
            self.contract_id.id,
            statement.id if statement is not None else 0,
        )

    def _filter_leaving_out(self):
        return self.filtered(lambda agreement: agreement.active and agreement.outside == "leave_out")


class EvContract(models.Model):
    _inherit = "ev.contract"

    def _get_buyer_tokens_sql(self):
        """Whether session `c` is one this buyer's contract is for, by who held its badge and which badges it names."""
        self.ensure_one()
        partner = self.partner_id.commercial_partner_id.id
        mine = SQL("c.partner_id IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s)", partner)
        return SQL("%s AND c.token_id = ANY(%s)", mine, self.token_ids.ids) if self.token_ids else mine
