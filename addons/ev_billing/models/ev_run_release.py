"""From checked to released: what a human lets out, and what the autopilot may."""

from datetime import UTC, timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rating import Span, epoch, month_of
from .ev_statement import OPEN_STATES


class EvRun(models.Model):
    _inherit = "ev.run"

    def action_release(self):
        """One click: everything goes out that nothing stops.

        :raises UserError: the month does not add up, or a finding stops the whole run
        """
        self._check_accountant()
        for run in self.sudo():
            run._release_chosen(run.contract_ids)
        return True

    def _release_chosen(self, chosen):
        """Release those of these contracts of the run that nothing stops.

        :return: those that stay where they are
        :raises UserError: the run is stopped, or nothing of it is ready
        """
        self.ensure_one()
        if chosen.filtered(lambda item: item.step == "review" and not item.checked):
            self._check()
        self._check_releasable()
        items = (self._find_releasable() | self._find_unsent()) & chosen
        if not items:
            raise UserError(
                self.env._("%s: nothing is ready to go out. Look at the findings, or compute again.", self.display_name)
            )
        items._release()
        self._go_on()
        return (chosen - items).filtered(lambda item: item.step == "review")

    def action_check(self):
        """Look for findings again now."""
        self._check_accountant()
        for run in self.sudo():
            run._check()
        return True

    def _check(self):
        """Find what is wrong with the run's sessions and statements, in every month they are of."""
        self.ensure_one()
        # after so many new charges the database would plan the checks, and the approvals, for the few it knew before
        self.env.flush_all()
        self.env.cr.execute("ANALYZE (SKIP_LOCKED) ev_charge, ev_statement_line")
        findings = self.env["ev.finding"].with_context(lang=self.company_id.partner_id.lang)
        for month in self._get_months():
            findings._check_period(self.company_id, month_of(month))
        self.checked_at = fields.Datetime.now()
        self.contract_ids.filtered(lambda item: item.step != "prepare" and not item.checked).checked = True

    def _get_months(self):
        """First days of the months that open statements of the run bill: its own, those of a quarter or year, and those that
        late and corrected sessions belong to.
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT %(first)s::date AS month
                 UNION SELECT generate_series(date_trunc('month', s.period_start), s.period_end, interval '1 month')::date
                         FROM ev_statement s WHERE s.run_id = %(run)s AND s.state IN %(open)s
                 UNION SELECT date_trunc('month', l.origin_period)::date
                         FROM ev_statement_line l JOIN ev_statement s ON s.id = l.statement_id
                        WHERE s.run_id = %(run)s AND s.state IN %(open)s
                          AND l.correction IN ('late', 'credit', 'replacement') AND l.origin_period IS NOT NULL
              ORDER BY month""",
                run=self.id,
                first=self.date_from,
                open=OPEN_STATES,
            )
        )
        return [month for (month,) in rows]

    def _find_stops(self):
        """What stops the run as a whole, as sentences.

        :rtype: list[str]
        """
        self.ensure_one()
        sentences = self.env["ev.finding"]._get_run_blockers(self.company_id, *self._get_months()).mapped("name")
        month = self.env["ev.statement"].get_completeness(self.company_id.id, self.date_from.year, self.date_from.month)
        if not month["adds_up"]:
            parts = {name: value for name, value in month.items() if name not in ("adds_up", "total", "counted")}
            sentences.append(
                self.env._(
                    "The month does not add up: %(counted)s sessions and %(counted_wh)s Wh are stored, but billed, excluded and "
                    "pending come to %(found)s and %(found_wh)s Wh. Compute again; if it stays so, tell your administrator.",
                    counted=month["counted"]["count"],
                    counted_wh=month["counted"]["wh"],
                    found=sum(part["count"] for part in parts.values()),
                    found_wh=sum(part["wh"] for part in parts.values()),
                )
            )
        return sentences

    def _check_releasable(self):
        if stops := self._find_stops():
            raise UserError(
                self.env._(
                    "The run of %(month)s is stopped:\n%(why)s\nDecide about these findings first (Findings), then release it.",
                    month=self.display_name,
                    why="\n".join(stops[:20]),
                )
            )

    def _find_releasable(self):
        """Contracts that wait for a release and that nothing stops: computed, checked, over, priced, no blocking finding."""
        self.ensure_one()
        waiting = self.contract_ids.filtered(lambda item: item.step == "review" and item.checked and not item.stopped)
        blocked = self.env["ev.finding"]._get_blocking_findings(waiting.statement_id)
        return waiting.filtered(lambda item: item.statement_id._is_ready() and not blocked.get(item.statement_id.id))

    def _find_unsent(self):
        """Contracts documented by hand, whose statements nobody has sent yet."""
        return self.contract_ids.filtered(lambda item: item.step in ("files", "send") and not item.released_at)

    def _release_by_itself(self):
        """On autopilot: what nothing was found about, up to the amount above which a human looks.

        What was refused once waits for somebody.

        :return: the contracts that were released
        """
        if self.mode != "autopilot":
            return self.contract_ids.browse()
        items = self._find_releasable_alone(self._find_releasable().filtered(lambda item: not item.message))
        if not items or self._find_stops():
            return items.browse()
        items._release()
        return items

    def _find_releasable_alone(self, items):
        """Those of these contracts that need no human: their billing day has come, and their amounts stay within the limit.

        :return: ev.run.contract records
        """
        local = fields.Datetime.now().replace(tzinfo=UTC).astimezone(self.company_id._get_ev_zone())
        items = items.filtered(lambda item: self._is_due(item.contract_id, self.date_from, local))
        if not self.human_limit:
            return items
        day = self._get_day(fields.Datetime.now())

        def worth(statement):
            largest = max(abs(statement.total_charge), abs(statement.total_credit))
            return statement.currency_id._convert(largest, self.currency_id, self.company_id, day)

        return items.filtered(
            lambda item: self.currency_id.compare_amounts(worth(item.statement_id), self.human_limit) <= 0
        )


