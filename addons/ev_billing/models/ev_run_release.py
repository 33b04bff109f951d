"""From checked to released: what a human lets out, and what the autopilot may."""

from odoo import fields, models
from odoo.exceptions import UserError


class EvRun(models.Model):
    _inherit = "ev.run"

    def action_release(self):
        """One click: everything goes out that nothing stops.

        :raises UserError: the month does not add up, or a finding stops the whole run
        """
        self._check_accountant()
        for run in self.sudo():
            if run.contract_ids.filtered(lambda item: item.step == "review" and not item.checked):
                run._check()
            run._check_releasable()
            items = run._find_releasable() | run._find_unsent()
            if not items:
                raise UserError(
                    self.env._(
                        "%s: nothing is ready to go out. Look at the findings, or compute again.", run.display_name
                    )
                )
            items._release()
            run._go_on()
        return True

    def action_check(self):
        """Look for findings again now."""
        self._check_accountant()
        for run in self.sudo():
            run._check()
        return True

    def _check(self):
        """Find what is wrong with the month's sessions and statements."""
        self.ensure_one()
        # after so many new charges the database would plan the checks, and the approvals, for the few it knew before
        self.env.flush_all()
        self.env.cr.execute("ANALYZE ev_charge, ev_statement_line")
        self.env["ev.finding"]._check_period(self.company_id, self._get_span())
        self.checked_at = fields.Datetime.now()
        self.contract_ids.filtered(lambda item: item.step != "prepare" and not item.checked).checked = True

    def _find_stops(self):
        """What stops the run as a whole, as sentences.

        :rtype: list[str]
        """
        self.ensure_one()
        sentences = self.env["ev.finding"]._get_run_blockers(self.company_id, self.date_from).mapped("name")
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
        today = self._get_day(fields.Datetime.now())
        return waiting.filtered(
            lambda item: item.statement_id._is_ready(today) and not blocked.get(item.statement_id.id)
        )

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
        """Those of these contracts that need no human: their amounts stay within the limit of the run.

        :return: ev.run.contract records
        """
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

    def _is_ready(self, today):
        """Whether nothing on the statement itself keeps it from being approved on that day."""
        self.ensure_one()
        if self.state == "approved":
            return True
        last_day = min(self.period_end, self.contract_id.date_end or self.period_end)
        return bool(self.inputs_hash and not self.blocking_message and not self.gap_ids and today > last_day)

    def _uncheck(self):
        """What was computed anew is looked at anew before it goes out."""
        items = self.env["ev.run.contract"].sudo().search([("statement_id", "in", self.ids), ("checked", "=", True)])
        items.checked = False
