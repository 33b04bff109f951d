"""What the consolidated statement says, as plain values: the report (`reports/ev_statement_report.xml`) only lays it out.

Families, which the summary adds up by
    sales       what counts as the sale of a session (`ev.contract.term.is_sale`)
    services    whatever is counted on things that last: chargers, badges, sites, months, and one-off fees
    energy      energy paid back: credits per kWh, and terms invoiced as the product Charging Energy
    commissions the rest: shares of revenue, fees per session, per kWh or per minute
"""

from collections import defaultdict
from decimal import Decimal

from odoo import models
from odoo.tools import SQL, format_date, formatLang

from ..rating import PERIODIC_BASES
from .account_move import FEWEST, _count_decimals

# More lines than this are added up per term, and more sites than this into one row: the annex has them all, and a page of PDF
# takes its time (1,000 rows 15 s).
MOST_LINES = 60
MOST_SITES = 40


class EvStatementLine(models.Model):
    _inherit = "ev.statement.line"

    def _get_family(self):
        """``sales``, ``services``, ``energy`` or ``commissions``; the rule is on top of this file."""
        self.ensure_one()
        if self.term_id.is_sale:
            return "sales"
        if self.basis in PERIODIC_BASES:
            return "services"
        energy = self.env.ref("ev_billing.product_energy", raise_if_not_found=False)
        commission = self.env.ref("ev_billing.product_commission_kwh", raise_if_not_found=False)
        credited = self.direction == "credit" and self.basis == "kwh" and self.product_id != commission
        return "energy" if credited or self.product_id == energy else "commissions"

    def _get_family_name(self):
        names = {
            "sales": self.env._("Charging sales"),
            "services": self.env._("Services"),
            "energy": self.env._("Energy reimbursement"),
            "commissions": self.env._("Commissions and fees"),
        }
        return names[self._get_family()]


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_print_data(self):
        """Everything the consolidated statement shows, in the language of the environment.

        :return: texts, formatted numbers, and lists of dicts of them; no records
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        statement = self.sudo()
        lines = statement._get_exact_lines()
        return {
            "title": self.env._("Charging Statement")
            if self._is_closed()
            else self.env._("Draft of a Charging Statement"),
            "number": statement.name,
            "facts": statement._print_facts(),
            "totals": statement._print_totals(),
            "families": statement._print_sums(lines, lambda record: record._get_family_name()),
            "sites": statement._print_sites(lines),
            "sections": statement._print_sections(lines),
            "formulas": statement._print_formulas(lines),
            "mandate": statement._print_mandate(),
            "fingerprint": statement.inputs_hash,
            "annex": statement._get_annex_name(),
            **statement._print_documents_part(),
        }

    def _print_facts(self):
        """The box on top: [(label, text)]."""
        first, last = (format_date(self.env, day) for day in (self.period_start, self.period_end))
        facts = [
            (self.env._("Contract"), self.contract_id.name),
            (self.env._("Period"), f"{first} - {last}"),
            (self.env._("Sessions"), formatLang(self.env, self.session_count, digits=0)),
            (self.env._("Energy"), f"{formatLang(self.env, self.energy_kwh, digits=3)} kWh"),
        ]
        if self.contract_id.payment_term_id:
            facts.append((self.env._("Payment terms"), self.contract_id.payment_term_id.name))
        return facts

    def _print_totals(self):
        return {
            "credit": self._money(self.total_credit) if self.total_credit else "",
            "charge": self._money(self.total_charge) if self.total_charge else "",
            "net": self._money(abs(self.total)),
            "net_label": self.env._("Net in your favour, before taxes")
            if self.total < 0
            else self.env._("Net charged to you, before taxes"),
        }

    # ----------------------------------------------------------------- summary

    def _print_sums(self, lines, get_name):
        """Lines added up by name: [{"name", "credit", "charge"}], money as text, empty where there is none."""
        sums = defaultdict(lambda: {"credit": Decimal(0), "charge": Decimal(0)})
        for line in lines:
            sums[get_name(line.record)][line.record.direction] += line.amount
        return [
            {"name": name, **{way: self._money(total) if total else "" for way, total in ways.items()}}
            for name, ways in sums.items()
        ]

    def _print_sites(self, lines):
        """The summary by site, the largest amounts first; many small ones are one row."""
        sums = defaultdict(lambda: {"credit": Decimal(0), "charge": Decimal(0)})
        for line in lines:
            sums[line.record.site_id][line.record.direction] += line.amount
        counted = self._count_by_site()
        for site_id in counted:
            sums[self.env["ev.site"].browse(site_id)]  # a site whose sessions made nothing is a row too
        sites = sorted(sums, key=lambda site: (-abs(sums[site]["credit"]) - abs(sums[site]["charge"]), site.id))
        shown, rest = (sites, []) if len(sites) <= MOST_SITES else (sites[: MOST_SITES - 1], sites[MOST_SITES - 1 :])
        rows = [([site], site.name or self.env._("The contract as a whole")) for site in shown]
        if rest:
            rows.append((rest, self.env._("%s further sites, each in the annex", len(rest))))
        return [self._print_site(name, group, sums, counted) for group, name in rows]

    def _print_site(self, name, sites, sums, counted):
        sessions = sum(counted.get(site.id, (0, 0))[0] for site in sites)
        energy = sum(counted.get(site.id, (0, 0))[1] for site in sites)
        credit, charge = (sum(sums[site][way] for site in sites) for way in ("credit", "charge"))
        return {
            "name": name,
            "sessions": formatLang(self.env, sessions, digits=0) if sessions else "",
            "energy": formatLang(self.env, energy / 1000, digits=3) if sessions else "",
            "credit": self._money(credit) if credit else "",
            "charge": self._money(charge) if charge else "",
        }

    def _count_by_site(self):
        """{site id: (sessions, Wh)} of the sessions charged here for the first time; a credit CDR takes its energy back."""
        rows = self.env.execute_query(
            SQL(
                """SELECT c.site_id, count(*), SUM(CASE WHEN c.credit THEN -c.energy_wh ELSE c.energy_wh END)::bigint
                     FROM ev_cdr c WHERE c.id IN (SELECT cdr_id FROM ev_charge
                          WHERE statement_id = %s AND kind = 'usage' AND cdr_id IS NOT NULL) GROUP BY c.site_id""",
                self.id,
            )
        )
        return {site: (sessions, int(wh)) for site, sessions, wh in rows}

    # ------------------------------------------------------------------- lines

    def _print_sections(self, lines):
        """What is credited and what is charged: [{"title", "lines", "total", "grouped"}]."""
        titles = {
            "credit": (self.env._("Credited to you"), self.total_credit),
            "charge": (self.env._("Charged to you"), self.total_charge),
        }
        sections, estimated = [], self._count_estimated()
        for direction, (title, total) in titles.items():
            chosen = [line for line in lines if line.record.direction == direction]
            grouped = len(chosen) > MOST_LINES
            printed = self._print_grouped(chosen) if grouped else [self._print_line(line, estimated) for line in chosen]
            if chosen:
                sections.append({"title": title, "lines": printed, "total": self._money(total), "grouped": grouped})
        return sections

    def _print_line(self, line, estimated):
        record = line.record
        columns = self._print_columns(record, line.quantity, line.price, record.is_average)
        return {
            "number": record.number,
            "name": record.name,
            "marks": self._print_marks(record, estimated.get(record.id, 0)),
            "amount": self._money(line.amount),
            **columns,
        }

    def _print_columns(self, record, quantity, price, average):
        """Quantity with its unit and the price, both empty where there is nothing to count."""
        if not quantity:
            return {"quantity": "", "price": ""}
        number = formatLang(self.env, float(quantity), digits=_count_decimals(quantity, FEWEST.get(record.basis, 0)))
        price = formatLang(self.env, float(price), digits=_count_decimals(price, 2))
        if record.basis == "revenue" and not average:
            price = f"{price} %"
        return {"quantity": f"{number} {record._get_unit(quantity)}", "price": f"Ø {price}" if average else price}

    def _print_marks(self, record, estimated):
        """What the partner has to know of a line: provisional, estimated, and which statement it corrects."""
        marks = []
        if record.provisional:
            marks.append(self.env._("provisional price, the difference follows on a later statement"))
        if estimated:
            marks.append(self.env._("%(some)s of %(all)s sessions estimated", some=estimated, all=record.charge_count))
        original = record.origin_statement_id or self._find_original(record)
        if original and record.correction in ("credit", "replacement", "true_up", "limit"):
            marks.append(self.env._("corrects statement %s", original.name))
        return marks

    def _find_original(self, record):
        """This contract's statement over the month a correction belongs to, where there is one."""
        if not record.origin_period:
            return self.browse()
        month = record.origin_period
        domain = [("contract_id", "=", self.contract_id.id), ("id", "!=", self.id)]
        domain += [("period_start", "<=", month), ("period_end", ">=", month)]
        return self.search(domain, limit=1)

    def _print_grouped(self, lines):
        """Many lines, added up per term and kind of correction; the annex has each."""
        groups = defaultdict(list)
        for line in lines:
            record = line.record
            groups[record.term_id, record.correction, record.provisional].append(line)
        labels = dict(self.env["ev.statement.line"]._fields["correction"]._description_selection(self.env))
        rows = []
        for (term, correction, provisional), group in groups.items():
            quantity, amount = (sum(getattr(line, name) for line in group) for name in ("quantity", "amount"))
            prices, record = {line.price for line in group}, group[0].record
            one_price = len(prices) == 1 and not any(line.record.is_average for line in group)
            average = round(amount / quantity * (100 if record.basis == "revenue" else 1), 6) if quantity else 0
            name = term.name if correction == "regular" else f"{term.name} - {labels[correction].lower()}"
            marks = [self.env._("%s lines", len(group))]
            if provisional:
                marks.append(self.env._("provisional price, the difference follows on a later statement"))
            rows.append(
                {
                    "number": "",
                    "name": name,
                    "marks": marks,
                    "amount": self._money(amount),
                    **self._print_columns(record, quantity, prices.pop() if one_price else average, not one_price),
                }
            )
        return rows

    def _count_estimated(self):
        """{line id: how many of its charges stand on energy that was estimated}"""
        rows = self.env.execute_query(
            SQL(
                """SELECT line_id, count(*) FROM ev_charge WHERE statement_id = %s AND flags LIKE '%%estimated%%'
                 GROUP BY line_id""",
                self.id,
            )
        )
        return dict(rows)

    def _money(self, amount):
        return formatLang(self.env, float(amount), currency_obj=self.currency_id)
