"""The close cockpit: one screen per company and month, with where everything stands and a way from each number to its records.

`get_cockpit` puts the screen together; what it shows is worked out in `ev_run_cockpit_*`, one file per idea. Numbers come from
the statements' own totals and one pass over the month's sessions; charges are never added up. Each link carries the domain of
exactly the records that were counted, and is left out where the user may not read them.
"""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date, format_datetime, formatLang

from ..rating import month_of
from .ev_statement_completeness import GROUPS

ACCOUNTANT = "account.group_account_invoice"
# Months the chooser offers, at most.
MOST_MONTHS = 36


class EvRun(models.Model):
    _inherit = "ev.run"

    @api.model
    def get_cockpit(self, company_id=None, month=None):
        """Everything the close cockpit shows of a month, for accountants, auditors and contract administrators.

        :param company_id: one of the companies the user has chosen; the current one when empty
        :param month: "2026-03"; the last month that is over when empty
        :return: plain values for the screen. Money and kWh to read are text in the user's language; a link is
            ``{"label", "count", "action"}``, its action False where the user may not read the records
        :rtype: dict
        :raises AccessError: not for this user
        :raises UserError: not one of the user's companies, or not a month
        """
        if not any(self.env.user.has_group(group) for group in GROUPS):
            raise AccessError(self.env._("The close cockpit is for accountants, auditors and contract administrators."))
        self.check_access("read")
        company = self.env["res.company"].browse(company_id) if company_id else self.env.company
        if company not in self.env.companies:
            raise UserError(self.env._("You do not work for that company: switch to it first."))
        months = self._get_cockpit_months(company)
        first = self._read_cockpit_month(month) if month else self._choose_cockpit_month(company, months)
        run = self.search([("company_id", "=", company.id), ("date_from", "=", first)])
        return run.with_company(company)._get_cockpit(company, first, months)

    def _get_cockpit(self, company, first, months):
        """The screen of a company and month; `self` is its run, or empty."""
        span = month_of(first)
        sessions = self._count_cockpit_sessions(company, span)
        completeness = self.env["ev.statement"].sudo()._add_up(company, span, _by_part(sessions))
        statements = self._get_cockpit_statements()
        proof = self._get_cockpit_proof(company, first, completeness)
        findings = self._get_cockpit_findings(company, first)
        return {
            "month": f"{first:%Y-%m}",
            "month_name": self._get_month_name(first),
            "months": [
                {"value": f"{day:%Y-%m}", "name": self._get_month_name(day)}
                for day in sorted({*months, first}, reverse=True)
            ],
            "previous": f"{first - timedelta(days=1):%Y-%m}",
            "next": f"{span.end:%Y-%m}",
            "is_over": self._get_today(company) >= span.end,
            "company": {"id": company.id, "name": company.name, "currency": company.currency_id.name},
            "companies": [{"id": one.id, "name": one.name} for one in self.env.companies],
            "run": self._get_cockpit_run(completeness, first),
            "stages": self._get_cockpit_stages(proof, statements, findings),
            "proof": proof,
            "findings": findings,
            "contracts": self._get_cockpit_contracts(),
            "jobs": self._get_cockpit_jobs(),
            "history": self._get_cockpit_history(company, first, _add_up(sessions)),
            "margin": self._get_cockpit_margin(company, first),
            "kinds": self._get_cockpit_kinds(company, first, sessions),
            "days_to_pay": self._get_cockpit_days_to_pay(company, first),
        }

    @api.model
    def _count_cockpit_sessions(self, company, span):
        """[(part, kind, count, Wh)] of the stored sessions of the month: the one pass over them."""
        sessions = self.env["ev.statement"].sudo()._get_session_parts(company, span)
        if not sessions:
            return []
        return self.env.execute_query(
            SQL("SELECT part, kind, count(*), sum(wh)::bigint FROM (%s) AS session GROUP BY 1, 2", sessions)
        )

    # ------------------------------------------------------------------- actions

    def action_open_cockpit(self):
        """The screen of this run's company and month."""
        self.ensure_one()
        self.check_access("read")
        return self._get_cockpit_action(self.company_id, self.date_from)

    def action_compute_again(self):
        """Compute again, with their checks, all contracts of the run whose statements are open.

        :raises UserError: the run is closed
        """
        self._check_accountant()
        for run in self.sudo():
            if run.state == "closed":
                raise UserError(self.env._("The run of %s is closed: everything is out.", run.display_name))
            items = run.contract_ids.filtered(
                lambda item: (
                    item.state != "past"
                    and item.step in ("review", "nothing")
                    and not (item.statement_id and item.statement_id._is_closed())
                )
            )
            items._make_due()
            run._go_on()
        return True

    @api.model
    def _get_cockpit_action(self, company, day):
        action = self.env["ir.actions.client"]._for_xml_id("ev_billing.ev_close_cockpit_action")
        return dict(action, params={"company_id": company.id, "month": f"{day:%Y-%m}"})

    # -------------------------------------------------------------------- months

    @api.model
    def _read_cockpit_month(self, text):
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            raise UserError(self.env._("“%s” is no month: write it like 2026-03.", text)) from None

    @api.model
    def _choose_cockpit_month(self, company, months):
        """The last month that is over; where it has nothing, the last one before it that has."""
        last = (self._get_today(company).replace(day=1) - timedelta(days=1)).replace(day=1)
        return next((day for day in months if day <= last), last)

    @api.model
    def _get_cockpit_months(self, company):
        """First days of the months that have a run or sessions, latest first."""
        self.flush_model(["company_id", "date_from"])
        rows = self.env.execute_query(
            SQL(
                """WITH known AS (
                   SELECT date_trunc('month', min(date_stop)) AS lowest, date_trunc('month', max(date_stop)) AS highest
                     FROM ev_cdr WHERE company_id = %(company)s)
                   SELECT date_from FROM ev_run WHERE company_id = %(company)s
                    UNION
                   SELECT m.day::date FROM known, generate_series(lowest, highest, interval '1 month') AS m (day)
                    WHERE EXISTS (SELECT 1 FROM ev_cdr c WHERE c.company_id = %(company)s AND c.date_stop >= m.day
                                     AND c.date_stop < m.day + interval '1 month')
                 ORDER BY 1 DESC LIMIT %(most)s""",
                company=company.id,
                most=MOST_MONTHS,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _get_today(self, company):
        return fields.Datetime.context_timestamp(
            self.with_context(tz=company._get_ev_zone().key), fields.Datetime.now()
        ).date()

    @api.model
    def _get_month_name(self, day):
        return format_date(self.env, day, date_format="MMMM yyyy")

    # -------------------------------------------------------------------- header

    def _get_cockpit_run(self, completeness, first):
        """The run's header and which buttons the user has; False without a run."""
        may = self.env.user.has_group(ACCOUNTANT) and self.has_access("write")
        if not self:
            return {"id": False, "may": may}
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("mode", "state")}
        run, stops = self.sudo(), self._get_cockpit_stops(completeness)
        ready = 0 if stops or self.state == "closed" else len(run._find_releasable() | run._find_unsent())
        return {
            "id": self.id,
            "may": may,
            "mode": labels["mode"][self.mode],
            "state": self.state,
            "state_name": labels["state"][self.state],
            "checked_at": self.checked_at and format_datetime(self.env, self.checked_at, dt_format="medium"),
            "closed_at": self.closed_at and format_datetime(self.env, self.closed_at, dt_format="medium"),
            "days_to_close": self.days_to_close if self.state == "closed" else False,
            "stops": stops,
            "ready": ready,
            "why_not": self._get_why_not(stops, ready, first),
            "action": self._link(self.env._("Run"), self._name, [("id", "=", self.id)], res_id=self.id)["action"],
        }

    def _get_cockpit_stops(self, completeness):
        """As `_find_stops`, without adding the month up again where it does."""
        if not completeness["adds_up"]:
            return self.sudo()._find_stops()
        return self.env["ev.finding"]._get_run_blockers(self.company_id, *self.sudo()._get_months()).mapped("name")

    def _get_why_not(self, stops, ready, first):
        """Why nothing can be released now, as a sentence; False where something can."""
        if stops:
            return self.env._("Stopped: decide about what is named below first.")
        if ready:
            return False
        if self.state == "closed":
            return self.env._("Everything is out.")
        steps = set(self.contract_ids.mapped("step"))
        if "prepare" in steps:
            return self.env._("Contracts are still to be computed.")
        if self._get_today(self.company_id) < month_of(first).end:
            return self.env._("The month is not over yet.")
        if steps & {"approve", "document", "files", "send"}:
            return self.env._("What was released is going out.")
        return self.env._("What is left waits for decisions: look at the findings and at what stopped.")

    # --------------------------------------------------------------------- links

    @api.model
    def _link(self, label, model, domain, count=None, **action):
        """A number with the way to its records.

        :param action: values of the action to set besides
        """
        link = {"label": label, "count": count, "action": False}
        if self.env[model].has_access("read"):
            views = [[False, "form"]] if action.get("res_id") else [[False, "list"], [False, "form"]]
            link["action"] = {
                "type": "ir.actions.act_window",
                "name": label,
                "res_model": model,
                "views": views,
                "domain": domain,
                "context": {"create": False},
                "target": "current",
                **action,
            }
        return link

    @api.model
    def _say_kwh(self, wh):
        return self.env._("%s kWh", formatLang(self.env, wh / 1000, digits=0 if abs(wh) >= 10_000_000 else 1))

    @api.model
    def _say_money(self, amount, currency):
        """:param amount: exact decimal text, or a number rounded already"""
        return formatLang(self.env, float(amount or 0), currency_obj=currency)


def _add_up(sessions):
    """(count, Wh) of them all."""
    return sum(row[2] for row in sessions), sum(row[3] for row in sessions)


def _by_part(sessions):
    """[(part, count, Wh)] whatever the kind."""
    return [(part, count, wh) for part, _kind, count, wh in sessions]
