"""The assistant's last step: the contract in words, what speaks against it, and what it would have made of past sessions."""

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import format_date, formatLang

from ..rating import Span, month_of

# How far back to look for sessions.
MONTHS_BACK = 12


class EvContractAssistant(models.TransientModel):
    _inherit = "ev.contract.assistant"

    review = fields.Html(readonly=True)

    # ----------------------------------------------------------------- business

    def _enter_review(self):
        """Make the contract, read it, try it on past months, and take it all back."""
        with self._rehearse() as rehearsal:
            free = rehearsal._get_free_sites()
            contract = rehearsal._make_contract(rehearsal._get_rehearsal_name())
            values = rehearsal._get_review(contract, free)
            html = self.env["ir.qweb"]._render("ev_billing.ev_contract_assistant_review", values)
        self.review = html

    def _get_review(self, contract, free):
        """What the review shows.

        :param contract: a rehearsal: it may be changed
        :param free: sites that get their first host with it
        :rtype: dict
        """
        summary = self._say_summary(contract)
        articles = [
            {"name": term.name, "sentence": term.version_ids.sentence, "product": term.product_id.display_name}
            for term in contract.term_ids
        ]
        notes = self._find_notes(contract, free)
        return {"summary": summary, "articles": articles, "notes": notes, **self._get_example(contract, free)}

    def _say_summary(self, contract):
        """Rows (label, words): who, when, how."""
        labels = {name: dict(contract._fields[name]._description_selection(self.env)) for name in
                                 ("role", "periodicity", "credit_document")}  # fmt: skip
        start, end = format_date(self.env, contract.date_start), format_date(self.env, contract.date_end)
        recipients = contract.recipient_ids or contract._get_invoice_partner()
        rows = [
            (self.env._("With"), f"{contract.partner_id.display_name} ({labels['role'][contract.role]})"),
            (
                self.env._("Runs"),
                self.env._("%(start)s to %(end)s", start=start, end=end)
                if end
                else self.env._("from %s, open end", start),
            ),
            (self.env._("Sites"), ", ".join(contract.site_ids.mapped("name")) or self._say_all_sites(contract)),
            (self.env._("Badges"), ", ".join(contract.token_ids.mapped("uid"))),
            (self.env._("Billed"), labels["periodicity"][contract.periodicity]),
            (self.env._("Payment Terms"), contract.payment_term_id.name or self.env._("as on the partner")),
            (self.env._("Documents To"), ", ".join(f"{contact.name} <{contact.email}>" for contact in recipients)),
        ]
        if self.has_credit:
            rows.append((self.env._("Credits As"), labels["credit_document"][contract.credit_document]))
            rows.append((self.env._("Paid To"), contract.partner_id.commercial_partner_id.bank_ids[:1].acc_number))
        return [(label, words) for label, words in rows if words]

    def _say_all_sites(self, contract):
        if self.role != "host":
            return self.env._("every site")
        names = self.env["ev.site"].browse(contract._get_hosted_spans()).sorted("name").mapped("name")
        return self.env._("every site it hosts (%s)", ", ".join(names) or self.env._("none yet"))

    # -------------------------------------------------------------------- notes

    def _find_notes(self, contract, free):
        """Sentences on what somebody should look at; none of them stops the contract from being made."""
        notes = []
        notes += contract._find_conflicts(self._get_span(contract))
        notes += self._find_place_notes(contract, free)
        notes += self._find_double_notes(contract)
        if self.has_credit and contract.credit_document == "self_bill" and not contract.mandate_date:
            notes.append(
                self.env._(
                    "Mandate: without the date it was signed, no self-billed invoice can be made; enter it under Billing."
                )
            )
        if self.has_credit and not contract.partner_id.commercial_partner_id.bank_ids:
            notes.append(
                self.env._("Bank account: none on file, so what it is owed cannot be paid yet; enter its IBAN.")
            )
        fees = {"charger_month", "sim_month", "site_month"} & set(contract.term_ids.mapped("basis"))
        if fees and not contract._has_places():
            notes.append(self.env._("Fees per charger or site count at named sites only: choose them in Sites."))
        return [note.replace(contract.name, self.env._("This contract")) for note in notes]

    def _find_double_notes(self, contract):
        """Terms that price the same thing of the same chargers twice: meant rarely, chosen easily."""
        notes, seen = [], {}
        for term in contract.term_ids:
            power = term.version_ids.power_type
            for other, other_power in seen.get((term.direction, term.basis), ()):
                if not power or not other_power or power == other_power:
                    notes.append(
                        self.env._(
                            "Terms %(first)s and %(second)s (no. %(numbers)s) add up: both are %(what)s. Take one out unless "
                            "that is meant.",
                            first=other.name,
                            second=term.name,
                            numbers=f"{other.sequence}, {term.sequence}",
                            what=dict(term._fields["basis"]._description_selection(self.env))[term.basis],
                        )
                    )
            seen.setdefault((term.direction, term.basis), []).append((term, power))
        return notes

    def _get_span(self, contract):
        span = contract._get_span()
        # conflicts are looked for in a closed period
        return Span(span.start, span.end or span.start + relativedelta(years=10))

    def _find_place_notes(self, contract, free):
        """Sites and badges that the partner does not have (yet): nothing there would be billed."""
        notes, partner = [], contract.partner_id.commercial_partner_id
        if free:
            notes.append(
                self.env._("%s: has no host yet and gets one with this contract.", ", ".join(free.mapped("name")))
            )
        if contract.role == "host":
            hosted = contract._get_hosted_spans()
            for site in contract.site_ids.filtered(lambda site: site.id not in hosted):
                notes.append(
                    self.env._("%(site)s: %(host)s is its host; enter %(partner)s there, or nothing is billed.",
                      site=site.name, host=site.host_id.name or "?", partner=partner.name)
                )  # fmt: skip
            if not contract.site_ids and not hosted:
                notes.append(
                    self.env._("%s hosts no site yet: choose Sites, or enter it as the host of one.", partner.name)
                )
        held = contract._get_held_spans() if contract.role in ("client", "emsp") else {}
        if without := contract.token_ids.filtered(lambda token: token.id not in held):
            notes.append(
                self.env._("Badges %(badges)s: %(partner)s is not their holder, so their sessions are not billed.",
                  badges=", ".join(without.mapped("uid")), partner=partner.name)
            )  # fmt: skip
        return notes

    # ------------------------------------------------------------------ example

    def _get_example(self, contract, free):
        """What the latest month with sessions would have made: today's terms on yesterday's sessions.

        :return: {month, is_last, simulation figures, rows, totals, gaps}
        """
        first = month_of(fields.Date.context_today(self)).start
        self._move_back(contract, free, first - relativedelta(months=MONTHS_BACK))
        latest = None
        for back in range(1, MONTHS_BACK + 1):
            span = month_of(first - relativedelta(months=back))
            simulation = contract._simulate(span)
            latest = latest or (span, simulation)
            if simulation.sessions or simulation.gaps:
                return self._say_example(contract, span, simulation, back == 1)
        return self._say_example(contract, *latest, True)

    def _move_back(self, contract, free, day):
        """Let the rehearsal apply to the past: its own days lie ahead."""
        # what is sold stays as it is in months whose revenue is shared out; a rehearsal sells nothing
        contract.term_ids.write({"is_sale": False})
        contract.write({"date_start": day, "date_end": False})
        contract.term_ids.version_ids.write({"date_from": day})
        free.sudo().host_ids.write({"date_from": day})

    def _say_example(self, contract, span, simulation, is_last):
        currency = contract.currency_id
        bases = dict(contract.term_ids._fields["basis"]._description_selection(self.env))
        rows = []
        for term in contract.term_ids:
            lines = [line for line in simulation.lines if line.version.term_id == term]
            if lines:
                rows.append(
                    {
                        "name": term.name,
                        "quantity": self._format_quantity(sum(line.quantity for line in lines), term.basis),
                        "basis": bases[term.basis],
                        "direction": term.direction,
                        "amount": sum(line.amount for line in lines),
                    }
                )
        net = sum(row["amount"] * (1 if row["direction"] == "charge" else -1) for row in rows)
        for row in rows:
            row["amount"] = formatLang(self.env, float(row["amount"]), currency_obj=currency)
        return {
            "month": format_date(self.env, span.start, date_format="MMMM yyyy"),
            "is_last": is_last,
            "sessions": simulation.sessions,
            "energy": simulation.energy_kwh and formatLang(self.env, float(simulation.energy_kwh), digits=3),
            "rows": rows,
            "gaps": simulation.gaps,
            "net": formatLang(self.env, float(abs(net)), currency_obj=currency),
            "partner_pays": net >= 0,
            "partner": contract.partner_id.name,
            "months_back": MONTHS_BACK,
        }

    def _format_quantity(self, quantity, basis):
        """Energy in watt-hours; whole sessions and chargers without decimals."""
        whole = basis != "kwh" and quantity == int(quantity)
        return formatLang(self.env, float(quantity), digits=0 if whole else 3)