class EvRunContract(models.Model):
    _inherit = "ev.run.contract"

    def _release(self):
        """From now on these go out by themselves, in the name of whoever released them."""
        waiting = self.filtered(lambda item: item.step not in ("prepare", "done", "nothing") and not item.released_at)
        waiting.write(
            {
                "released_at": fields.Datetime.now(),
                "released_by_id": self.env.uid,
                "stopped": False,
                "message": False,
            }
        )


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _is_ready(self):
        """Whether nothing on the statement itself keeps it from being approved now."""
        self.ensure_one()
        if self.state == "approved":
            return True
        return bool(self.inputs_hash and not self.blocking_message and not self.gap_ids and self._is_over())

    def _is_over(self):
        """Whether its last day is over on the company's clock and on those of the sites it covers."""
        self.ensure_one()
        last_day = self._get_last_day()
        zones = {self.company_id._get_ev_zone().key}
        sites = self.env["ev.site"].sudo().with_context(active_test=False)
        everywhere = {tz for (tz,) in sites._read_group([("company_id", "=", self.company_id.id)], ["tz"])}
        if everywhere - zones:
            # a session of the last evening is still going on where the clocks are behind
            zones |= {site.timezone for site in self.contract_id.sudo()._get_coverage().values()}
        end = max(Span(last_day, last_day + timedelta(days=1)).epochs(zone)[1] for zone in zones)
        return epoch(fields.Datetime.now()) >= end

    def _get_last_day(self):
        """The last day it bills."""
        self.ensure_one()
        return min(self.period_end, self.contract_id.date_end or self.period_end)

    def _uncheck(self):
        """What was computed anew is looked at anew, and released anew, before it goes out.

        Written in any case: a check that runs at the same time has not seen these numbers, and must fail.
        """
        items = self.env["ev.run.contract"].sudo().search([("statement_id", "in", self.ids)])
        items.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE ev_run_contract SET checked = FALSE, released_at = NULL, released_by_id = NULL WHERE id = ANY(%s)",
                items.ids,
            )
        )
        items.invalidate_recordset()
        self.env.add_to_compute(items._fields["step"], items)

    def _take_back_release(self):
        """What somebody opened again goes out when somebody says so, not by itself."""
        items = self.env["ev.run.contract"].sudo().search([("statement_id", "in", self.ids)])
        items.write(
            {
                "released_at": False,
                "released_by_id": False,
                "message": self.env._("Reset to draft by %s.", self.env.user.name),
            }
        )
