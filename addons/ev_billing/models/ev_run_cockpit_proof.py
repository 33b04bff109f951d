"""What the cockpit says is complete, found, under way and stopped."""

from odoo import api, models
from odoo.tools import SQL

from ..rating import month_of
from .ev_finding_rule import SEVERITIES
from .ev_statement_completeness import PARTS

# What of a part is in quarantine: the state of those records.
QUARANTINE = {"quarantined": "open", "excluded": "dismissed"}
# Contracts listed with what stopped them.
MOST_STOPPED = 20
AT_WORK = ("pending", "enqueued", "started", "wait_dependencies")


class EvRun(models.Model):
    _inherit = "ev.run"

    # -------------------------------------------------------------- completeness

    @api.model
    def _get_cockpit_proof(self, company, first, completeness):
        """All = billed + on drafts + pending + quarantined + excluded, each with its records.

        :return: {"adds_up": bool, "parts": [{"key", "label", "count", "wh", "kwh", "links"}], the total being the first}
        """
        labels = {
            "total": self.env._("All sessions"),
            "billed": self.env._("Billed"),
            "draft": self.env._("On drafts"),
            "pending": self.env._("Pending"),
            "quarantined": self.env._("Quarantined"),
            "excluded": self.env._("Excluded"),
        }
        quarantine = self._get_cockpit_quarantine(company, first)
        # all of it as counted by the other way: where the two ways differ, the equation shows it
        total = completeness["total"] if completeness["adds_up"] else completeness["counted"]
        numbers = {**completeness, "total": total}
        parts = [
            {
                "key": part,
                "label": labels[part],
                "count": numbers[part]["count"],
                "wh": numbers[part]["wh"],
                "kwh": self._say_kwh(numbers[part]["wh"]),
                "links": self._get_part_links(company, first, part, labels[part], numbers[part]["count"], quarantine),
            }
            for part in ("total", *PARTS)
        ]
        return {"adds_up": completeness["adds_up"], "parts": parts}

    @api.model
    def _get_part_links(self, company, first, part, label, count, quarantine):
        """The stored sessions of a part, and those in quarantine."""
        states = QUARANTINE.values() if part == "total" else filter(None, [QUARANTINE.get(part)])
        kept = [record for state in states for record in quarantine[state]]
        links = []
        if count > len(kept) or not kept:
            value = f"{first:%Y-%m}" if part == "total" else f"{first:%Y-%m}:{part}"
            domain = [("company_id", "=", company.id), ("ev_month_part", "=", value)]
            name = self.env._("%s: stored", label) if kept else label
            links.append(dict(self._link(name, "ev.cdr", domain, count - len(kept)), short=self.env._("stored")))
        if kept:
            name = self.env._("%s: in quarantine", label) if count > len(kept) else label
            link = self._link(name, "ev.cdr.quarantine", [("id", "in", kept)], len(kept))
            links.append(dict(link, short=self.env._("in quarantine")))
        return links

    @api.model
    def _get_cockpit_quarantine(self, company, first):
        """{state: ids} of what was received for the month and is no session: open, or dismissed."""
        statements, span = self.env["ev.statement"].sudo(), month_of(first)
        found = {"open": [], "dismissed": []}
        for record, _day, _wh in statements._get_quarantine(company, span, list(found)):
            found[record.state].append(record.id)
        return found

    # ------------------------------------------------------------------ findings

    @api.model
    def _get_cockpit_findings(self, company, first):
        """Open findings by rule, blocking first, then by severity and money at risk."""
        findings = self.env["ev.finding"]
        findings.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT rule, severity, blocking, count(*), COALESCE(sum(money_at_risk), 0)::text FROM ev_finding
                    WHERE company_id = %s AND month = %s AND state = 'open' GROUP BY rule, severity, blocking
                 ORDER BY blocking DESC, max(severity_rank) DESC, sum(money_at_risk) DESC NULLS LAST, rule""",
                company.id,
                first,
            )
        )
        rules = dict(findings._fields["rule"]._description_selection(self.env))
        severities = dict(findings._fields["severity"]._description_selection(self.env)) or dict(SEVERITIES)
        base = [("company_id", "=", company.id), ("month", "=", str(first)), ("state", "=", "open")]
        result = []
        for rule, severity, blocking, count, money in rows:
            domain = [*base, ("rule", "=", rule), ("severity", "=", severity), ("blocking", "=", blocking)]
            result.append(
                {
                    "rule": rules[rule],
                    "severity": severity,
                    "severity_name": severities[severity],
                    "blocking": blocking,
                    "money": self._say_money(money, company.currency_id),
                    **self._link(rules[rule], "ev.finding", domain, count),
                }
            )
        blocking = sum(row["count"] for row in result if row["blocking"])
        return {
            "rows": result,
            "open": self._link(self.env._("Open findings"), "ev.finding", base, sum(row["count"] for row in result)),
            "blocking": self._link(
                self.env._("Blocking findings"), "ev.finding", [*base, ("blocking", "=", True)], blocking
            ),
        }

    # ----------------------------------------------------------------- contracts

    def _get_cockpit_contracts(self):
        """How many contracts are at which step, and what stopped some of them."""
        items = self.env["ev.run.contract"]
        domain, labels = [("run_id", "=", self.id)], dict(items._fields["step"]._description_selection(self.env))
        counts = dict(items._read_group(domain, ["step"], ["__count"])) if self else {}
        steps = [
            {"step": step, **self._link(labels[step], items._name, [*domain, ("step", "=", step)], counts[step])}
            for step in labels
            if counts.get(step)
        ]
        said = [*domain, ("step", "not in", ("done", "nothing")), "|", ("stopped", "=", True), ("message", "!=", False)]
        stopped = items.search(said, order="stopped desc, id", limit=MOST_STOPPED) if self else items
        return {
            "total": sum(counts.values()),
            "steps": steps,
            "stopped": self._link(
                self.env._("Stopped contracts"), items._name, said, items.search_count(said) if self else 0
            ),
            "rows": [
                {
                    "id": item.id,
                    "name": f"{item.contract_id.name} · {item.partner_id.name}",
                    "step": labels[item.step],
                    "message": item.message or "",
                    **self._link(item.contract_id.name, items._name, [("id", "=", item.id)]),
                }
                for item in stopped
            ],
        }

    # ---------------------------------------------------------------------- jobs

    def _get_cockpit_jobs(self):
        """Jobs of the run by what they do, and whether somebody does them."""
        counts = self._count_jobs(self).get(self.id, {}) if self else {}
        states = {
            "waiting": sum(counts.get(state, 0) for state in ("pending", "enqueued", "wait_dependencies")),
            "started": counts.get("started", 0),
            "failed": counts.get("failed", 0),
        }
        by_state = {
            "waiting": (self.env._("waiting"), ["pending", "enqueued", "wait_dependencies"]),
            "started": (self.env._("at work"), ["started"]),
            "failed": (self.env._("broken"), ["failed"]),
        }
        prefix = f"ev-run:{self.id}:%"
        return {
            "at_work": any(counts.get(state) for state in AT_WORK),
            "dead": bool(self and states["waiting"] and self._has_dead_queue()),
            "states": [
                {
                    "key": key,
                    **self._link(
                        label,
                        "queue.job",
                        [("identity_key", "=like", prefix), ("state", "in", names)],
                        states[key],
                    ),
                }
                for key, (label, names) in by_state.items()
                if states[key]
            ],
        }
