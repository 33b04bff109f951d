"""What the month leaves at each site, and whose energy it was."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..rating.margin import Margin

# Sites shown one by one; the others are added up.
MOST_SITES = 8
_LINES = """
SELECT l.site_id, CASE WHEN c.role IN ('client', 'emsp') THEN 'revenue' WHEN l.direction = 'charge' THEN 'charged'
                       ELSE 'paid_out' END,
       sum(CASE WHEN c.role IN ('client', 'emsp') AND l.direction = 'credit' THEN -l.amount ELSE l.amount END)::text, count(*)
  FROM ev_statement_line l JOIN ev_statement s ON s.id = l.statement_id JOIN ev_contract c ON c.id = s.contract_id
 WHERE s.run_id = %(run)s AND s.currency_id = %(currency)s GROUP BY 1, 2
"""


class EvRun(models.Model):
    _inherit = "ev.run"

    def _get_cockpit_margin(self, company, first):
        """Per site: what buyers pay, what hosts are charged and paid, what the energy cost, and what is left.

        The site with the most money moved comes first; those beyond MOST_SITES are added up.

        :return: {"rows": [{"revenue", "charged", "paid_out", "energy", "margin": numbers for the chart, "words": {the same in
            words} and the link}], "total", "notes": sentences on what is included}
        """
        if not self:
            return {"rows": [], "total": False, "notes": []}
        margins, counts = self._sum_cockpit_margins(company)
        costs = self._get_cockpit_energy(company, first)
        for site, cost in costs["amounts"].items():
            margins[site] = margins.get(site, Margin()) + Margin(energy=cost)
        order = sorted(margins, key=lambda site: -(abs(margins[site].revenue) + abs(margins[site].paid_out)))
        shown, rest = (order, []) if len(order) <= MOST_SITES + 1 else (order[:MOST_SITES], order[MOST_SITES:])
        names = {site.id: site.name for site in self.env["ev.site"].sudo().browse(filter(None, shown))}
        labels = [([site], names[site] if site else self.env._("Whole contracts")) for site in shown]
        if rest:
            labels.append((rest, self.env._("%s other sites", len(rest))))
        rows = [
            self._get_margin_row(
                company,
                label,
                sites,
                sum((margins[site] for site in sites), Margin()),
                sum(counts[site] for site in sites),
            )
            for sites, label in labels
        ]
        total = sum(margins.values(), Margin())
        return {
            "rows": rows,
            "total": self._say_money(total.amount, company.currency_id) if margins else False,
            "notes": self._get_margin_notes(company, costs),
        }

    def _sum_cockpit_margins(self, company):
        """({site id or None: Margin}, {site: lines}) of the statements in the company's currency."""
        sums, counts = defaultdict(lambda: defaultdict(Decimal)), defaultdict(int)
        query = SQL(_LINES, run=self.id, currency=company.currency_id.id)
        for site, part, amount, count in self.env.execute_query(query):
            sums[site][part] += Decimal(amount)
            counts[site] += count
        return {site: Margin(**parts) for site, parts in sums.items()}, counts

    @api.model
    def _get_cockpit_energy(self, company, first):
        """{"amounts": {site id: Decimal}, "notes": sentences} of what the operator's own supply contracts cost."""
        self.env["ev.site.energy.report"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT r.site_id, r.energy_cost::text, r.cost_note, site.name
                     FROM ev_site_energy_report r JOIN ev_site site ON site.id = r.site_id
                    WHERE r.company_id = %s AND r.month = %s AND (r.energy_cost IS NOT NULL OR r.cost_note IS NOT NULL)
                 ORDER BY site.name""",
                company.id,
                first,
            )
        )
        return {
            "amounts": {site: Decimal(cost) for site, cost, _note, _name in rows if cost},
            "notes": [f"{name}: {note}" for _site, _cost, note, name in rows if note],
        }

    def _get_margin_row(self, company, label, sites, margin, count):
        domain = [
            ("statement_id.run_id", "=", self.id),
            ("statement_id.currency_id", "=", company.currency_id.id),
            ("site_id", "in", [site or False for site in sites]),
        ]
        numbers = {name: getattr(margin, name) for name in ("revenue", "charged", "paid_out", "energy")}
        numbers["margin"] = margin.amount
        return {
            **{name: float(value) for name, value in numbers.items()},
            "words": {name: self._say_money(value, company.currency_id) for name, value in numbers.items()},
            **self._link(label, "ev.statement.line", domain, count),
        }

    def _get_margin_notes(self, company, costs):
        notes = [self.env._("Revenue of clients and eMSPs + charged to hosts - paid to hosts and agents - energy.")]
        if costs["amounts"]:
            notes.append(self.env._("Energy: the supply contracts the operator pays, as at the last check."))
        else:
            notes.append(
                self.env._("No energy cost: no supply contract that the operator pays was worked out this month.")
            )
        domain = [("run_id", "=", self.id), ("currency_id", "!=", company.currency_id.id)]
        if foreign := self.env["ev.statement"].search_count(domain):
            notes.append(self.env._("%s statements in other currencies are not included.", foreign))
        return notes + costs["notes"]

    @api.model
    def _get_cockpit_kinds(self, company, first, sessions):
        """Energy by kind of session.

        :param sessions: [(part, kind, count, Wh)]
        :return: [{"key", "kwh", "words" and the link}]
        """
        labels = dict(self.env["ev.cdr"]._fields["kind"]._description_selection(self.env))
        sums = defaultdict(lambda: [0, 0])
        for _part, kind, count, wh in sessions:
            sums[kind][0] += count
            sums[kind][1] += wh
        return [
            {
                "key": kind or "unknown",
                "kwh": sums[kind][1] / 1000,
                "words": self._say_kwh(sums[kind][1]),
                **self._link(
                    labels.get(kind) or self.env._("Unknown badge"),
                    "ev.cdr",
                    [
                        ("company_id", "=", company.id),
                        ("ev_month_part", "=", f"{first:%Y-%m}"),
                        ("kind", "=", kind or False),
                    ],
                    sums[kind][0],
                ),
            }
            for kind in (*labels, None)
            if sums[kind][0]
        ]
